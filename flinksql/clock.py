"""Time as a value that is handed in, so that waiting can be tested without waiting."""

import time
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
