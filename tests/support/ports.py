"""Ports for the tests' own services."""

import os
import random
import socket
from contextlib import ExitStack

_FIRST, _LAST = 20_000, 31_999
"""Below the range from which the system takes ports for outgoing connections (32768 and up on Linux): any of those could take ours."""

_WORKERS = 8
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _WORKERS
_SHARE = (_LAST - _FIRST + 1) // _WORKERS
"""Workers of one test run draw from ranges of their own: a port is free until its service starts, half a minute after it was drawn."""


def free_ports(count: int) -> list[int]:
    """Return different ports that nobody listens on now."""
    chance = random.SystemRandom()
    found: list[int] = []
    with ExitStack() as stack:
        while len(found) < count:
            number = _FIRST + _WORKER * _SHARE + chance.randrange(_SHARE)
            one = stack.enter_context(socket.socket())
            try:
                one.bind(("127.0.0.1", number))
            except OSError:
                continue
            found.append(number)
    return found
