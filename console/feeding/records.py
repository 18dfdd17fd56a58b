"""Records as bytes. A feed is allowed to hold anything at all: what cannot be used is the pipeline's business, not ours."""

import base64
import binascii
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.formats.base import Codec
from flinksql.sql.templates import parse_template
from platforms.bundle_view import JSON, RAW


@dataclass(frozen=True, kw_only=True)
class Record:
    """What goes into Kafka. `key` is None where the record has none that can be read."""

    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    """What the value was made of, where it is no line of a file."""


@dataclass(frozen=True, kw_only=True)
class Form:
    """How records are keyed: the fields of a JSON record that make its key, and how Kafka's key is written.

    `id` is the field that tells records apart when they are sent again.
    """

    key: tuple[str, ...] = ()
    key_format: str = RAW
    id: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Kafka's headers by name: texts with the record's fields in braces."""
    codec: Codec | None = None
    """How rows become values where they are no lines of a file."""

    def record_of(self, line: bytes) -> Record:
        """Make a record of one line, byte for byte, whatever it holds. With its key, records of one key keep their order."""
        fields = _as_object(line) if self.key or self.headers else None
        return Record(key=None, value=line) if fields is None else self.record_with(fields, line)

    def row_of(self, fields: Mapping[str, Any], codec: Codec) -> Record:
        """Make a record of a row."""
        return replace(self.record_with(fields, codec.encode(fields)), fields=fields)

    def record_with(self, fields: Mapping[str, Any], value: bytes) -> Record:
        """Make a record of bytes that hold these fields."""
        headers = tuple((name, parse_template(text).text(fields).encode(errors="replace")) for name, text in self.headers.items())
        return Record(key=self._key(fields) if self.key else None, value=value, headers=headers)

    def again(self, record: Record, turn: int) -> Record:
        """Return a record for another round: its id gets the round's number, so that ids stay unique."""
        fields = (record.fields or _as_object(record.value)) if self.id else None
        if fields is None or not isinstance(fields.get(self.id), str):
            return record
        numbered = {**fields, self.id: f"{fields[self.id]}-{turn}"}
        encoded = self.codec.encode(numbered) if self.codec and record.fields else json.dumps(numbered).encode()
        return replace(record, value=encoded)

    def _key(self, fields: Mapping[str, Any]) -> bytes | None:
        if self.key_format == JSON:
            found = {name: fields[name] for name in self.key if name in fields}
            return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode(errors="replace") if found else None
        value = fields.get(self.key[0])
        return value.encode(errors="replace") if isinstance(value, str) and value else None


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Records of one topic. `malformed` ones are those that the pipeline must set aside."""

    topic: str
    form: Form
    records: list[Record]
    malformed: bool = False


def read_lines(content: bytes, form: Form) -> list[Record]:
    """Make a record of each line. Empty lines count as records too, except the end of the file."""
    lines = content.split(b"\n")
    return [form.record_of(line.removesuffix(b"\r")) for line in (lines[:-1] if lines[-1] == b"" else lines)]


def read_malformed(content: bytes, file: str, form: Form) -> list[Record]:
    """Read lines of `{"note", "base64"}`: records that cannot stand in a text file. Raises ConsoleError with file and line."""
    records = []
    for number, line in enumerate(content.splitlines(), start=1):
        try:
            records.append(form.record_of(base64.b64decode(json.loads(line)["base64"], validate=True)))
        except (ValueError, KeyError, TypeError, binascii.Error) as error:
            raise ConsoleError(f"{file}:{number}:1: not a line of the form {{note, base64}}", exit_code=ExitCode.USAGE) from error
    return records


def repeated(records: Sequence[Record], form: Form) -> Iterator[Record]:
    """Give the records again and again."""
    for turn in count(1):
        for record in records:
            yield record if turn == 1 else form.again(record, turn)


def mixed(good: Iterable[Record], malformed: list[Record], share: float) -> Iterator[Record]:
    """Give good records with malformed ones evenly among them, until the good ones end: `share` (0 to below 1) of all are malformed."""
    rest, spoilt = iter(good), repeated(malformed, Form())
    for number in count(1):
        if malformed and int(number * share) > int((number - 1) * share):
            yield next(spoilt)
            continue
        record = next(rest, None)
        if record is None:
            return
        yield record


def _as_object(line: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
