"""Moving the times of sample records: event time of a file that was written long ago would be late for every window."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from console.feeding.records import Record

_TEXT = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})(?P<between>[ T])(?P<time>\d{2}:\d{2}:\d{2})(?:\.(?P<fraction>\d{1,9}))?(?P<zone>Z|[+-]\d{2}:?\d{2})?"
)
_MILLISECONDS_FROM = 10_000_000_000
"""A number from here on is milliseconds since 1970, one below is seconds."""


def moved_to(now: datetime, records: Sequence[Record], field: str) -> list[Record]:
    """Return the records with the times in `field` moved by one span, so that the last one is `now`; each is written as it was.

    A time is a text as Flink's JSON has it, with a zone or without (UTC), or a number since 1970. Records without one stay as they are.
    """
    read = [_as_object(record.value) for record in records]
    moved = rows_moved_to(now, read, field)
    return [
        record if after is before else replace(record, value=json.dumps(after).encode())
        for record, before, after in zip(records, read, moved, strict=True)
    ]


def rows_moved_to(now: datetime, rows: Sequence[Mapping[str, Any]], field: str) -> list[Mapping[str, Any]]:
    """Return rows with the times in `field` moved as `moved_to` moves them; a row without one is the same object."""
    times = [_time(row.get(field)) for row in rows]
    known = [one for one in times if one is not None]
    if not known:
        return list(rows)
    span = now - max(known)
    span -= timedelta(microseconds=span.microseconds % 1000)
    return [row if at is None else {**row, field: _written(at + span, row[field])} for row, at in zip(rows, times, strict=True)]


def _as_object(value: bytes) -> dict[str, Any]:
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _time(value: object) -> datetime | None:
    if isinstance(value, str) and (match := _TEXT.fullmatch(value)):
        fraction = f"{match['fraction'] or '0':0<6}"[:6]
        try:
            return datetime.fromisoformat(f"{match['date']}T{match['time']}.{fraction}{match['zone'] or 'Z'}")
        except ValueError:
            return None
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            return datetime.fromtimestamp(value / 1000 if value >= _MILLISECONDS_FROM else value, tz=UTC)
        except (OverflowError, OSError, ValueError):
            return None
    return None


def _written(at: datetime, like: object) -> object:
    """Return a time in the form that another value of the field has."""
    if isinstance(like, int):
        return round(at.timestamp() * 1000) if like >= _MILLISECONDS_FROM else round(at.timestamp())
    match = _TEXT.fullmatch(str(like))
    digits = len(match["fraction"] or "") if match else 0
    fraction = f".{at.microsecond:06d}"[: digits + 1] if digits else ""
    zone = (match["zone"] or "") if match else ""
    return f"{at:%Y-%m-%d}{match['between'] if match else ' '}{at:%H:%M:%S}{fraction}{zone}"
