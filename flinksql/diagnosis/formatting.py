"""Figures in words: moments, durations and counts."""

from datetime import UTC, datetime

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_NEAR_MILLISECONDS = 12 * _HOUR * 1000


def moment(milliseconds: int, now: int) -> str:
    """Return a moment in UTC, with its date unless it is within half a day of now."""
    try:
        at = datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return f"{milliseconds} ms since 1970"
    return at.strftime("%H:%M:%S UTC" if abs(now - milliseconds) < _NEAR_MILLISECONDS else "%Y-%m-%d %H:%M:%S UTC")


def event_moment(milliseconds: int) -> str:
    """Return a moment of event time, always with its date: it need not be near now."""
    return moment(milliseconds, milliseconds + 2 * _NEAR_MILLISECONDS)


def span(seconds: float) -> str:
    """Return a duration with its two largest units."""
    whole = round(abs(seconds))
    for unit, name, smaller, smaller_name in ((_DAY, "d", _HOUR, "h"), (_HOUR, "h", _MINUTE, "min"), (_MINUTE, "min", 1, "s")):
        if whole >= unit:
            rest = whole % unit // smaller
            return f"{whole // unit} {name}" + (f" {rest} {smaller_name}" if rest else "")
    return f"{whole} s"


def count(number: int, one: str, many: str = "") -> str:
    """Return a number with the word that belongs to it."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
