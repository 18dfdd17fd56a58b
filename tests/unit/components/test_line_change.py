"""What people are told of a job on its way to another Flink line, and what is put into the jars' resource for it."""

from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from components.line_change import Move, judge_move, said_of
from components.providers.line_moves import LineMoves, plain_moves
from embedded.settings import EmbeddedSettings
from flinksql.errors import StatementError
from flinksql.flink.gateway import GatewayClient
from flinksql.policy import Policy
from flinksql.statement import Definition, Deployed, Kind, Position, Statement
from flinksql.statements import StatementLifecycle
from flinksql.statements.compatibility import Decision, Finding, Restore, Verdict
from options.infrastructure import FlinkOptions

JOB = Definition(
    statement=Statement(name="totals", kind=Kind.JOB, text="INSERT INTO t SELECT 1", file="sql/totals.sql"),
    closure=(),
    job_name="p/s/totals",
)
MOVE = Move(old=JOB, new=JOB, deployed=Deployed(definition_hash="a", generation=2, job_id="b" * 32))
NOBODY = cast("GatewayClient", None)


class Judging:
    """A lifecycle that knows one answer."""

    def __init__(self, answer: Verdict | StatementError) -> None:
        self.answer = answer

    def line_verdict(self, _old: Definition, _new: Definition, _planner: GatewayClient) -> Verdict:
        if isinstance(self.answer, StatementError):
            raise self.answer
        return self.answer


def verdict(decision: Decision, restore: Restore) -> Verdict:
    findings = () if decision is Decision.KEEPS else (Finding(decision=decision, why="the reason", restore=restore),)
    return Verdict(decision=decision, findings=findings, restore=restore, consequence="the consequence")


@pytest.mark.parametrize(
    ("answer", "policy", "refused", "told"),
    [
        pytest.param(verdict(Decision.KEEPS, Restore.STRICT), Policy(), "", "Flink 2.3: Statement totals: keeps state", id="kept"),
        pytest.param(verdict(Decision.UNKNOWN, Restore.STRICT), Policy(), "is not proven: unknown: the reason", "", id="unknown"),
        pytest.param(verdict(Decision.RESETS, Restore.NONE), Policy(), "it does not keep its state: resets state", "", id="lost"),
        pytest.param(
            verdict(Decision.RESETS, Restore.NONE),
            Policy(allow_state_reset=True),
            "",
            "Flink 2.3: Statement totals: resets state: the reason. The consequence.",
            id="given up by the header",
        ),
        pytest.param(
            StatementError("write ON CONFLICT", statement="totals", position=Position(file="sql/totals.sql", line=1, column=13)),
            Policy(allow_state_reset=True),
            "Flink 2.3 does not take it: sql/totals.sql:1:13: write ON CONFLICT",
            "",
            id="the planner refuses it, whatever the header says",
        ),
    ],
)
def test_a_job_moves_only_where_its_state_is_kept_or_given_up(
    answer: Verdict | StatementError, policy: Policy, refused: str, told: str
) -> None:
    move = replace(MOVE, new=replace(JOB, policy=policy))
    judged = judge_move(cast("StatementLifecycle", Judging(answer)), move, NOBODY, "2.3")
    assert bool(judged.refused) is bool(refused)
    assert refused in judged.refused
    if told:
        assert said_of(judged, move, "2.3") == told
    elif not isinstance(answer, StatementError):
        assert "`-- allow_state_reset: true`" in judged.refused


@pytest.mark.parametrize(
    ("old", "new", "runs"),
    [
        pytest.param(Policy(), Policy(), True, id="before and after"),
        pytest.param(Policy(running=False), Policy(), False, id="paused before: its own resource starts it"),
        pytest.param(Policy(), Policy(running=False), False, id="to be paused"),
    ],
)
def test_only_jobs_that_run_before_and_after_are_restored(old: Policy, new: Policy, *, runs: bool) -> None:
    assert Move(old=replace(JOB, policy=old), new=replace(JOB, policy=new), deployed=MOVE.deployed).runs is runs


def test_the_input_comes_back_as_it_was_put_in() -> None:
    before = EmbeddedSettings(data_folder=Path("/data"), flink=FlinkOptions(line="2.2"))
    after = replace(before, flink=FlinkOptions(line="2.3"))
    given = plain_moves("dev", before, after, [MOVE])
    moves = LineMoves(given, lambda: pytest.fail("nobody is asked"), cast("object", None))  # type: ignore[arg-type]
    assert (moves.before, moves.after) == (before, after)
    [move] = moves.moves
    assert (move.old, move.deployed) == (MOVE.old, MOVE.deployed)


def test_a_line_without_jobs_that_run_is_not_planned() -> None:
    before = EmbeddedSettings(data_folder=Path("/data"), flink=FlinkOptions(line="2.2"))
    paused = replace(MOVE, old=replace(JOB, policy=Policy(running=False)))
    given = plain_moves("dev", before, replace(before, flink=FlinkOptions(line="2.3")), [paused])
    moves = LineMoves(given, lambda: pytest.fail("nobody is asked"), cast("object", None))  # type: ignore[arg-type]
    assert moves.problems() == ([], {})
