"""Counting the rows of each branch, by queries over the very rows of a test, through the same views and models.

What the planner does not take as a query of its own (a subquery that depends on rows around it, for example) is unknown, never covered.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from flinksql.errors import FlinkSqlError, TransientError
from flinksql.flink.changelog import remaining
from flinksql.flink.gateway import GatewaySession, RefusedError
from flinksql.sql.identity import digest
from flinksql.statements.submission import JOB_ID_KEY
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

    refused: dict[tuple[str, str], str] = field(default_factory=dict)
    """Why a stage is refused, by a digest of what is below it and its SQL; empty for one that is taken."""

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
        own = replace(prepared, models={})
        sent = digest([step.rendered.sql for step in script.closure])
        try:
            with execution.session(own) as session:
                counting = _Counting(
                    refused=self.refused,
                    sent=sent,
                    execution=execution,
                    session=session,
                    settings={**prepared.definition.options, **SETTINGS},
                    found=found,
                )
                counting.run(asked)
        except FlinkSqlError as error:
            _not_counted(asked, str(error), found)
        return found


@dataclass(frozen=True, kw_only=True)
class _Counting:
    """The counting of one statement. All stages are one job; only when it is refused the planner is asked about each of them."""

    refused: dict[tuple[str, str], str]
    sent: str
    execution: Execution
    session: GatewaySession
    settings: Mapping[str, str]
    found: Coverage

    def run(self, asked: Sequence[Stage]) -> None:
        usable = self._without_refused(asked)
        try:
            self._count(usable)
        except RefusedError as error:
            for one in usable:
                if (self.sent, one.sql) not in self.refused:
                    self.refused[self.sent, one.sql] = self._refusal(one)
            left = self._without_refused(usable)
            if len(left) == len(usable):
                _not_counted(usable, f"the job that counts ended: {error}", self.found)
                return
            try:
                self._count(left)
            except RefusedError as again:
                _not_counted(left, f"the job that counts ended: {again}", self.found)

    def _without_refused(self, stages: Sequence[Stage]) -> list[Stage]:
        """Return the stages that the planner is not known to refuse; why it refuses the others goes to what was found."""
        for one in stages:
            if why := self.refused.get((self.sent, one.sql), ""):
                _not_counted([one], why, self.found)
        return [one for one in stages if not self.refused.get((self.sent, one.sql))]

    def _refusal(self, stage: Stage) -> str:
        try:
            self.session.execute(f"EXPLAIN {_counted(0, stage)}", self.settings)
        except RefusedError as error:
            return f"the planner does not take it as a query of its own: {error}"
        return ""

    def _count(self, stages: Sequence[Stage]) -> None:
        if not stages:
            return
        job = uuid.uuid4().hex
        query = "\nUNION ALL\n".join(_counted(number, one) for number, one in enumerate(stages))
        try:
            rows = remaining(self.session.execute(query, {**self.settings, JOB_ID_KEY: job}))
        except TransientError:
            self.execution.cancel(job)
            raise
        for row in rows:
            known = [one for one in stages[int(str(row["stage"]))].choices if not one.unknown]
            for choice, mark in zip(known, str(row["marks"]), strict=True):
                if mark in choice.branches:
                    self.found.count(choice.branches[mark], int(str(row["n"])))


def _counted(number: int, stage: Stage) -> str:
    return f"SELECT {number} AS stage, marks, COUNT(*) AS n FROM (\n{stage.sql}\n) GROUP BY marks"  # noqa: S608  # of the bundle's own text


def _not_counted(stages: Iterable[Stage], why: str, found: Coverage) -> None:
    for stage in stages:
        for choice in stage.choices:
            for branch in choice.branches.values():
                found.unknown.setdefault(branch, why)
