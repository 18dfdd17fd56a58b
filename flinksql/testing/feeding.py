"""Rows that a test gives, or that an earlier statement wrote, as lines of the file behind a source."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flinksql.sql.types import BYTES, TEXTS, root_of
from flinksql.testing.cases import ARRIVAL
from flinksql.testing.changes import INSERT, Change, as_debezium, written_change
from flinksql.testing.replacement import Replaced, value_format
from flinksql.testing.tables import Column, Table
from flinksql.testing.values import START, ValueRefusedError, encoded, moment, reencoded

_TICK = timedelta(milliseconds=1)


class RowError(Exception):
    """A row that cannot be given. `index` is its place in the list."""

    def __init__(self, index: int, message: str) -> None:
        self.index = index
        super().__init__(message)


@dataclass(frozen=True, kw_only=True)
class Source:
    """A table that is read: as the bundle defines it, and as it was replaced."""

    table: Table
    replaced: Replaced
    options: Mapping[str, str]

    @property
    def topic(self) -> str:
        """The topic that the table lies on; empty when there is none."""
        return self.options.get("topic", "")


@dataclass(frozen=True, kw_only=True)
class Written:
    """What a statement wrote into a table that another one may read."""

    table: Table
    options: Mapping[str, str]
    changes: Sequence[Change]


def given_lines(source: Source, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the lines for given rows. Raises RowError."""
    last = START
    changes: list[Change] = []
    for index, one in enumerate(rows):
        at = {ARRIVAL: one[ARRIVAL]} if ARRIVAL in one else {}
        change = written_change({name: value for name, value in one.items() if name != ARRIVAL})
        row = dict(change.row)
        at |= {ARRIVAL: row.pop(ARRIVAL)} if ARRIVAL in row else {}
        try:
            arrival = moment(at[ARRIVAL]) if at else (last + _TICK if index else START)
            changes.append(Change(kind=change.kind, row=_filled(source, row, index, arrival)))
        except ValueRefusedError as error:
            raise RowError(index, str(error)) from None
        if _clock(source) and arrival < last:
            raise RowError(index, f"{ARRIVAL} is before that of the row above: processing time never goes back")
        if change.kind != INSERT and not source.replaced.changelog:
            raise RowError(index, f"the rows of {source.table.name} are only appended: {change.kind} cannot come from its connector")
        last = arrival
    return _lines(source, changes)


def passed_on(source: Source, written: Written) -> list[str]:
    """Return the lines for what an earlier statement wrote into the same table, or into another one on the same topic.

    Raises ValueRefusedError where the two tables cannot be brought together here.
    """
    changes = [Change(kind=one.kind, row=_read_back(source, written, one.row)) for one in written.changes]
    filled = [
        Change(kind=one.kind, row=_with_metadata(source, dict(one.row), index, START + index * _TICK)) for index, one in enumerate(changes)
    ]
    return _lines(source, filled)


def _lines(source: Source, changes: Sequence[Change]) -> list[str]:
    if source.replaced.changelog:
        return as_debezium(changes, source.table)
    return [json.dumps(dict(one.row), ensure_ascii=False, default=str) for one in changes]


def _filled(source: Source, row: Mapping[str, Any], index: int, arrival: datetime) -> dict[str, Any]:
    known = {one.name: one for one in source.replaced.table.columns}
    for name in row:
        if name not in known:
            computed = source.table.column(name)
            reason = "is computed: it takes no value" if computed else f"is none of its columns: {', '.join(known)}"
            raise ValueRefusedError(f"{source.table.name}: {name} {reason}")
    values: dict[str, Any] = {}
    for name, value in row.items():
        try:
            values[name] = encoded(value, known[name].type)
        except ValueRefusedError as error:
            raise ValueRefusedError(f"{name}: {error}") from None
    return _with_metadata(source, values, index, arrival)


def _with_metadata(source: Source, values: dict[str, Any], index: int, arrival: datetime) -> dict[str, Any]:
    """Return the row with what the connector would say of a record where the test says nothing, and NULL elsewhere."""
    row: dict[str, Any] = {}
    for column in source.replaced.table.columns:
        if column.name in values:
            row[column.name] = values[column.name]
            continue
        row[column.name] = _default(source, column, index, arrival)
        if row[column.name] is None and not column.nullable:
            raise ValueRefusedError(f"{column.name} is NOT NULL: give it a value")
    return row


def _default(source: Source, column: Column, index: int, arrival: datetime) -> Any:  # noqa: ANN401  # JSON
    original = source.table.column(column.name)
    if original is not None and original.is_processing_time:
        return encoded(arrival, column.type)
    known = {
        "topic": source.topic or source.table.name,
        "partition": 0,
        "offset": index,
        "timestamp": arrival,
        "timestamp-type": "CreateTime",
        "leader-epoch": 0,
        "headers": {},
    }
    value = known.get(original.metadata) if original is not None and original.metadata else None
    return encoded(value, column.type)


def _clock(source: Source) -> bool:
    """Whether processing time is a column that rows give."""
    return any(one.is_processing_time and source.replaced.table.column(one.name) for one in source.table.columns)


def _read_back(source: Source, written: Written, row: Mapping[str, Any]) -> dict[str, Any]:
    if written.table.name == source.table.name or value_format(source.options) == value_format(written.options):
        kinds = {one.name: one.type for one in source.replaced.table.columns}
        return {name: reencoded(value, kinds[name]) for name, value in row.items() if name in kinds}
    physical = [one for one in source.table.columns if not one.metadata and not one.computed]
    keys = [name.strip() for name in source.options.get("key.fields", "").split(";") if name.strip()]
    values = [one for one in physical if one.name not in keys]
    if value_format(source.options) != "raw" or len(values) != 1 or root_of(values[0].type) not in (*BYTES, *TEXTS):
        raise ValueRefusedError(
            f"{source.table.name} reads the topic of {written.table.name} in the format {value_format(source.options)!r}: "
            "a test brings a JSON table only to one with the same format, or to one column in the format raw"
        )
    text = json.dumps(_value_fields(written, row), ensure_ascii=False, separators=(",", ":"), default=float)
    value = base64.b64encode(text.encode()).decode() if root_of(values[0].type) in BYTES else text
    return {values[0].name: value, **{name: row[name] for name in keys if name in row}}


def _value_fields(written: Written, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that stand in the record's value."""
    left_out = set()
    if written.options.get("value.fields-include", "ALL").upper() == "EXCEPT_KEY":
        left_out = {name.strip() for name in written.options.get("key.fields", "").split(";")}
    physical = {one.name for one in written.table.columns if not one.metadata and not one.computed}
    return {name: value for name, value in row.items() if name in physical and name not in left_out}
