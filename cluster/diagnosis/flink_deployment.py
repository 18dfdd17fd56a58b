"""The status of a FlinkDeployment, and what is wrong with it. Measured with operator 1.15.0.

A healthy (re)deployment may pass through ERROR for up to 15 s, because the pod starts a moment before its ConfigMap. `status.error` keeps
that text until STABLE, however long the JobManager takes to start. After a change the old READY stays for some seconds, with the old
`observedGeneration`. So an error counts only for the wanted generation, only if it lasts, and not if the pods show that it is over. The
pods are checked first, because they show the real cause better than `status.error`.
"""

import json
from collections.abc import Iterator, Sequence

from cluster.diagnosis.finding import Suspicion
from cluster.diagnosis.pods import runs
from cluster.diagnosis.snapshot import Json, Snapshot, labels_of, name_of
from cluster.diagnosis.workloads import Parts, deployment_parts
from cluster.ownership import OPERATOR_NAMESPACE

OPERATOR = "flink-kubernetes-operator"
_READY = "READY"
_PASSING_SECONDS = 60.0
_REJECTED_SECONDS = 10.0
_SILENT_SECONDS = 45.0
_GOING_SECONDS = 30.0
_UNSEEN_SECONDS = 180.0
"""Somebody else's operator may be busy with other namespaces, and its pods cannot be read."""
_LIVE_JOBS = "should be cancelled first"
_TEXT_CHARACTERS = 400
_MOUNT = "MountVolume"


def flink_deployment_parts(deployment: Json, snapshot: Snapshot) -> Parts:
    """Return the pods of JobManager and TaskManagers. The operator creates a Deployment of the same name; Flink creates the rest."""
    jobmanager = [one for one in snapshot.deployments if name_of(one) == name_of(deployment)]
    parts = sum((deployment_parts(one, snapshot) for one in jobmanager), Parts())
    workers = [pod for pod in snapshot.pods if _is_worker(pod, name_of(deployment))]
    return parts + Parts(pods=workers)


def flink_deployment_status(deployment: Json) -> str:
    """Describe its status: `JobManager DEPLOYED_NOT_READY, lifecycle DEPLOYED`. Empty if it is ready."""
    status = deployment.get("status") or {}
    if not _observed(deployment):
        return "the operator has not taken note of the change yet"
    if status.get("jobManagerDeploymentStatus") == _READY:
        return ""
    lifecycle = f", lifecycle {status['lifecycleState']}" if status.get("lifecycleState") else ""
    return f"JobManager {status.get('jobManagerDeploymentStatus') or 'not begun'}{lifecycle}"


def flink_deployment_suspicions(deployment: Json, snapshot: Snapshot) -> Iterator[Suspicion]:
    """Yield what is wrong with it beyond its pods: refused by the operator, a lasting error, an operator that does not answer."""
    name = name_of(deployment)
    status = deployment.get("status") or {}
    error = error_text(status)
    pods = flink_deployment_parts(deployment, snapshot).pods
    observed = _observed(deployment)
    if error and status.get("jobManagerDeploymentStatus") != _READY and (observed or not pods) and not _is_over(error, pods):
        rejected = status.get("jobManagerDeploymentStatus") in (None, "MISSING") and not pods
        yield Suspicion(
            key=f"flink/{name}/error",
            about=f"FlinkDeployment {name}",
            cause=f"the operator reports: {error}",
            next_step="fix the setting that it names and run `up` again"
            if rejected
            else "look at the JobManager's log: `python -m console logs`",
            patience_seconds=_REJECTED_SECONDS if rejected and _is_validation(error) else _PASSING_SECONDS,
        )
    elif not observed:
        yield Suspicion(
            key=f"flink/{name}/silent",
            about=f"FlinkDeployment {name}",
            cause=f"the operator does not react to it{_operator_status(deployment, snapshot)}",
            next_step=_ask_operator(deployment, snapshot),
            patience_seconds=_SILENT_SECONDS if not _provider(deployment) else _UNSEEN_SECONDS,
        )


def going_suspicions(deployment: Json, snapshot: Snapshot) -> Iterator[Suspicion]:
    """Yield what delays its deletion: jobs that still run, or no operator that could remove its finalizer."""
    name = name_of(deployment)
    if not deployment["metadata"].get("deletionTimestamp"):
        return
    refused = [one for one in snapshot.events_about("FlinkDeployment", deployment) if _LIVE_JOBS in str(one.get("message"))]
    if refused:
        yield Suspicion(
            key=f"flink/{name}/jobs",
            about=f"FlinkDeployment {name}",
            cause=f"the operator waits for its jobs to end: {' '.join(str(refused[-1]['message']).split())[:_TEXT_CHARACTERS]}",
            next_step="cancel them in Flink's UI (`python -m console forward`), then run the same command again",
            patience_seconds=_GOING_SECONDS,
        )
    elif _provider(deployment) and not _operator_is_ready(snapshot):
        yield Suspicion(
            key=f"flink/{name}/operator",
            about=f"FlinkDeployment {name}",
            cause=f"it waits for the operator to remove its finalizer{_operator_status(deployment, snapshot)}",
            next_step=_ask_operator(deployment, snapshot),
            patience_seconds=_UNSEEN_SECONDS,
        )
    elif not _operator_is_ready(snapshot):
        patch = '\'{"metadata":{"finalizers":null}}\''
        yield Suspicion(
            key=f"flink/{name}/finalizer",
            about=f"FlinkDeployment {name}",
            cause=f"it waits for the operator to remove its finalizer{_operator_status(deployment, snapshot)}",
            next_step=f"kubectl -n {snapshot.namespace} patch flinkdeployment {name} --type merge -p {patch}; then run the command again",
            patience_seconds=_GOING_SECONDS,
        )


def error_text(status: Json) -> str:
    """Return the message of `status.error`, which is JSON with a stack trace, or plain text."""
    text = str(status.get("error") or "")
    try:
        value = json.loads(text) if text.startswith("{") else None
    except ValueError:
        value = None
    if isinstance(value, dict):
        inner = [str(one.get("message")) for one in value.get("throwableList") or () if isinstance(one, dict) and one.get("message")]
        text = " <- ".join([str(value.get("message") or value.get("type") or ""), *inner[-1:]])
    return " ".join(text.split())[:_TEXT_CHARACTERS]


def _observed(deployment: Json) -> bool:
    seen = (deployment.get("status") or {}).get("observedGeneration")
    return seen is not None and int(seen) >= int(deployment["metadata"].get("generation") or 0)


def _is_over(error: str, pods: Sequence[Json]) -> bool:
    """Return whether an error was about a volume of pods that are running by now, so that it was mounted after all."""
    containers = [one for pod in pods for one in (pod.get("status") or {}).get("containerStatuses") or ()]
    return _MOUNT in error and bool(containers) and all(runs(one) for one in containers)


def _is_validation(error: str) -> bool:
    return any(word in error for word in ("Validation", "validation", "must be", "not supported", "cannot be", "Cannot"))


def _is_worker(pod: Json, name: str) -> bool:
    labels = labels_of(pod)
    return bool(labels.get("app") == name and labels.get("component") == "taskmanager")


def _provider(deployment: Json) -> str:
    """Return the namespace of somebody else's operator; empty for the stack's own."""
    return str((deployment["metadata"].get("annotations") or {}).get(OPERATOR_NAMESPACE) or "")


def _ask_operator(deployment: Json, snapshot: Snapshot) -> str:
    found, provider = _operators(snapshot), _provider(deployment)
    if provider:
        return f"ask who runs the operator in namespace {provider}: is it up, and does it watch namespace {snapshot.namespace}?"
    if not found:
        return "run `up` again: it sees that the operator is gone, and installs it"
    return f"look at the operator: `kubectl -n {snapshot.namespace} logs deployment/{name_of(found[0])}`; does it watch this namespace?"


def _operators(snapshot: Snapshot) -> list[Json]:
    return [one for one in snapshot.deployments if labels_of(one).get("app.kubernetes.io/name") == OPERATOR or name_of(one) == OPERATOR]


def _operator_is_ready(snapshot: Snapshot) -> bool:
    return any((one.get("status") or {}).get("readyReplicas") for one in _operators(snapshot))


def _operator_status(deployment: Json, snapshot: Snapshot) -> str:
    found, provider = _operators(snapshot), _provider(deployment)
    if not found and provider not in ("", snapshot.namespace):
        return f" (it is somebody else's, in namespace {provider}, which is not looked at here)"
    if not found:
        return f" (there is no operator in namespace {snapshot.namespace})"
    return "" if _operator_is_ready(snapshot) else f" (its Deployment {name_of(found[0])} has no ready pod)"
