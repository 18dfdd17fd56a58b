"""Claims, sets, Jobs and releases: what is hopeless and why, and what is said of what is waited for."""

import pytest

from tests.fakes.kubernetes_api import FakeKubernetes
from tests.support.kubernetes_objects import (
    APPS,
    BATCH,
    CLASSES,
    CORE,
    FLINK,
    Json,
    claim,
    deployment,
    event,
    job,
    pod,
    replica_set,
    stateful_set,
    storage_class,
    waiting,
)
from tests.unit.cluster.looking import GATEWAY, KAFKA, OPERATOR, PULL, Look, put_events, put_gateway


@pytest.mark.parametrize(
    ("wanted", "classes", "cause"),
    [
        pytest.param(None, [], "the cluster has no default storage class (storage classes there are: none)", id="none-at-all"),
        pytest.param(
            None, [storage_class("slow")], "the cluster has no default storage class (storage classes there are: slow)", id="no-default"
        ),
        pytest.param("fast", [storage_class("slow", default=True)], "there is no storage class 'fast'", id="unknown"),
        pytest.param(None, [storage_class("slow", default=True)], "", id="default"),
        pytest.param("slow", [storage_class("slow")], "", id="known"),
    ],
)
def test_a_claim_without_a_storage_class(
    kubernetes: FakeKubernetes, look: Look, wanted: str | None, classes: list[Json], cause: str
) -> None:
    kubernetes.put(f"{APPS}/statefulsets", stateful_set("kafka"))
    kubernetes.put(f"{CORE}/pods", pod("kafka-0", "kafka", claim="data-kafka-0"))
    kubernetes.put(f"{CORE}/persistentvolumeclaims", claim("data-kafka-0", storage_class=wanted))
    kubernetes.put(CLASSES, *classes)
    assert look(KAFKA, 0.0).hopeless is None
    found = look(KAFKA, 10.0).hopeless
    assert (found.cause if found else "").startswith(cause)
    assert bool(found) is bool(cause)


def test_classes_that_may_not_be_read_are_not_missed(kubernetes: FakeKubernetes, look: Look) -> None:
    kubernetes.refuse("storageclasses", 403, "Forbidden", "forbidden")
    kubernetes.put(f"{APPS}/statefulsets", stateful_set("kafka"))
    kubernetes.put(f"{CORE}/pods", pod("kafka-0", "kafka", claim="data-kafka-0"))
    kubernetes.put(f"{CORE}/persistentvolumeclaims", claim("data-kafka-0"))
    look(KAFKA, 0.0)
    assert look(KAFKA, 60.0).hopeless is None


def test_a_broken_pod_that_its_stateful_set_will_not_replace(kubernetes: FakeKubernetes, look: Look) -> None:
    kubernetes.put(f"{APPS}/statefulsets", stateful_set("kafka", current="old", update="new"))
    kubernetes.put(f"{CORE}/pods", pod("kafka-0", "kafka", labels={"controller-revision-hash": "old"}))
    look(KAFKA, 0.0)
    found = look(KAFKA, 20.0).hopeless
    assert found is not None
    assert found.next_step == "kubectl -n flink delete pod kafka-0"


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        pytest.param('Error creating: pods "a" is forbidden: exceeded quota: small', "exceeded quota: small", id="quota"),
        pytest.param(
            'Error creating: pods "a" is forbidden: violates PodSecurity "restricted:latest"', "violates PodSecurity", id="security"
        ),
    ],
)
def test_pods_that_are_not_let_in(kubernetes: FakeKubernetes, look: Look, message: str, cause: str) -> None:
    put_gateway(kubernetes)
    put_events(kubernetes, event("ReplicaSet", "gateway-1", "FailedCreate", message))
    assert look(GATEWAY, 0.0).hopeless is None
    found = look(GATEWAY, 20.0).hopeless
    assert found is not None
    assert cause in found.cause


@pytest.mark.parametrize(
    ("told", "failed_pods", "hopeless"),
    [
        pytest.param("Job has reached the specified backoff limit", 0, True, id="gave-up"),
        pytest.param("", 2, True, id="two-failed-alike"),
        pytest.param("", 1, False, id="one-failed"),
    ],
)
def test_a_pull_that_fails(kubernetes: FakeKubernetes, look: Look, told: str, failed_pods: int, *, hopeless: bool) -> None:
    kubernetes.put(f"{BATCH}/jobs", job("pull", failed=told))
    for number in range(failed_pods):
        ended = {"name": "main", "ready": False, "restartCount": 0, "state": {"terminated": {"exitCode": 1}}}
        kubernetes.put(f"{CORE}/pods", pod(f"pull-{number}", "pull", phase="Failed", containers=[ended]))
        kubernetes.logs[(f"pull-{number}", False)] = '{"error":"pull model manifest: file does not exist"}'
    found = look(PULL, 0.0).hopeless
    assert (found is not None) is hopeless
    if found and failed_pods:
        assert "file does not exist" in found.cause


def test_a_release_is_judged_by_what_it_installed(kubernetes: FakeKubernetes, look: Look) -> None:
    kubernetes.put(f"{APPS}/deployments", deployment("flink-kubernetes-operator", release="operator"))
    kubernetes.put(f"{APPS}/replicasets", replica_set("operator-1", "flink-kubernetes-operator"))
    kubernetes.put(
        f"{CORE}/pods", pod("operator-1-a", "operator-1", containers=[waiting("ImagePullBackOff", image="registry.example.com/x:1")])
    )
    look(OPERATOR, 0.0)
    found = look(OPERATOR, 30.0).hopeless
    assert found is not None
    assert "registry.example.com/x:1" in found.cause


@pytest.mark.parametrize(
    ("thing", "events", "words"),
    [
        pytest.param(pod("a", "gateway-1", containers=[waiting("ContainerCreating")]), [], "pod a: ContainerCreating", id="creating"),
        pytest.param(
            pod("a", "gateway-1", containers=[waiting("ErrImagePull")]),
            [event("Pod", "a", "Pulling", 'Pulling image "x"', at="1"), event("Pod", "a", "Failed", "Error: ErrImagePull", at="2")],
            'pod a: ImagePullBackOff (Pulling image "x")',
            id="events-that-say-nothing-are-left-out",
        ),
        pytest.param(
            pod("a", "gateway-1", phase="Running", containers=[{"name": "main", "ready": False, "state": {"running": {}}}]),
            [event("Pod", "a", "Unhealthy", "Readiness probe failed: connection refused")],
            "pod a runs and is not ready yet (Readiness probe failed: connection refused)",
            id="not-ready",
        ),
        pytest.param(pod("a", "gateway-1", ready=True), [], "", id="ready"),
    ],
)
def test_what_is_waited_for_is_said(kubernetes: FakeKubernetes, look: Look, thing: Json, events: list[Json], words: str) -> None:
    put_gateway(kubernetes, thing)
    put_events(kubernetes, *events)
    assert look(GATEWAY, 0.0).waiting == words


def test_nothing_is_said_of_what_is_not_there_yet(kubernetes: FakeKubernetes, look: Look) -> None:
    kubernetes.unknown.add(f"{FLINK}/flinkdeployments")
    situation = look(GATEWAY, 0.0)
    assert (situation.waiting, situation.findings) == ("", ())
