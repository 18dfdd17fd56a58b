"""Rows with what they do to a table, and what remains of them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flinksql.testing.cases import KINDS
from flinksql.testing.tables import Table

INSERT, UPDATE_BEFORE, UPDATE_AFTER, DELETE = KINDS
_ADDS = {INSERT: True, UPDATE_AFTER: True, UPDATE_BEFORE: False, DELETE: False}
_OPERATIONS = {"c": INSERT, "d": DELETE}


@dataclass(frozen=True, kw_only=True)
class Change:
    """A row and its kind, in Flink's notation."""

    kind: str = INSERT
    row: Mapping[str, Any]

    @property
    def adds(self) -> bool:
        """Whether the row is there afterwards."""
        return _ADDS[self.kind]


def written_change(row: Mapping[str, Any]) -> Change:
    """Read a row as people write it, with or without its kind."""
    if len(row) == 1 and (kind := next(iter(row))) in KINDS and isinstance(row[kind], Mapping):
        return Change(kind=kind, row=row[kind])
    return Change(row=row)


def came(lines: Iterable[str], *, changelog: bool) -> list[Change]:
    """Read what a sink wrote. Of an update Debezium's format tells the row before as deleted and the row after as inserted."""
    found: list[Change] = []
    for line in lines:
        if line.strip():
            read = json.loads(line, parse_float=Decimal)
            if not changelog:
                found.append(Change(row=read))
                continue
            kind = _OPERATIONS[read["op"]]
            found.append(Change(kind=kind, row=read["after"] if kind == INSERT else read["before"]))
    return found


def final_rows(changes: Iterable[Change], table: Table) -> list[Mapping[str, Any]]:
    """Return the rows that remain, the last one of each key where the table has one, in the order in which they came to be."""
    rows: list[Mapping[str, Any]] = []
    for change in changes:
        if change.adds:
            rows.append(change.row)
        elif change.row in rows:
            # The last that is equal: an earlier one may be of another origin, and is equal anyway.
            del rows[len(rows) - 1 - rows[::-1].index(change.row)]
        else:
            rows = _without_key(rows, change.row, table.key)
    if not table.key:
        return rows
    last = {_key(row, table.key): row for row in rows}
    return [row for index, row in enumerate(rows) if row is last[_key(row, table.key)] and row not in rows[index + 1 :]]


def as_debezium(changes: Sequence[Change], table: Table) -> list[str]:
    """Write changes as a source with a changelog reads them.

    For a table with a primary key a row with a known key is an update, however it is written. A deleted row needs its key only.
    """
    held: dict[tuple[str, ...], Mapping[str, Any]] = {}
    lines: list[str] = []
    for change in changes:
        key = _key(change.row, table.key)
        before = held.get(key) if table.key else None
        if change.kind == UPDATE_BEFORE and table.key:
            continue
        if not change.adds:
            lines.append(_debezium("d", before or change.row, None))
            held.pop(key, None)
            continue
        lines.append(_debezium("u", before, change.row) if before is not None else _debezium("c", None, change.row))
        held[key] = change.row
    return lines


def _debezium(operation: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> str:
    return json.dumps({"before": before, "after": after, "op": operation}, default=str, ensure_ascii=False)


def _without_key(rows: list[Mapping[str, Any]], row: Mapping[str, Any], key: Sequence[str]) -> list[Mapping[str, Any]]:
    return [one for one in rows if _key(one, key) != _key(row, key)] if key else rows


def _key(row: Mapping[str, Any], key: Sequence[str]) -> tuple[str, ...]:
    return tuple(json.dumps(row.get(name), default=str, sort_keys=True) for name in key)
