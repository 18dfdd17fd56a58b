"""Types of parameters: what a value must be, in code and in words."""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from flinksql.sql.expressions import Value

_WHOLE = re.compile(r"-?[0-9]{1,18}(\.0)?")
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")


class ParameterType(StrEnum):
    """What a parameter's value is."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"


class Bounds(Protocol):
    """What a declaration says of the values."""

    @property
    def type(self) -> ParameterType: ...  # noqa: D102
    @property
    def minimum(self) -> float | None: ...  # noqa: D102
    @property
    def maximum(self) -> float | None: ...  # noqa: D102
    @property
    def allowed(self) -> Sequence[Value]: ...  # noqa: D102
    @property
    def pattern(self) -> str: ...  # noqa: D102


def parse(text: str, kind: ParameterType) -> Value | None:
    """Return the value of a text, None when the type has no such value."""
    match kind:
        case ParameterType.STRING:
            return text
        case ParameterType.BOOLEAN:
            return {"true": True, "false": False}.get(text)
        case ParameterType.INTEGER:
            return int(text.removesuffix(".0")) if _WHOLE.fullmatch(text) else None
        case ParameterType.NUMBER:
            number = _NUMBER.fullmatch(text)
            return (float(text) if number[1] else int(text)) if number else None


def conforms(bounds: Bounds, value: object) -> bool:
    """Return whether a value has the type and lies within the bounds."""
    if not _has_type(value, bounds.type):
        return False
    if bounds.allowed and value not in bounds.allowed:
        return False
    if isinstance(value, int | float) and not isinstance(value, bool):
        return (bounds.minimum is None or value >= bounds.minimum) and (bounds.maximum is None or value <= bounds.maximum)
    return not (isinstance(value, str) and bounds.pattern) or re.fullmatch(bounds.pattern, str(value)) is not None


def allowed_text(bounds: Bounds) -> str:
    """Return in words what a value must be: `a whole number from 1 to 60`."""
    if bounds.allowed:
        return " or ".join(written(one) for one in bounds.allowed)
    match bounds.type:
        case ParameterType.STRING:
            return f"a text that matches {bounds.pattern}" if bounds.pattern else "a text"
        case ParameterType.BOOLEAN:
            return "true or false"
        case ParameterType.INTEGER | ParameterType.NUMBER as kind:
            return f"a {'whole ' if kind is ParameterType.INTEGER else ''}number{_range(bounds)}"


def written(value: Value) -> str:
    """Return a value as SQL and a stack's configuration have it."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _has_type(value: object, kind: ParameterType) -> bool:
    if isinstance(value, bool):
        return kind is ParameterType.BOOLEAN
    match kind:
        case ParameterType.STRING:
            return isinstance(value, str)
        case ParameterType.INTEGER:
            return isinstance(value, int)
        case ParameterType.NUMBER:
            return isinstance(value, int | float)
        case ParameterType.BOOLEAN:
            return False


def _range(bounds: Bounds) -> str:
    low = None if bounds.minimum is None else written(bounds.minimum)
    high = None if bounds.maximum is None else written(bounds.maximum)
    if low is not None and high is not None:
        return f" from {low} to {high}"
    return f" of {low} or more" if low is not None else f" of {high} or less" if high is not None else ""
