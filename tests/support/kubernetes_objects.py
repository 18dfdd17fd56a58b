"""Objects of a cluster as the API server gives them, with only what is looked at.

Shapes recorded from Kubernetes 1.34 and operator 1.15.0.
"""

from typing import Any

NAMESPACE = "flink"
CORE = f"/api/v1/namespaces/{NAMESPACE}"
APPS = f"/apis/apps/v1/namespaces/{NAMESPACE}"
BATCH = f"/apis/batch/v1/namespaces/{NAMESPACE}"
FLINK = f"/apis/flink.apache.org/v1beta1/namespaces/{NAMESPACE}"
CLASSES = "/apis/storage.k8s.io/v1/storageclasses"

Json = dict[str, Any]


def metadata(name: str, *, owner: str = "", labels: dict[str, str] | None = None, **more: object) -> Json:
    owners = [{"uid": f"uid-{owner}", "name": owner}] if owner else []
    return {"name": name, "namespace": NAMESPACE, "uid": f"uid-{name}", "labels": labels or {}, "ownerReferences": owners, **more}


def deployment(name: str, *, labels: dict[str, str] | None = None, release: str = "", ready: int = 0) -> Json:
    annotations = {"meta.helm.sh/release-name": release} if release else {}
    return {
        "kind": "Deployment",
        "metadata": metadata(name, labels=labels, annotations=annotations),
        "spec": {"selector": {"matchLabels": {"app": name}}, "replicas": 1},
        "status": {"replicas": 1, "readyReplicas": ready} if ready else {"replicas": 1},
    }


def replica_set(name: str, owner: str, revision: int = 1) -> Json:
    return {"metadata": metadata(name, owner=owner, annotations={"deployment.kubernetes.io/revision": str(revision)})}


def stateful_set(name: str, *, current: str = "r1", update: str = "r1") -> Json:
    return {"metadata": metadata(name), "status": {"replicas": 1, "currentRevision": current, "updateRevision": update}}


def pod(
    name: str,
    owner: str = "",
    *,
    phase: str = "Pending",
    ready: bool = False,
    containers: list[Json] | None = None,
    unschedulable: str = "",
    claim: str = "",
    labels: dict[str, str] | None = None,
    **more: object,
) -> Json:
    conditions = [{"type": "Ready", "status": str(ready)}]
    if unschedulable:
        conditions.append({"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": unschedulable})
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": claim}}] if claim else []
    return {
        "metadata": metadata(name, owner=owner, labels=labels, **more),
        "spec": {"volumes": volumes, "containers": [{"name": "main", "ports": [{"name": "http", "containerPort": 8083}]}]},
        "status": {"phase": phase, "conditions": conditions, "containerStatuses": containers or []},
    }


def waiting(reason: str, message: str = "", *, image: str = "localhost:5001/flink-ai-demo:1", restarts: int = 0, **more: object) -> Json:
    state = {"waiting": {"reason": reason, "message": message}}
    return {"name": "main", "image": image, "ready": False, "restartCount": restarts, "state": state, **more}


def starting() -> Json:
    """Return a container that runs and is not ready yet."""
    return {"name": "main", "image": "one", "ready": False, "restartCount": 0, "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}}}


def crashed(ends: int, *, code: int = 1, reason: str = "Error") -> Json:
    """Return a container that ended so often and waits for its next start, which is when its restarts are counted."""
    return waiting("CrashLoopBackOff", "back-off 20s", restarts=ends - 1, lastState={"terminated": {"exitCode": code, "reason": reason}})


def event(kind: str, name: str, reason: str, message: str, *, count: int = 1, at: str = "2026-01-01T00:00:00Z", uid: str = "") -> Json:
    about = {"kind": kind, "name": name, "uid": uid or f"uid-{name}"}
    return {
        "metadata": metadata(f"{name}.{reason}.{at}.{message[:40]}"),
        "involvedObject": about,
        "reason": reason,
        "message": message,
        "count": count,
        "lastTimestamp": at,
    }


def claim(name: str, *, storage_class: str | None = None, phase: str = "Pending") -> Json:
    spec: Json = {} if storage_class is None else {"storageClassName": storage_class}
    return {"metadata": metadata(name), "spec": spec, "status": {"phase": phase}}


def storage_class(name: str, *, default: bool = False) -> Json:
    annotations = {"storageclass.kubernetes.io/is-default-class": "true"} if default else {}
    return {"metadata": metadata(name, annotations=annotations)}


def job(name: str, *, failed: str = "") -> Json:
    conditions = [{"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": failed}] if failed else []
    return {"metadata": metadata(name), "status": {"conditions": conditions}}


def flink_deployment(
    *, state: str = "", error: str = "", lifecycle: str = "", generation: int = 1, observed: int | None = 1, going: bool = False
) -> Json:
    status: Json = {"jobManagerDeploymentStatus": state, "lifecycleState": lifecycle, "error": error}
    if observed is not None:
        status["observedGeneration"] = observed
    leaving = {"deletionTimestamp": "2026-01-01T00:00:00Z", "finalizers": ["flinkdeployments.flink.apache.org/finalizer"]} if going else {}
    return {"metadata": {**metadata("flink-sql-session", generation=generation), **leaving}, "status": status}
