"""Counting branches: in one job where the planner takes it, without the stages that it refuses; what was not counted is never covered."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from flinksql.errors import TransientError
from flinksql.flink.gateway import ProblemKind, RefusedError, ServerProblem, StatementResult
from flinksql.sql.header import Header
from flinksql.sql.references import References
from flinksql.statement import Definition, Kind, Statement
from flinksql.statements.script import script_of
from flinksql.testing.coverage import Coverage, Probing
from flinksql.testing.execution import Execution, Prepared

VIEW = Statement(name="v", kind=Kind.CATALOG_OBJECT, text="CREATE VIEW v AS SELECT a FROM t WHERE a > 1", file="v.sql")
JOB = Statement(name="j", kind=Kind.JOB, text="INSERT INTO s SELECT CASE WHEN a > 2 THEN 1 END FROM v", file="j.sql")
ROWS = [
    ("INSERT", [0, "1", 3]),
    ("INSERT", [0, "0", 1]),
    ("INSERT", [1, "1", 1]),
    ("UPDATE_BEFORE", [1, "1", 1]),
    ("UPDATE_AFTER", [1, "1", 2]),
]


def refused(message: str) -> RefusedError:
    return RefusedError(ServerProblem(kind=ProblemKind.STATEMENT, message=message))


@dataclass
class Session:
    """Answers queries by `answer`, which may raise. `asked` are all of them."""

    answer: Callable[[str], list[tuple[str, list[object]]]]
    asked: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)

    def execute(self, sql: str, settings: Mapping[str, str]) -> StatementResult:
        self.asked.append(sql)
        rows = self.answer(sql)
        assert settings["execution.runtime-mode"] == "STREAMING"
        return StatementResult(
            columns=("stage", "marks", "n"), rows=tuple(tuple(values) for _, values in rows), kinds=tuple(kind for kind, _ in rows)
        )


def measure(session: Session, probing: Probing | None = None) -> Coverage:
    definition = Definition(statement=JOB, closure=(VIEW,), job_name="test/j")
    prepared = Prepared(
        definition=definition,
        script=script_of(definition, {}),
        references=References(kind=Kind.JOB, header=Header()),
        sources={},
        sinks={},
        tables={},
        options={},
        folder=Path(),
    )

    @contextmanager
    def opened(_prepared: Prepared) -> Iterator[Session]:
        yield session

    execution = cast("Execution", SimpleNamespace(session=opened, cancel=session.cancelled.append))
    return (probing or Probing()).measure(execution, prepared)


def told(coverage: Coverage) -> dict[str, object]:
    return {
        f"{one.kind} {one.side}": coverage.rows.get(one) if coverage.covered(one) is not None else "unknown" for one in coverage.branches
    }


def test_all_stages_are_one_job_and_the_last_count_holds() -> None:
    session = Session(lambda _sql: ROWS)
    assert told(measure(session)) == {"CASE WHEN 1": 2, "CASE no ELSE": 0, "WHERE not true": 1, "WHERE true": 3}
    [asked] = session.asked
    assert asked.count("UNION ALL") == 1


def test_a_stage_that_the_planner_refuses_is_unknown_and_the_others_are_counted() -> None:
    def answer(sql: str) -> list[tuple[str, list[object]]]:
        if "a > 1" in sql:
            raise refused("not so")
        return [("INSERT", [0, "1", 5])] if not sql.startswith("EXPLAIN") else []

    probing = Probing()
    session = Session(answer)
    found = measure(session, probing)
    assert told(found) == {"CASE WHEN 1": 5, "CASE no ELSE": 0, "WHERE not true": "unknown", "WHERE true": "unknown"}
    assert all("the planner does not take it as a query of its own: not so" in why for why in found.unknown.values())
    again = Session(answer)
    assert told(measure(again, probing)) == told(found)
    # What is known to be refused is asked no second time.
    assert len(again.asked) == 1


def test_a_job_that_fails_leaves_all_unknown() -> None:
    def answer(sql: str) -> list[tuple[str, list[object]]]:
        if sql.startswith("EXPLAIN"):
            return []
        raise refused("division by zero")

    assert set(told(measure(Session(answer))).values()) == {"unknown"}


def test_a_job_that_does_not_end_is_cancelled_and_leaves_all_unknown() -> None:
    def answer(_sql: str) -> list[tuple[str, list[object]]]:
        raise TransientError("still working after 300 s")

    session = Session(answer)
    assert set(told(measure(session)).values()) == {"unknown"}
    assert len(session.cancelled) == 1


@pytest.mark.parametrize("mark", [pytest.param("-", id="a row that does not come to the choice"), pytest.param("x", id="no mark of it")])
def test_a_row_with_another_mark_is_in_no_branch(mark: str) -> None:
    counts = told(measure(Session(lambda _sql: [("INSERT", [1, mark, 4])])))
    assert counts["CASE WHEN 1"] == counts["CASE no ELSE"] == 0
