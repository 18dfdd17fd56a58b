"""Kafka by Strimzi: what each stage asks for, who reaches which listener, who may log in, and what stays when data is kept.

Every manifest is held against Strimzi's own definitions here and in the tests of all manifests.
"""

from dataclasses import replace
from typing import Any

import pytest

from cluster.decoration import Decoration, decorated
from components.kubernetes.manifest import Manifest
from components.kubernetes.strimzi import (
    SCRAM,
    TLS,
    StrimziArgs,
    kafka_config,
    listeners,
    password_manifest,
    strimzi_manifests,
    user_manifests,
)
from components.kubernetes.strimzi_topics import KafkaTopicArgs, kafka_topic, object_name
from flinksql.kafka.topic import Topic
from tests.support.manifests import KEPT, LARGE_STRIMZI, NAMESPACE, STRIMZI
from tests.support.schemas import check_custom

DECORATION = Decoration(
    labels={"team": "a"},
    annotations={"example.com/owner": "a"},
    tolerations=({"key": "dedicated", "operator": "Exists"},),
    node_selector={"pool": "kafka"},
    priority_class="streaming",
    image_pull_secrets=("registry",),
)


def pool(args: StrimziArgs) -> dict[str, Any]:
    return dict(strimzi_manifests(args)[0]["spec"])


def kafka(args: StrimziArgs) -> dict[str, Any]:
    return dict(strimzi_manifests(args)[1]["spec"])


@pytest.mark.parametrize(
    ("args", "replicas", "insync"),
    [pytest.param(STRIMZI, 1, 1, id="one node"), pytest.param(LARGE_STRIMZI, 3, 2, id="three nodes")],
)
def test_everything_of_kafkas_own_has_the_replicas_of_its_stage(args: StrimziArgs, replicas: int, insync: int) -> None:
    config = kafka_config(args)
    assert {value for name, value in config.items() if name.endswith("replication.factor")} == {replicas}
    assert {value for name, value in config.items() if name.endswith((".isr", "insync.replicas"))} == {insync}
    assert len([name for name in config if "replica" in name or ".isr" in name]) == 8, "and the size of what a replica fetches"
    assert pool(args)["replicas"] == args.nodes


def test_a_listener_advertises_to_this_machine_a_port_for_each_node() -> None:
    internal, forwarded = listeners(LARGE_STRIMZI)
    assert "configuration" not in internal
    told = [(one["broker"], one["advertisedHost"], one["advertisedPort"]) for one in forwarded["configuration"]["brokers"]]
    assert told == [(0, "127.0.0.1", 19292), (1, "127.0.0.1", 19293), (2, "127.0.0.1", 19294)]
    annotations = strimzi_manifests(LARGE_STRIMZI)[0]["metadata"]["annotations"]
    assert annotations["strimzi.io/next-node-ids"] == "[0-2]", "the nodes that are told so are these"


@pytest.mark.parametrize(
    ("authentication", "internal", "forwarded"),
    [
        pytest.param("none", (False, None), (False, None), id="nobody is asked"),
        pytest.param(SCRAM, (True, SCRAM), (False, SCRAM), id="a password"),
        pytest.param(TLS, (True, TLS), (False, SCRAM), id="a certificate"),
    ],
)
def test_whom_a_listener_lets_in(authentication: str, internal: tuple[bool, Any], forwarded: tuple[bool, Any]) -> None:
    asked = listeners(replace(STRIMZI, authentication=authentication))
    assert [(one["tls"], one.get("authentication", {}).get("type")) for one in asked] == [internal, forwarded]


def test_no_listener_is_open_to_everybody_unless_the_namespace_is() -> None:
    assert all(one["networkPolicyPeers"] for one in listeners(STRIMZI))
    assert all("networkPolicyPeers" not in one for one in listeners(replace(STRIMZI, closed=False)))


@pytest.mark.parametrize("authentication", [SCRAM, TLS])
def test_flink_and_this_machine_are_users_of_their_own(authentication: str) -> None:
    args = replace(STRIMZI, authentication=authentication)
    flink, console = user_manifests(args)
    for one in (flink, console):
        check_custom(one)
        assert one["metadata"]["labels"]["strimzi.io/cluster"] == "kafka"
    assert flink["spec"]["authentication"] == {"type": authentication}
    source = console["spec"]["authentication"]["password"]["valueFrom"]["secretKeyRef"]
    secret = password_manifest(args, "chosen")
    assert (source["name"], list(secret["stringData"])) == (secret["metadata"]["name"], [source["key"]])
    annotations = [one["metadata"]["annotations"].get("flink-reviews/password") for one in user_manifests(args, "0a1b")]
    assert annotations == [None, "0a1b"], "another password is noticed at once"
    assert secret["metadata"]["name"] != console["metadata"]["name"], "Strimzi makes one of the user's name"


def test_without_a_login_there_is_no_user_and_no_user_operator() -> None:
    assert user_manifests(STRIMZI) == []
    assert kafka(STRIMZI)["entityOperator"].keys() == {"topicOperator", "template"}
    assert kafka(LARGE_STRIMZI)["entityOperator"].keys() == {"topicOperator", "userOperator", "template"}
    assert "entityOperator" not in kafka(replace(STRIMZI, topic_operator=False))


def test_volumes_go_with_their_kafka_unless_data_is_kept() -> None:
    def volume(args: StrimziArgs) -> dict[str, Any]:
        [found] = pool(args)["storage"]["volumes"]
        return dict(found)

    assert volume(STRIMZI)["deleteClaim"] is True
    assert "class" not in volume(STRIMZI)
    kept = volume(replace(STRIMZI, storage=KEPT))
    assert (kept["deleteClaim"], kept["class"], kept["size"]) == (False, "fast", "100Gi")


def test_the_broker_takes_what_a_producer_may_send() -> None:
    config = kafka_config(LARGE_STRIMZI)
    assert config["message.max.bytes"] == config["replica.fetch.max.bytes"] == 5_000_012


def test_what_administrators_ask_for_is_on_nodes_volumes_and_operators() -> None:
    node_pool, brokers = (decorated(one, DECORATION) for one in strimzi_manifests(LARGE_STRIMZI))
    for one in (node_pool, brokers):
        check_custom(one)
    templates = (node_pool["spec"]["template"]["pod"], brokers["spec"]["entityOperator"]["template"]["pod"])
    for pod in templates:
        assert pod["metadata"] == {"labels": {"team": "a"}, "annotations": {"example.com/owner": "a"}}
        assert (pod["priorityClassName"], pod["imagePullSecrets"]) == ("streaming", [{"name": "registry"}])
        assert pod["tolerations"] == [{"key": "dedicated", "operator": "Exists"}]
        [term] = pod["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
        assert term == {"matchExpressions": [{"key": "pool", "operator": "In", "values": ["kafka"]}]}
    assert node_pool["spec"]["template"]["persistentVolumeClaim"]["metadata"]["labels"] == {"team": "a"}


@pytest.mark.parametrize(
    "topic", ["product_reviews", "product-reviews", "A.b", "a_b", "___", "x" * 249, "orders.2024"], ids=lambda one: one[:16]
)
def test_a_topic_of_any_name_has_an_object_of_its_own(topic: str) -> None:
    made = kafka_topic(KafkaTopicArgs(namespace=NAMESPACE, topic=Topic(name=topic, partitions=1)))
    check_custom(made)
    name = made["metadata"]["name"]
    assert made["spec"]["topicName"] == topic
    assert len(name) <= 63
    assert name == name.lower().strip("-")
    others = {object_name(other) for other in ("product_reviews", "product-reviews", "A.b", "a_b", "a.b") if other != topic}
    assert name not in others


def test_a_kafka_topic_says_how_many_partitions_and_never_how_many_replicas() -> None:
    """A topic keeps the replicas that it was made with; the operator reports any other number as an error, for ever."""
    wanted = Topic(name="t", partitions=6, replication=3, config={"retention.ms": "1000"})
    made: Manifest = kafka_topic(KafkaTopicArgs(namespace=NAMESPACE, topic=wanted))
    assert made["spec"] == {"topicName": "t", "partitions": 6, "config": {"retention.ms": "1000"}}
