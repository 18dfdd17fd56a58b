"""A stack whose Kafka is Strimzi's: what it declares, in which order, what goes first, and what stays."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from components.bundle_topics import owned_topics
from components.endpoints import kubernetes_endpoints
from components.kubernetes.strimzi_topics import object_name
from components.names import PROJECT_FOLDER
from components.parameters import load_bundle
from platforms.kubernetes.inventory import inventory
from settings import parse_settings
from tests.program.kubernetes_declaration import declare, values_of
from tests.program.recorder import Declaration, Declared, StoppedError, stack_config
from tests.support.schemas import check_custom, is_custom

STRIMZI = {"kafka.kind": "strimzi", "model.kind": "offline"}
SECURED = {**STRIMZI, "strimzi.authentication": "tls", "strimzi.password": "a-password-of-16-characters", "akhq.enabled": "false"}
SECURE_TABLE = """CREATE TABLE orders (id STRING) WITH (
  'connector' = 'kafka', 'topic' = 'orders', 'format' = 'json', 'properties.bootstrap.servers' = '${kafka_bootstrap}',
  'scan.startup.mode' = 'earliest-offset',
  'properties.security.protocol' = 'SSL', 'properties.ssl.keystore.location' = '/etc/kafka-login/user.p12'
)"""
TOPICS = ("product_reviews", "product_review_context", "product_review_summary")


def made(folder: Path, config: Mapping[str, str] = STRIMZI, stack: str = "dev") -> Declaration:
    return declare(stack, folder, {**values_of(stack, folder), **config})


def secured(folder: Path) -> Declaration:
    """Return what a stack declares whose brokers ask for a login, and whose tables log in."""
    return declare("dev", folder, {**values_of("dev", folder), **secured_values(folder)}, concealed=("strimzi.password",))


def secured_values(folder: Path) -> dict[str, str]:
    bundle = folder / "orders"
    bundle.mkdir(exist_ok=True)
    (bundle / "orders.sql").write_text(SECURE_TABLE, encoding="utf-8")
    (bundle / "nowhere.sql").write_text("CREATE TABLE nowhere (id STRING) WITH ('connector' = 'blackhole')", encoding="utf-8")
    (bundle / "copy.sql").write_text("INSERT INTO nowhere SELECT id FROM orders", encoding="utf-8")
    return {**SECURED, "bundle": str(bundle)}


def custom(declaration: Declaration, kind: str) -> dict[str, Declared]:
    return declaration.of_type(f"kafka.strimzi.io/v1:{kind}")


@pytest.fixture
def declaration(tmp_path: Path) -> Declaration:
    return made(tmp_path)


def test_kafka_is_strimzis_and_there_is_no_broker_beside_it(declaration: Declaration) -> None:
    assert list(custom(declaration, "Kafka")) == ["kafka"]
    assert list(custom(declaration, "KafkaNodePool")) == ["node"]
    assert not custom(declaration, "KafkaUser")
    assert not declaration.of_type("apps/v1:StatefulSet")
    assert "kafka" not in declaration.of_type("core/v1:Service")
    assert {"kafka", "entity-operator"} <= set(declaration.details["services"])


def test_every_topic_of_the_stacks_own_has_a_kafka_topic(declaration: Declaration) -> None:
    topics = declaration.of_type("kafka:Topic")
    followed = {one.inputs["spec"]["topicName"]: one for one in custom(declaration, "KafkaTopic").values()}
    assert set(TOPICS) <= topics.keys() == followed.keys()
    for name, one in followed.items():
        assert topics[name].urn in declaration.before(one.urn), "it follows its topic, which alone makes it"
        assert one.inputs["spec"]["partitions"] == topics[name].inputs["partitions"]


def test_a_topic_is_out_of_strimzis_hands_before_its_kafka_topic_goes_and_that_before_the_topic(declaration: Declaration) -> None:
    """What depends on another one goes before it."""
    releases = declaration.of_type("kubernetes:TopicRelease")
    for name, kafka_topic in custom(declaration, "KafkaTopic").items():
        assert kafka_topic.urn in releases[f"release-{name}"].below
        assert releases[f"release-{name}"].inputs["name"] == kafka_topic.inputs["metadata"]["name"]
    [kafka] = custom(declaration, "Kafka").values()
    assert all(kafka.urn in declaration.before(one.urn) for one in declaration.of_type("kafka:Topic").values())


def test_what_is_declared_is_what_strimzis_definitions_take(tmp_path: Path) -> None:
    checked = [dict(one.inputs) for one in secured(tmp_path).resources.values() if one.type.startswith("kubernetes:kafka.strimzi.io")]
    assert {one["kind"] for one in checked} == {"Kafka", "KafkaNodePool", "KafkaTopic", "KafkaUser"}
    for one in checked:
        assert is_custom(one)
        check_custom(one)


@pytest.mark.parametrize(("login", "topic"), [pytest.param(False, "product_reviews", id="open"), pytest.param(True, "orders", id="login")])
def test_every_object_is_looked_up_before_it_is_declared(login: bool, topic: str, tmp_path: Path) -> None:
    config = secured_values(tmp_path) if login else STRIMZI
    found = (secured(tmp_path) if login else made(tmp_path)).resources.values()
    names = {
        (one.type.rpartition(":")[2], one.inputs["metadata"]["name"])
        for one in found
        if one.type.startswith("kubernetes:") and "metadata" in one.inputs
    }
    settings = parse_settings({**values_of("dev", tmp_path), **config})
    endpoints = kubernetes_endpoints(settings)
    topics = owned_topics(settings, load_bundle(settings, endpoints), endpoints)
    assert {(one.kind, one.name) for one in inventory(settings, topics)} == {one for one in names if one[0] != "Namespace"}
    assert ("KafkaTopic", object_name(topic)) in names


def test_the_guard_of_a_destroy_looks_at_kafka_topics_too(declaration: Declaration) -> None:
    [guard] = declaration.of_type("kubernetes:DestroyGuard").values()
    looked_at = {str(one).partition("/")[0] for one in guard.inputs["objects"]}
    assert {"Kafka", "KafkaNodePool", "KafkaTopic"} <= looked_at
    others = [one for one in declaration.resources.values() if one.type.startswith(("pulumi-python:", "kubernetes:", "docker:"))]
    assert {one.urn for one in others} - {guard.urn} <= declaration.before(guard.urn)


@pytest.mark.parametrize(("deleted", "kept"), [pytest.param("true", False, id="data goes"), pytest.param("false", True, id="data stays")])
def test_kafka_stays_where_its_data_do(deleted: str, kept: bool, tmp_path: Path) -> None:
    """Strimzi gives each new Kafka an id of its own, and a broker refuses the volume of another one."""
    found = made(tmp_path, {**STRIMZI, "topics.deleteOnDestroy": deleted})
    assert {one.retained for kind in ("Kafka", "KafkaNodePool") for one in custom(found, kind).values()} == {kept}
    assert not any(one.retained for one in custom(found, "KafkaTopic").values()), "they hold nothing, once they are released"
    [pool] = custom(found, "KafkaNodePool").values()
    assert pool.inputs["spec"]["storage"]["volumes"][0]["deleteClaim"] is not kept


def test_with_a_login_flink_waits_for_its_user_and_finds_it_in_files(tmp_path: Path) -> None:
    found = secured(tmp_path)
    users = custom(found, "KafkaUser")
    assert set(users) == {"kafka-flink", "kafka-console"}
    [session] = found.of_type("FlinkDeployment").values()
    assert {one.urn for one in users.values()} <= found.before(session.urn)
    volumes = {one["name"]: one for one in session.inputs["spec"]["podTemplate"]["spec"]["volumes"]}
    names = [one["secret"]["name"] for one in volumes["login"]["projected"]["sources"]]
    assert names == ["kafka-flink", "kafka-cluster-ca-cert"]
    bare = {urn: one for urn, one in found.resources.items() if SECURED["strimzi.password"] in str(one.inputs)}
    assert [one.inputs["kind"] for one in bare.values()] == ["Secret"]
    assert "4dabf18193072939515e22adb298388d" in str(next(iter(bare.values())).inputs["stringData"]), "it is marked as a secret"


def test_a_table_that_does_not_log_in_is_refused_where_the_brokers_ask(tmp_path: Path) -> None:
    with pytest.raises(StoppedError, match=r"speaks SSL only.*docs/strimzi\.md"):
        declare("dev", tmp_path, {**values_of("dev", tmp_path), **SECURED}, concealed=("strimzi.password",), preview=True)


@pytest.mark.parametrize(("stack", "nodes", "insync"), [("dev", 1, 1), ("staging", 3, 2), ("prod", 3, 2)])
def test_a_committed_stage_has_its_numbers(stack: str, nodes: int, insync: int) -> None:
    config: dict[str, Any] = dict(stack_config(PROJECT_FOLDER / f"Pulumi.{stack}.yaml"))
    settings = parse_settings({**config, "kafka.kind": "strimzi", "flink.volumeAccess": "ReadWriteMany"})
    strimzi = settings.kubernetes.strimzi
    assert (strimzi.nodes, strimzi.replicas, strimzi.insync_replicas) == (nodes, nodes, insync)


def test_topics_of_a_stage_with_three_nodes_have_three_replicas(tmp_path: Path) -> None:
    found = made(tmp_path, {**STRIMZI, "strimzi.nodes": "3"})
    assert {one.inputs["replication"] for one in found.of_type("kafka:Topic").values()} == {3}
    assert not any("min.insync.replicas" in one.inputs["config"] for one in found.of_type("kafka:Topic").values())
