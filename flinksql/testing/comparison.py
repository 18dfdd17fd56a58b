"""What was expected of a table beside what came: row by row, each with the nearest one."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flinksql.testing.cases import ExpectedRows
from flinksql.testing.changes import DELETE, INSERT, UPDATE_AFTER, UPDATE_BEFORE, Change, final_rows, written_change
from flinksql.testing.tables import Table
from flinksql.testing.values import ValueRefusedError, encoded, equal, plain, shown

_NEAREST_OF = 100
"""Rows among which the nearest is looked for."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing that is not as expected. `index` is that of the expected row, or None for one that nobody expected.

    `columns` are those that differ from the nearest row, each with what was expected and what came.
    """

    message: str
    index: int | None = None
    expected: Mapping[str, Any] | None = None
    came: Mapping[str, Any] | None = None
    columns: Mapping[str, tuple[Any, Any]] | None = None


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """What a test expects of a table, read against the table. `expected` are its rows; None where it names none."""

    spec: ExpectedRows
    table: Table
    changelog: bool
    expected: tuple[Change, ...] | None

    @property
    def match(self) -> str:
        """How rows are compared."""
        return self.spec.match or ("final" if self.changelog else "any order")

    @property
    def needs_kinds(self) -> bool:
        """Whether updates are told apart from deletions and insertions."""
        return self.match == "changelog" and any(one.kind in {UPDATE_BEFORE, UPDATE_AFTER} for one in self.expected or ())

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are compared, in the table's order."""
        named = {name for one in self.expected or () for name in one.row}
        return tuple(one.name for one in self.table.columns if one.name in named and one.name not in self.spec.ignore)

    def unknown_columns(self) -> list[tuple[int, str]]:
        """Return names in expected rows that no column has, each with its row."""
        known = {one.name for one in self.table.columns}
        return [(index, name) for index, one in enumerate(self.expected or ()) for name in one.row if name not in known]


def expectation(spec: ExpectedRows, rows: Sequence[Mapping[str, Any]] | None, table: Table, *, changelog: bool) -> Expectation:
    """Read an expectation against its table."""
    expected = None if rows is None else tuple(written_change(one) for one in rows)
    return Expectation(spec=spec, table=table, changelog=changelog, expected=expected)


def rows_to_compare(expected: Expectation, came: Sequence[Change]) -> list[Change]:
    """Return the changes that count, by the kind of match."""
    if expected.match == "final":
        return [Change(row=row) for row in final_rows(came, expected.table)]
    if expected.match == "changelog":
        return list(came)
    return [one for one in came if one.adds] if expected.changelog else list(came)


def compare(expected: Expectation, came: Sequence[Change]) -> list[Difference]:
    """Return what is not as expected; nothing when all is."""
    rows = rows_to_compare(expected, came)
    found: list[Difference] = []
    count = expected.spec.count
    if count is not None and len(rows) != count:
        found.append(Difference(message=f"{_rows(count)} expected, {len(rows)} came"))
    if expected.expected is None:
        return found
    return [*found, *_Comparison(expected, rows).differences()]


def shown_row(row: Mapping[str, Any], table: Table, columns: Sequence[str] | None = None) -> dict[str, Any]:
    """Return a row that came as people write it, with some of its columns."""
    kinds = {one.name: one.type for one in table.columns}
    return {name: shown(row.get(name), kinds[name]) for name in (columns if columns is not None else kinds) if name in kinds}


def _rows(count: int) -> str:
    return f"{count} row{'' if count == 1 else 's'}"


class _Comparison:
    """One comparison. Rows are found by their positions in the two lists."""

    def __init__(self, expected: Expectation, came: Sequence[Change]) -> None:
        self._spec = expected
        self._expected = expected.expected or ()
        self._came = came
        self._columns = expected.columns
        self._kinds = {one.name: one.type for one in expected.table.columns}
        self._with_kinds = expected.match == "changelog"

    def differences(self) -> list[Difference]:
        if self._spec.match in {"exact", "changelog"}:
            return self._in_order()
        missing, unexpected = self._unpaired()
        return self._differences(missing, [] if self._spec.match == "subset" else unexpected, nearest=unexpected)

    def _in_order(self) -> list[Difference]:
        pairs = min(len(self._expected), len(self._came))
        if len(self._expected) == len(self._came) and all(self._equal(index, index) for index in range(pairs)):
            return []
        missing, unexpected = self._unpaired()
        if missing or unexpected:
            return self._differences(missing, unexpected, nearest=unexpected)
        wrong = next(index for index in range(pairs) if not self._equal(index, index))
        row = self._shown(self._came[wrong])
        return [
            Difference(
                message=f"the rows came in another order: row {wrong + 1} is another one",
                index=wrong,
                expected=self._written(wrong),
                came=row,
            )
        ]

    def _unpaired(self) -> tuple[list[int], list[int]]:
        """Return the expected rows that did not come, and those that came and nobody expected.

        With approximate numbers a row may equal several; a pairing that leaves as few as possible is looked for.
        """
        missing, unexpected = self._not_alike()
        taken: dict[int, int] = {}
        fitting = {index: [other for other in unexpected if self._equal(index, other)] for index in missing}
        for index in missing:
            self._pair(index, fitting, taken, set())
        paired = set(taken.values())
        return [index for index in missing if index not in paired], [other for other in unexpected if other not in taken]

    def _not_alike(self) -> tuple[list[int], list[int]]:
        """Leave out what is alike in one plain form: of many rows nearly all are, and each other one is compared with each."""
        if self._spec.spec.approximate:
            return list(range(len(self._expected))), list(range(len(self._came)))
        places: dict[str, list[int]] = {}
        for other in reversed(range(len(self._came))):
            places.setdefault(self._plain(self._came[other], came=True), []).append(other)
        missing: list[int] = []
        for index, one in enumerate(self._expected):
            fitting = places.get(self._plain(one, came=False))
            if fitting:
                fitting.pop()
            else:
                missing.append(index)
        return missing, sorted(other for rest in places.values() for other in rest)

    def _plain(self, change: Change, *, came: bool) -> str:
        values = [plain(change.row.get(name), self._kinds[name], came=came) for name in self._columns]
        return json.dumps([_plain_kind(change.kind, exactly=self._spec.needs_kinds) if self._with_kinds else "", *values], default=str)

    def _pair(self, index: int, fitting: Mapping[int, Sequence[int]], taken: dict[int, int], seen: set[int]) -> bool:
        for other in fitting[index]:
            if other not in taken:
                taken[other] = index
                return True
        if not self._spec.spec.approximate:
            return False
        for other in fitting[index]:
            if other in seen:
                continue
            seen.add(other)
            if self._pair(taken[other], fitting, taken, seen):
                taken[other] = index
                return True
        return False

    def _differences(self, missing: list[int], unexpected: list[int], *, nearest: list[int]) -> list[Difference]:
        found: list[Difference] = []
        rest = list(nearest)
        for index in missing:
            other = max(rest[:_NEAREST_OF], key=lambda one: (self._likeness(index, one), -one), default=None)
            if other is None or not self._likeness(index, other):
                message = f"row {index + 1} did not come" if self._came else f"row {index + 1} did not come: no row came"
                found.append(Difference(message=message, index=index, expected=self._written(index)))
                continue
            rest.remove(other)
            columns = self._different(index, other)
            told = Difference(
                message=f"row {index + 1} did not come; the nearest that came differs in {', '.join(columns)}",
                index=index,
                expected=self._written(index),
                came=self._shown(self._came[other]),
                columns=columns,
            )
            found.append(told)
        left = [other for other in unexpected if other in rest]
        found += [Difference(message="a row came that nobody expected", came=self._shown(self._came[other])) for other in left]
        return found

    def _equal(self, index: int, other: int) -> bool:
        expected, came = self._expected[index], self._came[other]
        if self._with_kinds and not _same_kind(expected.kind, came.kind, exactly=self._spec.needs_kinds):
            return False
        return all(self._same(name, expected.row, came.row) for name in self._columns)

    def _same(self, name: str, expected: Mapping[str, Any], came: Mapping[str, Any]) -> bool:
        return equal(expected.get(name), came.get(name), self._kinds[name], self._spec.spec.approximate)

    def _likeness(self, index: int, other: int) -> int:
        return sum(self._same(name, self._expected[index].row, self._came[other].row) for name in self._columns)

    def _different(self, index: int, other: int) -> dict[str, tuple[Any, Any]]:
        expected, came = self._expected[index], self._came[other]
        row = shown_row(came.row, self._spec.table)
        found = {
            name: (_written(expected.row.get(name), self._kinds[name]), row.get(name))
            for name in self._columns
            if not self._same(name, expected.row, came.row)
        }
        if self._with_kinds and not _same_kind(expected.kind, came.kind, exactly=self._spec.needs_kinds):
            found["kind"] = (expected.kind, came.kind)
        return found

    def _shown(self, change: Change) -> dict[str, Any]:
        row = shown_row(change.row, self._spec.table, self._columns or None)
        return {change.kind: row} if self._with_kinds else row

    def _written(self, index: int) -> dict[str, Any]:
        change = self._expected[index]
        row = {name: _written(change.row.get(name), self._kinds[name]) for name in self._columns}
        return {change.kind: row} if self._with_kinds else row


def _same_kind(expected: str, came: str, *, exactly: bool) -> bool:
    return _plain_kind(expected, exactly=exactly) == _plain_kind(came, exactly=exactly)


def _plain_kind(kind: str, *, exactly: bool) -> str:
    return kind if exactly else {UPDATE_AFTER: INSERT, UPDATE_BEFORE: DELETE}.get(kind, kind)


def _written(value: object, kind: str) -> object:
    """Return an expected value as it is shown: YAML reads moments as what they are."""
    if isinstance(value, str | int | float | bool | list | dict) or value is None:
        return value
    try:
        return shown(encoded(value, kind), kind)
    except ValueRefusedError:
        return str(value)
