"""A connection as a value of a program, and as the provider of a resource uses it."""

from collections.abc import Iterator
from typing import Any

import pytest
from pulumi.dynamic import Config, ConfigureRequest
from pulumi.runtime import rpc

from components.access import Access, DirectAccess, resolve
from components.connection import OWN, PROPERTY, Connection, SecretRef, connection_in, is_moved
from components.errors import ConnectionSpecError
from components.providers.reporting import Once, ProviderError
from components.providers.statement import StatementProvider
from platforms.embedded.access import EmbeddedAccess
from tests.fakes.flink import FakeFlink, fake_flink
from tests.unit.components.statement_bench import StatementBench, configuration, deploy, job

FOREIGN = Connection(gateway_url="https://gateway/", jobmanager_url="https://jobs", kafka_bootstrap="k:9092")


def request(**config: str) -> ConfigureRequest:
    """Return what the provider process of a foreign project is handed."""
    return ConfigureRequest(config=Config({f"orders:{key}": value for key, value in config.items()}, "orders"))


def resolved(connection: Connection, asked: ConfigureRequest | None = None) -> Access:
    return resolve({PROPERTY: connection.to_inputs()}, asked or request())


def test_a_connection_is_its_addresses() -> None:
    access = resolved(FOREIGN)
    assert (access.gateway.base_url, access.jobmanager.base_url) == ("https://gateway", "https://jobs")
    assert (access.kafka_bootstrap, access.flink_kafka_bootstrap) == ("k:9092", "k:9092")
    assert not access.is_own_broker
    assert not access.jobs_are_gone(goes=True)
    assert access.salt(make=True) == ""


def test_certificates_are_named_by_their_files() -> None:
    endpoint = resolved(Connection(gateway_url="https://g", certificate="/c.pem", authority="/a.pem")).gateway
    assert (endpoint.certificate, endpoint.verify) == ("/c.pem", "/a.pem")


def test_a_broker_may_have_another_address_for_flink() -> None:
    access = resolved(Connection(kafka_bootstrap="localhost:9092", flink_kafka_bootstrap="kafka:9092"))
    assert (access.kafka_bootstrap, access.flink_kafka_bootstrap) == ("localhost:9092", "kafka:9092")


@pytest.mark.parametrize(
    "reference",
    [pytest.param(SecretRef(config="flinkToken"), id="configuration"), pytest.param(SecretRef(environment="TOKEN"), id="environment")],
)
def test_a_credential_is_named_and_never_kept(reference: SecretRef, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "s3cret")
    connection = Connection(gateway_url="https://g", token=reference, kafka_options={"sasl.password": reference, "sasl.mechanism": "PLAIN"})
    assert "s3cret" not in repr(connection.to_inputs())
    access = resolved(connection, request(flinkToken="s3cret"))
    assert access.gateway.headers == {"Authorization": "Bearer s3cret"}
    assert "s3cret" not in repr(access.gateway)
    assert access.kafka_options == {"sasl.password": "s3cret", "sasl.mechanism": "PLAIN"}


@pytest.mark.parametrize(
    ("connection", "told"),
    [
        pytest.param(
            Connection(kafka_bootstrap="k:1"), "the connection names no SQL Gateway: give Connection(gateway_url=...)", id="no address"
        ),
        pytest.param(
            Connection(gateway_url="https://g", token=SecretRef(config="flinkToken")),
            "pulumi config set --secret flinkToken",
            id="a key without a value",
        ),
        pytest.param(
            Connection(gateway_url="https://g", token=SecretRef(environment="NOWHERE_SET")),
            "set the environment variable NOWHERE_SET",
            id="a variable that is not set",
        ),
        pytest.param(Connection(resolver="nowhere.at_all:made"), "resolver nowhere.at_all:made cannot be imported", id="no such resolver"),
        pytest.param(Connection(resolver="components.access:nothing"), "cannot be imported", id="no such function"),
    ],
)
def test_what_is_missing_is_told_with_what_to_do(connection: Connection, told: str) -> None:
    with pytest.raises(ConnectionSpecError) as caught:
        _ = resolved(connection).gateway
    assert told in str(caught.value)


def test_a_reference_names_one_place() -> None:
    with pytest.raises(ValueError, match="one of the two"):
        SecretRef()
    with pytest.raises(ValueError, match="one of the two"):
        SecretRef(config="a", environment="B")


def test_a_state_without_a_connection_is_the_projects_own() -> None:
    assert connection_in({}) == OWN.to_inputs()
    assert not is_moved({}, {PROPERTY: OWN.to_inputs()})
    assert is_moved({}, {PROPERTY: FOREIGN.to_inputs()})
    assert isinstance(resolve({}, configuration({})), EmbeddedAccess)
    assert isinstance(resolved(FOREIGN), DirectAccess)


def test_the_projects_own_addresses_follow_the_configuration(bench: StatementBench) -> None:
    """A port that changed in the run in which a statement goes must not keep it from going."""
    _, state = deploy(bench, {**job(), PROPERTY: OWN.to_inputs()})
    assert "127.0.0.1" not in repr(state[PROPERTY])
    bench.provider.delete("copy", state)
    assert bench.alive() == []


def test_a_state_of_an_earlier_version_is_taken_over_without_a_change(bench: StatementBench) -> None:
    _, state = deploy(bench, job())
    assert PROPERTY not in state
    wanted = {**job(), PROPERTY: OWN.to_inputs()}
    assert bench.provider.check(state, wanted).failures == []
    assert not bench.provider.diff("copy", state, wanted).changes
    bench.provider.delete("copy", state)
    assert bench.alive() == []


@pytest.fixture
def elsewhere() -> Iterator[FakeFlink]:
    with fake_flink() as flink:
        yield flink


def at(flink: FakeFlink) -> dict[str, Any]:
    spec = Connection(gateway_url=flink.gateway_server.url, jobmanager_url=flink.jobmanager_server.url, kafka_bootstrap="127.0.0.1:1")
    return {PROPERTY: spec.to_inputs()}


def test_another_address_alone_touches_no_job(bench: StatementBench, elsewhere: FakeFlink) -> None:
    _, state = deploy(bench, job())
    before = bench.alive()
    moved = {**job(), **at(elsewhere)}
    assert bench.provider.check(state, moved).failures == []
    difference = bench.provider.diff("copy", state, moved)
    assert (difference.changes, difference.replaces) == (True, None)
    submitted = list(elsewhere.gateway_server.calls)
    outs = bench.provider.update("copy", state, moved).outs or {}
    assert outs == {**state, **at(elsewhere), "generation": int(state["generation"])}
    assert bench.alive() == before
    assert elsewhere.gateway_server.calls == submitted
    assert elsewhere.cluster.alive("p/s/copy") == []


def test_resources_of_two_connections_meet_their_own_flink(bench: StatementBench, elsewhere: FakeFlink) -> None:
    deploy(bench, job())
    there = {**job(), **at(elsewhere)}
    state = bench.provider.create(there).outs or {}
    assert len(bench.alive()) == 1
    assert len(elsewhere.cluster.alive("p/s/copy")) == 1
    bench.provider.delete("copy", state)
    assert elsewhere.cluster.alive("p/s/copy") == []
    assert len(bench.alive()) == 1


def test_a_connection_that_is_not_known_yet_is_not_used() -> None:
    provider = StatementProvider()
    provider.configure(request())
    unknown = {**job(), PROPERTY: {"gateway_url": rpc.UNKNOWN}}
    assert provider.check({}, unknown).failures == []
    assert provider.diff("copy", {}, unknown).changes is True


def test_a_foreign_program_needs_no_settings_of_this_project() -> None:
    provider = StatementProvider()
    provider.configure(request(anything="else"))
    own = provider.at({PROPERTY: FOREIGN.to_inputs()})
    own.remark = Once(lambda _remark: None)
    assert provider.at({PROPERTY: FOREIGN.to_inputs()}) is own
    with pytest.raises(ProviderError, match="resolver nowhere:made cannot be imported"):
        provider.at({PROPERTY: {"resolver": "nowhere:made"}})
