"""What one snapshot of a namespace says about one subject. Pure: the snapshot holds everything."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from cluster.diagnosis.claims import claim_status, claim_suspicions
from cluster.diagnosis.finding import Suspicion
from cluster.diagnosis.flink_deployment import (
    flink_deployment_parts,
    flink_deployment_status,
    flink_deployment_suspicions,
    going_suspicions,
)
from cluster.diagnosis.pods import is_ready, pod_status, pod_suspicions
from cluster.diagnosis.snapshot import Json, Snapshot, name_of
from cluster.diagnosis.strimzi import kafka_parts, strimzi_status, strimzi_suspicions
from cluster.diagnosis.subject import OF_STRIMZI, Kind, Subject
from cluster.diagnosis.workloads import (
    Parts,
    deployment_parts,
    job_parts,
    job_suspicions,
    outdated_suspicions,
    refusal_suspicions,
    release_parts,
    stateful_set_parts,
)

_KIND_MISSING_SECONDS = 10.0


def judge(subject: Subject, snapshot: Snapshot) -> Iterator[Suspicion]:
    """Yield what is wrong, the nearest cause first: claims, then pods, then their owners."""
    thing = _find(subject, snapshot)
    if subject.going:
        yield from _going(subject, thing, snapshot)
        return
    parts = _parts(subject, thing, snapshot)
    for claim in parts.claims:
        yield from claim_suspicions(claim, snapshot)
    for pod in parts.pods:
        yield from pod_suspicions(pod, snapshot)
    yield from refusal_suspicions(parts)
    yield from _above(subject, thing, snapshot)


def describe_status(subject: Subject, snapshot: Snapshot) -> str:
    """Describe in a few words what the subject waits for."""
    thing = _find(subject, snapshot)
    if subject.going:
        return _deletion_status(subject, thing, snapshot)
    parts = _parts(subject, thing, snapshot)
    own = _own_status(subject, thing)
    said = [own] if own else []
    said += [pod_status(pod, snapshot) for pod in parts.pods if not is_ready(pod) and not pod["metadata"].get("deletionTimestamp")]
    if not said:
        said = [claim_status(claim) for claim in parts.claims if (claim.get("status") or {}).get("phase") != "Bound"]
    return "; ".join(said[:2])


def _find(subject: Subject, snapshot: Snapshot) -> Json | None:
    lists: dict[Kind, Sequence[Json]] = {
        Kind.DEPLOYMENT: snapshot.deployments,
        Kind.STATEFUL_SET: snapshot.stateful_sets,
        Kind.JOB: snapshot.jobs,
        Kind.POD: snapshot.pods,
        Kind.CLAIM: snapshot.claims,
        Kind.FLINK_DEPLOYMENT: snapshot.flink_deployments or (),
        Kind.NAMESPACE: [snapshot.itself] if snapshot.itself else [],
    }
    if subject.kind in OF_STRIMZI:
        lists[subject.kind] = snapshot.strimzi.get(subject.kind) or ()
    return next((one for one in lists.get(subject.kind, ()) if name_of(one) == subject.name), None)


def _own_status(subject: Subject, thing: Json | None) -> str:
    if thing is None:
        return ""
    if subject.kind in OF_STRIMZI:
        return strimzi_status(thing)
    return flink_deployment_status(thing) if subject.kind is Kind.FLINK_DEPLOYMENT else ""


_PARTS: Mapping[Kind, Callable[[Json, Snapshot], Parts]] = MappingProxyType(
    {
        Kind.DEPLOYMENT: deployment_parts,
        Kind.STATEFUL_SET: stateful_set_parts,
        Kind.JOB: job_parts,
        Kind.POD: lambda pod, _snapshot: Parts(pods=[pod]),
        Kind.CLAIM: lambda claim, _snapshot: Parts(claims=[claim]),
        Kind.FLINK_DEPLOYMENT: flink_deployment_parts,
        Kind.KAFKA: kafka_parts,
    }
)


def _parts(subject: Subject, thing: Json | None, snapshot: Snapshot) -> Parts:
    if subject.kind is Kind.RELEASE:
        return release_parts(subject.name, snapshot)
    if thing is None or subject.kind not in _PARTS:
        return Parts()
    return _PARTS[subject.kind](thing, snapshot)


def _above(subject: Subject, thing: Json | None, snapshot: Snapshot) -> Iterator[Suspicion]:
    if subject.kind is Kind.FLINK_DEPLOYMENT and snapshot.flink_deployments is None:
        yield Suspicion(
            key="flink/kind",
            about=str(subject),
            cause="the cluster does not know the kind FlinkDeployment: the operator's CRDs are not installed",
            next_step="run `up` without targets, so that the CRDs come first; `python -m console doctor` looks at them",
            patience_seconds=_KIND_MISSING_SECONDS,
        )
    if thing is None:
        return
    if subject.kind is Kind.STATEFUL_SET:
        yield from outdated_suspicions(thing, snapshot)
    elif subject.kind is Kind.JOB:
        yield from job_suspicions(thing, snapshot)
    elif subject.kind is Kind.FLINK_DEPLOYMENT:
        yield from flink_deployment_suspicions(thing, snapshot)
    elif subject.kind in OF_STRIMZI:
        yield from strimzi_suspicions(subject, thing)


def _going(subject: Subject, thing: Json | None, snapshot: Snapshot) -> Iterator[Suspicion]:
    if subject.kind is Kind.FLINK_DEPLOYMENT and thing is not None:
        yield from going_suspicions(thing, snapshot)
    elif subject.kind is Kind.NAMESPACE:
        for one in snapshot.flink_deployments or ():
            yield from going_suspicions(one, snapshot)


def _deletion_status(subject: Subject, thing: Json | None, snapshot: Snapshot) -> str:
    if thing is None:
        return ""
    if subject.kind is Kind.NAMESPACE:
        conditions = (thing.get("status") or {}).get("conditions") or ()
        held = [str(one.get("message")) for one in conditions if one.get("status") == "True" and "Remaining" in str(one.get("type"))]
        return "; ".join(held)[:300]
    finalizers = thing["metadata"].get("finalizers") or ()
    left = [pod for pod in _parts(subject, thing, snapshot).pods if pod["metadata"].get("deletionTimestamp")]
    said = [f"pod {name_of(pod)} is ending" for pod in left]
    return "; ".join([*said, *([f"held by {', '.join(finalizers)}"] if finalizers else [])])[:300]
