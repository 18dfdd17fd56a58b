"""Submitting a job so that it runs once: under which id, with what, and what an answer or none of it means."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from flinksql.errors import FlinkSqlError, JobFailedError, StatementError, TransientError
from flinksql.flink.gateway import DuplicateJobError, ProblemKind, RefusedError, ServerProblem
from flinksql.flink.jobmanager import JobManagerClient, JobNotFoundError, JobState
from flinksql.sql import definition_hash, job_id
from flinksql.statement import Definition, Deployed, Kind
from flinksql.statements.planner_answers import PlannerAnswers
from flinksql.statements.submission import GENERATIONS, Submitter
from flinksql.statements.values import LifecycleSettings
from tests.contract.bench import SNK, SRC
from tests.unit.flinksql.statements.noting_clock import NotingClock
from tests.unit.flinksql.statements.plan_situations import NEW

SALT = "salt"
JOB = replace(NEW, closure=(SRC, SNK), parameters={"rate": "20"}, options={"of.the.job": "1", "of.both": "job"})
BOUNDED = replace(JOB, statement=replace(JOB.statement, kind=Kind.BOUNDED_JOB))
SETTINGS = LifecycleSettings(defaults={"of.the.platform": "2", "of.both": "platform"}, retry_waits=(0.5, 1.5), salt=SALT)
NO_ANSWER = TransientError("no answer")


def identity(generation: int, definition: Definition = JOB) -> str:
    return job_id(definition.job_name, definition_hash(definition), generation, SALT)


def refused(message: str = "Object 'src' not found") -> RefusedError:
    return RefusedError(ServerProblem(kind=ProblemKind.STATEMENT, message=message))


DUPLICATE = DuplicateJobError(ServerProblem(kind=ProblemKind.DUPLICATE_JOB, message="duplicate"))


@dataclass
class Session:
    """A session that is told what becomes of each statement."""

    flink: "Flink"
    number: int

    def configure(self, sql: str) -> None:
        self.flink.asked.append((self.number, " ".join(sql.split()[:3])))
        self.flink.next_of(self.flink.definitions)

    def execute(self, sql: str, configuration: Mapping[str, str] | None = None, *, accepted: Callable[[], None] = lambda: None) -> Any:  # noqa: ANN401  # nothing that a submission looks at
        self.flink.asked.append((self.number, " ".join(sql.split()[:2])))
        self.flink.configurations.append(dict(configuration or {}))
        accepted()
        self.flink.next_of(self.flink.statements)


@dataclass
class Flink:
    """A gateway, shared sessions and a JobManager in one. Errors are raised in order; what has none succeeds."""

    known: dict[str, str] = field(default_factory=dict)
    """States of jobs before anything was submitted under their ids."""
    states: dict[str, str] = field(default_factory=dict)
    """States of jobs after something was."""
    definitions: list[FlinkSqlError | None] = field(default_factory=list)
    statements: list[FlinkSqlError | None] = field(default_factory=list)
    asked: list[tuple[int, str]] = field(default_factory=list)
    configurations: list[dict[str, str]] = field(default_factory=list)
    shared: list[int] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)
    clock: NotingClock = field(default_factory=NotingClock)
    opened: int = 0

    @contextmanager
    def session(self) -> Iterator[Session]:
        self.opened += 1
        session = Session(self, self.opened)
        try:
            yield session
        finally:
            self.closed.append(session.number)

    @contextmanager
    def lease(self) -> Iterator[Session]:
        with self.session() as session:
            self.shared.append(session.number)
            yield session

    def status(self, key: str) -> JobState:
        states = self.states if key in self.submissions else self.known
        if key not in states:
            raise JobNotFoundError(key)
        return JobState(states[key])

    def next_of(self, errors: list[FlinkSqlError | None]) -> None:
        error = errors.pop(0) if errors else None
        if error is not None:
            raise error

    def submit(self, definition: Definition = JOB, *, planned: bool = False, shared: bool = False, **options: Any) -> Deployed:  # noqa: ANN401  # options of a submission
        submitter = Submitter(
            gateway=cast("Any", self),
            jobmanager=cast("JobManagerClient", self),
            secrets={},
            settings=SETTINGS,
            clock=self.clock,
            sessions=cast("Any", self),
            answers=PlannerAnswers(gateway=cast("Any", self), plans_folder=None, secrets={}),
        )
        with submitter.prepared(definition, planned=planned, shared=shared) as job:
            return job.submit(**options)

    @property
    def submissions(self) -> list[str]:
        """The ids under which the job was submitted."""
        return [one["$internal.pipeline.job-id"] for one in self.configurations if one]


REPLAYED = ["CREATE TABLE src", "CREATE TABLE snk"]


def test_a_job_is_submitted_with_its_id_its_tags_and_its_own_options_over_those_of_the_platform() -> None:
    flink, told = Flink(), list[str]()
    deployed = flink.submit(accepted=lambda: told.append("accepted"))
    assert deployed == Deployed(definition_hash=definition_hash(JOB), generation=1, job_id=identity(1))
    assert flink.asked == [(1, REPLAYED[0]), (1, REPLAYED[1]), (1, "INSERT INTO")]
    assert flink.configurations == [
        {
            "of.the.platform": "2",
            "of.both": "job",
            "of.the.job": "1",
            "pipeline.name": "p/s/copy",
            "$internal.pipeline.job-id": identity(1),
            "pipeline.global-job-parameters": f"statement:copy,definition:{definition_hash(JOB)},generation:1",
        }
    ]
    assert (told, flink.shared, flink.closed) == (["accepted"], [], [1])


@pytest.mark.parametrize("ignores", [pytest.param(False, id="strict"), pytest.param(True, id="drops what no operator takes")])
def test_a_state_is_named_and_what_may_be_dropped_of_it_is_always_said(ignores: bool) -> None:
    flink = Flink()
    deployed = flink.submit(restore="file:/s", ignore_unclaimed=ignores, first_generation=7)
    assert deployed == Deployed(definition_hash=definition_hash(JOB), generation=7, job_id=identity(7), restored_from="file:/s")
    (configuration,) = flink.configurations
    assert configuration["execution.state-recovery.path"] == "file:/s"
    assert configuration["execution.state-recovery.ignore-unclaimed-state"] == ("true" if ignores else "false")


def test_no_state_is_dropped_unless_that_is_asked_for() -> None:
    flink = Flink()
    flink.submit(restore="file:/s")
    assert flink.configurations[0]["execution.state-recovery.ignore-unclaimed-state"] == "false"


@pytest.mark.parametrize(
    ("definition", "known", "generation", "submits"),
    [
        pytest.param(JOB, {1: "RUNNING"}, 1, False, id="another run submitted it"),
        pytest.param(JOB, {1: "CREATED"}, 1, False, id="it is coming up"),
        pytest.param(JOB, {1: "CANCELED", 2: "FAILED"}, 3, True, id="generations that ended"),
        pytest.param(JOB, {1: "FINISHED"}, 2, True, id="it came to an end"),
        pytest.param(BOUNDED, {1: "FINISHED"}, 1, False, id="a bounded one that is done"),
        pytest.param(BOUNDED, {1: "FAILED"}, 2, True, id="a bounded one that failed"),
    ],
)
def test_an_id_that_is_known_is_used_when_it_serves_and_passed_over_when_not(
    definition: Definition, known: Mapping[int, str], generation: int, submits: bool
) -> None:
    flink = Flink(known={identity(number, definition): state for number, state in known.items()})
    assert flink.submit(definition).generation == generation
    assert flink.submissions == ([identity(generation, definition)] if submits else [])


@pytest.mark.parametrize(
    ("state", "generation"),
    [pytest.param("RUNNING", 1, id="it runs"), pytest.param("CANCELED", 2, id="it ended"), pytest.param("", 2, id="it was forgotten")],
)
def test_an_id_that_flink_refuses_is_ours_only_when_its_job_runs(state: str, generation: int) -> None:
    flink = Flink(statements=[DUPLICATE], states={identity(1): state} if state else {})
    assert flink.submit().generation == generation
    assert flink.submissions == [identity(number) for number in range(1, generation + 1)]


def test_an_id_that_is_refused_after_a_lost_reply_is_ours_whatever_became_of_the_job() -> None:
    flink = Flink(statements=[NO_ANSWER, DUPLICATE], states={identity(1): "FAILED"})
    assert flink.submit().generation == 1
    assert flink.submissions == [identity(1)] * 2
    assert flink.clock.pauses == [0.5]
    assert [number for number, _ in flink.asked] == [1, 1, 1, 2, 2, 2], "a session that lost a reply is left"
    assert flink.closed == [1, 2]


def test_a_job_that_is_there_although_no_reply_ever_came_is_ours() -> None:
    flink = Flink(statements=[NO_ANSWER] * 3, states={identity(1): "FAILED"})
    assert flink.submit().job_id == identity(1)
    assert flink.clock.pauses == [0.5, 1.5]


def test_a_job_that_is_not_there_when_no_reply_ever_came_is_an_error() -> None:
    flink = Flink(statements=[NO_ANSWER] * 3)
    with pytest.raises(TransientError, match="no answer"):
        flink.submit()
    assert flink.closed == [1, 2, 3]


def test_a_job_of_which_every_id_is_used_up_is_an_error() -> None:
    flink = Flink(known={identity(number): "FAILED" for number in range(2, GENERATIONS + 2)})
    with pytest.raises(JobFailedError, match="statement copy: no job id is free after 1000 tries"):
        flink.submit(first_generation=2)
    assert flink.submissions == []


def test_generations_begin_with_one() -> None:
    assert Flink().submit(first_generation=0).generation == 1


# Sessions


def test_what_a_shared_session_refuses_is_asked_again_in_one_of_its_own() -> None:
    flink = Flink(statements=[refused()])
    assert flink.submit(shared=True).generation == 1
    assert (flink.shared, flink.closed) == ([1], [1, 2])
    assert [number for number, _ in flink.asked] == [1, 1, 1, 2, 2, 2]


def test_a_definition_that_a_shared_session_refuses_is_asked_again_in_one_of_its_own() -> None:
    flink = Flink(definitions=[refused()])
    flink.submit(shared=True)
    assert flink.asked == [(1, REPLAYED[0]), (2, REPLAYED[0]), (2, REPLAYED[1]), (2, "INSERT INTO")]
    assert (flink.shared, flink.closed) == ([1], [1, 2])


@pytest.mark.parametrize(
    ("flink", "shared"),
    [
        pytest.param(Flink(statements=[refused()]), False, id="in a session of its own"),
        pytest.param(Flink(statements=[refused(), refused()]), True, id="in a shared one and then in its own"),
        pytest.param(Flink(definitions=[refused()]), False, id="a definition"),
        pytest.param(Flink(definitions=[refused(), refused()]), True, id="a definition, in both"),
    ],
)
def test_a_refusal_is_an_error_of_the_file_and_every_session_is_closed(flink: Flink, shared: bool) -> None:
    with pytest.raises(StatementError, match="Object 'src' not found") as caught:
        flink.submit(shared=shared)
    assert caught.value.statement in {"copy", "src"}
    assert flink.closed == list(range(1, flink.opened + 1))
    assert flink.opened == 1 + shared


def test_a_session_that_does_not_answer_is_closed_and_opened_again() -> None:
    flink = Flink(definitions=[NO_ANSWER, None, NO_ANSWER])
    flink.submit(shared=True)
    assert (flink.shared, flink.closed, flink.clock.pauses) == ([1, 2, 3], [1, 2, 3], [0.5, 1.5])


def test_a_submission_that_must_not_be_refused_is_planned_first_with_the_options_of_the_job() -> None:
    flink = Flink(statements=[refused()])
    with pytest.raises(StatementError):
        flink.submit(planned=True)
    assert flink.asked[-1] == (1, "EXPLAIN INSERT")
    assert flink.configurations == [dict(JOB.options)]


def test_one_that_replaces_nothing_is_not_planned() -> None:
    flink = Flink()
    flink.submit()
    assert [sql for _, sql in flink.asked if sql.startswith("EXPLAIN")] == []
