"""A clock for waits: time passes only when somebody sleeps, and each pause is written down."""

from dataclasses import dataclass, field


@dataclass
class NotingClock:
    """Time that passes at once. `pauses` are the seconds that were slept, in order."""

    pauses: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        """Return the seconds that were slept so far."""
        return sum(self.pauses)

    def sleep(self, seconds: float) -> None:
        """Let the time pass at once."""
        self.pauses.append(seconds)
