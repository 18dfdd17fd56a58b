"""A KafkaTopic is taken out of Strimzi's hands before it goes: its topic must not go with it, whoever runs the operator."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from components.kubernetes.strimzi_topics import KafkaTopicArgs, kafka_topic
from components.providers.reporting import ProviderError
from components.providers.topic_release import FINALIZER, MANAGED, TopicReleaseProvider, release_inputs
from flinksql.kafka.topic import Topic
from tests.fakes.kubernetes_api import CONTEXT, FakeKubernetes, fake_kubernetes
from tests.kubernetes.double.topic_operator import TopicOperator
from tests.unit.components.statement_bench import configuration

TOPICS = "/apis/kafka.strimzi.io/v1/namespaces/flink/kafkatopics"
NAME = "orders-0a1b2c3d"
INPUTS = release_inputs("flink", NAME)


@dataclass(frozen=True, kw_only=True)
class Bench:
    provider: TopicReleaseProvider
    cluster: FakeKubernetes

    def topic(self, *finalizers: str, **annotations: str) -> None:
        metadata = {"name": NAME, "finalizers": list(finalizers), "annotations": annotations}
        self.cluster.put(TOPICS, {"metadata": metadata, "spec": {"topicName": "orders"}})


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with fake_kubernetes() as cluster:
        provider = TopicReleaseProvider()
        kubeconfig = str(cluster.kubeconfig(tmp_path))
        values = {"platform": "kubernetes", "kubernetes.context": CONTEXT, "kubernetes.kubeconfig": kubeconfig}
        provider.configure(configuration(values))
        yield Bench(provider=provider, cluster=cluster)


def test_when_it_goes_the_topic_is_nobodys_to_delete_and_nothing_holds_its_object(bench: Bench) -> None:
    bench.topic(FINALIZER, "somebody/else", **{MANAGED: "true", "team": "a"})
    bench.provider.delete(NAME, INPUTS)
    [found] = bench.cluster.collections[TOPICS].values()
    assert found["metadata"]["annotations"] == {MANAGED: "false", "team": "a"}
    assert found["metadata"]["finalizers"] == ["somebody/else"], "there may be no Topic Operator any more to take its own off"
    assert found["spec"] == {"topicName": "orders"}


def test_both_are_in_one_request_so_that_an_operator_never_sees_half_of_it(bench: Bench) -> None:
    bench.topic(FINALIZER)
    bench.provider.delete(NAME, INPUTS)
    assert [call for call in bench.cluster.calls if not call.startswith("GET")] == [f"PATCH {TOPICS}/{NAME}"]


@pytest.mark.parametrize(
    ("released", "managed", "left"),
    [
        pytest.param(True, "true", {"orders": 2}, id="released"),
        pytest.param(False, "true", {}, id="as it would be without"),
        pytest.param(False, "false", {"orders": 2}, id="a topic of others"),
    ],
)
def test_under_an_operator_a_topic_outlives_its_object(bench: Bench, managed: str, left: dict[str, int], *, released: bool) -> None:
    operator = TopicOperator({"orders": 2})
    objects = bench.cluster.collections.setdefault(TOPICS, {})
    made = kafka_topic(KafkaTopicArgs(namespace="flink", topic=Topic(name="orders", partitions=2), managed=managed))
    bench.cluster.put(TOPICS, {**made, "metadata": {**made["metadata"], "name": NAME}})
    operator.reconcile(objects.values(), objects.__delitem__)
    assert operator.topics == {"orders": 2}
    if released:
        bench.provider.delete(NAME, INPUTS)
    objects[NAME]["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    operator.reconcile(objects.values(), objects.__delitem__)
    assert (objects, operator.topics) == ({}, left)


def test_the_operator_may_see_it_between_the_two(bench: Bench) -> None:
    """It takes off the finalizer of one that is not managed, and makes no new one."""
    operator = TopicOperator({"orders": 2})
    bench.topic(FINALIZER)
    objects = bench.cluster.collections[TOPICS]
    objects[NAME]["spec"]["partitions"] = 2
    bench.provider.delete(NAME, INPUTS)
    operator.reconcile(objects.values(), objects.__delitem__)
    assert objects[NAME]["metadata"]["finalizers"] == []
    assert objects[NAME]["status"]["conditions"][0]["type"] == "Unmanaged"


def test_an_object_that_is_gone_is_gone(bench: Bench) -> None:
    bench.provider.delete(NAME, INPUTS)
    assert not [call for call in bench.cluster.calls if not call.startswith("GET")]


def test_where_it_cannot_be_done_nothing_goes(bench: Bench) -> None:
    """What depends on it stays, and so the KafkaTopic, and with it the data."""
    bench.topic(FINALIZER)
    bench.cluster.refuse("PATCH .*kafkatopics", 403, "Forbidden", "no")
    with pytest.raises(ProviderError, match="needs the right to PATCH"):
        bench.provider.delete(NAME, INPUTS)


def test_making_it_touches_nothing_and_another_name_replaces_it(bench: Bench) -> None:
    made = bench.provider.create(INPUTS)
    assert (made.id, bench.cluster.calls) == (NAME, [])
    assert not bench.provider.diff(NAME, INPUTS, INPUTS).changes
    other = bench.provider.diff(NAME, INPUTS, release_inputs("flink", "other"))
    assert (other.changes, other.replaces, other.delete_before_replace) == (True, ["name"], True)
