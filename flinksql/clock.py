"""Time as a value that is handed in, so that waiting can be tested without waiting."""

import time
from collections.abc import Iterator
from typing import Protocol


class Clock(Protocol):
    """What waiting code needs of time. Seconds everywhere."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let the given time pass."""
        ...


class SystemClock:
    """The machine's own time."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Let the given time pass."""
        time.sleep(seconds)


def growing_pauses(first: float, longest: float) -> Iterator[float]:
    """Give pauses between looks, in seconds: short at first, each twice the one before, up to the longest. Never ends."""
    pause = min(first, longest)
    while True:
        yield pause
        pause = min(pause * 2, longest)
