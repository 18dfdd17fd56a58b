"""Stopping a job with a savepoint: what is asked how often, and when it is given up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import pytest

from flinksql.errors import FlinkSqlError, JobFailedError, TransientError
from flinksql.flink.jobmanager import JobManagerClient, JobNotFoundError, JobSummary, SavepointFailedError
from flinksql.statements import HealthPolicy, LifecycleSettings
from flinksql.statements.stopping import ATTEMPTS, TRIGGERS, JobStopper, trigger_id
from tests.unit.flinksql.statements.noting_clock import NotingClock

JOB, NEXT = "a" * 32, "next-definition"
SETTINGS = LifecycleSettings(health=HealthPolicy(poll_seconds=0.5), retry_waits=(0.1,), stop_seconds=4)
FAILED = SavepointFailedError("a task was restarting")
GONE = JobNotFoundError("no such job")
UNUSED = GONE
"""Flink says the same of a trigger that was never used."""


def number_of(trigger: str) -> int:
    """Return which of the triggers for `JOB` and `NEXT` this is, counted from 0."""
    return [trigger_id(JOB, NEXT, number) for number in range(TRIGGERS)].index(trigger)


@dataclass
class JobManager:
    """Answers for each trigger, by its number, what it is told to: a location, None while it is being written, or an error."""

    answers: Mapping[int, Sequence[str | FlinkSqlError | None]] = field(default_factory=dict)
    lives: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The states of jobs at one look after the other; the last one stays. A job without one is not known."""
    refused: list[FlinkSqlError] = field(default_factory=list)
    """Errors of the next requests for a savepoint."""
    asked: list[int] = field(default_factory=list)
    """Numbers of the triggers for which a savepoint was requested."""
    looks: dict[object, int] = field(default_factory=dict)
    cancelled: list[str] = field(default_factory=list)

    def stop_with_savepoint(self, job_id: str, trigger: str) -> None:
        assert job_id == JOB
        self.asked.append(number_of(trigger))
        if self.refused:
            raise self.refused.pop(0)

    def savepoint(self, job_id: str, trigger: str) -> str | None:
        assert job_id == JOB
        number = number_of(trigger)
        answers = self.answers.get(number, [UNUSED])
        answer = answers[min(self._look(number), len(answers) - 1)]
        if isinstance(answer, FlinkSqlError):
            raise answer
        return answer

    def cancel(self, job_id: str) -> None:
        self.cancelled.append(job_id)
        if job_id not in self.lives:
            raise GONE

    def jobs(self) -> list[JobSummary]:
        look = self._look("jobs")
        states = {job_id: lived[min(look, len(lived) - 1)] for job_id, lived in self.lives.items()}
        return [JobSummary.model_validate({"jid": job_id, "name": job_id, "state": state}) for job_id, state in states.items()]

    def _look(self, what: object) -> int:
        self.looks[what] = self.looks.get(what, -1) + 1
        return self.looks[what]


def stopper(jobmanager: JobManager, clock: NotingClock | None = None) -> JobStopper:
    return JobStopper(jobmanager=cast("JobManagerClient", jobmanager), settings=SETTINGS, clock=clock or NotingClock())


def test_a_trigger_is_the_same_in_every_run_and_another_for_another_job_definition_or_attempt() -> None:
    triggers = {trigger_id(*one) for one in ((JOB, NEXT, 0), ("b" * 32, NEXT, 0), (JOB, "other", 0), (JOB, NEXT, 1))}
    assert {(len(one), set(one) <= set("0123456789abcdef")) for one in triggers} == {(32, True)}
    assert len(triggers) == 4
    # An earlier release may have asked, minutes ago, before it was killed.
    assert trigger_id(JOB, NEXT, 0) == "9c0ffb9963538b1b5277efa96a2bf769"


@pytest.mark.parametrize(
    ("answers", "asked"),
    [
        pytest.param({0: ["file:/s"]}, [0], id="at once"),
        pytest.param({0: [None, None, "file:/s"]}, [0], id="after a moment"),
        pytest.param({0: [FAILED], 1: [UNUSED, "file:/s"]}, [0, 1], id="the second attempt"),
        pytest.param({0: [FAILED], 1: [UNUSED, FAILED], 2: [UNUSED, "file:/s"]}, [0, 1, 2], id="the last attempt"),
        pytest.param({**dict.fromkeys(range(5), (FAILED,)), 5: [UNUSED, "file:/s"]}, [0, 5], id="after five that an earlier run used up"),
        pytest.param({0: [FAILED], 1: [None, "file:/s"]}, [0, 1], id="one that an earlier run asked for is being written"),
    ],
)
def test_a_savepoint_is_asked_for_until_one_succeeds(answers: Mapping[int, Sequence[str | FlinkSqlError | None]], asked: list[int]) -> None:
    jobmanager, told = JobManager(answers), list[str]()
    assert stopper(jobmanager).stop_with_savepoint(JOB, NEXT, triggered=lambda: told.append("taken")) == "file:/s"
    assert jobmanager.asked == asked
    assert told == ["taken"] * len(asked)


@pytest.mark.parametrize("attempts", [1, ATTEMPTS])
def test_a_job_of_which_no_savepoint_can_be_made_goes_on_running_and_the_cause_is_told(attempts: int) -> None:
    jobmanager = JobManager({0: [FAILED], **dict.fromkeys(range(1, TRIGGERS), (UNUSED, FAILED))})
    with pytest.raises(JobFailedError, match=f"job {JOB} could not be stopped with a savepoint and goes on running: a task was restarting"):
        stopper(jobmanager).stop_with_savepoint(JOB, NEXT, attempts=attempts)
    assert jobmanager.asked == list(range(attempts))


def test_a_job_whose_triggers_are_all_used_up_is_not_asked_for_ever() -> None:
    jobmanager = JobManager(dict.fromkeys(range(TRIGGERS), (FAILED,)))
    with pytest.raises(JobFailedError, match="a task was restarting"):
        stopper(jobmanager).stop_with_savepoint(JOB, NEXT)
    assert jobmanager.asked == [0]


def test_a_job_that_is_gone_has_no_savepoint() -> None:
    assert stopper(JobManager({0: [GONE]})).stop_with_savepoint(JOB, NEXT) == ""


def test_a_request_whose_answer_was_lost_is_made_again_with_the_same_trigger() -> None:
    jobmanager, clock = JobManager({0: ["file:/s"]}, refused=[TransientError("reset")]), NotingClock()
    assert stopper(jobmanager, clock).stop_with_savepoint(JOB, NEXT) == "file:/s"
    assert jobmanager.asked == [0, 0]
    assert clock.pauses == [0.1]


def test_a_savepoint_is_awaited_with_growing_pauses_until_the_deadline() -> None:
    clock = NotingClock()
    with pytest.raises(TransientError, match=f"The savepoint of job {JOB} was not written within 4 s"):
        stopper(JobManager({0: [None]}), clock).stop_with_savepoint(JOB, NEXT)
    assert clock.pauses[:8] == [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.5, 0.5]
    assert 4 < clock.monotonic() <= 4.5


def summaries(*job_ids: str) -> list[JobSummary]:
    return [JobSummary.model_validate({"jid": job_id, "name": job_id, "state": "RUNNING"}) for job_id in job_ids]


def test_every_job_is_cancelled_and_awaited_also_after_one_that_is_gone() -> None:
    jobmanager, clock = JobManager(lives={"a": ["RUNNING", "CANCELLING", "CANCELED"], "other": ["RUNNING"]}), NotingClock()
    stopper(jobmanager, clock).cancel(summaries("gone", "a"))
    assert jobmanager.cancelled == ["gone", "a"]
    assert clock.pauses == [0.01, 0.02]


def test_jobs_that_do_not_end_are_named_with_their_state_at_the_deadline() -> None:
    jobmanager, clock = JobManager(lives={"a": ["CANCELLING"], "b": ["RUNNING", "CANCELED"], "c": ["FAILING"]}), NotingClock()
    with pytest.raises(TransientError, match=r"Jobs did not end within 4 s: a is CANCELLING, c is FAILING\."):
        stopper(jobmanager, clock).wait_until_ended(["a", "b", "c"])
    assert 4 < clock.monotonic() <= 4.5


def test_nothing_to_wait_for_asks_nobody() -> None:
    jobmanager = JobManager()
    stopper(jobmanager).cancel([])
    assert jobmanager.looks == {}
