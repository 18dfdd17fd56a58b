"""A record of a topic as one line, and as JSON."""

import base64
import json
from typing import Any

from console.formats.base import Codec, UnreadableError
from console.watching.tail import KafkaRecord
from platforms.bundle_view import JSON


def record_line(record: KafkaRecord, codec: Codec, key_format: str) -> str:
    """Return partition and offset, time, key and value."""
    shown = record_plain(record, codec, key_format)
    at = record.at.isoformat(sep=" ", timespec="milliseconds").removesuffix("+00:00") if record.at else "no time"
    if record.value is None:
        value = "(deleted)"
    elif "error" in shown:
        value = f"(unreadable: {shown['error']}) base64 {shown['base64']}"
    else:
        value = _text(shown["value"])
    key = "" if shown["key"] is None else f"{_text(shown['key'])}  "
    headers = f"  {_text(shown['headers'])}" if record.headers else ""
    return f"{record.partition}:{record.offset}  {at}  {key}{value}{headers}"


def printable(line: str) -> str:
    """Return a line without what a terminal would obey: a record may hold anything."""
    return "".join(one if one.isprintable() else f"\\x{ord(one):02x}" for one in line)


def record_plain(record: KafkaRecord, codec: Codec, key_format: str) -> dict[str, Any]:
    """Return a record as plain values. What its format cannot read has `error` and `base64` in place of `value`."""
    frame: dict[str, Any] = {
        "partition": record.partition,
        "offset": record.offset,
        "time": record.at.isoformat(timespec="milliseconds") if record.at else None,
        "key": None if record.key is None else _key(record.key, key_format),
        "headers": {name: _readable(value) for name, value in record.headers},
    }
    if record.value is None:
        return {**frame, "value": None}
    try:
        return {**frame, "value": codec.decode(record.value)}
    except UnreadableError as error:
        return {**frame, "error": str(error), "base64": base64.b64encode(record.value).decode()}


def _key(key: bytes, form: str) -> object:
    if form == JSON:
        try:
            found: object = json.loads(key)
        except ValueError:
            return _readable(key)
        return found
    return _readable(key)


def _readable(value: bytes) -> object:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(value).decode()}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
