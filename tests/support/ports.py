"""Ports for the tests' own services."""

import random
import socket
from contextlib import ExitStack

_FIRST, _LAST = 20_000, 31_999
"""Below the range from which the system takes ports for outgoing connections (32768 and up on Linux): any of those could take ours."""


def free_ports(count: int) -> list[int]:
    """Return different ports that nobody listens on now."""
    chance = random.SystemRandom()
    found: list[int] = []
    with ExitStack() as stack:
        while len(found) < count:
            number = chance.randint(_FIRST, _LAST)
            one = stack.enter_context(socket.socket())
            try:
                one.bind(("127.0.0.1", number))
            except OSError:
                continue
            found.append(number)
    return found
