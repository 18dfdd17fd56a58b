"""Counting the rows of each branch, by queries over the very rows of a test, through the same views and models.

What the planner does not take as a query of its own (a subquery that depends on rows around it, for example) is unknown, never covered.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock

from flinksql.errors import FlinkSqlError, TransientError
from flinksql.flink.changelog import remaining
from flinksql.flink.gateway import GatewaySession, RefusedError
from flinksql.testing.coverage.branches import Branch
from flinksql.testing.coverage.stages import Stage, stages_of
from flinksql.testing.execution import Execution, Prepared
from flinksql.testing.flink import SETTINGS

_NO_ROW = 0


@dataclass(kw_only=True)
class Coverage:
    """Rows by branch; those of several tests add up. `unknown` are reasons why rows of a branch could not be counted in a test."""

    rows: dict[Branch, int] = field(default_factory=dict)
    unknown: dict[Branch, str] = field(default_factory=dict)

    def count(self, branch: Branch, rows: int) -> None:
        """Add rows to a branch."""
        self.rows[branch] = self.rows.get(branch, _NO_ROW) + rows

    def add(self, other: "Coverage") -> None:
        """Add what another test counted."""
        for branch, rows in other.rows.items():
            self.count(branch, rows)
        self.unknown.update(other.unknown)

    @property
    def branches(self) -> list[Branch]:
        """All branches in the order of their places."""
        return sorted({*self.rows, *self.unknown}, key=lambda one: one.order)

    def covered(self, branch: Branch) -> bool | None:
        """Return whether a branch had rows; None where that is not known."""
        if self.rows.get(branch, _NO_ROW) > 0:
            return True
        return None if branch in self.unknown else False


@dataclass(kw_only=True)
class Probing:
    """What the tests of a run share: why the planner refuses a stage. Safe to use from several threads."""

    _refused: dict[str, str] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def measure(self, execution: Execution, prepared: Prepared) -> Coverage:
        """Count the rows of a statement that was run, and of all views below it. Its sources' files must be there."""
        script = prepared.script
        stages = [stage for step in (*script.closure, script.target) for stage in stages_of(step, [*prepared.sources])]
        found = Coverage()
        for stage in stages:
            for choice in stage.choices:
                for branch in choice.branches.values():
                    if choice.unknown:
                        found.unknown[branch] = choice.unknown
                    else:
                        found.count(branch, _NO_ROW)
        asked = [one for one in stages if one.sql]
        if not asked:
            return found
        # The models are asked once more, on an address of their own: the test's own calls are counted.
        own = Prepared(**{**prepared.__dict__, "models": {}})
        try:
            with execution.session(own) as session:
                settings = {**prepared.definition.options, **SETTINGS}
                usable = [one for one in asked if not self._is_refused(session, one, settings, found)]
                _count(session, usable, settings, found)
        except FlinkSqlError as error:
            _not_counted(asked, str(error), found)
        return found

    def _is_refused(self, session: GatewaySession, stage: Stage, settings: Mapping[str, str], found: Coverage) -> bool:
        with self._lock:
            known = self._refused.get(stage.sql)
        if known is None:
            known = _refusal(session, stage, settings)
            with self._lock:
                self._refused[stage.sql] = known
        if known:
            _not_counted([stage], known, found)
        return bool(known)


def _refusal(session: GatewaySession, stage: Stage, settings: Mapping[str, str]) -> str:
    try:
        session.execute(f"EXPLAIN {_counted(0, stage)}", settings)
    except RefusedError as error:
        return f"the planner does not take it as a query of its own: {error}"
    return ""


def _count(session: GatewaySession, stages: Sequence[Stage], settings: Mapping[str, str], found: Coverage) -> None:
    if not stages:
        return
    query = "\nUNION ALL\n".join(_counted(number, one) for number, one in enumerate(stages))
    try:
        result = session.execute(query, settings)
    except (RefusedError, TransientError) as error:
        _not_counted(stages, f"the job that counts ended: {error}", found)
        return
    for row in remaining(result):
        stage = stages[int(str(row["stage"]))]
        known = [one for one in stage.choices if not one.unknown]
        for choice, mark in zip(known, str(row["marks"]), strict=True):
            if mark in choice.branches:
                found.count(choice.branches[mark], int(str(row["n"])))


def _counted(number: int, stage: Stage) -> str:
    return f"SELECT {number} AS stage, marks, COUNT(*) AS n FROM (\n{stage.sql}\n) GROUP BY marks"  # noqa: S608  # of the bundle's own text


def _not_counted(stages: Iterable[Stage], why: str, found: Coverage) -> None:
    for stage in stages:
        for choice in stage.choices:
            for branch in choice.branches.values():
                found.unknown.setdefault(branch, why)
