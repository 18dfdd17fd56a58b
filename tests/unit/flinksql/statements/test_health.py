"""When a job counts as healthy, on a clock of the test's own."""

import time
from collections.abc import Callable

import pytest

from flinksql.diagnostics.runtime_errors import runtime_problem
from flinksql.errors import JobFailedError
from flinksql.flink.jobmanager import JobState
from flinksql.statement import Deployed, Kind
from flinksql.statements import HealthPolicy, ObservedState
from flinksql.statements.health import HealthWatch
from tests.contract.bench import Bench
from tests.fakes.flink import FakeFlink
from tests.fakes.jobs import FakeJob, Fate

JOB = "a" * 32
POLICY = HealthPolicy(settle_seconds=2, deadline_seconds=60, poll_seconds=0.5)


class StepClock:
    """Time that passes only when somebody sleeps, and tells a test so."""

    def __init__(self, on_sleep: Callable[[float], None]) -> None:
        self.now = 0.0
        self._on_sleep = on_sleep

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self._on_sleep(self.now)


def running_job(flink: FakeFlink) -> FakeJob:
    """Add a job whose tasks all run, whenever one looks."""
    job = FakeJob(job_id=JOB, name="p/s/copy", tags={}, fate=Fate.RUNS)
    job.started -= 100
    flink.cluster.jobs[JOB] = job
    return job


def waited(bench: Bench, on_sleep: Callable[[float], None]) -> float:
    """Return how long it took, in the clock's seconds, until the job was healthy."""
    clock = StepClock(on_sleep)
    HealthWatch(jobmanager=bench.jobmanager, policy=POLICY, clock=clock).wait(JOB, Kind.JOB)
    return clock.now


def test_a_quiet_job_is_healthy_after_the_settling_time(bench: Bench, flink: FakeFlink) -> None:
    running_job(flink)
    assert waited(bench, lambda _now: None) == POLICY.settle_seconds


def test_a_failure_starts_the_settling_time_anew_although_all_tasks_run_at_every_look(bench: Bench, flink: FakeFlink) -> None:
    job = running_job(flink)

    def fail_once(now: float) -> None:
        if now == 1.5:
            job.extra_failures.append(time.monotonic())

    assert waited(bench, fail_once) >= 1.5 + POLICY.settle_seconds


@pytest.mark.parametrize(
    ("state", "asked"),
    [
        pytest.param(JobState.RUNNING, 4, id="tasks on their way: once a second"),
        pytest.param(JobState.RESTARTING, 10, id="a job that failed: at every look"),
    ],
)
def test_a_starting_job_is_seldom_asked_for_its_failures(
    bench: Bench, flink: FakeFlink, monkeypatch: pytest.MonkeyPatch, state: JobState, asked: int
) -> None:
    running_job(flink)
    [job] = bench.jobmanager.jobs()
    starting = job.model_copy(update={"state": state, "tasks": job.tasks.model_copy(update={"running": 0})})
    times: list[str] = []
    told = [starting] * 10
    monkeypatch.setattr(bench.jobmanager, "jobs", lambda: (told.pop() if told else job,))

    def no_failures(job_id: str) -> tuple[()]:
        times.append(job_id)
        return ()

    monkeypatch.setattr(bench.jobmanager, "failures", no_failures)
    assert waited(bench, lambda _now: None) == 5 + POLICY.settle_seconds
    # Two of them when all tasks run: at the beginning and at the end of the settling time.
    assert len(times) == asked + 2


def test_a_job_that_fails_between_all_looks_is_in_a_loop(bench: Bench, flink: FakeFlink) -> None:
    job = running_job(flink)
    with pytest.raises(JobFailedError, match="again and again"):
        waited(bench, lambda now: job.extra_failures.append(job.started + now))


@pytest.mark.parametrize(
    ("ages", "state"),
    [
        pytest.param([1, 5], ObservedState.RESTARTING, id="twice within a minute"),
        pytest.param([1], ObservedState.RUNNING, id="once, and recovered"),
        pytest.param([70, 80, 90], ObservedState.RUNNING, id="long ago"),
    ],
)
def test_a_job_whose_tasks_run_is_in_a_loop_when_it_failed_twice_within_a_minute(
    bench: Bench, flink: FakeFlink, ages: list[float], state: ObservedState
) -> None:
    job = running_job(flink)
    job.extra_failures = [time.monotonic() - age for age in ages]
    assert bench.lifecycle().observe(bench.job(), Deployed(definition_hash="d", job_id=JOB)).state is state


def watched(bench: Bench, on_sleep: Callable[[float], None], *, since: int) -> float:
    """Watch a job that ran before, whose failures up to `since` are history; return when it is healthy, in the clock's seconds."""
    clock = StepClock(on_sleep)
    HealthWatch(jobmanager=bench.jobmanager, policy=POLICY, clock=clock).wait(JOB, Kind.JOB, since=since)
    return clock.now


def test_a_job_that_failed_as_before_is_told_at_once_and_not_after_three_more(bench: Bench, flink: FakeFlink) -> None:
    job = looping_job(flink, [300, 200, 100])
    known = int(max(job.extra_failures) * 1000)

    def fail_once_more(now: float) -> None:
        if now == 0.5:
            job.extra_failures.append(time.monotonic())

    with pytest.raises(JobFailedError, match="fails again and again at the same place: NumberFormatException") as caught:
        watched(bench, fail_once_more, since=known)
    assert "4 times since" in str(caught.value)
    assert "what helps: use TRY_CAST" in str(caught.value)


def test_a_job_in_its_longest_pause_is_given_its_next_try(bench: Bench, flink: FakeFlink) -> None:
    job = looping_job(flink, [300, 200, 100])
    known = int(max(job.extra_failures) * 1000)
    job.paused = True

    def restart(now: float) -> None:
        job.paused = now < 130

    assert watched(bench, restart, since=known) > POLICY.deadline_seconds


def test_a_pause_does_not_last_for_ever(bench: Bench, flink: FakeFlink) -> None:
    job = looping_job(flink, [300, 200, 100])
    job.paused = True
    with pytest.raises(JobFailedError, match="within 195 s"):
        watched(bench, lambda _now: None, since=int(max(job.extra_failures) * 1000))


def looping_job(flink: FakeFlink, ages: list[float]) -> FakeJob:
    """Add a job that failed so many seconds ago, the same way each time, and made no checkpoint since."""
    job = FakeJob(job_id=JOB, name="p/s/copy", tags={}, fate=Fate.NO_CHECKPOINT)
    job.started -= 1000
    job.extra_failures = [time.monotonic() - age for age in ages]
    flink.cluster.jobs[JOB] = job
    return job


@pytest.mark.parametrize(
    ("ages", "state"),
    [
        pytest.param([300, 200, 100], ObservedState.RESTARTING, id="with pauses of minutes"),
        pytest.param([200, 100], ObservedState.RUNNING, id="not yet often enough"),
        pytest.param([1000, 900, 800], ObservedState.RUNNING, id="past it"),
    ],
)
def test_a_job_that_runs_between_two_failures_of_one_kind_is_in_a_loop_however_long_the_pauses(
    bench: Bench, flink: FakeFlink, ages: list[float], state: ObservedState
) -> None:
    looping_job(flink, ages)
    observed = bench.lifecycle().observe(bench.job(), Deployed(definition_hash="d", job_id=JOB))
    assert observed.state is state
    assert ("fails again and again at the same place" in observed.cause) is (state is ObservedState.RESTARTING)


def test_the_place_of_a_failure_is_not_looked_for_in_the_advice(bench: Bench) -> None:
    advice = "x.OddException: who knows; what helps: write 'connector' = 'datagen'"
    assert str(runtime_problem(advice, bench.job(), {})) == f"statement copy: {advice}"
