"""Values of rows as Avro's writer takes them: times, decimals and bytes are texts and numbers in a file of rows."""

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from flinksql.sql.avro_schema import AvroSchema

_LOGICAL, _KIND = "logicalType", "type"


def avro_value(value: Any, schema: AvroSchema) -> Any:  # noqa: ANN401  # what JSON has, and what the writer takes
    """Return a value of JSON for a schema. Raises ValueError for a text that is no time, number or base64 as its column needs one."""
    if isinstance(schema, list):
        inner = next((one for one in schema if one != "null"), "null")
        return None if value is None else avro_value(value, inner)
    if not isinstance(schema, dict):
        return _bytes(value) if schema == "bytes" else value
    return _logical(value, schema) if _LOGICAL in schema else _nested(value, schema)


def _nested(value: Any, schema: Mapping[str, Any]) -> Any:  # noqa: ANN401  # as above
    if schema[_KIND] == "record" and isinstance(value, Mapping):
        return {field["name"]: avro_value(value.get(field["name"]), field[_KIND]) for field in schema["fields"]}
    if schema[_KIND] == "array" and isinstance(value, list):
        return [avro_value(one, schema["items"]) for one in value]
    if schema[_KIND] == "map" and isinstance(value, Mapping):
        return {str(key): avro_value(one, schema["values"]) for key, one in value.items()}
    return value


def _bytes(value: object) -> object:
    try:
        return base64.b64decode(value, validate=True) if isinstance(value, str) else value
    except binascii.Error as error:
        raise ValueError(f"{value!r} is no base64") from error


def _logical(value: Any, schema: Mapping[str, Any]) -> Any:  # noqa: ANN401  # as above
    name = schema[_LOGICAL]
    if name == "decimal" and isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            return round(Decimal(str(value)), schema["scale"])
        except InvalidOperation as error:
            raise ValueError(f"{value!r} is no number") from error
    if not isinstance(value, str):
        return value
    if name == "date":
        return date.fromisoformat(value)
    if name.startswith("time-"):
        return time.fromisoformat(value)
    at = datetime.fromisoformat(value)
    if name.startswith("local-"):
        return at.replace(tzinfo=None)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
