"""The fake Flink of these tests refuses to be in a state in which no Flink can be."""

import time
from collections.abc import Callable

import pytest

from tests.fakes.flink import fake_flink
from tests.fakes.jobs import FakeCluster, FakeJob, Fate

JOB = "a" * 32
TAGS = {"statement": "copy", "definition": "d", "generation": "1"}


def a_job(job_id: str = JOB, *, age: float = 1.0) -> FakeJob:
    return FakeJob(job_id=job_id, name="p/s/copy", tags=dict(TAGS), fate=Fate.RUNS, started=time.monotonic() - age)


def twice(cluster: FakeCluster) -> None:
    cluster.jobs[JOB] = a_job()


def alive_again(cluster: FakeCluster) -> None:
    cluster.end(JOB, "CANCELED")
    cluster.world.look(cluster.jobs)
    cluster.jobs[JOB].ended_as = ""


def a_savepoint_of_a_job_that_never_ran(cluster: FakeCluster) -> None:
    job = a_job("b" * 32, age=0)
    job.end("FAILED")
    job.savepoints["t"] = "file:/savepoints/savepoint-bbbbbb-0"
    cluster.jobs[job.job_id] = job


def restored_from_nowhere(cluster: FakeCluster) -> None:
    cluster.submit({"execution.state-recovery.path": f"file:/checkpoints/{'c' * 32}/chk-1"}, Fate.RUNS)


def two_at_once(cluster: FakeCluster) -> None:
    cluster.jobs["b" * 32] = a_job("b" * 32)


@pytest.mark.parametrize(
    ("happens", "told"),
    [
        pytest.param(twice, "is used twice", id="a job id used twice"),
        pytest.param(alive_again, "was CANCELED and is RUNNING", id="an ended job is alive again"),
        pytest.param(a_savepoint_of_a_job_that_never_ran, "never ran", id="a savepoint of a job that never ran"),
        pytest.param(restored_from_nowhere, "by a job that never was", id="a checkpoint that nobody wrote"),
        pytest.param(two_at_once, "has two jobs at once", id="two jobs of one statement"),
    ],
)
def test_an_impossible_world_fails_the_test(happens: Callable[[FakeCluster], None], told: str) -> None:
    def closed() -> None:
        with fake_flink() as flink:
            flink.cluster.jobs[JOB] = a_job()
            flink.cluster.world.look(flink.cluster.jobs)
            happens(flink.cluster)

    with pytest.raises(AssertionError, match=f"no Flink can be so: .*{told}"):
        closed()


def test_a_restarted_jobmanager_may_take_an_id_again() -> None:
    with fake_flink() as flink:
        flink.cluster.jobs[JOB] = a_job()
        flink.cluster.world.look(flink.cluster.jobs)
        flink.cluster.forget()
        flink.cluster.world.look(flink.cluster.jobs)
        flink.cluster.jobs[JOB] = a_job()
