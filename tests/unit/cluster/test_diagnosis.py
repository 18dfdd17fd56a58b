"""What is hopeless, after how long, and with which cause; what may pass is not."""

from collections.abc import Callable

import pytest

from cluster.api_server import ApiServer
from cluster.diagnosis import Diagnosis, Situation, Subject
from cluster.diagnosis.subject import Kind
from tests.fakes.kubernetes_api import FakeKubernetes
from tests.support.kubernetes_objects import (
    APPS,
    BATCH,
    CLASSES,
    CORE,
    FLINK,
    NAMESPACE,
    Json,
    claim,
    crashed,
    deployment,
    event,
    job,
    pod,
    replica_set,
    stateful_set,
    storage_class,
    waiting,
)

GATEWAY = Subject(kind=Kind.DEPLOYMENT, namespace=NAMESPACE, name="gateway")
KAFKA = Subject(kind=Kind.STATEFUL_SET, namespace=NAMESPACE, name="kafka")
PULL = Subject(kind=Kind.JOB, namespace=NAMESPACE, name="pull")
NOT_FOUND = (
    'Failed to pull image "localhost:5001/flink-ai-demo:1": rpc error: code = NotFound desc = localhost:5001/flink-ai-demo:1: not found'
)
REFUSED = (
    'Failed to pull image "localhost:5001/flink-ai-demo:1": failed to do request: dial tcp 127.0.0.1:5001: connect: connection refused'
)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def look(api_server: ApiServer, clock: Clock) -> Callable[[Subject, float], Situation]:
    diagnosis = Diagnosis(api_server, clock)

    def at(subject: Subject, seconds: float) -> Situation:
        clock.now = seconds
        [situation] = diagnosis.look([subject])
        return situation

    return at


Look = Callable[[Subject, float], Situation]


def _gateway(kubernetes: FakeKubernetes, *pods: Json) -> None:
    kubernetes.put(f"{APPS}/deployments", deployment("gateway"))
    kubernetes.put(f"{APPS}/replicasets", replica_set("gateway-1", "gateway"))
    kubernetes.put(f"{CORE}/pods", *pods)


def _events(kubernetes: FakeKubernetes, *events: Json) -> None:
    kubernetes.put(f"{CORE}/events", *events)


@pytest.mark.parametrize(
    ("container", "events", "patience", "cause"),
    [
        pytest.param(
            waiting("ErrImagePull"),
            [event("Pod", "gateway-1-a", "Failed", NOT_FOUND)],
            30.0,
            "the registry does not have it",
            id="one-pull",
        ),
        pytest.param(
            waiting("ImagePullBackOff"),
            [event("Pod", "gateway-1-a", "Failed", NOT_FOUND, count=2)],
            0.0,
            "the registry does not have it",
            id="two-pulls",
        ),
        pytest.param(
            waiting("ImagePullBackOff"),
            [event("Pod", "gateway-1-a", "Failed", REFUSED, count=2)],
            0.0,
            "the registry cannot be reached from the node",
            id="registry-down",
        ),
        pytest.param(waiting("ImagePullBackOff", "Back-off pulling"), [], 30.0, "cannot be pulled", id="no-event"),
        pytest.param(waiting("InvalidImageName", image="No Such"), [], 0.0, "'No Such' is no name of an image", id="no-name"),
        pytest.param(waiting("CreateContainerConfigError", 'secret "key" not found'), [], 30.0, 'secret "key" not found', id="secret"),
        pytest.param(
            waiting("CreateContainerConfigError", "container has runAsNonRoot and image will run as root"),
            [],
            0.0,
            "runAsNonRoot",
            id="root",
        ),
        pytest.param(waiting("RunContainerError", 'exec: "nope": not in $PATH'), [], 30.0, "cannot be started", id="no-command"),
        pytest.param(crashed(3, code=3), [], 0.0, "container main ended 3 times (exit code 3)", id="crash-loop"),
        pytest.param(crashed(4, code=137, reason="OOMKilled"), [], 0.0, "needs more memory than its limit", id="out-of-memory"),
    ],
)
def test_a_pod_that_cannot_run_is_hopeless_in_time(
    kubernetes: FakeKubernetes, look: Look, *, container: Json, events: list[Json], patience: float, cause: str
) -> None:
    _gateway(kubernetes, pod("gateway-1-a", "gateway-1", containers=[container]))
    _events(kubernetes, *events)
    if patience:
        assert look(GATEWAY, 0.0).hopeless is None
        assert look(GATEWAY, patience - 1).hopeless is None
    found = look(GATEWAY, patience).hopeless
    assert found is not None
    assert cause in found.cause
    assert found.next_step
    assert patience <= 60


@pytest.mark.parametrize(
    "container",
    [
        pytest.param(waiting("ContainerCreating"), id="creating"),
        pytest.param(waiting("PodInitializing"), id="initialising"),
        pytest.param(crashed(2), id="ended-twice"),
        pytest.param({**crashed(3), "state": {"running": {}}}, id="runs-for-the-third-time"),
        pytest.param({**crashed(3), "state": {"waiting": {"reason": "ContainerCreating"}}}, id="its-pod-is-made-again"),
        pytest.param({**crashed(9), "ready": True, "state": {"running": {}}}, id="crashed-once-upon-a-time"),
    ],
)
def test_what_may_still_pass_is_never_hopeless(kubernetes: FakeKubernetes, look: Look, container: Json) -> None:
    _gateway(kubernetes, pod("gateway-1-a", "gateway-1", containers=[container]))
    assert look(GATEWAY, 0.0).hopeless is None
    assert look(GATEWAY, 600.0).hopeless is None


def test_patience_begins_again_when_the_trouble_was_gone(kubernetes: FakeKubernetes, look: Look) -> None:
    trouble = pod("gateway-1-a", "gateway-1", containers=[waiting("CreateContainerConfigError", 'secret "key" not found')])
    _gateway(kubernetes, trouble)
    look(GATEWAY, 0.0)
    kubernetes.put(f"{CORE}/pods", pod("gateway-1-a", "gateway-1", containers=[waiting("ContainerCreating")]))
    look(GATEWAY, 25.0)
    kubernetes.put(f"{CORE}/pods", trouble)
    look(GATEWAY, 26.0)
    assert look(GATEWAY, 50.0).hopeless is None


def test_a_crash_loop_shows_the_last_lines(kubernetes: FakeKubernetes, look: Look) -> None:
    _gateway(kubernetes, pod("gateway-1-a", "gateway-1", containers=[crashed(3)]))
    kubernetes.logs[("gateway-1-a", True)] = "starting\ncannot read /etc/missing.yaml\n"
    found = look(GATEWAY, 0.0).hopeless
    assert found is not None
    assert found.cause.splitlines()[-1].strip() == "cannot read /etc/missing.yaml"


def test_the_message_of_a_stack_trace_is_not_buried_under_its_frames(kubernetes: FakeKubernetes, look: Look) -> None:
    _gateway(kubernetes, pod("gateway-1-a", "gateway-1", containers=[crashed(3)]))
    frames = [f"\tat org.apache.flink.Some.method(Some.java:{number})" for number in range(50)]
    trace = ["starting", "Exception: Could not parse value 'none' for key 'rest.port'.", *frames, "\t... 12 more"]
    kubernetes.logs[("gateway-1-a", True)] = "\n".join(trace)
    found = look(GATEWAY, 0.0).hopeless
    assert found is not None
    assert [line.strip() for line in found.cause.splitlines()[1:]] == trace[:2]


def test_a_log_of_a_removed_container_is_not_taken_for_its_words(kubernetes: FakeKubernetes, look: Look) -> None:
    _gateway(kubernetes, pod("gateway-1-a", "gateway-1", containers=[crashed(3)]))
    kubernetes.logs[("gateway-1-a", True)] = "unable to retrieve container logs for containerd://abc"
    kubernetes.logs[("gateway-1-a", False)] = "cannot read /etc/missing.yaml"
    found = look(GATEWAY, 0.0).hopeless
    assert found is not None
    assert "unable to retrieve" not in found.cause
    assert "missing.yaml" in found.cause


def test_a_pod_of_an_older_revision_does_not_count(kubernetes: FakeKubernetes, look: Look) -> None:
    _gateway(kubernetes, pod("gateway-1-a", "gateway-1", containers=[crashed(9)]), pod("gateway-2-b", "gateway-2", ready=True))
    kubernetes.put(f"{APPS}/replicasets", replica_set("gateway-2", "gateway", revision=2))
    assert look(GATEWAY, 0.0).findings == ()


def test_events_of_an_earlier_pod_of_the_same_name_do_not_count(kubernetes: FakeKubernetes, look: Look) -> None:
    _gateway(kubernetes, pod("gateway-1-a", "gateway-1", containers=[waiting("ErrImagePull")]))
    _events(kubernetes, event("Pod", "gateway-1-a", "Failed", NOT_FOUND, count=9, uid="another"))
    assert look(GATEWAY, 0.0).hopeless is None


@pytest.mark.parametrize(
    ("message", "grows", "hopeless"),
    [
        pytest.param("0/1 nodes are available: 1 Insufficient memory. preemption: none helps", False, True, id="too-little-memory"),
        pytest.param("0/1 nodes are available: 1 Insufficient memory.", True, False, id="a-node-is-being-added"),
        pytest.param("0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.", False, False, id="waits-for-its-volume"),
    ],
)
def test_a_pod_that_no_node_takes(kubernetes: FakeKubernetes, look: Look, message: str, *, grows: bool, hopeless: bool) -> None:
    _gateway(kubernetes, pod("gateway-1-a", "gateway-1", unschedulable=message))
    _events(kubernetes, *([event("Pod", "gateway-1-a", "TriggeredScaleUp", "pod triggered scale-up")] if grows else []))
    assert look(GATEWAY, 0.0).hopeless is None
    found = look(GATEWAY, 20.0).hopeless
    assert (found is not None) is hopeless
    if found:
        assert found.cause == "no node can take it: 0/1 nodes are available: 1 Insufficient memory"


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
    _gateway(kubernetes)
    _events(kubernetes, event("ReplicaSet", "gateway-1", "FailedCreate", message))
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
    subject = Subject(kind=Kind.RELEASE, namespace=NAMESPACE, name="operator")
    look(subject, 0.0)
    found = look(subject, 30.0).hopeless
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
    _gateway(kubernetes, thing)
    _events(kubernetes, *events)
    assert look(GATEWAY, 0.0).waiting == words


def test_nothing_is_said_of_what_is_not_there_yet(kubernetes: FakeKubernetes, look: Look) -> None:
    kubernetes.unknown.add(f"{FLINK}/flinkdeployments")
    situation = look(GATEWAY, 0.0)
    assert (situation.waiting, situation.findings) == ("", ())
