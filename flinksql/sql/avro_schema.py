"""The Avro schema that Flink derives from a table's columns: what it reads records by without a registry, and registers at one."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flinksql.sql.columns import Column, ColumnKind
from flinksql.sql.types import Field, Type, parse_type

AvroSchema = Any
"""A schema as JSON has it."""
_PLAIN: Mapping[str, AvroSchema] = {
    **dict.fromkeys(("STRING", "VARCHAR", "CHAR"), "string"),
    **dict.fromkeys(("BYTES", "VARBINARY", "BINARY"), "bytes"),
    **dict.fromkeys(("INT", "INTEGER", "SMALLINT", "TINYINT"), "int"),
    **dict.fromkeys(("FLOAT", "REAL"), "float"),
    "DOUBLE": "double",
    "BIGINT": "long",
    "BOOLEAN": "boolean",
    "DATE": {"type": "int", "logicalType": "date"},
    "TIME": {"type": "int", "logicalType": "time-millis"},
}
_DECIMALS = ("DECIMAL", "NUMERIC", "DEC")
_DECIMAL_DIGITS = (10, 0)
_MILLISECONDS = 3
_RECORD = "record"


class NoAvroTypeError(ValueError):
    """A column's type is none that Avro has."""


def avro_schema(columns: Iterable[Column], *, legacy: bool = True) -> AvroSchema:
    """Return the schema of a table's physical columns. Raises NoAvroTypeError.

    With `legacy`, as Flink by default, a time without a zone is written as one with.
    """
    physical = (column for column in columns if column.kind is ColumnKind.PHYSICAL)
    fields = [Field(name=one.name, type=parse_type(one.type), required=one.required) for one in physical]
    return _record(fields, _RECORD, legacy=legacy)


def _record(fields: Sequence[Field], name: str, *, legacy: bool) -> AvroSchema:
    """Return Flink's record for a row: a field may be null unless its column says NOT NULL; inner records are named by their path."""
    return {
        "type": "record",
        "name": name if "_" in name else f"org.apache.flink.avro.generated.{name}",
        "fields": [
            {"name": one.name, **_field(_schema(one.type, f"{name}_{one.name}", legacy=legacy), required=one.required)} for one in fields
        ],
    }


def _field(schema: AvroSchema, *, required: bool) -> dict[str, AvroSchema]:
    return {"type": schema} if required else {"type": ["null", schema], "default": None}


def _schema(kind: Type, name: str, *, legacy: bool) -> AvroSchema:
    if kind.word in _PLAIN:
        return _PLAIN[kind.word]
    if kind.word in _DECIMALS:
        precision, scale = (*kind.numbers, *_DECIMAL_DIGITS[len(kind.numbers) :])[:2]
        return {"type": "bytes", "logicalType": "decimal", "precision": precision, "scale": scale}
    if kind.word.startswith("TIMESTAMP"):
        return {"type": "long", "logicalType": _timestamp(kind, legacy=legacy)}
    if kind.word == "ROW":
        return _record(kind.fields, name, legacy=legacy)
    inner = [_nullable(one, name, legacy=legacy) for one in kind.parts]
    if kind.word == "ARRAY" and inner:
        return {"type": "array", "items": inner[0]}
    if kind.word == "MAP" and len(inner) > 1:
        return {"type": "map", "values": inner[1]}
    raise NoAvroTypeError(f"Avro has no type for {kind.word}")


def _nullable(kind: Type, name: str, *, legacy: bool) -> AvroSchema:
    schema = _schema(kind, name, legacy=legacy)
    return schema if kind.required else ["null", schema]


def _timestamp(kind: Type, *, legacy: bool) -> str:
    """Return Avro's word for a time."""
    digits = kind.numbers[0] if kind.numbers else 6
    unit = "millis" if digits <= _MILLISECONDS else "micros"
    local = not legacy and not kind.is_local
    return f"{'local-' if local else ''}timestamp-{unit}"
