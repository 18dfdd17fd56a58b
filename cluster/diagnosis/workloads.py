"""The pods, claims and refusals that belong to a workload: a Deployment, a StatefulSet, a Job, a Helm release."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cluster.diagnosis.finding import AT_ONCE, LogPlace, Suspicion
from cluster.diagnosis.pods import runs
from cluster.diagnosis.snapshot import Json, Snapshot, is_owned_by, labels_of, name_of, times

RELEASE_ANNOTATION = "meta.helm.sh/release-name"
"""The annotation that Helm sets on everything it installs."""

_REVISION = "deployment.kubernetes.io/revision"
_REFUSED_SECONDS = 20.0
_OUTDATED_SECONDS = 20.0
FAILED_PODS = 2
_TEXT_CHARACTERS = 400


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The objects to examine for one subject. `refusals` are events about pods that were not admitted."""

    pods: Sequence[Json] = ()
    claims: Sequence[Json] = ()
    refusals: Sequence[Json] = ()

    def __add__(self, other: "Parts") -> "Parts":
        """Return the parts of both."""
        return Parts(pods=[*self.pods, *other.pods], claims=[*self.claims, *other.claims], refusals=[*self.refusals, *other.refusals])


def deployment_parts(deployment: Json, snapshot: Snapshot) -> Parts:
    """Return the parts of the newest revision: pods of an older one are about to be deleted, whatever is wrong with them."""
    owned = [one for one in snapshot.replica_sets if is_owned_by(one, deployment)]
    if not owned:
        return Parts()
    newest = max(owned, key=_revision)
    pods = [pod for pod in snapshot.pods if is_owned_by(pod, newest)]
    return Parts(pods=pods, claims=claims_of(pods, snapshot), refusals=_refusals("ReplicaSet", newest, snapshot))


def stateful_set_parts(stateful_set: Json, snapshot: Snapshot) -> Parts:
    """Return the parts of a StatefulSet."""
    pods = [pod for pod in snapshot.pods if is_owned_by(pod, stateful_set)]
    return Parts(pods=pods, claims=claims_of(pods, snapshot), refusals=_refusals("StatefulSet", stateful_set, snapshot))


def job_parts(job: Json, snapshot: Snapshot) -> Parts:
    """Return the parts of a Job."""
    pods = [pod for pod in snapshot.pods if is_owned_by(pod, job)]
    return Parts(pods=pods, claims=claims_of(pods, snapshot), refusals=_refusals("Job", job, snapshot))


def release_parts(release: str, snapshot: Snapshot) -> Parts:
    """Return the parts of everything that a Helm release installed here."""
    parts = Parts()
    for one in snapshot.deployments:
        if (one["metadata"].get("annotations") or {}).get(RELEASE_ANNOTATION) == release:
            parts += deployment_parts(one, snapshot)
    return parts


def refusal_suspicions(parts: Parts) -> Iterator[Suspicion]:
    """Yield why pods are not even created: a quota, pod security, an admission webhook. Skip workloads that have pods by now."""
    if parts.pods or not parts.refusals:
        return
    event = parts.refusals[-1]
    about = event.get("involvedObject") or {}
    said = " ".join(str(event.get("message") or "").split())
    quota = "exceeded quota" in said
    yield Suspicion(
        key=f"{about.get('kind')}/{about.get('name')}/refused",
        about=f"{about.get('kind')} {about.get('name')}",
        cause=f"the cluster refuses its pods: {said.rpartition('Error creating: ')[2]}"[:_TEXT_CHARACTERS],
        next_step="raise the namespace's quota, or ask for less in the settings"
        if quota
        else "fix what it names, or ask who runs the cluster",
        patience_seconds=_REFUSED_SECONDS,
    )


def outdated_suspicions(stateful_set: Json, snapshot: Snapshot) -> Iterator[Suspicion]:
    """Yield the pods that a StatefulSet never replaces: a broken pod of an older revision blocks the newer one (as documented)."""
    status = stateful_set.get("status") or {}
    wanted = status.get("updateRevision")
    if not wanted or status.get("currentRevision") == wanted:
        return
    for pod in stateful_set_parts(stateful_set, snapshot).pods:
        ready = any(one.get("type") == "Ready" and one.get("status") == "True" for one in (pod.get("status") or {}).get("conditions") or ())
        if not ready and labels_of(pod).get("controller-revision-hash") not in (None, wanted):
            yield Suspicion(
                key=f"{name_of(pod)}/outdated",
                about=f"pod {name_of(pod)}",
                cause="it is broken and of an older revision; Kubernetes does not replace it by itself",
                next_step=f"kubectl -n {snapshot.namespace} delete pod {name_of(pod)}",
                patience_seconds=_OUTDATED_SECONDS,
            )


def job_suspicions(job: Json, snapshot: Snapshot) -> Iterator[Suspicion]:
    """Yield why a Job does not complete: it gave up, or several of its pods failed in the same way."""
    conditions = (job.get("status") or {}).get("conditions") or ()
    gave_up = next((one for one in conditions if one.get("type") in {"Failed", "FailureTarget"} and one.get("status") == "True"), None)
    failed = [pod for pod in job_parts(job, snapshot).pods if (pod.get("status") or {}).get("phase") == "Failed"]
    crashed = [pod for pod in job_parts(job, snapshot).pods if _restarts(pod) >= FAILED_PODS and not _running(pod)]
    if gave_up is None and len(failed) < FAILED_PODS and not crashed:
        return
    last = max([*failed, *crashed], key=lambda pod: str(pod["metadata"].get("creationTimestamp") or ""), default=None)
    why = f" ({gave_up.get('message')})" if gave_up and gave_up.get("message") else ""
    yield Suspicion(
        key=f"job/{name_of(job)}",
        about=f"Job {name_of(job)}",
        cause=f"it failed{why}",
        next_step="its last lines above say why; fix it and run `up` again",
        patience_seconds=AT_ONCE,
        log=None if last is None else _log_of(last),
    )


def _log_of(pod: Json) -> LogPlace:
    containers = (pod.get("status") or {}).get("containerStatuses") or [{}]
    first = next(
        (one for one in containers if one.get("state", {}).get("terminated") or one.get("lastState", {}).get("terminated")), containers[0]
    )
    waits = bool((first.get("state") or {}).get("waiting"))
    return LogPlace(
        namespace=str(pod["metadata"].get("namespace") or ""), pod=name_of(pod), container=str(first.get("name") or ""), previous=waits
    )


def _restarts(pod: Json) -> int:
    return sum(int(one.get("restartCount") or 0) for one in (pod.get("status") or {}).get("containerStatuses") or ())


def _running(pod: Json) -> bool:
    return any(runs(one) for one in (pod.get("status") or {}).get("containerStatuses") or ())


def _revision(replica_set: Json) -> int:
    return int((replica_set["metadata"].get("annotations") or {}).get(_REVISION) or 0)


def _refusals(kind: str, thing: Json, snapshot: Snapshot) -> list[Json]:
    return [event for event in snapshot.events_about(kind, thing) if event.get("reason") == "FailedCreate" and times(event)]


def claims_of(pods: Sequence[Json], snapshot: Snapshot) -> list[Json]:
    """Return the claims of the volumes that pods mount."""
    volumes = [volume for pod in pods for volume in (pod.get("spec") or {}).get("volumes") or ()]
    wanted = {(volume.get("persistentVolumeClaim") or {}).get("claimName") for volume in volumes}
    return [claim for claim in snapshot.claims if name_of(claim) in wanted]
