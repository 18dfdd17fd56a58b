"""Rows whose lateness is not certain, because a statement reads several tables.

Rows of one table arrive in their order, with a watermark after each. Those of two tables arrive as Flink reads them, and an operator that
sees both has the watermark of the table which is behind. So a row that is behind the watermark of its own table is late or not, depending
on the machine, and a test with such a row would pass on most days.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from flinksql.sql.names import quoted
from flinksql.sql.table_usage import catalog_of
from flinksql.statements.compatibility import PlanError
from flinksql.statements.compatibility.compiled import SCAN, Compiled, Operator, read_compiled, scanned
from flinksql.statements.plan_files import compiled_plan
from flinksql.testing.execution import Execution, Prepared
from flinksql.testing.feeding import Source
from flinksql.testing.flink import SETTINGS
from flinksql.testing.replacement import ROWS
from flinksql.testing.tables import Column
from flinksql.testing.values import ValueRefusedError, moment

_BY_EVENT_TIME = ("window", "interval-join", "temporal-join", "temporal-sort", "match", "over-aggregate")
"""Parts of the names of the operators that drop rows, forget them or answer by their watermark."""


@dataclass(frozen=True, kw_only=True)
class UncertainRow:
    """A row that is late or not, as it comes. `index` is its place among the rows of the table, `others` what else the operator reads."""

    table: str
    index: int
    column: str
    others: tuple[str, ...]

    @property
    def message(self) -> str:
        """What is wrong, and what to do."""
        others = " and ".join(self.others)
        return (
            f"this row of {self.table} is behind the watermark of the rows above it, and the statement brings it together with {others}: "
            f"how far that is read by then decides whether the row is late, so the result may be another one in the next run. "
            f"Give the rows of {self.table} in the order of {self.column}, and test late rows where one table is read"
        )


def uncertain_row(execution: Execution, prepared: Prepared, folder: Path) -> UncertainRow | None:
    """Return the first row that may be late or not. The sources' files must be there; `folder` is one of this function's own.

    Rows in the order of their event time, as nearly all are, cost nothing; others are planned. Raises StatementError.
    """
    if sum(not use.written for use in catalog_of(prepared.definition).uses()) <= 1:
        return None
    suspects = [one for one in prepared.sources.values() if _has_event_time(one) and not _rises(prepared, one)]
    together = _read_together(execution, prepared, folder) if suspects else {}
    for source in suspects:
        name = source.table.name
        if name in together and (index := _behind(execution, prepared, source)) is not None:
            return UncertainRow(table=name, index=index, column=_event_time(source).name, others=together[name])
    return None


def _has_event_time(source: Source) -> bool:
    return any(one.watermark for one in source.table.columns)


def _event_time(source: Source) -> Column:
    return next(one for one in source.table.columns if one.watermark)


def _rises(prepared: Prepared, source: Source) -> bool:
    """Tell whether the event time of a table's rows never falls, as far as that can be read from what was given."""
    column = _event_time(source)
    if column.computed:
        return False
    lines = [json.loads(line) for line in prepared.input(source.table.name).read_text(encoding="utf-8").splitlines()]
    rows = [line["after"] or line["before"] if source.replaced.changelog else line for line in lines]
    try:
        moments = [moment(row[column.name]) for row in rows if row.get(column.name) is not None]
    except ValueRefusedError:
        return False
    return all(earlier <= later for earlier, later in pairwise(moments))


def _read_together(execution: Execution, prepared: Prepared, folder: Path) -> Mapping[str, tuple[str, ...]]:
    """Return what else is read by an operator of event time that reads a table, by the table's name: itself, where it is read twice."""
    folder.mkdir(parents=True, exist_ok=True)
    configuration = {**prepared.definition.options, **SETTINGS}
    try:
        with execution.session(prepared) as session:
            compiled = read_compiled(compiled_plan(session, prepared.script, configuration, folder))
    except PlanError:
        # What cannot be planned that way may have any operator.
        return {name: tuple(other for other in prepared.sources if other != name) or (name,) for name in prepared.sources}
    found: dict[str, tuple[str, ...]] = {}
    for operator in compiled.operators.values():
        scans = _scans(compiled, operator) if any(part in operator.kind for part in _BY_EVENT_TIME) else {}
        for number, name in scans.items():
            if others := {other for each, other in scans.items() if each != number}:
                found[name] = tuple(sorted({*found.get(name, ()), *others}))
    return found


def _scans(compiled: Compiled, operator: Operator) -> dict[int, str]:
    """Return the tables that flow into an operator, by the numbers of the operators that read them."""
    if operator.kind == SCAN:
        return {operator.number: scanned(operator).removesuffix(ROWS)}
    return {number: name for one in compiled.inputs(operator) for number, name in _scans(compiled, one).items()}


def _behind(execution: Execution, prepared: Prepared, source: Source) -> int | None:
    """Return the first row that is behind the watermark of those before it, as Flink reckons both; None where none is."""
    column = _event_time(source)
    columns = f"CAST({quoted(column.name)} AS STRING), CAST({column.watermark} AS STRING)"
    query = f"SELECT {columns} FROM {quoted(source.table.name)}"  # noqa: S608  # names in quotes, and the table's own expression
    with execution.session(prepared) as session:
        rows = session.execute(query, SETTINGS).rows
    watermark: datetime | None = None
    for index, (at, mark) in enumerate(rows):
        if at is not None and watermark is not None and moment(at) < watermark:
            return index
        if mark is not None:
            watermark = max(moment(mark), watermark or moment(mark))
    return None
