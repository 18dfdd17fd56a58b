"""The workloads of the Kubernetes platform: their pods, as the API server tells."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from cluster.api_server import ApiServer
from cluster.diagnosis.log_lines import last_complaint
from cluster.diagnosis.pods import is_ready, memory_status, pod_status, pod_suspicions
from cluster.diagnosis.snapshot import Json, Snapshot, labels_of, name_of, take_snapshot
from cluster.errors import ClusterError
from cluster.names import KAFKA, NAME_LABEL, STRIMZI_CLUSTER_LABEL
from platforms.health import ServiceHealth
from platforms.kubernetes.failing_claims import failing_claims


def observe_pods(api_server: ApiServer, namespace: str, services: Iterable[str]) -> tuple[ServiceHealth, ...]:
    """Look at the pods of each service, by their name label. Never raises: what cannot be learnt is in the rows."""
    wanted = list(dict.fromkeys(map(str, services)))
    try:
        snapshot = take_snapshot(api_server, namespace)
    except ClusterError as error:
        return tuple(
            ServiceHealth(name=name, state="unknown", process_id=None, uptime_seconds=None, ready=False, reason=str(error))
            for name in wanted
        )
    return (*(_observe(name, snapshot, api_server) for name in wanted), *_failing_claims(snapshot))


def _failing_claims(snapshot: Snapshot) -> Iterator[ServiceHealth]:
    """Give the stack's volume claims that are being deleted: they go with the next restart of the pods that use them."""
    for claim in failing_claims(snapshot.claims):
        yield ServiceHealth(
            name=f"volume claim {claim.name}",
            state="TERMINATING",
            process_id=None,
            uptime_seconds=None,
            ready=False,
            reason=f"it is being deleted, and goes with its data when its pods restart; {claim.keeping}",
        )


def _observe(service: str, snapshot: Snapshot, api_server: ApiServer) -> ServiceHealth:
    named = [pod for pod in snapshot.pods if labels_of(pod).get(NAME_LABEL) == service and is_of_own_kafka(pod)]
    pods = [pod for pod in named if not pod["metadata"].get("deletionTimestamp")]
    ready = [pod for pod in pods if is_ready(pod)]
    states = sorted({str((pod.get("status") or {}).get("phase") or "Pending").upper() for pod in pods})
    return ServiceHealth(
        name=service,
        state=", ".join(states) or "GONE",
        process_id=None,
        uptime_seconds=_uptime(ready),
        ready=bool(pods) and len(ready) == len(pods),
        reason="" if pods and len(ready) == len(pods) else _reason(service, pods, snapshot, api_server),
        pods=f"{len(ready)}/{len(pods)}",
        restarts=sum(_restarts(pod) for pod in pods),
        ended="; ".join(f"pod {name_of(pod)}: {words}" for pod in pods if (words := memory_status(pod))),
    )


def is_of_own_kafka(pod: Json) -> bool:
    """Tell whether a pod is none of Strimzi's, or of the stack's own Kafka: those of every Kafka bear the same name label."""
    return labels_of(pod).get(STRIMZI_CLUSTER_LABEL) in (None, KAFKA)


def _reason(service: str, pods: Sequence[Json], snapshot: Snapshot, api_server: ApiServer) -> str:
    if not pods:
        return f"no pod of {service} is there: run `up`"
    broken = [pod for pod in pods if not is_ready(pod)]
    suspicions = [suspicion for pod in broken for suspicion in pod_suspicions(pod, snapshot)]
    if not suspicions:
        return pod_status(broken[0], snapshot)
    first = suspicions[0]
    # What a container logs while it starts changes with every look; what it logged before it ended says why.
    logged = last_complaint(api_server, first.log) if first.log is not None and first.log.previous else ""
    return f"{first.about}: {first.cause}" + (f"; it logged last: {logged}" if logged else "")


def _restarts(pod: Json) -> int:
    return sum(int(one.get("restartCount") or 0) for one in (pod.get("status") or {}).get("containerStatuses") or ())


def _uptime(pods: Sequence[Json]) -> float | None:
    """Give the seconds since the youngest of them was last started."""
    begun = [moment for pod in pods for one in _containers(pod) if (moment := _started(one)) is not None]
    return max((datetime.now(UTC) - max(begun)).total_seconds(), 0.0) if begun else None


def _containers(pod: Json) -> Sequence[Mapping[str, Any]]:
    return (pod.get("status") or {}).get("containerStatuses") or ()


def _started(container: Mapping[str, Any]) -> datetime | None:
    text = ((container.get("state") or {}).get("running") or {}).get("startedAt")
    return datetime.fromisoformat(str(text)) if text else None
