"""Which partition Kafka's producers choose for a key: murmur2, as in the Java client's default partitioner."""

from itertools import count

_SEED = 0x9747B28C
_MULTIPLIER = 0x5BD1E995
_MASK = 0xFFFFFFFF
_WORD_BYTES = 4


def partition_of(key: bytes, partitions: int) -> int:
    """Return the partition of a key's records in a topic with so many partitions."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def murmur2(data: bytes) -> int:
    """Return the 32-bit MurmurHash2 of `data`, unsigned, with the seed that Kafka uses."""
    value = _SEED ^ len(data)
    whole = len(data) - len(data) % _WORD_BYTES
    for start in range(0, whole, _WORD_BYTES):
        word = int.from_bytes(data[start : start + _WORD_BYTES], "little") * _MULTIPLIER & _MASK
        word = (word ^ word >> 24) * _MULTIPLIER & _MASK
        value = (value * _MULTIPLIER & _MASK) ^ word
    if whole < len(data):
        value = (value ^ int.from_bytes(data[whole:], "little")) * _MULTIPLIER & _MASK
    value = (value ^ value >> 13) * _MULTIPLIER & _MASK
    return value ^ value >> 15


def keys_of_partitions(partitions: int, prefix: str) -> tuple[str, ...]:
    """Return one record key for each partition of a topic, in the order of the partitions: the first `<prefix><number>` that goes there."""
    found: dict[int, str] = {}
    for number in count():
        key = f"{prefix}{number}"
        found.setdefault(partition_of(key.encode(), partitions), key)
        if len(found) == partitions:
            break
    return tuple(found[partition] for partition in range(partitions))
