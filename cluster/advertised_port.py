"""A broker's replies, with the advertised ports replaced by the forwarded ones.

Kafka tells its clients which addresses to connect to, its own and those of the other brokers. Without this a port could be forwarded under
one number only, and commands for two stacks with the same number would conflict. Wherever the protocol names a broker, its port follows its
host as four bytes, so no length changes.
"""

import re
from collections.abc import Mapping

_PORT_BYTES = 4
_SIZE_BYTES = 4
"""Each reply starts with its size."""


class AdvertisedPort:
    """Rewrites the replies of one connection. The brokers advertise `host` and one of `ports`, each with the port that it is reached on."""

    def __init__(self, host: str, ports: Mapping[int, int]) -> None:
        self._reached = {_address(host, advertised): _address(host, reached) for advertised, reached in ports.items()}
        # All in one pass: a port that one broker is reached on may be the one that another advertises.
        self._old = re.compile(b"|".join(map(re.escape, self._reached)), re.DOTALL)
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
        whole = self._old.sub(lambda found: self._reached[found[0]], self._held + piece)
        # The end of a reply is never held back: perhaps nothing follows until the client has it.
        longest = max(map(len, self._reached)) - 1 if self._missing else 0
        held = next((size for size in range(min(longest, len(whole)), 0, -1) if self._is_beginning(whole[len(whole) - size :])), 0)
        self._held = whole[len(whole) - held :]
        return whole[: len(whole) - held]

    def _is_beginning(self, end: bytes) -> bool:
        return any(old.startswith(end) for old in self._reached)


def _address(host: str, port: int) -> bytes:
    return host.encode() + port.to_bytes(_PORT_BYTES, "big")
