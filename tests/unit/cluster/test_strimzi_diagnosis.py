"""What keeps a Kafka, a KafkaTopic or a KafkaUser of Strimzi's from being ready, in words: its pods first, then what the operator says."""

from typing import Any

import pytest

from cluster.api_server import ApiServer
from cluster.diagnosis import Diagnosis, Situation, Subject
from cluster.diagnosis.subject import Kind
from tests.fakes.kubernetes_api import FakeKubernetes
from tests.support.kubernetes_objects import CORE, NAMESPACE, Json, claim, metadata, pod, waiting
from tests.unit.cluster.looking import Clock

STRIMZI = f"/apis/kafka.strimzi.io/v1/namespaces/{NAMESPACE}"
KAFKA = Subject(kind=Kind.KAFKA, namespace=NAMESPACE, name="kafka")
TOPIC = Subject(kind=Kind.KAFKA_TOPIC, namespace=NAMESPACE, name="orders-1")
USER = Subject(kind=Kind.KAFKA_USER, namespace=NAMESPACE, name="kafka-flink")
PLURALS = {Kind.KAFKA: "kafkas", Kind.KAFKA_TOPIC: "kafkatopics", Kind.KAFKA_USER: "kafkausers"}


def condition(type_: str, status: str = "True", reason: str = "", message: str = "") -> Json:
    return {"type": type_, "status": status, "reason": reason, "message": message}


CREATING = condition("NotReady", reason="Creating", message="Kafka cluster is being deployed")
INVALID = condition("NotReady", reason="InvalidResourceException", message="Kafka spec.kafka.listeners is wrong")
FAILED = condition("NotReady", reason="TimeoutException", message="Exceeded timeout of 300000ms")
SMALLER = condition("Ready", "False", "NotSupported", "Decreasing partitions not supported")


def show(kubernetes: FakeKubernetes, subject: Subject, *conditions: Json, observed: int | None = 1, generation: int = 1) -> None:
    status: dict[str, Any] = {} if observed is None else {"observedGeneration": observed, "conditions": list(conditions)}
    kubernetes.put(f"{STRIMZI}/{PLURALS[subject.kind]}", {"metadata": metadata(subject.name, generation=generation), "status": status})


def observe(api_server: ApiServer, clock: Clock, subject: Subject, seconds: float) -> Situation:
    """Return what is seen after so many seconds in which it was the same."""
    diagnosis = Diagnosis(api_server, clock)
    clock.now = 0.0
    diagnosis.observe([subject])
    clock.now = seconds
    [seen] = diagnosis.observe([subject])
    return seen


@pytest.mark.parametrize(
    ("subject", "shown", "waiting_for", "hopeless"),
    [
        pytest.param(KAFKA, condition("Ready"), "", "", id="ready"),
        pytest.param(KAFKA, CREATING, "Strimzi's operator is making it", "", id="being made"),
        pytest.param(KAFKA, INVALID, "Strimzi: InvalidResourceException", "spec.kafka.listeners is wrong", id="refused"),
        pytest.param(KAFKA, FAILED, "Strimzi: TimeoutException", "", id="an attempt that failed may be followed by one that does not"),
        pytest.param(TOPIC, condition("Unmanaged"), "", "", id="a topic of others"),
        pytest.param(TOPIC, SMALLER, "Strimzi: NotSupported", "Decreasing partitions not supported", id="a topic that cannot be so"),
        pytest.param(USER, INVALID, "Strimzi: InvalidResourceException", "spec.kafka.listeners is wrong", id="a user that cannot be"),
    ],
)
def test_what_the_operator_says(
    kubernetes: FakeKubernetes, api_server: ApiServer, clock: Clock, *, subject: Subject, shown: Json, waiting_for: str, hopeless: str
) -> None:
    show(kubernetes, subject, shown)
    seen = observe(api_server, clock, subject, 40.0)
    assert seen.waiting.startswith(waiting_for)
    assert bool(seen.waiting) is bool(waiting_for)
    assert (hopeless in seen.hopeless.cause) if seen.hopeless else not hopeless
    if seen.hopeless:
        assert seen.hopeless.about == str(subject)


def test_what_keeps_failing_is_hopeless_after_further_attempts(kubernetes: FakeKubernetes, api_server: ApiServer, clock: Clock) -> None:
    show(kubernetes, KAFKA, FAILED)
    seen = observe(api_server, clock, KAFKA, 301.0)
    assert seen.hopeless is not None
    assert "Exceeded timeout" in seen.hopeless.cause
    assert "kubectl -n" in seen.hopeless.next_step


@pytest.mark.parametrize(("seconds", "hopeless"), [(100.0, False), (181.0, True)])
@pytest.mark.parametrize("observed", [pytest.param(None, id="nothing yet"), pytest.param(1, id="what it was before")])
def test_an_operator_that_does_not_react(
    kubernetes: FakeKubernetes, api_server: ApiServer, clock: Clock, observed: int | None, seconds: float, *, hopeless: bool
) -> None:
    """An old condition is of what was wanted before."""
    show(kubernetes, KAFKA, condition("Ready"), observed=observed, generation=2)
    seen = observe(api_server, clock, KAFKA, seconds)
    assert seen.waiting == "Strimzi's operator has not taken note of it yet"
    assert (seen.hopeless is not None) is hopeless
    if seen.hopeless:
        assert "does not react" in seen.hopeless.cause
        assert f"does it watch namespace {NAMESPACE}" in seen.hopeless.next_step


def test_the_pods_of_a_kafka_say_more_than_the_operator(kubernetes: FakeKubernetes, api_server: ApiServer, clock: Clock) -> None:
    show(kubernetes, KAFKA, CREATING)
    of_it, of_another = ({"strimzi.io/cluster": name} for name in ("kafka", "other"))
    pulling = [waiting("ImagePullBackOff", "no such image")]
    kubernetes.put(
        f"{CORE}/pods", pod("kafka-node-0", labels=of_it, containers=pulling), pod("other-0", labels=of_another, containers=pulling)
    )
    seen = observe(api_server, clock, KAFKA, 40.0)
    assert {finding.about for finding in seen.findings} == {"pod kafka-node-0"}


def test_a_claim_of_a_node_that_finds_no_volume_is_told(kubernetes: FakeKubernetes, api_server: ApiServer, clock: Clock) -> None:
    show(kubernetes, KAFKA, CREATING)
    kubernetes.put(f"{CORE}/pods", pod("kafka-node-0", labels={"strimzi.io/cluster": "kafka"}, claim="data-0-kafka-node-0"))
    kubernetes.put(f"{CORE}/persistentvolumeclaims", claim("data-0-kafka-node-0", storage_class="fast"))
    assert "fast" in str(observe(api_server, clock, KAFKA, 40.0).hopeless)


def test_a_stack_without_strimzi_asks_for_none_of_its_kinds(kubernetes: FakeKubernetes, api_server: ApiServer, clock: Clock) -> None:
    observe(api_server, clock, Subject(kind=Kind.POD, namespace=NAMESPACE, name="a"), 1.0)
    assert not [call for call in kubernetes.calls if "strimzi" in call]
