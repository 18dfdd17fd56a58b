"""Every manifest that can come out, in the variants in which it does, and the pods in them."""

from collections.abc import Iterator, Mapping
from typing import Any

from components.kubernetes.akhq import AkhqArgs, akhq_manifests, akhq_secret, secret_values
from components.kubernetes.flink_configuration import FlinkState
from components.kubernetes.kafka import KafkaArgs, kafka_manifests
from components.kubernetes.manifest import Manifest, Storage
from components.kubernetes.model_gateway import ModelGatewayArgs, model_gateway_manifests, model_gateway_secret
from components.kubernetes.model_server import ModelServerArgs, model_pull_manifests, model_server_manifests
from components.kubernetes.namespace import NamespaceArgs, namespace_manifest
from components.kubernetes.network_policies import NetworkPolicyArgs, network_policy_manifests
from components.kubernetes.pod_monitors import PodMonitorArgs, pod_monitor_manifests
from components.kubernetes.session_cluster import SessionClusterArgs, flink_account_manifests, session_cluster_manifests
from components.kubernetes.sql_gateway import SqlGatewayArgs, sql_gateway_manifests
from components.kubernetes.strimzi import SCRAM, StrimziArgs, password_manifest, strimzi_manifests, user_manifests
from components.kubernetes.strimzi_topics import KafkaTopicArgs, kafka_topic
from flinksql.kafka.topic import Topic

NAMESPACE = "flink"
IMAGE = "localhost:5001/flink-ai-demo@sha256:" + "0" * 64
KEPT = Storage(size="100Gi", storage_class="fast", access_mode="ReadWriteMany", keep=True)

MODEL_SERVER = ModelServerArgs(namespace=NAMESPACE, models=("llama3.1",))
AKHQ = AkhqArgs(namespace=NAMESPACE, bootstrap="kafka.flink.svc:9092")
SECURED_AKHQ = AkhqArgs(namespace=NAMESPACE, bootstrap="b:9093", secured=True, has_kafka_login=True, secret_fingerprint="0a1b2c3d")
OFFLINE = ModelGatewayArgs(namespace=NAMESPACE, image=IMAGE, kind="offline", model="llama3.1")
WITH_KEY = ModelGatewayArgs(
    namespace=NAMESPACE, image=IMAGE, kind="openai", model="m", upstream="https://m.example/v1", has_api_key=True, secret_fingerprint="0a1b"
)
WITH_LEDGER = ModelGatewayArgs(
    namespace=NAMESPACE,
    image=IMAGE,
    kind="openai",
    model="m",
    upstream="https://m.example/v1",
    options=("--fallback", "https://n.example/v1", "--tokens-per-day", "1000"),
    ca_certificate="-----BEGIN CERTIFICATE-----",
    has_fallback_api_key=True,
    ledger=KEPT,
)
SESSION_CLUSTER = SessionClusterArgs(namespace=NAMESPACE, image=IMAGE, flink_version="v2_2")
SQL_GATEWAY = SqlGatewayArgs(namespace=NAMESPACE, image=IMAGE)
OBJECT_STORE = FlinkState(object_store="s3://bucket/flink/", endpoint="https://store:9000", credentials="state-store")
POLICIES = NetworkPolicyArgs(namespace=NAMESPACE)
STRIMZI = StrimziArgs(namespace=NAMESPACE)
LARGE_STRIMZI = StrimziArgs(
    namespace=NAMESPACE,
    forwarded_port=19292,
    storage=KEPT,
    nodes=3,
    replication=3,
    min_insync_replicas=2,
    authentication=SCRAM,
    max_record_bytes=5_000_000,
)
TOPICS = (Topic(name="product_reviews", partitions=2), Topic(name="A.b", partitions=6, replication=3, config={"retention.ms": "1000"}))

Variants = Mapping[str, list[Manifest]]

VARIANTS: Variants = {
    "namespace": [namespace_manifest(NamespaceArgs(name=NAMESPACE))],
    "kafka": kafka_manifests(KafkaArgs(namespace=NAMESPACE)),
    "kafka kept": kafka_manifests(KafkaArgs(namespace=NAMESPACE, storage=KEPT)),
    "strimzi": strimzi_manifests(STRIMZI),
    "strimzi without operators of its own": strimzi_manifests(StrimziArgs(namespace=NAMESPACE, topic_operator=False, closed=False)),
    "strimzi of three nodes": strimzi_manifests(LARGE_STRIMZI),
    "strimzi's users": [password_manifest(LARGE_STRIMZI, "p"), *user_manifests(LARGE_STRIMZI)],
    "strimzi's topics": [kafka_topic(KafkaTopicArgs(namespace=NAMESPACE, topic=one)) for one in TOPICS],
    "akhq": akhq_manifests(AKHQ),
    "akhq secured": [
        akhq_secret(SECURED_AKHQ, secret_values(SECURED_AKHQ, signing_secret="s", digest="d", login="l")),
        *akhq_manifests(SECURED_AKHQ),
    ],
    "model server": [*model_server_manifests(MODEL_SERVER), *model_pull_manifests(MODEL_SERVER)],
    "model server on a gpu": model_server_manifests(ModelServerArgs(namespace=NAMESPACE, models=("m",), gpus=1, storage=KEPT)),
    "model gateway": model_gateway_manifests(OFFLINE),
    "model gateway with a ledger": model_gateway_manifests(WITH_LEDGER),
    "model gateway with a key": [model_gateway_secret(WITH_KEY, "sk-hidden"), *model_gateway_manifests(WITH_KEY)],
    "session cluster": [*flink_account_manifests(NAMESPACE), *session_cluster_manifests(SESSION_CLUSTER)],
    "session cluster of line 2.1": session_cluster_manifests(SessionClusterArgs(namespace=NAMESPACE, image=IMAGE, flink_version="v2_1")),
    "session cluster on an object store": session_cluster_manifests(
        SessionClusterArgs(namespace=NAMESPACE, image=IMAGE, flink_version="v2_2", state=OBJECT_STORE, job_manager_replicas=2)
    ),
    "session cluster with a login": session_cluster_manifests(
        SessionClusterArgs(namespace=NAMESPACE, image=IMAGE, flink_version="v2_2", login="kafka-login")
    ),
    "session cluster with a login at strimzi": session_cluster_manifests(
        SessionClusterArgs(namespace=NAMESPACE, image=IMAGE, flink_version="v2_2", login="kafka-flink", authority="kafka-cluster-ca-cert")
    ),
    "sql gateway": sql_gateway_manifests(SQL_GATEWAY),
    "pod monitors": pod_monitor_manifests(PodMonitorArgs(namespace=NAMESPACE, stack="dev")),
    "network policies": network_policy_manifests(POLICIES),
    "network policies with strimzi": network_policy_manifests(NetworkPolicyArgs(namespace=NAMESPACE, strimzi=True)),
    "network policies with strimzi among others": network_policy_manifests(
        NetworkPolicyArgs(namespace=NAMESPACE, strimzi=True, only_ours=True, api_server=("10.0.0.1/32",))
    ),
    "network policies with everything outside": network_policy_manifests(
        NetworkPolicyArgs(
            namespace=NAMESPACE,
            kafka=False,
            akhq=False,
            model_server=False,
            operator_here=False,
            operator_namespace="operators",
            api_server=("10.0.0.1/32",),
            external_kafka_ports=(9093,),
            model_upstream_ports=(443,),
            object_store_port=9000,
            metrics_namespaces=("monitoring",),
        )
    ),
}


def all_manifests() -> Iterator[tuple[str, Manifest]]:
    """Yield every manifest with a title for the test that is about it."""
    for variant, made in VARIANTS.items():
        for manifest in made:
            yield f"{variant}: {manifest['kind']} {manifest['metadata']['name']}", manifest


def pod_specs(manifest: Manifest) -> list[dict[str, Any]]:
    """Return the pods' specs that a manifest leads to."""
    spec = manifest.get("spec", {})
    if manifest["kind"] == "FlinkDeployment":
        return [spec["podTemplate"]["spec"]]
    return [spec["template"]["spec"]] if "spec" in spec.get("template", {}) else []
