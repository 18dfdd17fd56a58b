"""Numbers and engine words as people say them."""

from console.driver.progress import Row, State

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_KILO = 1000

_PAST = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "replace": "replaced",
    "create-replacement": "replaced",
    "delete-replaced": "old one deleted",
    "same": "unchanged",
    "read": "read",
    "refresh": "looked at",
}
_PRESENT = {
    "create": "creating",
    "update": "updating",
    "delete": "deleting",
    "replace": "replacing",
    "create-replacement": "replacing",
    "delete-replaced": "deleting the old one",
    "same": "checking",
    "read": "reading",
    "refresh": "looking",
}
_FUTURE = {
    "create": "to create",
    "update": "to update",
    "delete": "to delete",
    "replace": "to replace",
    "create-replacement": "to replace",
}
_FOREIGN = {
    "create": ("to use", "looking at", "uses"),
    "delete": ("to leave", "leaving", "left"),
}
"""What is done with something of somebody else: planned, under way, done."""

SYMBOLS = {
    State.WAITING: "·",
    State.RUNNING: "…",
    State.DONE: "✓",
    State.UNCHANGED: "=",
    State.FAILED: "✗",
    State.INTERRUPTED: "!",
}
STYLES = {
    State.WAITING: "dim",
    State.RUNNING: "cyan",
    State.DONE: "green",
    State.UNCHANGED: "dim",
    State.FAILED: "bold red",
    State.INTERRUPTED: "yellow",
}


def kind(token: str) -> str:
    """Give the last word of a type token in small letters: `pulumi-python:dynamic/flinksql:Statement` is a `statement`."""
    return token.rsplit(":", 1)[-1].lower()


def title(row: Row) -> str:
    """Name a resource: `statement summaries`, and `supervisor` or `orphaned-jobs` where kind and name say the same."""
    word = kind(row.kind)
    return row.name if word == row.name.replace("-", "") else f"{word} {row.name}"


def action(row: Row, *, planned: bool = False) -> str:
    """Say what happens to a resource, or what would (`planned`)."""
    if row.state is State.WAITING:
        return "waiting"
    if row.foreign and row.operation in _FOREIGN and row.state in {State.RUNNING, State.DONE}:
        future, present, past = _FOREIGN[row.operation]
        return present if row.state is State.RUNNING else future if planned else past
    if row.state is State.RUNNING:
        return _PRESENT.get(row.operation, row.operation)
    if row.state is State.FAILED:
        return f"{_PRESENT.get(row.operation, row.operation)} failed"
    if row.state is State.INTERRUPTED:
        return f"{_PRESENT.get(row.operation, row.operation)} was cut off"
    words = _FUTURE if planned else _PAST
    return words.get(row.operation, _PAST.get(row.operation, row.operation))


def duration(seconds: float | None) -> str:
    """Say a time span: 0.4 s, 12 s, 3 min 5 s, 2 h 4 min, 3 d 1 h. Nothing for None."""
    if seconds is None:
        return ""
    if seconds < 10:  # noqa: PLR2004  # below it a tenth still matters
        return f"{max(seconds, 0.0):.1f} s"
    whole = int(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    if whole < _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"
    return f"{whole // _DAY} d {whole % _DAY // _HOUR} h"


def size(number: int | None) -> str:
    """Say how large something is: 812 B, 9.1 KB, 3.4 GB. Nothing for None."""
    if number is None:
        return ""
    if number < _KILO:
        return f"{number} B"
    amount = float(number)
    for unit in ("KB", "MB", "GB"):
        amount /= _KILO
        if amount < _KILO:
            return f"{amount:.1f} {unit}"
    return f"{amount / _KILO:.1f} TB"


def count(number: int, one: str, many: str = "") -> str:
    """Say how many: `1 job`, `3 jobs`, `1,200 records`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
