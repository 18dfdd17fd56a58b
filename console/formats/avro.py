"""Avro: records whose schema is the table's own, and those that name a schema of a registry.

The schema of a table is the one that Flink derives from its columns, which is how Flink reads them without a registry.
"""

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import fastavro

from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.formats.avro_values import avro_value
from console.formats.base import Codec, UnreadableError, option
from flinksql.kafka.schema_registry import IncompatibleSchemaError, RegistryError, SchemaRegistry, UnknownSchemaError
from flinksql.kafka.subjects import subject_of, table_schema
from flinksql.sql.avro_schema import AvroSchema, NoAvroTypeError, avro_schema
from flinksql.sql.columns import Column
from flinksql.sql.placeholders import PLACEHOLDER
from platforms.bundle_view import Location

_MAGIC = b"\0"
_PREFIX_BYTES = 5
"""A 0 and the schema's number, which come before a record that names its schema."""
_URL, _USER_INFO = "url", "basic-auth.user-info"
_REACH = "look whether its address can be reached from this machine (`schemaRegistry.url`), and its user and password"


@dataclass(frozen=True, kw_only=True)
class AvroCodec:
    """Records of one schema."""

    schema: AvroSchema
    checked: bool = True

    def encode(self, fields: Mapping[str, Any]) -> bytes:
        """Write a row. Raises ConsoleError for one that the schema does not take."""
        return _written(fields, self.schema)

    def decode(self, value: bytes) -> object:
        """Read a record."""
        return _read(value, fastavro.parse_schema(self.schema))


@dataclass(frozen=True, kw_only=True)
class RegistryCodec:
    """Records that begin with the number of their schema. The registry is asked once for each number.

    Rows are written by `schema`, the one that Flink registers for the table; `subject` is whose versions it belongs to. A schema that the
    subject does not have is registered only where `registers`: that of a topic of others is theirs to change.
    """

    registry: SchemaRegistry
    subject: str
    schema: AvroSchema | None = None
    registers: bool = False
    table: str = ""
    schemas: dict[int, AvroSchema] = field(default_factory=dict, repr=False)
    numbers: list[int] = field(default_factory=list, repr=False)

    @property
    def checked(self) -> bool:
        """Whether the table's columns are known."""
        return self.schema is not None

    def encode(self, fields: Mapping[str, Any]) -> bytes:
        """Write a row. Raises ConsoleError for one that the schema does not take, and where the registry refuses the schema."""
        if self.schema is None:
            message = f"the schema of subject {self.subject} cannot be derived: no table of the bundle has its columns"
            raise ConsoleError(message, exit_code=ExitCode.USAGE)
        # The row first: nothing is registered for one that cannot be written.
        written = _written(fields, self.schema)
        if not self.numbers:
            self.numbers.append(self._number())
        return _MAGIC + self.numbers[0].to_bytes(_PREFIX_BYTES - 1, "big") + written

    def decode(self, value: bytes) -> object:
        """Read a record. Raises ConsoleError when the registry does not answer."""
        if len(value) < _PREFIX_BYTES or value[:1] != _MAGIC:
            raise UnreadableError("it does not begin with the number of a schema, as records of a registry do")
        number = int.from_bytes(value[1:_PREFIX_BYTES], "big")
        if number not in self.schemas:
            self.schemas[number] = self._schema(number)
        return _read(value[_PREFIX_BYTES:], self.schemas[number])

    def _schema(self, number: int) -> AvroSchema:
        try:
            return fastavro.parse_schema(self.registry.schema(number))
        except UnknownSchemaError as error:
            raise UnreadableError(str(error)) from error
        except RegistryError as error:
            raise ConsoleError(str(error), advice=_REACH) from error
        except Exception as error:  # the library raises whatever it meets in a foreign schema
            raise UnreadableError(f"schema {number} is no schema of Avro: {type(error).__name__}") from error

    def _number(self) -> int:
        try:
            found = self.registry.find(self.subject, self.schema)
            if found is not None:
                return found
            if self.registers:
                return self.registry.register(self.subject, self.schema)
        except IncompatibleSchemaError as error:
            message = f"the schema registry refuses the schema of {self.table} for subject {self.subject}: {error}"
            advice = "make the table's columns compatible, or change the compatibility of the subject; nothing was sent"
            raise ConsoleError(message, advice=advice, exit_code=ExitCode.USAGE) from error
        except RegistryError as error:
            raise ConsoleError(str(error), advice=_REACH) from error
        message = f"subject {self.subject} has no schema like that of {self.table}, and its topic is external"
        advice = "its owner registers schemas; `--create-topic` registers this one, to try it out. Nothing was sent"
        raise ConsoleError(message, advice=advice, exit_code=ExitCode.USAGE)


def avro_codec(place: Location, columns: Sequence[Column], *, registry: bool) -> Codec:
    """Return the codec of a table. Raises ConsoleError where no schema can be had."""
    try:
        if registry:
            return _registry(place, columns)
        if not columns:
            message = f"the schema of topic {place.topic} is not known: no table of the bundle has its columns"
            raise ConsoleError(message, exit_code=ExitCode.USAGE)
        legacy = option(place, "avro.timestamp_mapping.legacy").lower() != "false"
        return AvroCodec(schema=avro_schema(columns, legacy=legacy))
    except NoAvroTypeError as error:
        raise ConsoleError(str(error), exit_code=ExitCode.USAGE) from error


def _registry(place: Location, columns: Sequence[Column]) -> RegistryCodec:
    prefix = "avro-confluent."
    url = option(place, prefix + _URL)
    if not url or "${" in url:
        message = f"topic {place.topic} names its schemas by number, and its table has no '{prefix}{_URL}'"
        raise ConsoleError(message, exit_code=ExitCode.USAGE)
    user, _, password = _revealed(place, option(place, prefix + _USER_INFO)).partition(":")
    return RegistryCodec(
        registry=SchemaRegistry(url=url.split(",")[0].rstrip("/"), credentials=(user, password) if user else None),
        subject=subject_of(place.options, place.topic),
        schema=table_schema(place.options, columns) if columns else None,
        registers=not place.external,
        table=place.table,
    )


def _revealed(place: Location, text: str) -> str:
    """Return a text with the values of its secrets. Raises ConsoleError for one that the stack does not have."""
    for found in PLACEHOLDER.finditer(text):
        value = place.secret(found["name"]) if found["secret"] else ""
        if not value:
            message = f"the registry of topic {place.topic} asks for the secret {found['name']}, and the stack has no value for it"
            advice = f"set it with `pulumi config set --secret secret.{found['name']}`"
            raise ConsoleError(message, advice=advice, exit_code=ExitCode.USAGE)
        text = text.replace(found[0], value)
    return text


def _written(fields: Mapping[str, Any], schema: AvroSchema) -> bytes:
    out = io.BytesIO()
    try:
        fastavro.schemaless_writer(out, fastavro.parse_schema(schema), avro_value(dict(fields), schema))
    except (ValueError, TypeError, AttributeError) as error:
        message = f"a row cannot be written as Avro: {error}"
        raise ConsoleError(message, advice="write times as 2026-01-31 10:00:00, and bytes in base64", exit_code=ExitCode.USAGE) from error
    return out.getvalue()


def _read(value: bytes, schema: AvroSchema) -> object:
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
