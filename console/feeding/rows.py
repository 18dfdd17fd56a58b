"""Rows of a file, as JSON lines or CSV, checked against the columns of their table before the first one is sent."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.feeding.checks import RecordError, check, converted
from console.feeding.records import Batch, Form, Record, read_lines
from console.feeding.times import rows_moved_to
from console.formats.base import option
from console.formats.codec import codec_of
from flinksql.sql.columns import Column
from platforms.bundle_view import Location

_TOLD = 10
"""Wrong rows that a message names."""
Row = tuple[int, str, dict[str, Any]]
"""The number of a line, its text, and its fields."""
_ADVICE = "nothing was sent; fix the file, or send it as it is with --unchecked"


def sample_rows(content: bytes, shown: str, place: Location, form: Form, *, is_csv: bool, time: str = "") -> Batch:
    """Return the rows of a sample file as records in the table's format, with the times in the field `time` moved to now.

    Raises ConsoleError with the line and column of each row that does not fit.
    """
    codec = codec_of(place)
    rows = [fields for _, _, fields in _fitting(content, shown, place, is_csv=is_csv)]
    moved = rows_moved_to(datetime.now(UTC), rows, time) if time else rows
    form = replace(form, codec=codec)
    return Batch(topic=place.topic, form=form, records=[form.row_of(fields, codec) for fields in moved])


def checked_records(content: bytes, shown: str, place: Location, form: Form, *, is_csv: bool) -> list[Record]:
    """Return the records that a file holds, in the table's format.

    Lines of JSON for a table of JSON stay byte for byte. Raises ConsoleError with the line and column of each row that does not fit.
    """
    codec = codec_of(place)
    if not is_csv and (not codec.checked or not place.columns):
        return read_lines(content, form)
    as_it_is = not is_csv and place.format == "json"
    rows = _fitting(content, shown, place, is_csv=is_csv)
    return [form.record_with(fields, line.encode()) if as_it_is else form.row_of(fields, codec) for _, line, fields in rows]


def _fitting(content: bytes, shown: str, place: Location, *, is_csv: bool) -> list[Row]:
    """Return the rows of a file, each of which its table can read. Raises ConsoleError with the place of each that it cannot."""
    columns = {column.name: column for column in place.columns}
    is_checked = codec_of(place).checked and bool(columns)
    timestamps = option(place, "json.timestamp-format.standard") or "SQL"
    problems: list[str] = []
    found: list[Row] = []
    delimiter = option(place, "csv.field-delimiter")
    for row in _csv_rows(content, shown, columns, delimiter) if is_csv else _json_rows(content, shown, problems):
        number, line, fields = row
        try:
            if is_checked:
                check(fields, columns, timestamps=timestamps)
        except RecordError as error:
            problems.append(f"{shown}:{number}:{_column(line, error.field)}: {error}")
            continue
        found.append(row)
    if problems:
        more = f"\nand {len(problems) - _TOLD:,} more" if len(problems) > _TOLD else ""
        raise ConsoleError("\n".join(problems[:_TOLD]) + more, advice=_ADVICE, exit_code=ExitCode.USAGE)
    return found


def _json_rows(content: bytes, shown: str, problems: list[str]) -> Iterator[Row]:
    """Yield number, text and fields of each line that is an object of JSON. Empty lines are none."""
    for number, raw in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        try:
            line = raw.removesuffix(b"\r").decode()
        except UnicodeDecodeError as error:
            problems.append(f"{shown}:{number}:{error.start + 1}: this byte is no UTF-8")
            continue
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
        except json.JSONDecodeError as error:
            problems.append(f"{shown}:{number}:{error.pos + 1}: this line is no JSON: {error.msg}")
            continue
        except RecursionError:
            problems.append(f"{shown}:{number}:1: this line is nested too deeply")
            continue
        if not isinstance(fields, dict):
            problems.append(f"{shown}:{number}:1: a row is an object: {{column: value, ...}}")
            continue
        yield number, line, fields


def _csv_rows(content: bytes, shown: str, columns: Mapping[str, Column], delimiter: str) -> Iterator[Row]:
    """Yield the rows below the line of column names. Raises ConsoleError for a file that is no CSV.

    Between fields stand commas, or what the table has there (`delimiter`) if that is what the first line has.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ConsoleError(f"{shown}:{line}:1: this line is no UTF-8", exit_code=ExitCode.USAGE) from error
    first = text.partition("\n")[0]
    between = delimiter if len(delimiter) == 1 and delimiter in first and "," not in first else ","
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=between)
    try:
        heads = next(reader, [])
        begin = reader.line_num + 1
        for cells in reader:
            if cells:
                if len(cells) != len(heads):
                    message = f"{shown}:{begin}:1: this row has {len(cells)} fields, and the first line names {len(heads)} columns"
                    raise ConsoleError(message, advice=_ADVICE, exit_code=ExitCode.USAGE)
                yield begin, between.join(cells), {head: _value(cell, columns.get(head)) for head, cell in zip(heads, cells, strict=True)}
            begin = reader.line_num + 1
    except csv.Error as error:
        raise ConsoleError(f"{shown}:{reader.line_num}:1: this line is no CSV: {error}", exit_code=ExitCode.USAGE) from error


def _value(cell: str, column: Column | None) -> object:
    return converted(cell, column) if column else cell


def _column(line: str, field: str) -> int:
    """Return the place of a field in a line; the line's beginning where it is not written there."""
    at = line.find(json.dumps(field, ensure_ascii=False)) if field else -1
    return max(at, 0) + 1
