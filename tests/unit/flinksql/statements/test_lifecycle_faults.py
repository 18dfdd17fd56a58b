"""Whatever goes wrong on the wire: one job, or a clear error and no job."""

from collections.abc import Callable

import pytest

from flinksql.errors import JobFailedError, PermanentError, TransientError, UnreachableError
from flinksql.flink.gateway import SessionLostError
from flinksql.statement import Deployed
from flinksql.statements import FailurePoint, ObservedState
from tests.contract.bench import COPY_SOME, SRC, Bench
from tests.fakes.faults import Fault
from tests.fakes.flink import AlternatingGateways, FakeFlink
from tests.fakes.http import serving
from tests.fakes.jobs import Fate

STATEMENTS = "POST .*/statements"
RESULT = "GET .*/result/0"


@pytest.mark.parametrize(
    ("fault", "call"),
    [
        pytest.param(Fault.REPLY_DROPPED, "POST /v2/sessions$", id="session opened, reply dropped"),
        pytest.param(Fault.SESSION_VANISHED, "configure-session", id="session vanished while replaying"),
        pytest.param(Fault.RESET, "configure-session", id="reset while replaying"),
        pytest.param(Fault.RESET, STATEMENTS, id="reset before submission"),
        pytest.param(Fault.REPLY_DROPPED, STATEMENTS, id="submitted, reply dropped"),
        pytest.param(Fault.GARBAGE, STATEMENTS, id="submitted, reply garbage"),
        pytest.param(Fault.TRUNCATED, STATEMENTS, id="submitted, reply truncated"),
        pytest.param(Fault.EMPTY, STATEMENTS, id="submitted, reply empty"),
        pytest.param(Fault.UNAVAILABLE, STATEMENTS, id="proxy in trouble"),
        pytest.param(Fault.SESSION_VANISHED, RESULT, id="submitted, session vanished"),
        pytest.param(Fault.JOBMANAGER_DOWN, STATEMENTS, id="JobManager down for a moment"),
        pytest.param(Fault.RESET, "^DELETE", id="reset while closing"),
    ],
)
def test_a_passing_fault_leaves_exactly_one_job(bench: Bench, flink: FakeFlink, fault: Fault, call: str) -> None:
    flink.gateway_server.faults.arm(fault, call)
    deployed = bench.lifecycle().create(bench.job())
    assert [job.job_id for job in bench.jobs()] == [deployed.job_id]
    assert deployed.generation == 1


def test_a_job_whose_replies_were_all_lost_is_found_by_its_id(bench: Bench, flink: FakeFlink) -> None:
    flink.gateway_server.faults.arm(Fault.REPLY_DROPPED, STATEMENTS, times=99)
    deployed = bench.lifecycle().create(bench.job())
    assert [job.job_id for job in bench.alive()] == [deployed.job_id]
    assert len(flink.cluster.submissions) == 1


@pytest.mark.parametrize(
    ("fault", "call", "error"),
    [
        pytest.param(Fault.RESET, "POST", UnreachableError, id="gateway resets for ever"),
        pytest.param(Fault.JOBMANAGER_DOWN, STATEMENTS, TransientError, id="JobManager down for ever"),
        pytest.param(Fault.SESSION_VANISHED, STATEMENTS, SessionLostError, id="sessions vanish for ever"),
        pytest.param(Fault.TOO_LARGE, STATEMENTS, PermanentError, id="statement too large"),
    ],
)
def test_a_lasting_fault_is_an_error_and_leaves_no_job(
    bench: Bench, flink: FakeFlink, fault: Fault, call: str, error: type[Exception]
) -> None:
    flink.gateway_server.faults.arm(fault, call, times=99)
    with pytest.raises(error):
        bench.lifecycle().create(bench.job())
    assert bench.jobs() == []


def test_two_gateways_behind_one_address_are_named_as_the_cause(flink: FakeFlink, bench_at: Callable[[str, str], Bench]) -> None:
    with serving(AlternatingGateways(flink.cluster).respond) as server:
        bench = bench_at(server.url, flink.jobmanager_server.url)
        with pytest.raises(SessionLostError, match="several gateways share one address"):
            bench.lifecycle().create(bench.job())


@pytest.mark.parametrize("fate", [Fate.FAILS, Fate.LOOPS, Fate.NEVER_ALL_RUNNING, Fate.FINISHES])
def test_a_job_that_does_not_run_is_an_error_and_is_not_left_behind(bench: Bench, flink: FakeFlink, fate: Fate) -> None:
    flink.cluster.next_fates = [fate]
    with pytest.raises(JobFailedError, match="statement copy: "):
        bench.lifecycle().create(bench.job())
    assert bench.alive() == []


@pytest.mark.parametrize(
    ("slots", "taskmanagers", "words"),
    [
        pytest.param(0, 1, "all 8 are in use", id="no free slot"),
        pytest.param(8, 0, "the cluster has none", id="no TaskManager"),
        pytest.param(8, 1, "1 of 2 tasks running", id="no visible reason"),
    ],
)
def test_a_job_that_waits_says_for_what(bench: Bench, flink: FakeFlink, slots: int, taskmanagers: int, words: str) -> None:
    flink.cluster.next_fates = [Fate.NEVER_ALL_RUNNING]
    flink.cluster.free_slots, flink.cluster.taskmanagers = slots, taskmanagers
    with pytest.raises(JobFailedError, match=words):
        bench.lifecycle().create(bench.job())


def test_a_session_is_never_left_open(bench: Bench, flink: FakeFlink) -> None:
    bench.lifecycle().create(bench.job())
    with pytest.raises(Exception, match="nowhere"):
        bench.lifecycle().create(bench.job("INSERT INTO snk SELECT id, v FROM nowhere", name="bad"))
    assert flink.gateway.sessions == {}


def test_a_gateway_restart_between_preparing_and_submitting_is_survived(bench: Bench, flink: FakeFlink) -> None:
    first = bench.lifecycle().create(bench.job())

    def restart(point: FailurePoint) -> None:
        if str(point) == "after-cancel":
            flink.gateway.restart()

    second = bench.lifecycle(failure_point=restart).update(bench.job(), bench.job(COPY_SOME), first)
    assert "savepoint" in second.restored_from


def test_a_failing_savepoint_is_asked_for_again(bench: Bench, flink: FakeFlink) -> None:
    first = bench.lifecycle().create(bench.job())
    flink.cluster.savepoint_failures = 2
    assert "savepoint" in bench.lifecycle().update(bench.job(), bench.job(COPY_SOME), first).restored_from


def test_a_job_that_cannot_be_stopped_with_a_savepoint_goes_on(bench: Bench, flink: FakeFlink) -> None:
    first = bench.lifecycle().create(bench.job())
    flink.cluster.savepoint_failures = 99
    with pytest.raises(JobFailedError, match="goes on running"):
        bench.lifecycle().update(bench.job(), bench.job(COPY_SOME), first)
    assert [job.job_id for job in bench.alive()] == [first.job_id]


def test_a_gateway_lost_after_the_stop_tells_where_the_state_is(bench: Bench, flink: FakeFlink) -> None:
    first = bench.lifecycle().create(bench.job())

    def lose(point: FailurePoint) -> None:
        if str(point) == "after-cancel":
            flink.gateway_server.faults.arm(Fault.RESET, "POST", times=99)

    with pytest.raises(UnreachableError, match=r"is stopped and could not be started again.*kept at file:/savepoints/savepoint-"):
        bench.lifecycle(failure_point=lose).update(bench.job(), bench.job(COPY_SOME), first)
    flink.gateway_server.faults.disarm()
    second = bench.lifecycle().update(bench.job(), bench.job(COPY_SOME), first)
    assert "savepoint" in second.restored_from


def test_when_neither_version_comes_up_the_error_tells_both_and_the_old_job_is_left_to_recover(bench: Bench, flink: FakeFlink) -> None:
    first = bench.lifecycle().create(bench.job())
    flink.cluster.next_fates = [Fate.LOOPS, Fate.LOOPS]
    with pytest.raises(
        JobFailedError,
        match=r"(?s)old one failed too.*new: .*again and again.*old: .*again and again.*kept at file:/savepoints",
    ):
        bench.lifecycle().update(bench.job(), bench.job(COPY_SOME), first)
    (alive,) = bench.alive()
    assert bench.jobmanager.tags(alive.job_id)["definition"] == first.definition_hash


def test_an_adopted_job_that_is_not_healthy_is_left_as_it_is(bench: Bench, flink: FakeFlink) -> None:
    first = bench.lifecycle().create(bench.job())
    flink.cluster.jobs[first.job_id].fate = Fate.NEVER_ALL_RUNNING
    with pytest.raises(JobFailedError, match="ran before and is left as it is"):
        bench.lifecycle().create(bench.job())
    assert [job.job_id for job in bench.alive()] == [first.job_id]


@pytest.mark.parametrize("platform_gone", [False, True])
def test_deleting_without_a_jobmanager_is_an_error_unless_the_platform_is_gone(
    bench: Bench, flink: FakeFlink, *, platform_gone: bool
) -> None:
    flink.jobmanager_server.faults.arm(Fault.RESET, ".", times=99)
    deployed = Deployed(definition_hash="d", job_id="a" * 32)
    if platform_gone:
        bench.lifecycle().delete(bench.job(), deployed, platform_gone=True)
    else:
        with pytest.raises(UnreachableError):
            bench.lifecycle().delete(bench.job(), deployed)


def test_a_catalog_object_is_deleted_without_asking_anybody(bench: Bench, flink: FakeFlink) -> None:
    bench.lifecycle().delete(bench.definition(SRC), Deployed(definition_hash="d"))
    assert flink.jobmanager_server.calls == []


@pytest.mark.parametrize(
    ("fate", "state"),
    [
        pytest.param(Fate.LOOPS, ObservedState.RESTARTING, id="loop"),
        pytest.param(Fate.FAILS, ObservedState.FAILED, id="failed"),
        pytest.param(Fate.NEVER_ALL_RUNNING, ObservedState.STARTING, id="a task is missing"),
        pytest.param(Fate.FINISHES, ObservedState.FINISHED, id="finished"),
    ],
)
def test_observing_a_job_that_went_bad_tells_how_and_why(bench: Bench, flink: FakeFlink, fate: Fate, state: ObservedState) -> None:
    deployed = bench.lifecycle().create(bench.job())
    job = flink.cluster.jobs[deployed.job_id]
    job.fate, job.started = fate, job.started - 1
    seen = bench.lifecycle().observe(bench.job(), deployed)
    assert seen.state is state
    assert ("NumberFormatException" in seen.cause) is (fate in {Fate.LOOPS, Fate.FAILS})
    assert "customer" not in seen.cause


def test_observing_without_a_jobmanager_is_unreachable_and_no_error(bench: Bench, flink: FakeFlink) -> None:
    flink.jobmanager_server.faults.arm(Fault.RESET, ".", times=99)
    deployed = Deployed(definition_hash="d", job_id="a" * 32)
    assert bench.lifecycle().observe(bench.job(), deployed).state is ObservedState.UNREACHABLE
    assert bench.lifecycle().observe_all(["x"])["x"].state is ObservedState.UNREACHABLE
