"""Avro: records whose schema is the table's own, and those that name a schema of a registry.

The schema of a table is the one that Flink derives from its columns, which is how Flink reads them without a registry.
"""

import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import fastavro
import requests

from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.formats.base import Codec, UnreadableError, option
from flinksql.sql.columns import Column
from flinksql.sql.types import Field, Type, parse_type
from platforms.bundle_view import Location

_Schema = Any
_MAGIC = 0
_PREFIX_BYTES = 5
"""A 0 and the schema's number, which come before a record that names its schema."""
_ANSWER_SECONDS = 10.0
_PLAIN: Mapping[str, _Schema] = {
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
_URL, _USER_INFO = "url", "basic-auth.user-info"
_CANNOT_WRITE = "records that name a schema of a registry cannot be fed: produce them with a client of the registry"


@dataclass(frozen=True, kw_only=True)
class AvroCodec:
    """Records of one schema."""

    schema: _Schema
    checked: bool = True

    def encode(self, fields: Mapping[str, Any]) -> bytes:
        """Write a row. Raises ConsoleError for one that the schema does not take."""
        out = io.BytesIO()
        try:
            fastavro.schemaless_writer(out, self.schema, dict(fields))
        except (ValueError, TypeError, AttributeError) as error:
            message = f"a row cannot be written as Avro: {error}"
            raise ConsoleError(message, advice="write times as JSON Avro tools do, or feed JSON", exit_code=ExitCode.USAGE) from error
        return out.getvalue()

    def decode(self, value: bytes) -> object:
        """Read a record."""
        return _read(value, self.schema)


@dataclass(frozen=True, kw_only=True)
class RegistryCodec:
    """Records that begin with the number of their schema. The registry at `url` is asked once for each number."""

    url: str
    auth: tuple[str, str] | None = field(default=None, repr=False)
    checked: bool = False
    schemas: dict[int, _Schema] = field(default_factory=dict, repr=False)

    def encode(self, _fields: Mapping[str, Any]) -> bytes:
        """Raise ConsoleError: only a registry gives a schema its number."""
        raise ConsoleError(_CANNOT_WRITE, exit_code=ExitCode.USAGE)

    def decode(self, value: bytes) -> object:
        """Read a record. Raises ConsoleError when the registry does not answer."""
        if len(value) < _PREFIX_BYTES or value[0] != _MAGIC:
            raise UnreadableError("it does not begin with the number of a schema, as records of a registry do")
        number = int.from_bytes(value[1:_PREFIX_BYTES], "big")
        if number not in self.schemas:
            self.schemas[number] = self._schema(number)
        return _read(value[_PREFIX_BYTES:], self.schemas[number])

    def _schema(self, number: int) -> _Schema:
        try:
            reply = requests.get(f"{self.url}/schemas/ids/{number}", auth=self.auth, timeout=_ANSWER_SECONDS)
            if reply.status_code == HTTPStatus.NOT_FOUND:
                raise UnreadableError(f"the registry has no schema {number}")
            reply.raise_for_status()
            return fastavro.parse_schema(json.loads(reply.json()["schema"]))
        except (requests.RequestException, KeyError, TypeError, ValueError) as error:
            if isinstance(error, UnreadableError):
                raise
            message = f"the schema registry at {self.url} does not give schema {number}: {type(error).__name__}"
            raise ConsoleError(message, advice="look whether its address can be reached from this machine") from error


def avro_codec(place: Location, columns: Sequence[Column], *, registry: bool) -> Codec:
    """Return the codec of a table. Raises ConsoleError where no schema can be had."""
    if registry:
        return _registry(place)
    if not columns:
        message = f"the schema of topic {place.topic} is not known: no table of the bundle has its columns"
        raise ConsoleError(message, exit_code=ExitCode.USAGE)
    legacy = option(place, "avro.timestamp_mapping.legacy").lower() != "false"
    fields = [Field(name=column.name, type=parse_type(column.type), required=column.required) for column in columns]
    return AvroCodec(schema=fastavro.parse_schema(_record(fields, "record", legacy=legacy)))


def _registry(place: Location) -> RegistryCodec:
    prefix = "avro-confluent."
    url = option(place, prefix + _URL)
    if not url or "${" in url:
        message = f"topic {place.topic} names its schemas by number, and its table has no '{prefix}{_URL}'"
        raise ConsoleError(message, exit_code=ExitCode.USAGE)
    user, _, password = option(place, prefix + _USER_INFO).partition(":")
    if "${secret:" in f"{user}{password}":
        message = f"the registry of topic {place.topic} asks for a secret, which commands that only look do not have"
        raise ConsoleError(message, exit_code=ExitCode.USAGE)
    return RegistryCodec(url=url.split(",")[0].rstrip("/"), auth=(user, password) if user else None)


def _record(fields: Sequence[Field], name: str, *, legacy: bool) -> _Schema:
    """Return Flink's record for a row: a field may be null unless its column says NOT NULL; inner records are named by their path."""
    return {
        "type": "record",
        "name": name if "_" in name else f"org.apache.flink.avro.generated.{name}",
        "fields": [
            {"name": one.name, **_field(_schema(one.type, f"{name}_{one.name}", legacy=legacy), required=one.required)} for one in fields
        ],
    }


def _field(schema: _Schema, *, required: bool) -> dict[str, _Schema]:
    return {"type": schema} if required else {"type": ["null", schema], "default": None}


def _schema(kind: Type, name: str, *, legacy: bool) -> _Schema:
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
    raise ConsoleError(f"Avro has no type for {kind.word}", exit_code=ExitCode.USAGE)


def _nullable(kind: Type, name: str, *, legacy: bool) -> _Schema:
    schema = _schema(kind, name, legacy=legacy)
    return schema if kind.required else ["null", schema]


def _timestamp(kind: Type, *, legacy: bool) -> str:
    """Return Avro's word for a time: by default Flink writes a time without a zone as one with, as it always has."""
    digits = kind.numbers[0] if kind.numbers else 6
    unit = "millis" if digits <= _MILLISECONDS else "micros"
    local = not legacy and not kind.is_local
    return f"{'local-' if local else ''}timestamp-{unit}"


def _read(value: bytes, schema: _Schema) -> object:
    source = io.BytesIO(value)
    try:
        found = fastavro.schemaless_reader(source, schema, None)
    except Exception as error:  # the library raises whatever its C code meets in foreign bytes
        raise UnreadableError(f"it is no Avro of the table's schema: {type(error).__name__}") from error
    if source.read(1):
        raise UnreadableError("it is no Avro of the table's schema: bytes are left over")
    return _plain(found)


def _plain(value: object) -> object:
    """Return values that JSON has: times and decimals become texts."""
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if value is None or isinstance(value, str | int | float | bool) else _text(value)


def _text(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
