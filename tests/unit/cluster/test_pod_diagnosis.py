"""Which pods are hopeless, after how long, and with which cause; which may still come to run."""

import pytest

from tests.fakes.kubernetes_api import FakeKubernetes
from tests.support.kubernetes_objects import (
    APPS,
    CORE,
    Json,
    crashed,
    event,
    pod,
    replica_set,
    starting,
    waiting,
)
from tests.unit.cluster.looking import GATEWAY, Look, put_events, put_gateway

NOT_FOUND = (
    'Failed to pull image "localhost:5001/flink-ai-demo:1": rpc error: code = NotFound desc = localhost:5001/flink-ai-demo:1: not found'
)
REFUSED = (
    'Failed to pull image "localhost:5001/flink-ai-demo:1": failed to do request: dial tcp 127.0.0.1:5001: connect: connection refused'
)


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
    put_gateway(kubernetes, pod("gateway-1-a", "gateway-1", containers=[container]))
    put_events(kubernetes, *events)
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
    put_gateway(kubernetes, pod("gateway-1-a", "gateway-1", containers=[container]))
    assert look(GATEWAY, 0.0).hopeless is None
    assert look(GATEWAY, 600.0).hopeless is None


def test_patience_begins_again_when_the_trouble_was_gone(kubernetes: FakeKubernetes, look: Look) -> None:
    trouble = pod("gateway-1-a", "gateway-1", containers=[waiting("CreateContainerConfigError", 'secret "key" not found')])
    put_gateway(kubernetes, trouble)
    look(GATEWAY, 0.0)
    kubernetes.put(f"{CORE}/pods", pod("gateway-1-a", "gateway-1", containers=[waiting("ContainerCreating")]))
    look(GATEWAY, 25.0)
    kubernetes.put(f"{CORE}/pods", trouble)
    look(GATEWAY, 26.0)
    assert look(GATEWAY, 50.0).hopeless is None


def test_a_crash_loop_shows_the_last_lines(kubernetes: FakeKubernetes, look: Look) -> None:
    put_gateway(kubernetes, pod("gateway-1-a", "gateway-1", containers=[crashed(3)]))
    kubernetes.logs[("gateway-1-a", True)] = "starting\ncannot read /etc/missing.yaml\n"
    found = look(GATEWAY, 0.0).hopeless
    assert found is not None
    assert found.cause.splitlines()[-1].strip() == "cannot read /etc/missing.yaml"


def test_the_message_of_a_stack_trace_is_not_buried_under_its_frames(kubernetes: FakeKubernetes, look: Look) -> None:
    put_gateway(kubernetes, pod("gateway-1-a", "gateway-1", containers=[crashed(3)]))
    frames = [f"\tat org.apache.flink.Some.method(Some.java:{number})" for number in range(50)]
    trace = ["starting", "Exception: Could not parse value 'none' for key 'rest.port'.", *frames, "\t... 12 more"]
    kubernetes.logs[("gateway-1-a", True)] = "\n".join(trace)
    found = look(GATEWAY, 0.0).hopeless
    assert found is not None
    assert [line.strip() for line in found.cause.splitlines()[1:]] == trace[:2]


def test_the_error_that_ended_a_process_is_not_buried_under_its_farewell(kubernetes: FakeKubernetes, look: Look) -> None:
    """As a JobManager wrote it that could not read its records of jobs, shortened."""
    put_gateway(kubernetes, pod("gateway-1-a", "gateway-1", containers=[crashed(3)]))
    farewell = [f"2026-12-01 03:03:12,2{number} INFO  org.apache.pekko.actor.CoordinatedShutdown [] - Running" for number in range(10, 40)]
    error = "2026-12-01 03:03:10,841 ERROR org.apache.flink.runtime.entrypoint.ClusterEntrypoint [] - Fatal error occurred"
    kubernetes.logs[("gateway-1-a", True)] = "\n".join(
        [farewell[0], error, "Caused by: FlinkRuntimeException: Could not retrieve JobResults", *farewell]
    )
    found = look(GATEWAY, 0.0).hopeless
    assert found is not None
    assert [line.strip() for line in found.cause.splitlines()[1:]] == [
        error,
        "Caused by: FlinkRuntimeException: Could not retrieve JobResults",
    ]


def test_a_log_of_a_removed_container_is_not_taken_for_its_words(kubernetes: FakeKubernetes, look: Look) -> None:
    put_gateway(kubernetes, pod("gateway-1-a", "gateway-1", containers=[crashed(3)]))
    kubernetes.logs[("gateway-1-a", True)] = "unable to retrieve container logs for containerd://abc"
    kubernetes.logs[("gateway-1-a", False)] = "cannot read /etc/missing.yaml"
    found = look(GATEWAY, 0.0).hopeless
    assert found is not None
    assert "unable to retrieve" not in found.cause
    assert "missing.yaml" in found.cause


def test_a_pod_of_an_older_revision_does_not_count(kubernetes: FakeKubernetes, look: Look) -> None:
    put_gateway(kubernetes, pod("gateway-1-a", "gateway-1", containers=[crashed(9)]), pod("gateway-2-b", "gateway-2", ready=True))
    kubernetes.put(f"{APPS}/replicasets", replica_set("gateway-2", "gateway", revision=2))
    assert look(GATEWAY, 0.0).findings == ()


def test_events_of_an_earlier_pod_of_the_same_name_do_not_count(kubernetes: FakeKubernetes, look: Look) -> None:
    put_gateway(kubernetes, pod("gateway-1-a", "gateway-1", containers=[waiting("ErrImagePull")]))
    put_events(kubernetes, event("Pod", "gateway-1-a", "Failed", NOT_FOUND, count=9, uid="another"))
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
    put_gateway(kubernetes, pod("gateway-1-a", "gateway-1", unschedulable=message))
    put_events(kubernetes, *([event("Pod", "gateway-1-a", "TriggeredScaleUp", "pod triggered scale-up")] if grows else []))
    assert look(GATEWAY, 0.0).hopeless is None
    found = look(GATEWAY, 20.0).hopeless
    assert (found is not None) is hopeless
    if found:
        assert found.cause == "no node can take it: 0/1 nodes are available: 1 Insufficient memory"


def test_the_last_lines_of_a_container_that_does_not_get_ready_are_told_once_after_a_minute(kubernetes: FakeKubernetes, look: Look) -> None:
    put_gateway(kubernetes, pod("gateway-1-a", "gateway-1", phase="Running", containers=[starting()]))
    put_events(kubernetes, event("Pod", "gateway-1-a", "Unhealthy", "Startup probe failed: 404"))
    kubernetes.logs["gateway-1-a", False] = "cannot reach the database\n"
    told = {seconds: [one.told for one in look(GATEWAY, seconds).findings] for seconds in (0.0, 59.0, 60.0, 62.0, 900.0)}
    assert told == {0.0: [""], 59.0: [""], 60.0: ["    cannot reach the database"], 62.0: [""], 900.0: [""]}
    situation = look(GATEWAY, 901.0)
    assert situation.hopeless is None
    assert situation.findings[0].cause == "container main runs and is not ready (Startup probe failed: 404)"
