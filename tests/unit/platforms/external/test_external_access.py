"""A Flink behind a proxy: let in with the right credentials, told in plain words why not, and no secret anywhere."""

import copy
import pickle

import pytest

from flinksql.errors import FlinkSqlError, PermanentError, UnreachableError
from flinksql.flink.gateway import GatewayClient
from flinksql.flink.jobmanager import JobManagerClient
from flinksql.kafka.brokers import Brokers, client_options
from tests.unit.platforms.external.conftest import Place


def test_both_servers_are_reached_through_the_proxy(place: Place) -> None:
    access = place.access()
    assert GatewayClient(access.gateway).information().version == "2.2.1"
    assert JobManagerClient(access.jobmanager).overview().slots_total == 8
    with GatewayClient(access.gateway).session() as session:
        session.configure("CREATE TABLE t (id BIGINT) WITH ('connector' = 'datagen')")
        assert session.execute("EXPLAIN SELECT id FROM t").rows
    assert place.proxy.refused == 0


def test_a_token_is_sent_as_a_bearer(place: Place) -> None:
    access = place.access(external__user="-", external__password="-", external__token="[secret]")
    assert access.gateway.headers == {"Authorization": f"Bearer {place.proxy.password}"}


@pytest.mark.parametrize(
    ("more", "error", "told"),
    [
        pytest.param({"secret": "wrong"}, PermanentError, "HTTP 401 and refuses these credentials: check `external.password`", id="wrong"),
        pytest.param(
            {"external__user": "-", "external__password": "-"},
            PermanentError,
            "HTTP 401 and asks for credentials: set `external.user` and `external.password`, or `external.token`",
            id="none",
        ),
        pytest.param(
            {"external__caFile": ""},
            UnreachableError,
            "its TLS certificate was not accepted. Name the PEM file",
            id="an authority unknown here",
        ),
        pytest.param(
            {"external__gatewayUrl": "https://127.0.0.1:9", "external__jobManagerUrl": "https://127.0.0.1:9"},
            UnreachableError,
            "connection refused or host unknown. Correct `external.",
            id="nobody there",
        ),
    ],
)
def test_what_is_in_the_way_is_told_with_the_setting(place: Place, more: dict[str, str], error: type[FlinkSqlError], told: str) -> None:
    access = place.access(**more)
    for ask in (GatewayClient(access.gateway).information, JobManagerClient(access.jobmanager).overview):
        with pytest.raises(error) as caught:
            ask()
        assert told in str(caught.value)
        assert "wrong" not in str(caught.value)


def test_a_password_goes_to_tls_alone(place: Place) -> None:
    """Every one on the way reads what is sent in the clear; a JobManager without TLS is asked without it."""
    access = place.access(external__jobManagerUrl=place.flink.jobmanager_server.url)
    assert access.gateway.headers
    assert access.jobmanager.headers == {}
    assert JobManagerClient(access.jobmanager).overview().slots_total == 8


def test_no_secret_is_in_what_is_shown_or_kept(place: Place) -> None:
    access = place.access(external__kafkaPassword="[secret]", external__kafkaOptions="security.protocol=SASL_SSL,sasl.username=orders")
    brokers = access.kafka_bootstrap
    assert client_options(brokers)["sasl.password"] == place.proxy.password
    shown = [
        repr(place.settings()),
        repr(access.gateway),
        repr(brokers),
        str(brokers),
        f"{brokers}",
        pickle.dumps(brokers).decode("latin-1"),
    ]
    assert not [text for text in shown if place.proxy.password in text]
    assert client_options(copy.copy(brokers)) == {}


def test_addresses_carry_their_options_to_the_client() -> None:
    assert client_options(Brokers("k:1", {"a": "b"})) == {"a": "b"}
    assert client_options("k:1") == {}
    assert Brokers("k:1", {"a": "b"}) == "k:1"


def test_the_salt_is_the_stacks_on_every_machine(place: Place) -> None:
    first, again = place.access(), place.access()
    assert first.salt() == again.salt()
    assert len(first.salt()) == 32
    assert first.stack_id not in first.salt()
