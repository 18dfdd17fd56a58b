"""Asking for savepoints and for their deletion: what is asked again, how long is waited, and what the answers mean."""

from dataclasses import dataclass, field
from typing import cast

import pytest

from flinksql.errors import FlinkSqlError, TransientError
from flinksql.flink.jobmanager import Checkpoints, DisposalFailedError, JobManagerClient, JobNotFoundError, SavepointFailedError
from flinksql.savepoints import SavepointRequests, Taken
from flinksql.savepoints.requests import DISPOSAL_SECONDS, MARGIN_SECONDS
from tests.unit.flinksql.statements.noting_clock import NotingClock

JOB, PATH = "a" * 32, "file:/savepoints/savepoint-aaaaaa-01"
LOST = TransientError("the reply was lost")
TIMEOUT = 20.0


@dataclass
class JobManager:
    """Gives the answers in turn; the last one stays."""

    answers: list[object] = field(default_factory=list)
    refusals: list[FlinkSqlError] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    size: int = 7

    def trigger_savepoint(self, _job_id: str, trigger: str) -> None:
        self.asked.append(trigger)
        if self.refusals:
            raise self.refusals.pop(0)

    def dispose_savepoint(self, path: str) -> str:
        self.trigger_savepoint(JOB, path)
        return "request"

    def savepoint(self, _job_id: str, _trigger: str) -> str | None:
        return cast("str | None", self._answer())

    def is_disposed(self, _request: str) -> bool:
        return bool(self._answer())

    def checkpoint_timeout(self, _job_id: str) -> float:
        return TIMEOUT

    def checkpoints(self, _job_id: str) -> Checkpoints:
        entry = {"external_path": PATH, "trigger_timestamp": 5_000, "state_size": self.size}
        return Checkpoints.model_validate({"latest": {"savepoint": entry}})

    def _answer(self) -> object:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def requests(jobmanager: JobManager, clock: NotingClock | None = None) -> SavepointRequests:
    return SavepointRequests(jobmanager=cast("JobManagerClient", jobmanager), clock=clock or NotingClock())


def test_a_request_that_got_lost_is_asked_again_under_the_same_trigger() -> None:
    jobmanager = JobManager(refusals=[LOST, LOST])
    trigger = requests(jobmanager).begin(JOB)
    assert jobmanager.asked == [trigger] * 3
    assert requests(jobmanager).begin(JOB) != trigger


def test_a_savepoint_is_waited_for_and_told_with_its_size() -> None:
    clock = NotingClock()
    assert requests(JobManager(answers=[None, None, PATH]), clock).finish(JOB, "t") == Taken(path=PATH, bytes=7, at=5.0)
    assert len(clock.pauses) == 2


def test_the_size_of_another_savepoint_is_not_told() -> None:
    assert requests(JobManager(answers=["file:/savepoints/savepoint-aaaaaa-02"])).finish(JOB, "t").bytes is None


def test_it_is_waited_longer_than_flink_tries() -> None:
    clock = NotingClock()
    with pytest.raises(TransientError, match="was not written within 50 s"):
        requests(JobManager(answers=[None]), clock).finish(JOB, "t")
    assert TIMEOUT + MARGIN_SECONDS <= clock.monotonic() <= TIMEOUT + MARGIN_SECONDS + 2


def test_flinks_reason_comes_through() -> None:
    with pytest.raises(SavepointFailedError, match="a task was restarting"):
        requests(JobManager(answers=[SavepointFailedError("a task was restarting")])).finish(JOB, "t")


@pytest.mark.parametrize(
    ("answers", "was_there"),
    [
        pytest.param([False, True], True, id="deleted"),
        pytest.param([DisposalFailedError("no file", is_absent=True)], False, id="not there"),
        pytest.param([LOST, True], True, id="a look that got lost"),
    ],
)
def test_a_deletion_is_waited_for(answers: list[object], was_there: bool) -> None:
    assert requests(JobManager(answers=answers)).dispose(PATH) is was_there


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        pytest.param(DisposalFailedError("no rights"), DisposalFailedError, "no rights", id="Flink cannot"),
        pytest.param(JobNotFoundError("no such request"), TransientError, "whether it did is not known", id="the JobManager was restarted"),
        pytest.param(False, TransientError, f"within {DISPOSAL_SECONDS:g} s", id="it never ends"),
    ],
)
def test_a_deletion_that_is_not_known_to_have_worked_is_an_error(answer: object, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        requests(JobManager(answers=[answer])).dispose(PATH)
