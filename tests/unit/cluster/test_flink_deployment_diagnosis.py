"""A FlinkDeployment passes through ERROR on its way to READY; an error that lasts, a refusal and a silent operator are told."""

import json

import pytest

from cluster.diagnosis import Subject
from tests.fakes.kubernetes_api import FakeKubernetes
from tests.support.kubernetes_objects import (
    APPS,
    CORE,
    FLINK,
    Json,
    deployment,
    event,
    flink_deployment,
    pod,
    replica_set,
    starting,
    waiting,
)
from tests.unit.cluster.looking import GOING, SESSION, Look

MOUNT = 'MountVolume.SetUp failed for volume "flink-config-volume" : configmap "flink-config-flink-sql-session" not found'


def _show(kubernetes: FakeKubernetes, thing: Json, *pods: Json, operator_ready: bool = True) -> None:
    kubernetes.collections[f"{FLINK}/flinkdeployments"] = {}
    kubernetes.put(f"{FLINK}/flinkdeployments", thing)
    kubernetes.put(
        f"{APPS}/deployments", deployment("flink-kubernetes-operator", ready=int(operator_ready)), deployment("flink-sql-session")
    )
    kubernetes.put(f"{APPS}/replicasets", replica_set("session-1", "flink-sql-session"))
    kubernetes.put(f"{CORE}/pods", *pods)


def test_the_measured_way_to_ready_is_never_hopeless(kubernetes: FakeKubernetes, look: Look) -> None:
    passing = json.dumps({"type": "org.apache.flink.kubernetes.operator.exception.DeploymentFailedException", "message": MOUNT})
    seen = [
        (0.0, flink_deployment(observed=None)),
        (2.0, flink_deployment(state="MISSING", lifecycle="UPGRADING")),
        (6.0, flink_deployment(state="DEPLOYING", lifecycle="DEPLOYED")),
        (12.0, flink_deployment(state="ERROR", lifecycle="DEPLOYED", error=passing)),
        (27.0, flink_deployment(state="DEPLOYED_NOT_READY", lifecycle="DEPLOYED", error=passing)),
        (45.0, flink_deployment(state="READY", lifecycle="DEPLOYED", error=passing)),
        (200.0, flink_deployment(state="READY", lifecycle="STABLE")),
    ]
    for seconds, thing in seen:
        _show(kubernetes, thing, pod("session-1-a", "session-1", containers=[waiting("ContainerCreating")]))
        assert look(SESSION, seconds).hopeless is None


def test_an_error_about_a_volume_that_was_mounted_since_is_no_cause_however_slow_the_start(kubernetes: FakeKubernetes, look: Look) -> None:
    """Measured on a busy node: the JobManager needed 80 s after its ConfigMap was there, and the operator kept the error all the while."""
    started = pod("session-1-a", "session-1", phase="Running", containers=[starting()])
    for seconds in (0.0, 45.0, 90.0):
        _show(kubernetes, flink_deployment(state="DEPLOYED_NOT_READY", lifecycle="DEPLOYED", error=MOUNT), started)
        assert look(SESSION, seconds).hopeless is None


def test_an_error_about_a_volume_that_no_pod_has_mounted_lasts(kubernetes: FakeKubernetes, look: Look) -> None:
    for seconds in (0.0, 60.0):
        _show(kubernetes, flink_deployment(state="ERROR", error=MOUNT))
        found = look(SESSION, seconds).hopeless
    assert found is not None
    assert "MountVolume" in found.cause


def test_an_error_that_lasts_a_minute_is_hopeless(kubernetes: FakeKubernetes, look: Look) -> None:
    _show(kubernetes, flink_deployment(state="ERROR", error="back-off restarting failed container"), pod("session-1-a", "session-1"))
    assert look(SESSION, 0.0).hopeless is None
    assert look(SESSION, 59.0).hopeless is None
    found = look(SESSION, 60.0).hopeless
    assert found is not None
    assert found.cause == "the operator reports: back-off restarting failed container"


def test_the_pods_cause_comes_before_the_misleading_status(kubernetes: FakeKubernetes, look: Look) -> None:
    broken = pod("session-1-a", "session-1", containers=[waiting("ImagePullBackOff")])
    _show(kubernetes, flink_deployment(state="ERROR", error=MOUNT), broken)
    pulls = 'Failed to pull image "localhost:5001/flink-ai-demo:1": not found'
    kubernetes.put(f"{CORE}/events", event("Pod", "session-1-a", "Failed", pulls, count=2))
    found = look(SESSION, 0.0).hopeless
    assert found is not None
    assert found.about == "pod session-1-a"
    assert "the registry does not have it" in found.cause


def test_a_failed_mount_gets_its_minute(kubernetes: FakeKubernetes, look: Look) -> None:
    _show(kubernetes, flink_deployment(state="DEPLOYING"), pod("session-1-a", "session-1", containers=[waiting("ContainerCreating")]))
    kubernetes.put(f"{CORE}/events", event("Pod", "session-1-a", "FailedMount", MOUNT))
    assert look(SESSION, 0.0).hopeless is None
    assert look(SESSION, 30.0).hopeless is None
    found = look(SESSION, 60.0).hopeless
    assert found is not None
    assert "flink-config-flink-sql-session" in found.cause


def test_a_resource_that_the_operator_refuses_is_told_at_once(kubernetes: FakeKubernetes, look: Look) -> None:
    error = json.dumps(
        {
            "type": "ReconciliationException",
            "message": "Validation failed",
            "throwableList": [{"message": "JobManager memory must be defined"}],
        }
    )
    _show(kubernetes, flink_deployment(state="MISSING", error=error))
    look(SESSION, 0.0)
    found = look(SESSION, 10.0).hopeless
    assert found is not None
    assert found.cause == "the operator reports: Validation failed <- JobManager memory must be defined"


def test_an_old_error_after_a_change_is_not_the_new_ones(kubernetes: FakeKubernetes, look: Look) -> None:
    thing = flink_deployment(state="ERROR", error="of before", generation=2, observed=1)
    _show(kubernetes, thing, pod("session-1-a", "session-1"))
    look(SESSION, 0.0)
    found = look(SESSION, 100.0).hopeless
    assert found is not None
    assert "of before" not in found.cause
    assert "does not react" in found.cause


def test_a_taskmanager_without_room_is_told_although_the_jobmanager_is_ready(kubernetes: FakeKubernetes, look: Look) -> None:
    labels = {"app": "flink-sql-session", "component": "taskmanager"}
    worker = pod("flink-sql-session-taskmanager-1-1", unschedulable="0/1 nodes are available: 1 Insufficient memory.", labels=labels)
    _show(kubernetes, flink_deployment(state="READY", lifecycle="STABLE"), worker)
    situation = look(SESSION, 0.0)
    assert situation.waiting == "pod flink-sql-session-taskmanager-1-1: Pending (0/1 nodes are available: 1 Insufficient memory)"
    assert situation.hopeless is None
    found = look(SESSION, 20.0).hopeless
    assert found is not None
    assert "Insufficient memory" in found.cause


def test_nothing_is_said_of_a_session_cluster_that_is_ready(kubernetes: FakeKubernetes, look: Look) -> None:
    _show(kubernetes, flink_deployment(state="READY", lifecycle="STABLE"), pod("session-1-a", "session-1", ready=True))
    assert look(SESSION, 0.0).waiting == ""


@pytest.mark.parametrize(
    ("ready", "words"),
    [
        pytest.param(True, "the operator does not react to it", id="ready"),
        pytest.param(False, "its Deployment flink-kubernetes-operator has no ready pod", id="not-ready"),
    ],
)
def test_a_silent_operator(kubernetes: FakeKubernetes, look: Look, words: str, *, ready: bool) -> None:
    _show(kubernetes, flink_deployment(observed=None), operator_ready=ready)
    assert look(SESSION, 0.0).hopeless is None
    found = look(SESSION, 45.0).hopeless
    assert found is not None
    assert words in found.cause


def test_a_cluster_that_does_not_know_the_kind(kubernetes: FakeKubernetes, look: Look) -> None:
    kubernetes.unknown.add(f"{FLINK}/flinkdeployments")
    look(SESSION, 0.0)
    found = look(SESSION, 10.0).hopeless
    assert found is not None
    assert "CRDs are not installed" in found.cause


@pytest.mark.parametrize(
    ("operator_ready", "message", "cause", "next_step"),
    [
        pytest.param(
            True, "non terminated jobs [abc] that should be cancelled first", "waits for its jobs to end", "cancel them", id="jobs"
        ),
        pytest.param(False, "", "the operator to remove its finalizer", "patch flinkdeployment flink-sql-session", id="no-operator"),
    ],
)
def test_what_keeps_one_from_going(
    kubernetes: FakeKubernetes, look: Look, message: str, cause: str, next_step: str, *, operator_ready: bool
) -> None:
    leaving = flink_deployment(state="READY", going=True)
    _show(kubernetes, leaving, operator_ready=operator_ready)
    if message:
        kubernetes.put(f"{CORE}/events", event("FlinkDeployment", "flink-sql-session", "CleanupFailed", message))
    assert look(GOING, 0.0).hopeless is None
    found = look(GOING, 30.0).hopeless
    assert found is not None
    assert cause in found.cause
    assert next_step in found.next_step


def test_one_that_goes_by_itself_is_left_alone(kubernetes: FakeKubernetes, look: Look) -> None:
    leaving = flink_deployment(state="READY", going=True)
    _show(kubernetes, leaving)
    look(GOING, 0.0)
    situation = look(GOING, 300.0)
    assert situation.hopeless is None
    assert situation.waiting == "held by flinkdeployments.flink.apache.org/finalizer"


@pytest.mark.parametrize(
    ("subject", "thing"),
    [
        pytest.param(SESSION, flink_deployment(observed=None), id="it does not react"),
        pytest.param(GOING, flink_deployment(state="READY", going=True), id="it does not let go"),
    ],
)
def test_an_operator_elsewhere_gets_more_time_and_whoever_runs_it_is_to_be_asked(
    kubernetes: FakeKubernetes, look: Look, subject: Subject, thing: Json
) -> None:
    thing = {**thing, "metadata": {**thing["metadata"], "annotations": {"flink-reviews/operator-namespace": "flink-operator"}}}
    kubernetes.put(f"{FLINK}/flinkdeployments", thing)
    assert look(subject, 0.0).hopeless is None
    assert look(subject, 179.0).hopeless is None
    found = look(subject, 180.0).hopeless
    assert found is not None
    assert "it is somebody else's, in namespace flink-operator" in found.cause
    assert found.next_step == "ask who runs the operator in namespace flink-operator: is it up, and does it watch namespace flink?"
