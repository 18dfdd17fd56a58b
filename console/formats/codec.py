"""From rows to the bytes of a table's format, and back."""

import base64
import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.feeding.checks import converted
from console.formats.base import Codec, UnreadableError, option
from flinksql.sql.columns import Column, ColumnKind
from platforms.bundle_view import Location

JSON, CSV, RAW, DEBEZIUM, AVRO, AVRO_REGISTRY = "json", "csv", "raw", "debezium-json", "avro", "avro-confluent"
_OPERATIONS = {"c": "+I", "r": "+I", "u": "+U", "d": "-D"}
"""Debezium's words for what happened to a row, as Flink's changelog has them."""
_KIND = "op"


@dataclass(frozen=True, kw_only=True)
class JsonCodec:
    """An object of JSON."""

    checked: bool = True

    def encode(self, fields: Mapping[str, Any]) -> bytes:
        """Write a row."""
        return json.dumps(fields, ensure_ascii=False).encode()

    def decode(self, value: bytes) -> object:
        """Read a record."""
        try:
            return json.loads(value)
        except (ValueError, RecursionError) as error:
            raise UnreadableError(f"it is no JSON: {error}") from error


@dataclass(frozen=True, kw_only=True)
class DebeziumCodec(JsonCodec):
    """A change of a row, as Debezium writes it, with its schema or without."""

    def encode(self, fields: Mapping[str, Any]) -> bytes:
        """Write a row as one that was inserted."""
        return super().encode({"before": None, "after": dict(fields), _KIND: "c"})

    def decode(self, value: bytes) -> object:
        """Read a change: the row that is there now, or was, after what happened to it."""
        found = super().decode(value)
        change = found.get("payload", found) if isinstance(found, dict) else None
        if not isinstance(change, dict) or change.get(_KIND) not in _OPERATIONS:
            raise UnreadableError("it is no change as Debezium writes it: it has no `op`")
        row = change.get("before") if change[_KIND] == "d" else change.get("after")
        return {_KIND: _OPERATIONS[change[_KIND]], **(row if isinstance(row, dict) else {})}


@dataclass(frozen=True, kw_only=True)
class CsvCodec:
    """A line of fields in the order of the table's columns."""

    columns: Sequence[Column]
    delimiter: str = ","
    quote: str = '"'
    checked: bool = True

    def encode(self, fields: Mapping[str, Any]) -> bytes:
        """Write a row."""
        line = io.StringIO()
        writer = csv.writer(line, delimiter=self.delimiter, quotechar=self.quote, lineterminator="")
        writer.writerow([_cell(fields.get(column.name)) for column in self.columns])
        return line.getvalue().encode()

    def decode(self, value: bytes) -> object:
        """Read a record."""
        try:
            text = value.decode()
            cells = next(csv.reader([text], delimiter=self.delimiter, quotechar=self.quote), [])
        except (UnicodeDecodeError, csv.Error) as error:
            raise UnreadableError(f"it is no CSV: {error}") from error
        if self.columns and len(cells) != len(self.columns):
            raise UnreadableError(f"it has {len(cells)} fields, and the table has {len(self.columns)} columns")
        return {column.name: converted(cell, column) for column, cell in zip(self.columns, cells, strict=True)} or text


@dataclass(frozen=True, kw_only=True)
class RawCodec:
    """Bytes that mean nothing here."""

    checked: bool = False

    def encode(self, fields: Mapping[str, Any]) -> bytes:
        """Write a row of one column: its text."""
        return "".join(_cell(value) for value in fields.values()).encode()

    def decode(self, value: bytes) -> object:
        """Read a text; what is none is given in base64."""
        try:
            return value.decode()
        except UnicodeDecodeError:
            return {"base64": base64.b64encode(value).decode()}


def codec_of(place: Location) -> Codec:
    """Return the codec of a table's values. Formats that are not known here are taken for JSON where they end so, else for bytes."""
    physical = tuple(column for column in place.columns if column.kind is ColumnKind.PHYSICAL)
    if place.format == CSV:
        delimiter = option(place, "csv.field-delimiter").replace("\\t", "\t") or ","
        return CsvCodec(columns=physical, delimiter=delimiter, quote=option(place, "csv.quote-character") or '"')
    if place.format == DEBEZIUM:
        return DebeziumCodec()
    if place.format in {AVRO, AVRO_REGISTRY}:
        from console.formats.avro import avro_codec  # noqa: PLC0415  # its library, for these formats alone

        return avro_codec(place, physical, registry=place.format == AVRO_REGISTRY)
    if place.format.endswith(JSON):
        return JsonCodec(checked=place.format == JSON)
    return RawCodec()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
