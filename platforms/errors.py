"""What a platform says to the person who runs a command."""

from enum import StrEnum


class Reason(StrEnum):
    """Why a platform cannot do what it was asked for."""

    FAILED = "failed"
    USAGE = "usage"
    """The command is not for this platform, or names something that it does not have."""
    UNHEALTHY = "unhealthy"
    """Something that must be there does not work, or stands in the way."""


class PlatformError(Exception):
    """Something a person can act on. `str(error)` says what failed; `advice` says what to do next, and may be empty."""

    def __init__(self, message: str, *, advice: str = "", reason: Reason = Reason.FAILED) -> None:
        self.advice = advice
        self.reason = reason
        super().__init__(message)
