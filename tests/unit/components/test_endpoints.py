"""Who is told which address: Flink's processes where they run, this machine where it stands. Exchanged, nobody would reach anything."""

from dataclasses import asdict
from typing import Any

import pytest

from components.kubernetes.kafka import environment
from components.kubernetes.strimzi import listeners
from components.parameters import load_bundle
from components.providers import topic as topic_provider
from components.providers.topic import TopicProvider
from platforms.kubernetes.access import KubernetesAccess
from platforms.kubernetes.arguments import akhq_args, kafka_args
from platforms.kubernetes.broker_login import client_options
from platforms.kubernetes.broker_targets import broker_targets
from platforms.kubernetes.strimzi_arguments import strimzi_args
from platforms.registry import endpoints_of
from settings import Settings, parse_settings
from tests.unit.components.statement_bench import configuration

CLUSTER = {"platform": "kubernetes", "kubernetes.context": "kind-kind", "kubernetes.namespace": "there", "ports.kafka": "29999"}
EXTERNAL = {**CLUSTER, "kafka.kind": "external", "kafka.bootstrap": "one.example.com:9092,two.example.com:9092"}
HERE = {"ports.kafka": "29999", "ports.jobManager": "28081", "ports.sqlGateway": "28083", "ports.modelGateway": "28080"}
IN_CLUSTER = {
    "gateway_url": "http://flink-sql-gateway.there.svc:8083",
    "jobmanager_url": "http://flink-sql-session-rest.there.svc:8081",
    "model_url": "http://model-gateway.there.svc:8080",
}
EXPECTED: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "a broker of the stack's own in the cluster": (
        CLUSTER,
        {"kafka_bootstrap": "kafka.there.svc:9092", "kafka_from_here": "127.0.0.1:29999", **IN_CLUSTER},
    ),
    "brokers of strimzi's": (
        {**CLUSTER, "kafka.kind": "strimzi", "strimzi.nodes": "3"},
        {
            "kafka_bootstrap": "kafka-kafka-bootstrap.there.svc:9092",
            "kafka_from_here": "127.0.0.1:29999,127.0.0.1:30000,127.0.0.1:30001",
            **IN_CLUSTER,
        },
    ),
    "a broker of somebody else's": (
        EXTERNAL,
        {"kafka_bootstrap": EXTERNAL["kafka.bootstrap"], "kafka_from_here": EXTERNAL["kafka.bootstrap"], **IN_CLUSTER},
    ),
    "this machine": (
        HERE,
        {
            "kafka_bootstrap": "127.0.0.1:29999",
            "kafka_from_here": "127.0.0.1:29999",
            "gateway_url": "https://127.0.0.1:28083",
            "jobmanager_url": "https://127.0.0.1:28081",
            "model_url": "http://127.0.0.1:28080",
        },
    ),
}


def on(values: dict[str, str]) -> Settings:
    return parse_settings(values)


@pytest.mark.parametrize("name", EXPECTED)
def test_each_part_has_its_address(name: str) -> None:
    values, expected = EXPECTED[name]
    told: dict[str, Any] = asdict(endpoints_of(on(values)))
    assert {key: told[key] for key in expected} == expected


@pytest.mark.parametrize("name", EXPECTED)
def test_flink_is_told_the_address_where_flink_runs(name: str) -> None:
    values, expected = EXPECTED[name]
    settings = on(values)
    tables = [one for one in load_bundle(settings, endpoints_of(settings)).statements if "kafka_bootstrap" in one.text]
    bundle = load_bundle(settings, endpoints_of(settings))
    told = {bundle.definition(one.name, "p/s/x", {}).parameters["kafka_bootstrap"] for one in tables}
    assert told == {expected["kafka_bootstrap"]}


@pytest.mark.parametrize("name", EXPECTED)
def test_topics_are_made_at_the_address_that_this_machine_reaches(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    values, expected = EXPECTED[name]
    asked: list[str] = []
    monkeypatch.setattr(topic_provider, "TopicAdmin", lambda bootstrap, _options: asked.append(bootstrap))
    monkeypatch.setattr(topic_provider, "TopicOwners", lambda bootstrap, _admin, _options: asked.append(bootstrap))
    monkeypatch.setattr(KubernetesAccess, "hold_broker", lambda _self, _complain: None)
    provider = TopicProvider()
    provider.configure(configuration(values))
    provider.at({})
    assert asked == [expected["kafka_from_here"]] * 2


def test_brokers_of_strimzis_tell_each_side_the_address_that_it_came_by() -> None:
    values = EXPECTED["brokers of strimzi's"][0]
    _, forwarded = listeners(strimzi_args(on(values)))
    advertised = [f"{one['advertisedHost']}:{one['advertisedPort']}" for one in forwarded["configuration"]["brokers"]]
    told = endpoints_of(on(values))
    assert ",".join(advertised) == told.kafka_from_here
    assert strimzi_args(on(values)).bootstrap == told.kafka_bootstrap
    assert [(port, one.pod) for port, one in broker_targets(on(values)).items()] == [
        (29999, "kafka-node-0"),
        (30000, "kafka-node-1"),
        (30001, "kafka-node-2"),
    ]


def test_with_a_login_this_machine_has_its_own() -> None:
    values = {**EXPECTED["brokers of strimzi's"][0], "strimzi.authentication": "tls", "strimzi.password": "p", "akhq.enabled": "false"}
    settings = parse_settings(values, secret=values.__getitem__)
    assert client_options(settings) == {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "kafka-console",
        "sasl.password": "p",
    }
    assert endpoints_of(settings).broker_protocol == "SSL"
    assert client_options(on(EXPECTED["brokers of strimzi's"][0])) == {}


def test_the_broker_tells_each_side_the_address_that_it_came_by() -> None:
    told = endpoints_of(on(CLUSTER))
    advertised = dict(one.split("://") for one in environment(kafka_args(on(CLUSTER)))["KAFKA_ADVERTISED_LISTENERS"].split(","))
    assert advertised == {"INTERNAL": told.kafka_bootstrap, "FORWARDED": told.kafka_from_here}
    assert akhq_args(on(CLUSTER)).bootstrap == told.kafka_bootstrap
