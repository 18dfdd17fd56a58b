"""A stack whose Kafka is Strimzi's, on a cluster where its operator runs: from `up` to `down`, with data deleted and with data kept.

`FLINK_REVIEWS_STRIMZI_NAMESPACE` names where the operator runs, watching the tests' namespace. Without it these tests are skipped.
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from confluent_kafka import TopicCollection
from confluent_kafka.admin import AdminClient

from cluster.brokers_forward import brokers_forwarded
from cluster.target import ServicePort
from components.kubernetes.strimzi_topics import object_name
from flinksql.kafka.brokers import Brokers, client_settings
from tests.kubernetes.figures import note
from tests.kubernetes.inventory import NAMESPACE, left_of
from tests.kubernetes.stack import FORWARDED_KAFKA, KubernetesStack
from tests.support.flow import CONTEXTS, SUMMARIES, Flow, begin
from tests.support.plain import in_the_environment_of
from tests.support.samples import review

pytestmark = [pytest.mark.timeout(2400)]

WHERE = "FLINK_REVIEWS_STRIMZI_NAMESPACE"
API_VERSION = "kafka.strimzi.io/v1"
REVIEWS = "product_reviews"
TOPIC = object_name(REVIEWS)
PASSWORD = "of-a-test-with-enough-characters"
_PROVIDER = "org.apache.flink.kafka.shaded.org.apache.kafka.common.config.provider.DirectoryConfigProvider"
_MODULE = "org.apache.flink.kafka.shaded.org.apache.kafka.common.security.scram.ScramLoginModule"
_FILES = {
    "properties.config.providers": "directory",
    "properties.config.providers.directory.class": _PROVIDER,
    "properties.ssl.truststore.type": "PEM",
    "properties.ssl.truststore.location": "/etc/kafka-login/cluster-ca.crt",
}
LOGINS: Mapping[str, Mapping[str, str]] = {
    "scram-sha-512": {
        **_FILES,
        "properties.security.protocol": "SASL_SSL",
        "properties.sasl.mechanism": "SCRAM-SHA-512",
        "properties.sasl.jaas.config": f'{_MODULE} required username="kafka-flink" password="${{directory:/etc/kafka-login:password}}";',
    },
    "tls": {
        **_FILES,
        "properties.security.protocol": "SSL",
        "properties.ssl.keystore.type": "PKCS12",
        "properties.ssl.keystore.location": "/etc/kafka-login/user.p12",
        "properties.ssl.keystore.password": "${directory:/etc/kafka-login:user.password}",
    },
}


@pytest.fixture
def strimzi(stack: KubernetesStack) -> Iterator[KubernetesStack]:
    """The stack, not up, with its Kafka set to be Strimzi's."""
    namespace = os.environ.get(WHERE, "")
    if not namespace:
        pytest.skip(f"no operator of Strimzi's is named: {WHERE}")
    stack.down()
    stack.wait_until_nothing_is_left()
    file = stack.copy.folder / "Pulumi.dev.yaml"
    before = file.read_text(encoding="utf-8")
    stack.copy.configure(
        kafka__kind="strimzi",
        strimzi__operatorNamespace=namespace,
        topics__deleteOnDestroy=True,
        kafka__memory="768Mi",
        akhq__enabled=False,
    )
    try:
        yield stack
    finally:
        stack.copy.configure(topics__deleteOnDestroy=True)
        stack.run("up")
        stack.down()
        stack.wait_until_nothing_is_left()
        file.write_text(before, encoding="utf-8")


def found(stack: KubernetesStack, kind: str, name: str) -> dict[str, Any]:
    """Return an object of Strimzi's API as it is now, empty where there is none."""
    return stack.cluster.read({"apiVersion": API_VERSION, "kind": kind, "metadata": {"name": name, "namespace": NAMESPACE}}) or {}


def is_ready(thing: Mapping[str, Any]) -> bool:
    """Tell whether Strimzi calls what is wanted now ready."""
    status = thing.get("status") or {}
    seen = {one["type"]: one["status"] for one in status.get("conditions") or ()}
    return seen.get("Ready") == "True" and status.get("observedGeneration") == thing["metadata"]["generation"]


@contextmanager
def brokers(stack: KubernetesStack, nodes: int = 1, options: Mapping[str, str] | None = None) -> Iterator[Brokers]:
    """Reach each node through a port-forward of its own."""
    service = {"namespace": NAMESPACE, "service": "kafka-kafka-bootstrap", "port": FORWARDED_KAFKA}
    targets = {stack.kafka_port + node: ServicePort(**service, pod=f"kafka-node-{node}") for node in range(nodes)}  # type: ignore[arg-type]
    with brokers_forwarded(stack.api_server, targets) as forwards:
        yield Brokers(",".join(f"127.0.0.1:{one.port}" for one in forwards), options)


@contextmanager
def flow(stack: KubernetesStack, nodes: int = 1, options: Mapping[str, str] | None = None) -> Iterator[Flow]:
    """Begin to follow what goes through the pipeline."""
    with brokers(stack, nodes, options) as bootstrap:
        yield begin(bootstrap)


def topic_ids(bootstrap: Brokers) -> dict[str, str]:
    """Return the ids of the topics that are not Kafka's own."""
    admin = AdminClient(client_settings(bootstrap))
    names = [name for name in admin.list_topics(timeout=20).topics if not name.startswith("__")]
    described = admin.describe_topics(TopicCollection(names))
    return {name: str(future.result(timeout=20).topic_id) for name, future in described.items()}


def check_totals(one: Flow) -> None:
    """Compare what came out with what went in."""
    one.settle()
    assert one.totals(CONTEXTS) == one.expected_totals()
    assert one.totals(SUMMARIES) == one.expected_totals()


def test_from_up_to_down(strimzi: KubernetesStack) -> None:
    stack = strimzi
    run = stack.up()
    stack.wait_for_jobs(stack.job_names())
    note("strimzi, one node", up_seconds=run.end["seconds"], kafka=run.seconds.get("kafka"))
    assert is_ready(found(stack, "Kafka", "kafka"))
    assert is_ready(found(stack, "KafkaTopic", TOPIC))
    with flow(stack) as one:
        one.feed([review(f"first {number}", "Great sound.") for number in range(40)])
        check_totals(one)
        stack.cluster.core.delete_namespaced_pod("kafka-node-0", NAMESPACE)
        stack.wait("the node is back", lambda: True if is_ready(found(stack, "Kafka", "kafka")) and _has_node(stack) else None)
    stack.wait_for_jobs(stack.job_names())
    with flow(stack) as one:
        one.feed([review(f"second {number}", "Great sound.") for number in range(40)])
        check_totals(one)
        before = topic_ids(Brokers(one.bootstrap))
    assert stack.up().changed == {}, "nothing differs"
    grown(stack, before)
    stack.down()
    stack.wait_until_nothing_is_left()


def _has_node(stack: KubernetesStack) -> bool:
    found_pods = stack.cluster.core.list_namespaced_pod(NAMESPACE, label_selector="strimzi.io/pool-name=node").items
    return any(condition.type == "Ready" and condition.status == "True" for pod in found_pods for condition in pod.status.conditions or ())


def grown(stack: KubernetesStack, before: Mapping[str, str]) -> None:
    """Grow the topics: the KafkaTopic follows, the topic stays the same one, and fewer partitions are refused."""
    stack.copy.configure(topics__partitions=3)
    stack.up()
    topic = found(stack, "KafkaTopic", TOPIC)
    assert topic["spec"]["partitions"] == 3
    stack.wait("the KafkaTopic is ready", lambda: True if is_ready(found(stack, "KafkaTopic", TOPIC)) else None)
    with brokers(stack) as bootstrap:
        assert topic_ids(bootstrap) == before
    stack.copy.configure(topics__partitions=2)
    refused = stack.run("up")
    assert refused.finished.code != 0
    assert "partitions" in refused.told
    stack.copy.configure(topics__partitions=3)


def test_data_that_are_kept_are_taken_up_again(strimzi: KubernetesStack) -> None:
    stack = strimzi
    stack.copy.configure(topics__deleteOnDestroy=False)
    stack.up()
    stack.wait_for_jobs(stack.job_names())
    with flow(stack) as one:
        one.feed([review(f"kept {number}", "Great sound.") for number in range(40)])
        check_totals(one)
        ids = topic_ids(Brokers(one.bootstrap))
    down = stack.copy.run("down")
    assert down.code == 0, down.said
    assert "which goes on running" in down.said
    kafka = found(stack, "Kafka", "kafka")
    assert is_ready(kafka)
    assert found(stack, "KafkaTopic", TOPIC) == {}
    with brokers(stack) as bootstrap:
        assert topic_ids(bootstrap) == ids, "no topic went with its KafkaTopic"
    stack.up()
    stack.wait_for_jobs(stack.job_names())
    assert found(stack, "Kafka", "kafka")["metadata"]["uid"] == kafka["metadata"]["uid"]
    with brokers(stack) as bootstrap:
        assert topic_ids(bootstrap) == ids
    note("strimzi, kept", left=len(left_of(stack.cluster)))


def test_three_nodes_lose_one(strimzi: KubernetesStack) -> None:
    stack = strimzi
    stack.copy.configure(strimzi__nodes=3)
    run = stack.up()
    stack.wait_for_jobs(stack.job_names())
    note("strimzi, three nodes", up_seconds=run.end["seconds"], kafka=run.seconds.get("kafka"))
    with flow(stack, nodes=3) as one:
        described = AdminClient(client_settings(one.bootstrap)).list_topics(timeout=20).topics[REVIEWS]
        assert {len(partition.replicas) for partition in described.partitions.values()} == {3}
        one.feed([review(f"first {number}", "Great sound.") for number in range(40)])
        check_totals(one)
        stack.cluster.core.delete_namespaced_pod("kafka-node-2", NAMESPACE)
        one.feed([review(f"second {number}", "Great sound.") for number in range(40)])
        check_totals(one)


@pytest.mark.parametrize("authentication", LOGINS)
def test_with_a_login(strimzi: KubernetesStack, authentication: str) -> None:
    stack = strimzi
    stack.copy.configure(strimzi__authentication=authentication)
    assert stack.copy.run("toolchain").code == 0
    concealed = in_the_environment_of(stack.copy, "config", "set", "--secret", "strimzi.password", PASSWORD)
    assert concealed.code == 0, concealed.said
    texts = _log_in(stack, LOGINS[authentication])
    console = {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "kafka-console",
        "sasl.password": PASSWORD,
    }
    try:
        run = stack.up()
        stack.wait_for_jobs(stack.job_names())
        with flow(stack, options=console) as one:
            one.feed([review(f"login {number}", "Great sound.") for number in range(40)])
            check_totals(one)
        assert PASSWORD not in run.told
        assert stack.up().changed == {}
    finally:
        for name, text in texts.items():
            (stack.copy.folder / "sql" / "reviews" / name).write_text(text, encoding="utf-8")
        stack.down()
        in_the_environment_of(stack.copy, "config", "rm", "strimzi.password")
        stack.copy.configure(strimzi__authentication="none")


def _log_in(stack: KubernetesStack, options: Mapping[str, str]) -> dict[str, str]:
    """Add options to each Kafka table of the bundle; return the files' texts of before."""
    before: dict[str, str] = {}
    more = "".join(f"  '{name}' = '{value}',\n" for name, value in options.items())
    for file in (stack.copy.folder / "sql" / "reviews").glob("*.sql"):
        text = file.read_text(encoding="utf-8")
        changed = re.sub(r"^(\s*'properties\.bootstrap\.servers')", lambda one: f"{more}{one[1]}", text, flags=re.MULTILINE)
        if changed != text:
            before[file.name] = text
            file.write_text(changed, encoding="utf-8")
    assert before
    return before


def test_a_namespace_without_an_operator_is_refused_before_anything_is_made(strimzi: KubernetesStack) -> None:
    stack = strimzi
    right = os.environ[WHERE]
    stack.copy.configure(strimzi__operatorNamespace="default")
    refused = stack.run("up")
    assert refused.finished.code != 0
    assert "there is no operator of Strimzi's in namespace default" in refused.told
    assert not left_of(stack.cluster)
    stack.copy.configure(strimzi__operatorNamespace=right)
