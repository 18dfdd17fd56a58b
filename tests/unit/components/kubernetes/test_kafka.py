"""The broker: who reaches which listener, and that its identity stays."""

import re

from components.kubernetes.kafka import KafkaArgs, cluster_id, environment, kafka_manifests
from components.kubernetes.manifest import Storage
from tests.support.manifests import KEPT, NAMESPACE

ARGS = KafkaArgs(namespace=NAMESPACE, forwarded_port=29092)


def test_pods_and_this_machine_are_told_different_addresses() -> None:
    assert ARGS.bootstrap == "kafka.flink.svc:9092"
    assert ARGS.forwarded_bootstrap == "127.0.0.1:29092"
    assert environment(ARGS)["KAFKA_ADVERTISED_LISTENERS"] == "INTERNAL://kafka.flink.svc:9092,FORWARDED://127.0.0.1:29092"


def test_only_the_listener_for_pods_is_open_to_other_pods() -> None:
    listeners = dict(one.split("://") for one in environment(ARGS)["KAFKA_LISTENERS"].split(","))
    assert listeners == {"INTERNAL": ":9092", "FORWARDED": "127.0.0.1:9094", "CONTROLLER": "127.0.0.1:9093"}


def test_every_listener_has_a_protocol() -> None:
    settings = environment(ARGS)
    protocols = {one.split(":")[0] for one in settings["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(",")}
    assert protocols == {one.split("://")[0] for one in settings["KAFKA_LISTENERS"].split(",")}


def test_one_node_asks_for_one_replica_of_everything() -> None:
    counts = {name: value for name, value in environment(ARGS).items() if re.search("REPLICATION_FACTOR|MIN_ISR", name)}
    assert len(counts) == 6
    assert set(counts.values()) == {"1"}


def test_the_broker_takes_what_a_producer_may_send() -> None:
    told = environment(KafkaArgs(namespace=NAMESPACE, max_record_bytes=5_000_000))
    assert (told["KAFKA_MESSAGE_MAX_BYTES"], told["KAFKA_REPLICA_FETCH_MAX_BYTES"]) == ("5000012", "5000012")


def test_the_cluster_id_stays_and_is_one_that_the_formatter_takes() -> None:
    assert cluster_id("flink") == cluster_id("flink")
    ids = {cluster_id(f"namespace-{number}") for number in range(200)}
    assert len(ids) == 200
    assert all(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]{21}", one) for one in ids)


def test_the_logs_lie_below_the_root_of_the_volume() -> None:
    mount = kafka_manifests(ARGS)[-1]["spec"]["template"]["spec"]["containers"][0]["volumeMounts"][0]["mountPath"]
    assert environment(ARGS)["KAFKA_LOG_DIRS"].startswith(f"{mount}/")


def test_data_stays_when_it_is_to_be_kept() -> None:
    def deleted_with_it(storage: Storage) -> str:
        spec = kafka_manifests(KafkaArgs(namespace=NAMESPACE, storage=storage))[-1]["spec"]
        return str(spec["persistentVolumeClaimRetentionPolicy"]["whenDeleted"])

    assert (deleted_with_it(Storage(size="1Gi")), deleted_with_it(KEPT)) == ("Delete", "Retain")


def test_a_storage_class_is_named_only_when_one_is_chosen() -> None:
    assert "storageClassName" not in Storage(size="1Gi").claim
    assert KEPT.claim == {
        "accessModes": ["ReadWriteMany"],
        "resources": {"requests": {"storage": "100Gi"}},
        "storageClassName": "fast",
    }
