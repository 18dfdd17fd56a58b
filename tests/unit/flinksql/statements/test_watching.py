"""When a watched job is healthy and when it is given up, look by look, on a JobManager that answers as it is told to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from flinksql.errors import JobFailedError, NoCheckpointError, TransientError
from flinksql.flink.jobmanager import Checkpoints, ExceptionEntry, JobManagerClient, JobNotFoundError, JobSummary
from flinksql.statement import Kind
from flinksql.statements import HealthPolicy
from flinksql.statements.health import HealthWatch, cause_of
from tests.unit.flinksql.statements.noting_clock import NotingClock

POLICY = HealthPolicy(settle_seconds=2, deadline_seconds=10, poll_seconds=1, bounded_seconds=30)
STATE_MIGRATION = "org.apache.flink.util.StateMigrationException: the new state does not fit"


@dataclass
class Job:
    """What the JobManager says of a job at a moment; `failures` are ms since 1970, newest first, all of one kind or `unlike`."""

    state: str = "RUNNING"
    running: int = 1
    total: int = 1
    failures: tuple[int, ...] = ()
    stacktrace: str = "java.lang.IllegalStateException: odd"
    unlike: bool = False
    completed: int = 0
    in_progress: int = 0
    interval: float | None = 60.0


WELL, COMING, PAUSED = Job(), Job(running=0), Job("RESTARTING", running=0)


@dataclass
class JobManager:
    """`at` gives the job at a moment, in seconds of the clock; None is a job that is not known, an error one that is raised."""

    at: Callable[[float], Job | Exception | None]
    clock: NotingClock = field(default_factory=NotingClock)
    slots: Mapping[str, int] = field(default_factory=lambda: {"taskmanagers": 1, "slots-total": 4, "slots-available": 1})
    asked_for_checkpoints: list[float] = field(default_factory=list)
    asked_for_failures: int = 0

    @property
    def job(self) -> Job:
        found = self.at(self.clock.monotonic())
        if found is None:
            raise JobNotFoundError("j")
        return Job() if isinstance(found, Exception) else found

    def jobs(self) -> list[JobSummary]:
        found = self.at(self.clock.monotonic())
        if isinstance(found, Exception):
            raise found
        others = [JobSummary.model_validate({"jid": "other", "name": "o", "state": "FAILED"})]
        if found is None:
            return others
        tasks = {"running": found.running, "total": found.total}
        return [*others, JobSummary.model_validate({"jid": "j", "name": "n", "state": found.state, "tasks": tasks})]

    def failures(self, job_id: str, at_most: int = 20) -> list[ExceptionEntry]:
        assert job_id == "j"
        self.asked_for_failures += 1
        job = self.job
        traces = {moment: f"{job.stacktrace} {moment}" if job.unlike else job.stacktrace for moment in job.failures}
        return [ExceptionEntry(timestamp=moment, stacktrace=trace, taskName=trace) for moment, trace in traces.items()][:at_most]

    def checkpoints(self, job_id: str) -> Checkpoints:
        assert job_id == "j"
        counts = {"completed": self.job.completed, "in_progress": self.job.in_progress}
        return Checkpoints.model_validate({"counts": counts, "latest": {}})

    def checkpoint_interval(self, job_id: str) -> float | None:
        assert job_id == "j"
        return self.job.interval

    def trigger_checkpoint(self, job_id: str) -> None:
        assert job_id == "j"
        self.asked_for_checkpoints.append(self.clock.monotonic())

    def overview(self) -> Any:  # noqa: ANN401  # a few numbers of an overview
        names = {name.replace("-", "_"): value for name, value in self.slots.items()}
        return type("Overview", (), names)


def lived(*phases: tuple[float, Job | Exception | None]) -> Callable[[float], Job | Exception | None]:
    """Return a life: what the job is from each moment on."""
    return lambda now: [found for begin, found in phases if begin <= now][-1]


def watched(jobmanager: JobManager, kind: Kind = Kind.JOB, **options: Any) -> float:  # noqa: ANN401  # options of a wait
    """Return after how many seconds the job is healthy."""
    HealthWatch(jobmanager=cast("JobManagerClient", jobmanager), policy=POLICY, clock=jobmanager.clock).wait("j", kind, **options)
    return jobmanager.clock.monotonic()


def given_up(jobmanager: JobManager, kind: Kind = Kind.JOB, **options: Any) -> tuple[float, str]:  # noqa: ANN401  # options of a wait
    """Return after how many seconds the job is given up, and why."""
    with pytest.raises(JobFailedError) as caught:
        watched(jobmanager, kind, **options)
    return jobmanager.clock.monotonic(), str(caught.value)


@pytest.mark.parametrize(
    ("life", "seconds"),
    [
        pytest.param(lived((0, WELL)), 2, id="at once"),
        pytest.param(lived((0, None), (1, COMING), (3, WELL)), 5, id="as soon as it is known and its tasks run"),
        pytest.param(lived((0, WELL), (1, COMING), (2, WELL)), 4, id="its tasks stopped meanwhile"),
        pytest.param(lived((0, WELL), (1, Job(failures=(7,)))), 5, id="it failed meanwhile"),
        pytest.param(lived((0, Job(failures=(7,))), (2, Job(failures=(9, 7)))), 6, id="it failed twice"),
        pytest.param(lived((0, TransientError("no answer")), (4, WELL)), 6, id="nobody answered at first"),
        pytest.param(lived((0, COMING), (8, WELL)), 10, id="at the deadline"),
    ],
)
def test_a_job_is_healthy_when_its_tasks_ran_for_the_settling_time_without_a_new_failure(
    life: Callable[[float], Job | Exception | None], seconds: float
) -> None:
    assert watched(JobManager(life)) == seconds


def test_nobody_is_asked_for_failures_while_it_is_quiet() -> None:
    jobmanager = JobManager(lived((0, WELL)))
    watched(jobmanager)
    assert jobmanager.asked_for_failures == 2


@pytest.mark.parametrize(
    ("life", "seconds", "why"),
    [
        pytest.param(
            lived((0, Job("FINISHED"))), 0, "the job came to an end by itself. If it is meant to, write `-- kind: bounded`", id="ended"
        ),
        pytest.param(lived((0, Job("CANCELED"))), 0, "the job was cancelled from outside while it was starting.", id="cancelled"),
        pytest.param(lived((0, Job("FAILED", failures=(1,)))), 0, "the job failed: IllegalStateException: odd", id="failed"),
        pytest.param(lived((0, Job("FAILED"))), 0, "the job failed: Flink gives no cause", id="failed without a cause"),
        pytest.param(lived((0, WELL), (1, Job("FAILED"))), 1, "the job failed: ", id="failed while it was quiet"),
        pytest.param(lived((0, Job(failures=(3, 2, 1)))), 0, "the job fails again and again at the same place", id="three failures"),
        pytest.param(
            lived((0, Job(failures=(3, 2, 1), unlike=True))),
            0,
            "the job fails again and again: IllegalStateException: odd 3",
            id="unlike ones",
        ),
        pytest.param(
            lived((0, Job(failures=(3,), stacktrace=STATE_MIGRATION))), 0, "the job fails again and again: ", id="a fatal failure"
        ),
    ],
)
def test_a_job_that_no_waiting_helps_is_given_up_at_once(life: Callable[[float], Job | None], seconds: float, why: str) -> None:
    after, told = given_up(JobManager(life))
    assert after == seconds
    assert why in told


LATE = "the job did not become healthy within 10 s: IllegalStateException: odd"


@pytest.mark.parametrize(
    ("life", "slots", "why"),
    [
        pytest.param(
            lived((0, None)), {}, "the job is not known to the JobManager and did not become healthy within 10 s.", id="not known"
        ),
        pytest.param(
            lived((0, COMING)), {}, "the job is RUNNING with 0 of 1 tasks running and did not become healthy within 10 s.", id="tasks"
        ),
        pytest.param(
            lived((0, COMING)), {"taskmanagers": 0}, "the job waits for a TaskManager since 10 s, and the cluster has none.", id="none"
        ),
        pytest.param(
            lived((0, COMING)),
            {"slots-available": 0},
            "the job waits for a task slot since 10 s: all 4 are in use. Give the TaskManager more slots.",
            id="slots",
        ),
        pytest.param(lived((0, Job(running=0, failures=(2, 1)))), {"taskmanagers": 0}, LATE, id="it failed"),
    ],
)
def test_a_job_that_does_not_become_healthy_in_time_says_what_it_waits_for(
    life: Callable[[float], Job | None], slots: Mapping[str, int], why: str
) -> None:
    jobmanager = JobManager(life)
    jobmanager.slots = {**jobmanager.slots, **slots}
    after, told = given_up(jobmanager)
    assert after == 11
    assert told.startswith(why)


def test_a_jobmanager_that_stays_silent_is_the_error() -> None:
    with pytest.raises(TransientError, match="no answer"):
        watched(JobManager(lived((0, TransientError("no answer")))))


def test_a_jobmanager_that_answers_in_the_end_is_believed() -> None:
    _, told = given_up(JobManager(lived((0, TransientError("no answer")), (9, COMING))))
    assert told.startswith("the job is RUNNING with 0 of 1 tasks running")


def test_a_failure_without_a_trace_is_told_by_its_name() -> None:
    assert cause_of(ExceptionEntry(exceptionName="org.example.OddException")) == "OddException"


# A job that ran before


def test_failures_of_before_are_history() -> None:
    assert watched(JobManager(lived((0, Job(failures=(5, 4, 3))))), since=5) == 2


def test_one_more_failure_like_those_of_before_is_a_loop() -> None:
    after, told = given_up(JobManager(lived((0, Job(failures=(6, 5, 4))))), since=5)
    assert (after, "3 times" in told) == (0, True)


def test_one_more_failure_after_few_is_none_yet() -> None:
    assert watched(JobManager(lived((0, Job(failures=(6, 5))))), since=5) == 3


@pytest.mark.parametrize(
    ("options", "seconds"),
    [pytest.param({"since": 5}, 146, id="one that ran before is given Flink's longest pause"), pytest.param({}, 11, id="a new one is not")],
)
def test_a_job_that_was_seen_in_a_pause(options: dict[str, Any], seconds: float) -> None:
    assert given_up(JobManager(lived((0, PAUSED), (1, COMING))), **options)[0] == seconds


def test_one_that_ran_before_and_does_not_pause_has_its_deadline() -> None:
    assert given_up(JobManager(lived((0, COMING))), since=5)[0] == 11


# An upgraded job


def test_an_upgraded_job_must_complete_a_checkpoint_which_is_asked_for_until_it_is_made() -> None:
    jobmanager = JobManager(lived((0, COMING), (1, WELL), (14, Job(in_progress=1)), (20, Job(completed=1))))
    assert watched(jobmanager, upgraded_within=60) == 20
    assert jobmanager.asked_for_checkpoints == [1, 7, 13]


@pytest.mark.parametrize(
    ("job", "kind"),
    [pytest.param(Job(completed=1), Kind.JOB, id="made already"), pytest.param(Job(interval=None), Kind.JOB, id="makes none")],
)
def test_an_upgraded_job_that_needs_no_checkpoint_is_asked_for_none(job: Job, kind: Kind) -> None:
    jobmanager = JobManager(lived((0, job)))
    assert watched(jobmanager, kind, upgraded_within=60) == 2
    assert jobmanager.asked_for_checkpoints == []


def test_an_upgraded_job_that_completes_none_in_its_window_says_so() -> None:
    after, told = given_up(JobManager(lived((0, WELL))), upgraded_within=20)
    assert after == 21
    assert told.startswith("the job runs and completed no checkpoint within 20 s. Is the storage of the checkpoints reachable?")
    assert "`-- health_window_seconds: 40`" in told


def test_a_restored_job_that_completes_none_until_its_deadline_says_so_and_is_told_apart() -> None:
    """A job on a line of Flink that cannot read its source's state ran on without a checkpoint, and counted as well."""
    with pytest.raises(NoCheckpointError, match="the job runs and completed no checkpoint within 10 s"):
        watched(JobManager(lived((0, WELL))), restored_within=5)
    assert watched(JobManager(lived((0, WELL), (5, Job(completed=1)))), restored_within=5) == 5
    with pytest.raises(JobFailedError) as caught:
        watched(JobManager(lived((0, COMING))), restored_within=5)
    assert not isinstance(caught.value, NoCheckpointError)


# A bounded job


def test_a_bounded_job_is_done_when_it_is_finished_however_long_that_takes() -> None:
    jobmanager = JobManager(lived((0, COMING), (3, WELL), (25, Job("FINISHED"))))
    assert watched(jobmanager, Kind.BOUNDED_JOB, upgraded_within=5) == 25
    assert jobmanager.asked_for_checkpoints == []


def test_a_bounded_job_that_takes_too_long_is_given_up() -> None:
    assert given_up(JobManager(lived((0, WELL))), Kind.BOUNDED_JOB)[0] == 31
