"""A record of what a bundle shows, and how the manifest says that it is read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flinksql.sql.manifest import ColumnManifest, ShowManifest
from flinksql.sql.templates import field_template, parse_template, value_at
from platforms.bundle_view import JSON

VALUE = "value"
"""The field of a record that is no JSON: its text."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """One record: its fields as they stand there."""

    fields: Mapping[str, Any]

    def number(self, column: str) -> float:
        """Return a number in a field; 0 where there is none."""
        value = value_at(self.fields, column)
        return value if isinstance(value, int | float) else 0


@dataclass(frozen=True, kw_only=True)
class Display:
    """How results are read and shown. Without a manifest's word all fields are shown, each record for itself."""

    format: str = JSON
    key: tuple[str, ...] = ()
    columns: tuple[ColumnManifest, ...] = ()
    line: str = ""
    one: str = "result"
    many: str = "results"

    def parse(self, value: bytes | None) -> Result | None:
        """Read a record; None for a deletion and, where records are JSON, for what is no JSON object (a foreign record in the topic)."""
        if value is None:
            return None
        if not self.format.endswith(JSON):
            return Result(fields={VALUE: value.decode(errors="replace")})
        try:
            fields = json.loads(value)
        except (ValueError, RecursionError):
            return None
        return Result(fields=fields) if isinstance(fields, dict) else None

    def key_of(self, result: Result) -> tuple[str, ...]:
        """Return what tells a row from others; empty where each record is one."""
        return tuple(_text(value_at(result.fields, name)) for name in self.key)

    def cells(self, result: Result) -> list[tuple[ColumnManifest, str]]:
        """Return each column with its text."""
        columns = self.columns or tuple(ColumnManifest(value=field_template(name), title=name) for name in result.fields if _is_shown(name))
        return [(column, parse_template(column.value).text(result.fields)) for column in columns]

    def text(self, result: Result) -> str:
        """Return a result as one line."""
        if self.line:
            return parse_template(self.line).text(result.fields)
        cells = [f"{column.title or column.value.strip('{}')} {text}" for column, text in self.cells(result)]
        values = {column.value for column in self.columns}
        # What tells rows apart leads the line where no column has it.
        lead = [one for name, one in zip(self.key, self.key_of(result), strict=True) if self.columns and field_template(name) not in values]
        return ", ".join([*lead, *cells])


def display_of(show: ShowManifest | None, form: str) -> Display:
    """Return the display that a manifest asks for, over records of a format of Flink's."""
    if show is None:
        return Display(format=form)
    return Display(format=form, key=show.key, columns=show.columns, line=show.line, one=show.one, many=show.many)


def _is_shown(name: str) -> bool:
    """Return whether a name can stand in a template."""
    return bool(name) and not {"{", "}", "`"} & set(name)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
