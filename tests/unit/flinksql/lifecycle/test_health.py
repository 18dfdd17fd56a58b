"""When a job counts as healthy, on a clock of the test's own."""

import time
from collections.abc import Callable

import pytest

from flinksql.errors import JobFailedError
from flinksql.lifecycle import HealthPolicy, ObservedState
from flinksql.lifecycle.health import HealthWatch
from flinksql.statement import Deployed, Kind
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
