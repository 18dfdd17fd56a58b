"""MurmurHash3 with 128 bits (x64), seed 0: the published algorithm (public domain), with which Flink names operators."""

_MASK = (1 << 64) - 1
_C1, _C2 = 0x87C37B91114253D5, 0x4CF5AD432745937F
_BLOCK = 16
_HALF = 8


def murmur3_128(data: bytes) -> bytes:
    """Return the 16 bytes of the hash, as Guava's `HashCode.asBytes` gives them (both halves little-endian)."""
    first = second = 0
    whole = len(data) - len(data) % _BLOCK
    for start in range(0, whole, _BLOCK):
        first ^= _mixed_first(_number(data[start : start + _HALF]))
        first = (_rotated(first, 27) + second) * 5 + 0x52DCE729 & _MASK
        second ^= _mixed_second(_number(data[start + _HALF : start + _BLOCK]))
        second = (_rotated(second, 31) + first) * 5 + 0x38495AB5 & _MASK
    tail = data[whole:]
    second ^= _mixed_second(_number(tail[_HALF:]))
    first ^= _mixed_first(_number(tail[:_HALF]))
    first, second = first ^ len(data), second ^ len(data)
    first = first + second & _MASK
    second = second + first & _MASK
    first, second = _final(first), _final(second)
    first = first + second & _MASK
    second = second + first & _MASK
    return first.to_bytes(_HALF, "little") + second.to_bytes(_HALF, "little")


def _number(part: bytes) -> int:
    return int.from_bytes(part, "little")


def _rotated(value: int, by: int) -> int:
    value &= _MASK
    return (value << by | value >> 64 - by) & _MASK


def _mixed_first(value: int) -> int:
    return _rotated(value * _C1, 31) * _C2 & _MASK


def _mixed_second(value: int) -> int:
    return _rotated(value * _C2, 33) * _C1 & _MASK


def _final(value: int) -> int:
    value ^= value >> 33
    value = value * 0xFF51AFD7ED558CCD & _MASK
    value ^= value >> 33
    value = value * 0xC4CEB9FE1A85EC53 & _MASK
    return value ^ value >> 33
