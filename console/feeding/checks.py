"""Whether a record fits the columns of its table: what Flink would drop, or fail on, is told before anything is sent."""

import math
import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from flinksql.sql.columns import Column, ColumnKind

_WHOLE = {"TINYINT": 8, "SMALLINT": 16, "INT": 32, "INTEGER": 32, "BIGINT": 64}
_FRACTIONS = frozenset({"FLOAT", "DOUBLE", "REAL", "DECIMAL", "NUMERIC", "DEC"})
_DATE = r"\d{4}-\d{2}-\d{2}"
_TIME = r"\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?"
_SQL, _ISO = "SQL", "ISO-8601"


class RecordError(ValueError):
    """A record does not fit. `field` is the one that does not, empty for the whole record."""

    def __init__(self, message: str, field: str = "") -> None:
        self.field = field
        super().__init__(message)


def check(fields: Mapping[str, Any], columns: Mapping[str, Column], *, timestamps: str = _SQL) -> None:
    """Raise RecordError for a field that is no column, that has another type, or that is missing where it must not be.

    `timestamps` is the table's `json.timestamp-format.standard`.
    """
    physical = {name: column for name, column in columns.items() if column.kind is ColumnKind.PHYSICAL}
    for name, value in fields.items():
        if name not in physical:
            raise RecordError(_unknown(name, columns, physical), name)
        problem = _problem(physical[name], value, timestamps)
        if problem:
            raise RecordError(f"{name} is {_shown(value)} and must be {problem} ({physical[name].type.replace(' ', '')})", name)
    missing = [name for name, column in physical.items() if column.required and fields.get(name) is None]
    if missing:
        raise RecordError(f"{missing[0]} is missing, and the column cannot be NULL")


def converted(text: str, column: Column) -> object:
    """Return the value that a cell of a CSV file means in a column. A cell that is none stays a text, which `check` refuses."""
    if text == "":
        return None
    try:
        if column.word in _WHOLE:
            return int(text)
        if column.word in _FRACTIONS:
            number = float(text)
            return int(text) if re.fullmatch(r"-?\d+", text) else number if math.isfinite(number) else text
    except ValueError:
        return text
    if column.word == "BOOLEAN" and text.lower() in {"true", "false"}:
        return text.lower() == "true"
    return text


def _unknown(name: str, columns: Mapping[str, Column], physical: Mapping[str, Column]) -> str:
    if name in columns:
        return f"{name} is a {columns[name].kind} column: its value is not in the record"
    near = get_close_matches(name, physical, n=1)
    guess = f" Did you mean {near[0]}?" if near else ""
    return f"the table has no column {name}, and Flink would drop the value.{guess} Its columns: {', '.join(physical)}"


def _shown(value: object) -> str:
    text = repr(value) if not isinstance(value, bool) else str(value).lower()
    return text if len(text) <= 40 else f"{text[:37]}..."  # noqa: PLR2004  # enough to know it again


def _problem(column: Column, value: object, timestamps: str) -> str:
    """Return what a value must be, empty where it is that. NULL and types that are not known here pass."""
    if value is None:
        return "a value, not null" if column.required else ""
    word = column.word
    if word in _WHOLE:
        return _whole(value, _WHOLE[word])
    if word in _FRACTIONS:
        return "" if _is_number(value) else "a number"
    if word.startswith("TIMESTAMP"):
        return _timestamp(value, timestamps, zone="LTZ" in word or "LOCAL" in column.type.upper())
    return _OTHERS[word](value) if word in _OTHERS else ""


def _whole(value: object, bits: int) -> str:
    number = value if isinstance(value, int) and not isinstance(value, bool) else _parsed(value)
    if number is None or isinstance(number, float):
        return "a whole number"
    return "" if -(2 ** (bits - 1)) <= number < 2 ** (bits - 1) else f"a whole number of {bits} bits"


def _parsed(value: object) -> int | None:
    """Return the number that a text is: Flink reads `"5"` as 5."""
    return int(value) if isinstance(value, str) and re.fullmatch(r"\s*-?\d+\s*", value) else None


def _is_number(value: object) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, int | float):
        return True
    try:
        return isinstance(value, str) and math.isfinite(float(value))
    except ValueError:
        return False


def _timestamp(value: object, standard: str, *, zone: bool) -> str:
    between = "T" if standard == _ISO else " "
    end = "Z" if zone else ""
    example = f"2026-01-31{between}10:00:00.000{end}"
    fits = isinstance(value, str) and re.fullmatch(_DATE + between + _TIME + end, value)
    return "" if fits else f"a text like {example!r}"


_OTHERS: Mapping[str, Callable[[object], str]] = {
    "BOOLEAN": lambda value: "" if isinstance(value, bool) or str(value).lower() in {"true", "false"} else "true or false",
    "DATE": lambda value: "" if isinstance(value, str) and re.fullmatch(_DATE, value) else "a text like '2026-01-31'",
    "TIME": lambda value: "" if isinstance(value, str) and re.fullmatch(_TIME, value) else "a text like '10:00:00'",
    "ARRAY": lambda value: "" if isinstance(value, list) else "a list",
    "MAP": lambda value: "" if isinstance(value, dict) else "an object",
    "MULTISET": lambda value: "" if isinstance(value, dict) else "an object",
    "ROW": lambda value: "" if isinstance(value, dict) else "an object",
}
