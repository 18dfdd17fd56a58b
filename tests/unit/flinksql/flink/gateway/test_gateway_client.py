"""The client against a gateway that lets it down."""

from collections.abc import Iterator

import pytest
import requests

from flinksql.errors import FlinkSqlError, PermanentError, TransientError, UnreachableError
from flinksql.flink.gateway import DuplicateJobError, GatewayClient, JobManagerDownError, RefusedError, SessionLostError
from flinksql.flink.transport import Endpoint, ReplyLostError, UnexpectedReplyError
from tests.fakes.faults import Fault
from tests.fakes.flink import FakeFlink, fake_flink

TABLE = "CREATE TABLE src (id BIGINT, v STRING) WITH ('connector' = 'datagen')"


@pytest.fixture
def flink() -> Iterator[FakeFlink]:
    with fake_flink() as fake:
        yield fake


@pytest.fixture
def client(flink: FakeFlink) -> GatewayClient:
    return client_of(flink.gateway_server.url)


def client_of(url: str) -> GatewayClient:
    return GatewayClient(Endpoint(name="SQL Gateway", base_url=url, connect_seconds=2, read_seconds=2))


def test_a_result_is_fetched_to_its_end(client: GatewayClient) -> None:
    with client.session() as session:
        session.configure(TABLE)
        result = session.execute("EXPLAIN\nSELECT * FROM src")
    assert (result.columns, result.rows, result.job_id) == (("result",), (("== Optimized Execution Plan ==\n",),), "")


def test_the_session_is_closed_when_the_work_fails(client: GatewayClient, flink: FakeFlink) -> None:
    with pytest.raises(RefusedError), client.session() as session:
        session.configure("CREATE VIEW v AS SELECT id FROM nowhere")
    assert flink.gateway.sessions == {}


def test_trouble_in_closing_does_not_hide_the_outcome(client: GatewayClient, flink: FakeFlink) -> None:
    flink.gateway_server.faults.arm(Fault.RESET, "^DELETE", times=9)
    with pytest.raises(RefusedError, match="nowhere"), client.session() as session:
        session.configure("CREATE VIEW v AS SELECT id FROM nowhere")


def test_the_servers_time_out_is_never_used(client: GatewayClient, flink: FakeFlink) -> None:
    with client.session() as session:
        session.configure(TABLE)
        session.execute("EXPLAIN\nSELECT * FROM src", {"k": "v"})
    assert {"statement": "EXPLAIN\nSELECT * FROM src", "executionConfig": {"k": "v"}} in flink.gateway.bodies
    assert not any("executionTimeout" in body for body in flink.gateway.bodies)


def test_every_call_names_the_version(client: GatewayClient, flink: FakeFlink) -> None:
    client.information()
    with client.session() as session:
        session.configure(TABLE)
    assert {call.split("/")[1] for call in flink.gateway_server.calls} == {"v2"}


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        pytest.param(Fault.RESET, ReplyLostError, "Start it, or correct its address", id="reset"),
        pytest.param(Fault.GARBAGE, UnexpectedReplyError, "It works!", id="HTML"),
        pytest.param(Fault.EMPTY, UnexpectedReplyError, "is empty", id="empty"),
        pytest.param(Fault.TRUNCATED, UnexpectedReplyError, "body that its REST API does not know", id="truncated"),
        pytest.param(Fault.UNAVAILABLE, ReplyLostError, "HTTP 503", id="proxy"),
        pytest.param(Fault.TOO_LARGE, PermanentError, "larger than the SQL Gateway accepts", id="413"),
        pytest.param(Fault.SESSION_VANISHED, SessionLostError, "several gateways", id="session vanished"),
        pytest.param(Fault.JOBMANAGER_DOWN, JobManagerDownError, "cannot reach the JobManager", id="JobManager down"),
        pytest.param(Fault.STACK_TRACE, RefusedError, "Something broke inside.", id="stack trace"),
    ],
)
def test_each_fault_has_its_error(client: GatewayClient, flink: FakeFlink, fault: Fault, error: type[FlinkSqlError], words: str) -> None:
    flink.gateway_server.faults.arm(fault, "^POST /v2/sessions$")
    with pytest.raises(error, match=words) as caught, client.session():
        pass
    assert "\tat " not in str(caught.value)


def test_a_read_survives_one_lost_reply(client: GatewayClient, flink: FakeFlink) -> None:
    flink.gateway_server.faults.arm(Fault.RESET, "GET /v2/info")
    assert client.information().version == "2.2.1"


def test_a_used_job_id_is_an_error_of_its_own(client: GatewayClient) -> None:
    with client.session() as session:
        session.configure(TABLE)
        configuration = {"$internal.pipeline.job-id": "a" * 32}
        assert session.execute("INSERT INTO src SELECT * FROM src", configuration).job_id == "a" * 32
        with pytest.raises(DuplicateJobError):
            session.execute("INSERT INTO src SELECT * FROM src", configuration)


def test_a_base_url_may_have_a_path(flink: FakeFlink) -> None:
    seen: list[str] = []

    class Proxy(requests.Session):
        def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
            prepared = super().prepare_request(request)
            seen.append(str(prepared.url))
            prepared.url = str(prepared.url).replace("/api/proxy", "")
            return prepared

    endpoint = Endpoint(name="SQL Gateway", base_url=f"{flink.gateway_server.url}/api/proxy/", session_factory=Proxy)
    with GatewayClient(endpoint).session() as session:
        session.configure(TABLE)
        assert session.execute("EXPLAIN\nSELECT * FROM src").rows
    assert all("/api/proxy/v2/sessions" in url for url in seen)


def test_nobody_at_the_address_is_unreachable() -> None:
    with pytest.raises(UnreachableError, match=r"http://127\.0\.0\.1:9 cannot be reached: connection refused"):
        client_of("http://127.0.0.1:9").information()


def test_an_address_that_is_no_url_is_a_permanent_error() -> None:
    with pytest.raises(PermanentError, match="is not a URL"):
        client_of("127.0.0.1:8083").information()


def test_another_api_at_the_address_is_named(flink: FakeFlink) -> None:
    with pytest.raises(PermanentError, match="no SQL Gateway REST API"):
        client_of(flink.jobmanager_server.url).information()


def test_the_headers_of_an_endpoint_are_not_shown() -> None:
    endpoint = Endpoint(name="SQL Gateway", base_url="http://127.0.0.1:9", headers={"Authorization": "Bearer hunter2"})
    assert "hunter2" not in repr(endpoint)
    with pytest.raises(TransientError) as caught:
        GatewayClient(endpoint).information()
    assert "hunter2" not in str(caught.value)
