"""Every way in which a gateway lets its caller down: one job in the end, or a clear error now and one job with the next try."""

from collections.abc import Callable, Iterator

import pytest

from flinksql.errors import FlinkSqlError
from flinksql.flink.gateway import GatewayClient, GatewayLimits
from flinksql.flink.jobmanager import JobManagerClient
from flinksql.flink.transport import Endpoint
from flinksql.statements import HealthPolicy, LifecycleSettings
from tests.contract.bench import Bench
from tests.fakes.faults import Fault
from tests.fakes.flink import AlternatingGateways, FakeFlink, fake_flink
from tests.fakes.http import serving

SESSIONS = "POST /v2/sessions$"
DEFINING = "configure-session"
SUBMITTING = "POST .*/statements$"
RESULT = "GET .*/result/"
HEALTH = HealthPolicy(settle_seconds=0.02, deadline_seconds=2, poll_seconds=0.01)

ANYWHERE = [
    Fault.REPLY_DROPPED,
    Fault.RESET,
    Fault.GARBAGE,
    Fault.EMPTY,
    Fault.TRUNCATED,
    Fault.STACK_TRACE,
    Fault.UNAVAILABLE,
    Fault.KUBERNETES_UNAVAILABLE,
    Fault.BAD_GATEWAY_PAGE,
    Fault.TOO_MANY_REQUESTS,
    Fault.REDIRECTED,
    Fault.NO_VERSION,
    Fault.OTHER_JSON,
    Fault.NOT_TEXT,
    Fault.BODY_CUT,
    Fault.SLOW,
]
CALLS = {"opening": SESSIONS, "defining": DEFINING, "submitting": SUBMITTING, "fetching": RESULT}
SPECIAL = [
    pytest.param(Fault.TOO_SLOW, SUBMITTING, id="submitting: an answer after the time-out"),
    pytest.param(Fault.TOO_LARGE, SUBMITTING, id="submitting: larger than the gateway accepts"),
    pytest.param(Fault.SESSION_VANISHED, DEFINING, id="defining: the session vanished"),
    pytest.param(Fault.SESSION_VANISHED, RESULT, id="fetching: the session vanished"),
    pytest.param(Fault.OPERATION_LOST, RESULT, id="fetching: the operation is unknown"),
    pytest.param(Fault.NEVER_READY, RESULT, id="fetching: a result that is never ready"),
    pytest.param(Fault.JOBMANAGER_DOWN, SUBMITTING, id="submitting: the gateway cannot reach the JobManager"),
]
TABLE = [*(pytest.param(fault, call, id=f"{step}: {fault}") for fault in ANYWHERE for step, call in CALLS.items()), *SPECIAL]


@pytest.fixture
def flink() -> Iterator[FakeFlink]:
    with fake_flink() as fake:
        yield fake


@pytest.fixture
def bench(flink: FakeFlink) -> Bench:
    return bench_at(flink.gateway_server.url, flink.jobmanager_server.url)


def bench_at(gateway: str, jobmanager: str) -> Bench:
    limits = GatewayLimits(statement_seconds=1.0)
    return Bench(
        gateway=GatewayClient(Endpoint(name="SQL Gateway", base_url=gateway, read_seconds=1.0), limits=limits),
        jobmanager=JobManagerClient(Endpoint(name="JobManager", base_url=jobmanager, read_seconds=1.0)),
        settings=LifecycleSettings(health=HEALTH, retry_waits=(0.01, 0.02)),
        prefix="p/s",
        options={},
    )


def one_job_in_the_end(bench: Bench, attempt: Callable[[], object]) -> None:
    """Let a first attempt end as it may; then the next one must leave exactly one job, submitted once."""
    try:
        attempt()
    except FlinkSqlError as error:
        assert_for_people(str(error))
    deployed = bench.lifecycle().create(bench.job())
    assert [job.job_id for job in bench.jobs()] == [deployed.job_id]
    assert deployed.generation == 1


def assert_for_people(message: str) -> None:
    assert message.strip()
    for noise in ("Traceback", "\tat ", "HTTPConnectionPool", "validation error", "object at 0x"):
        assert noise not in message


@pytest.mark.parametrize(("fault", "call"), TABLE)
def test_a_fault_that_happens_once_ends_with_one_job(bench: Bench, flink: FakeFlink, fault: Fault, call: str) -> None:
    flink.gateway_server.faults.arm(fault, call)
    one_job_in_the_end(bench, lambda: bench.lifecycle().create(bench.job()))
    assert len(flink.cluster.submissions) == 1


@pytest.mark.parametrize(("fault", "call"), [*(pytest.param(fault, SUBMITTING, id=str(fault)) for fault in ANYWHERE), *SPECIAL])
def test_a_fault_that_stays_is_a_clear_error_and_one_job_when_it_is_over(bench: Bench, flink: FakeFlink, fault: Fault, call: str) -> None:
    flink.gateway_server.faults.arm(fault, call, times=99)

    def attempt() -> None:
        try:
            bench.lifecycle().create(bench.job())
        finally:
            flink.gateway_server.faults.disarm()

    one_job_in_the_end(bench, attempt)
    assert len(flink.cluster.submissions) == 1


def test_a_job_accepted_without_a_reply_and_then_refused_as_duplicate_is_ours(bench: Bench, flink: FakeFlink) -> None:
    flink.gateway_server.faults.arm(Fault.REPLY_DROPPED, SUBMITTING)
    flink.gateway_server.faults.arm(Fault.REPLY_DROPPED, RESULT, times=2)
    deployed = bench.lifecycle().create(bench.job())
    assert [job.job_id for job in bench.jobs()] == [deployed.job_id]
    assert len(flink.cluster.submissions) == 1


def test_two_gateways_behind_one_address_are_named_and_one_alone_succeeds(flink: FakeFlink) -> None:
    with serving(AlternatingGateways(flink.cluster).respond) as server:
        shared = bench_at(server.url, flink.jobmanager_server.url)
        with pytest.raises(FlinkSqlError, match="several gateways share one address"):
            shared.lifecycle().create(shared.job())
    alone = bench_at(flink.gateway_server.url, flink.jobmanager_server.url)
    alone.lifecycle().create(alone.job())
    assert len(flink.cluster.submissions) == 1


def test_a_gateway_that_restarts_between_two_calls_is_met_with_a_new_session(bench: Bench, flink: FakeFlink) -> None:
    flink.gateway_server.faults.arm(Fault.SESSION_VANISHED, DEFINING, skip=1)
    bench.lifecycle().create(bench.job())
    assert flink.gateway.opened == 2
    assert len(flink.cluster.submissions) == 1


@pytest.mark.parametrize("fault", [fault for fault in ANYWHERE if fault is not Fault.SLOW])
def test_a_jobmanager_that_misbehaves_for_a_moment_costs_no_second_job(bench: Bench, flink: FakeFlink, fault: Fault) -> None:
    flink.jobmanager_server.faults.arm(fault, "GET /jobs/overview", skip=1)
    one_job_in_the_end(bench, lambda: bench.lifecycle().create(bench.job()))
    assert len(flink.cluster.submissions) == 1
