"""A broker's replies, with its advertised port replaced by the forwarded one.

Kafka tells its clients which address to connect to. Without this its port could be forwarded under one number only, and commands for two
stacks with the same number would conflict. Wherever the protocol names a broker, its port follows its host as four bytes, so no length
changes.
"""

_PORT_BYTES = 4
_SIZE_BYTES = 4
"""Each reply starts with its size."""


class AdvertisedPort:
    """Rewrites the replies of one connection. `host` and `advertised` are the address that the broker advertises."""

    def __init__(self, host: str, advertised: int, reached: int) -> None:
        self._old = host.encode() + advertised.to_bytes(_PORT_BYTES, "big")
        self._new = host.encode() + reached.to_bytes(_PORT_BYTES, "big")
        self._size = b""
        self._missing = 0
        self._held = b""

    def change(self, data: bytes) -> bytes:
        """Return what can be passed on: all but the start of an address that continues in the next piece of the same reply."""
        done: list[bytes] = []
        while data:
            if not self._missing:
                data = self._begin(data, done)
                continue
            piece, data = data[: self._missing], data[self._missing :]
            self._missing -= len(piece)
            done.append(self._changed(piece))
        return b"".join(done)

    def _begin(self, data: bytes, done: list[bytes]) -> bytes:
        """Read the size of the next reply, which may arrive in pieces. Return what follows it."""
        wanted = _SIZE_BYTES - len(self._size)
        done.append(data[:wanted])
        self._size += data[:wanted]
        if len(self._size) == _SIZE_BYTES:
            self._missing, self._size = int.from_bytes(self._size, "big"), b""
        return data[wanted:]

    def _changed(self, piece: bytes) -> bytes:
        whole = (self._held + piece).replace(self._old, self._new)
        # The end of a reply is never held back: perhaps nothing follows until the client has it.
        longest = min(len(self._old) - 1, len(whole)) if self._missing else 0
        held = next((size for size in range(longest, 0, -1) if whole.endswith(self._old[:size])), 0)
        self._held = whole[len(whole) - held :]
        return whole[: len(whole) - held]
