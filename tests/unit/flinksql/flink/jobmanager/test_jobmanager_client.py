"""The JobManager's client against the fake one."""

from collections.abc import Iterator

import pytest

from flinksql.errors import TransientError, UnreachableError
from flinksql.flink.jobmanager import DisposalFailedError, JobManagerClient, JobNotFoundError, JobState, SavepointFailedError
from flinksql.flink.transport import Endpoint, UnexpectedReplyError
from tests.fakes.faults import Fault
from tests.fakes.flink import FakeFlink, fake_flink
from tests.fakes.jobs import FakeJob, Fate

JOB, OTHER, TRIGGER = "a" * 32, "b" * 32, "c" * 32


@pytest.fixture
def flink() -> Iterator[FakeFlink]:
    with fake_flink() as fake:
        yield fake


@pytest.fixture
def client(flink: FakeFlink) -> JobManagerClient:
    return JobManagerClient(Endpoint(name="JobManager", base_url=flink.jobmanager_server.url, read_seconds=2))


def add(flink: FakeFlink, fate: Fate = Fate.RUNS, *, age: float = 1.0, job_id: str = JOB) -> FakeJob:
    job = FakeJob(job_id=job_id, name="p/s/copy", tags={"statement": "copy"}, fate=fate)
    job.started -= age
    flink.cluster.jobs[job_id] = job
    return job


def test_the_overview_tells_version_and_slots(client: JobManagerClient) -> None:
    overview = client.overview()
    assert (overview.taskmanagers, overview.slots_available, overview.flink_version) == (1, 8, "2.2.1")


def test_jobs_come_newest_first(client: JobManagerClient, flink: FakeFlink) -> None:
    add(flink, age=9, job_id=OTHER)
    add(flink, age=1)
    assert [job.job_id for job in client.jobs()] == [JOB, OTHER]


@pytest.mark.parametrize(
    ("fate", "state", "all_running"),
    [
        pytest.param(Fate.RUNS, JobState.RUNNING, True, id="runs"),
        pytest.param(Fate.NEVER_ALL_RUNNING, JobState.RUNNING, False, id="a task is missing"),
        pytest.param(Fate.FINISHES, JobState.FINISHED, False, id="finished"),
    ],
)
def test_running_is_not_all_tasks_running(
    client: JobManagerClient, flink: FakeFlink, fate: Fate, state: JobState, *, all_running: bool
) -> None:
    add(flink, fate)
    (job,) = client.jobs()
    assert (job.state, client.status(JOB), job.all_tasks_running) == (state, state, all_running)


def test_tags_checkpoints_and_counts_are_read(client: JobManagerClient, flink: FakeFlink) -> None:
    add(flink)
    assert client.tags(JOB) == {"statement": "copy"}
    latest = client.checkpoints(JOB).latest
    assert latest.completed is not None
    assert latest.completed.external_path == f"file:/checkpoints/{JOB}/chk-1"
    assert client.details(JOB).vertices[0].name == "Source: src"


@pytest.mark.parametrize(
    ("milliseconds", "seconds"), [pytest.param(500, 0.5, id="half a second"), pytest.param(2**63 - 1, None, id="no checkpoints")]
)
def test_the_checkpoint_interval_is_read(client: JobManagerClient, flink: FakeFlink, milliseconds: int, seconds: float | None) -> None:
    add(flink).checkpoint_interval = milliseconds
    assert client.checkpoint_interval(JOB) == seconds


def test_failures_come_newest_first(client: JobManagerClient, flink: FakeFlink) -> None:
    add(flink, Fate.LOOPS)
    times = [entry.timestamp for entry in client.failures(JOB, at_most=3)]
    assert times == sorted(times, reverse=True)
    assert len(times) == 3


@pytest.mark.parametrize("read", ["status", "details", "tags", "failures", "checkpoints", "checkpoint_interval", "cancel"])
def test_a_job_that_nobody_knows_is_not_found(client: JobManagerClient, read: str) -> None:
    with pytest.raises(JobNotFoundError):
        getattr(client, read)(JOB)


@pytest.mark.parametrize("state", ["RUNNING", "CANCELED", "FINISHED", "FAILED"])
def test_cancelling_is_fine_in_every_state(client: JobManagerClient, flink: FakeFlink, state: str) -> None:
    job = add(flink)
    job.ended_as = "" if state == "RUNNING" else state
    client.cancel(JOB)
    assert client.status(JOB).terminal


def test_stopping_twice_with_one_trigger_is_stopping_once(client: JobManagerClient, flink: FakeFlink) -> None:
    add(flink)
    client.stop_with_savepoint(JOB, TRIGGER)
    first = client.savepoint(JOB, TRIGGER)
    client.stop_with_savepoint(JOB, TRIGGER)
    assert client.savepoint(JOB, TRIGGER) == first
    assert client.status(JOB) is JobState.FINISHED


def test_a_savepoint_that_failed_says_why(client: JobManagerClient, flink: FakeFlink) -> None:
    add(flink, Fate.NEVER_ALL_RUNNING)
    client.stop_with_savepoint(JOB, TRIGGER)
    with pytest.raises(SavepointFailedError, match="Checkpoint triggering task is not being executed"):
        client.savepoint(JOB, TRIGGER)


def test_a_savepoint_of_a_running_job_leaves_it_running_and_one_trigger_is_one_savepoint(
    client: JobManagerClient, flink: FakeFlink
) -> None:
    add(flink)
    client.trigger_savepoint(JOB, TRIGGER)
    first = client.savepoint(JOB, TRIGGER)
    client.trigger_savepoint(JOB, TRIGGER)
    assert client.savepoint(JOB, TRIGGER) == first
    client.trigger_savepoint(JOB, "d" * 32)
    assert client.savepoint(JOB, "d" * 32) != first
    assert client.status(JOB) is JobState.RUNNING


def test_a_savepoint_of_a_running_job_that_failed_says_why(client: JobManagerClient, flink: FakeFlink) -> None:
    add(flink, Fate.NEVER_ALL_RUNNING)
    client.trigger_savepoint(JOB, TRIGGER)
    with pytest.raises(SavepointFailedError, match="Checkpoint triggering task is not being executed"):
        client.savepoint(JOB, TRIGGER)


def test_a_deleted_savepoint_is_gone_and_a_second_deletion_says_so(client: JobManagerClient, flink: FakeFlink) -> None:
    add(flink)
    client.trigger_savepoint(JOB, TRIGGER)
    path = client.savepoint(JOB, TRIGGER) or ""
    assert client.is_disposed(client.dispose_savepoint(path))
    with pytest.raises(DisposalFailedError, match="Cannot find checkpoint or savepoint") as caught:
        client.is_disposed(client.dispose_savepoint(path))
    assert caught.value.is_absent
    with pytest.raises(JobNotFoundError):
        client.is_disposed("f" * 32)


def test_the_savepoint_of_an_unknown_job_is_accepted_and_then_not_found(client: JobManagerClient) -> None:
    client.stop_with_savepoint(JOB, TRIGGER)
    with pytest.raises(JobNotFoundError):
        client.savepoint(JOB, TRIGGER)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        pytest.param(Fault.GARBAGE, UnexpectedReplyError, id="HTML"),
        pytest.param(Fault.TRUNCATED, UnexpectedReplyError, id="truncated"),
        pytest.param(Fault.STACK_TRACE, TransientError, id="HTTP 500"),
        pytest.param(Fault.UNAVAILABLE, UnreachableError, id="HTTP 503"),
        pytest.param(Fault.RESET, UnreachableError, id="reset"),
    ],
)
def test_each_fault_has_its_error(client: JobManagerClient, flink: FakeFlink, fault: Fault, error: type[Exception]) -> None:
    flink.jobmanager_server.faults.arm(fault, "GET /jobs/overview", times=2)
    with pytest.raises(error) as caught:
        client.jobs()
    assert "\tat " not in str(caught.value)
