"""Values of rows: from a file of tests to JSON that Flink reads, and whether one that came is the one that was expected."""

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from flinksql.sql.types import BYTES, LOCAL, MOMENT, NUMBERS, TEXTS, arguments_of, fields_of, root_of

START = datetime(2026, 1, 1, tzinfo=UTC)
"""When a test begins, for moments that are given in seconds."""
BASE64 = "$base64"
"""The only key of a value that is bytes and no text."""
REPEAT = "$repeat"
"""The only key of a text that is another one so many times: `{$repeat: [x, 100000]}`."""
LONGEST = 10_000_000
"""Characters of a repeated text."""
_FRACTION = re.compile(r"\.(\d*?)0*(?=Z|\Z)")
_SECONDS = re.compile(r"(\d+(?:\.\d+)?)\s*s?")


class ValueRefusedError(Exception):
    """A value that its column cannot hold. The text says why."""


def moment(value: object) -> datetime:
    """Return a moment that is given as one, or as seconds since the test's start. Raises ValueRefusedError."""
    if isinstance(value, bool):
        raise ValueRefusedError(f"{value!r} is no moment")
    if isinstance(value, str) and (seconds := _SECONDS.fullmatch(value.strip())):
        value = float(seconds[1])
    if isinstance(value, int | float):
        return START + timedelta(seconds=float(value))
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    try:
        read = datetime.fromisoformat(str(value).strip().replace("Z", "+00:00"))
    except ValueError:
        raise ValueRefusedError(f"{value!r} is no moment: write 2026-01-01T00:00:10Z, or seconds since the test's start") from None
    return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)


def encoded(value: object, kind: str) -> Any:  # noqa: ANN401  # JSON
    """Return a given value as Flink's JSON format reads it for a type. Raises ValueRefusedError."""
    root = root_of(kind)
    if value is None:
        return None
    if root in BYTES:
        return base64.b64encode(as_bytes(value)).decode()
    if root in (MOMENT, LOCAL):
        return _iso(moment(value)) + ("Z" if root == MOMENT else "")
    if root in TEXTS:
        return as_text(value)
    if isinstance(value, Mapping | list):
        return _each(value, kind, encoded)
    return str(value) if isinstance(value, date | time | Decimal) else value


def reencoded(value: Any, kind: str) -> Any:  # noqa: ANN401  # JSON
    """Return a value as it came from a JSON format in the form in which sources read it: moments with a T, all else as it is."""
    root = root_of(kind)
    if value is not None and root in (MOMENT, LOCAL):
        return encoded(canonical_moment(str(value)), kind)
    return _each(value, kind, reencoded) if isinstance(value, Mapping | list) else value


def as_bytes(value: object) -> bytes:
    """Return the bytes that are meant: those of a text, or of JSON for keys and values. Raises ValueRefusedError."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, Mapping) and set(value) == {BASE64}:
        try:
            return base64.b64decode(str(value[BASE64]), validate=True)
        except (ValueError, binascii.Error):
            raise ValueRefusedError(f"{BASE64} is not base64") from None
    return as_text(value).encode()


def as_text(value: object) -> str:
    """Return the text that is meant: JSON for everything that is none. Raises ValueRefusedError."""
    value = expanded(value)
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return _iso(value) + ("Z" if value.tzinfo else "")
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def expanded(value: object) -> object:
    """Return a value with its repeated texts written out. Raises ValueRefusedError for one that is malformed."""
    if isinstance(value, Mapping):
        if set(value) == {REPEAT}:
            match value[REPEAT]:
                case [str() as text, int() as times] if 0 <= times * len(text) <= LONGEST:
                    return text * times
            raise ValueRefusedError(f"{REPEAT} takes a text and how many times it stands there, at most {LONGEST} characters in all")
        return {name: expanded(one) for name, one in value.items()}
    return [expanded(one) for one in value] if isinstance(value, list) else value


def shown(value: Any, kind: str) -> Any:  # noqa: ANN401  # JSON
    """Return a value that came as people write it: bytes as a text where they are one."""
    root = root_of(kind)
    if value is not None and root in BYTES:
        return _shown_bytes(str(value))
    if value is not None and root in (MOMENT, LOCAL):
        return canonical_moment(str(value))
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and root not in {"DOUBLE", "FLOAT", "DECIMAL"} else float(value)
    return _each(value, kind, shown) if isinstance(value, Mapping | list) else value


def _shown_bytes(value: str) -> object:
    try:
        return base64.b64decode(value).decode()
    except UnicodeDecodeError:
        return {BASE64: value}


def _each(value: Mapping[str, Any] | list[Any], kind: str, change: Callable[[Any, str], Any]) -> Any:  # noqa: ANN401  # JSON
    """Change each part of a value of a ROW, MAP or ARRAY type, by the part's own type."""
    last = (arguments_of(kind) or ["STRING"])[-1]
    if isinstance(value, list):
        return [change(one, last) for one in value]
    kinds = fields_of(kind)
    return {str(name): change(one, kinds.get(str(name), last)) for name, one in value.items()}


def equal(expected: Any, came: Any, kind: str, approximate: float = 0) -> bool:  # noqa: ANN401  # JSON
    """Return whether a value that came, as Flink writes it in JSON, is the one that was expected."""
    if expected is None or came is None:
        return expected is None and came is None
    try:
        return _equal(expanded(expected), came, kind, approximate)
    except ValueRefusedError:
        return False


def plain(value: Any, kind: str, *, came: bool) -> Any:  # noqa: ANN401  # JSON
    """Return a value in a form that is the same for most values that are equal; what differs in it may be equal still."""
    try:
        told = shown(value if came else encoded(expanded(value), kind), kind)
        return str(Decimal(str(told)).normalize()) if told is not None and root_of(kind) in NUMBERS else told
    except (ValueRefusedError, InvalidOperation, ValueError):
        return ["not plain", str(value)]


def _equal(expected: Any, came: Any, kind: str, approximate: float) -> bool:  # noqa: ANN401  # JSON
    root = root_of(kind)
    if root in BYTES:
        return _same_content(expected, base64.b64decode(str(came)))
    if root in (MOMENT, LOCAL):
        return moment(expected) == moment(canonical_moment(str(came)))
    if root in NUMBERS:
        return _same_number(expected, came, approximate)
    if root in TEXTS and isinstance(expected, Mapping | list):
        return _same_json(expected, str(came))
    return _equal_parts(expected, came, kind, approximate)


def canonical_moment(text: str) -> str:
    """Return a moment as Flink's formats write it, in one form: a T between date and time, no zeros at the end."""
    return _FRACTION.sub(lambda found: f".{found[1]}" if found[1] else "", text.strip().replace(" ", "T"))


def _equal_parts(expected: Any, came: Any, kind: str, approximate: float) -> bool:  # noqa: ANN401  # JSON
    if isinstance(expected, Mapping) and isinstance(came, Mapping):
        kinds, of_values = fields_of(kind), (arguments_of(kind) or ["STRING"])[-1]
        names = {str(name) for name in expected}
        return names == set(came) and all(
            equal(one, came[str(name)], kinds.get(str(name), of_values), approximate) for name, one in expected.items()
        )
    if isinstance(expected, list) and isinstance(came, list):
        of_members = (arguments_of(kind) or ["STRING"])[0]
        pairs = zip(expected, came, strict=False)
        return len(expected) == len(came) and all(equal(one, other, of_members, approximate) for one, other in pairs)
    if isinstance(expected, bool) or isinstance(came, bool):
        return expected is came
    return as_text(expected) == as_text(came)


def _same_number(expected: object, came: object, approximate: float) -> bool:
    try:
        difference = abs(Decimal(str(expected)) - Decimal(str(came)))
    except InvalidOperation:
        return False
    return difference <= Decimal(str(approximate))


def _same_content(expected: object, came: bytes) -> bool:
    if isinstance(expected, Mapping | list) and not (isinstance(expected, Mapping) and set(expected) == {BASE64}):
        return _same_json(expected, came.decode(errors="replace"))
    return as_bytes(expected) == came


def _same_json(expected: object, came: str) -> bool:
    try:
        read = json.loads(came)
    except ValueError:
        return False
    return bool(read == json.loads(json.dumps(expected, default=str)))


def _iso(value: datetime) -> str:
    return canonical_moment(value.replace(tzinfo=None).isoformat(timespec="microseconds"))
