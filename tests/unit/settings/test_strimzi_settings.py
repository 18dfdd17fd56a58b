"""What a stack's file says of a Kafka that Strimzi runs: numbers that go together, a login that both ends have, ports that are free."""

import pytest

from settings import KafkaKind, SettingsError, parse_settings
from settings.kafka import StrimziSettings

NAMED = {"platform": "kubernetes", "kubernetes.context": "kind-kind"}
STRIMZI = {**NAMED, "kafka.kind": "strimzi"}
LOGIN = {**STRIMZI, "strimzi.authentication": "scram-sha-512", "strimzi.password": "p", "akhq.enabled": "false"}


def problems(values: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        parse_settings(values)
    return list(caught.value.problems)


@pytest.mark.parametrize(
    ("given", "replicas", "insync"),
    [
        pytest.param({}, 1, 1, id="one node"),
        pytest.param({"strimzi.nodes": "3"}, 3, 2, id="three"),
        pytest.param({"strimzi.nodes": "5"}, 3, 2, id="more than are of use"),
        pytest.param({"strimzi.nodes": "5", "strimzi.replication": "5"}, 5, 4, id="more by name"),
        pytest.param({"strimzi.nodes": "3", "strimzi.replication": "1"}, 1, 1, id="fewer by name"),
        pytest.param({"strimzi.nodes": "3", "strimzi.minInsyncReplicas": "1"}, 3, 1, id="one is enough"),
    ],
)
def test_how_many_replicas_there_are_follows_from_the_nodes(given: dict[str, str], replicas: int, insync: int) -> None:
    strimzi = parse_settings({**STRIMZI, **given}).kubernetes.strimzi
    assert (strimzi.replicas, strimzi.insync_replicas) == (replicas, insync)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        pytest.param({"strimzi.nodes": "2"}, "decide by majority", id="two nodes"),
        pytest.param({"strimzi.replication": "3"}, "strimzi.replication is 3 and strimzi.nodes is 1", id="more replicas than nodes"),
        pytest.param({"topics.replication": "3"}, "topics.replication is 3 and strimzi.nodes is 1", id="more replicas of topics"),
        pytest.param({"strimzi.minInsyncReplicas": "2"}, "nobody could write", id="more in sync than there are"),
        pytest.param({"strimzi.authentication": "tls", "akhq.enabled": "false"}, "strimzi.password is missing", id="no password"),
        pytest.param({**LOGIN, "akhq.enabled": "true"}, "AKHQ is not given a login", id="AKHQ"),
        pytest.param({"strimzi.password": "p"}, "`pulumi config rm strimzi.password`", id="a password that nobody asks for"),
        pytest.param({"kafka.login": "a"}, "kafka.login is set and kafka.kind is strimzi", id="the login of an external broker"),
        pytest.param({"strimzi.nodes": "3", "ports.sqlGateway": "19093", "ports.kafkaController": "1999"}, "19092 to 19094", id="ports"),
        pytest.param({"strimzi.authentication": "plain"}, "must be none or scram-sha-512 or tls", id="no such login"),
    ],
)
def test_what_does_not_go_together_is_told_with_what_to_do(given: dict[str, str], words: str) -> None:
    [said] = problems({**STRIMZI, **given})
    assert words in said
    assert "pulumi config" in said or "another port" in said


def test_what_is_strimzis_does_not_count_for_another_broker() -> None:
    settings = parse_settings({**NAMED, "strimzi.nodes": "2", "strimzi.authentication": "tls"})
    assert settings.kubernetes.kafka.kind is KafkaKind.SINGLE
    assert not settings.kubernetes.has_strimzi
    [said] = problems({**NAMED, "strimzi.password": "p"})
    assert "strimzi.password is set and kafka.kind is single" in said


def test_the_operators_namespace_is_the_stacks_own_unless_it_is_named() -> None:
    assert parse_settings(STRIMZI).kubernetes.strimzi_namespace == "flink"
    assert parse_settings({**STRIMZI, "strimzi.operatorNamespace": "ops"}).kubernetes.strimzi_namespace == "ops"


def test_without_a_word_nobody_is_asked_and_topics_are_watched_over() -> None:
    strimzi = StrimziSettings()
    assert (strimzi.asks_for_login, strimzi.topic_operator) == (False, True)
    assert parse_settings(LOGIN).kubernetes.strimzi.asks_for_login
