"""The status of what Strimzi makes ready: a Kafka with its pods, KafkaTopics and KafkaUsers.

A condition `Ready` that is true ends the wait. Until then a Kafka says `NotReady` with the reason `Creating`, which is no problem. Another
reason is one that the operator has given up on until its next attempt, two minutes later: what it is about may pass, or not.
"""

from collections.abc import Iterator

from cluster.diagnosis.finding import Suspicion
from cluster.diagnosis.snapshot import Json, Snapshot, labels_of, name_of
from cluster.diagnosis.subject import Kind, Subject
from cluster.diagnosis.workloads import Parts, claims_of
from cluster.names import STRIMZI_CLUSTER_LABEL

_CREATING = "Creating"
_REFUSED = ("Invalid", "NotSupported", "ResourceConflict")
"""How the reasons of those problems begin that the object itself is."""
_REFUSED_SECONDS = 10.0
_PASSING_SECONDS = 300.0
"""Two further attempts."""
_SILENT_SECONDS = 180.0
"""Somebody else's operator may be busy with other namespaces, and its pods cannot be read."""
_TEXT_CHARACTERS = 400


def kafka_parts(kafka: Json, snapshot: Snapshot) -> Parts:
    """Return the pods of a Kafka's nodes and of its Topic and User Operator, with their claims."""
    pods = [pod for pod in snapshot.pods if labels_of(pod).get(STRIMZI_CLUSTER_LABEL) == name_of(kafka)]
    return Parts(pods=pods, claims=claims_of(pods, snapshot))


def strimzi_status(thing: Json) -> str:
    """Describe what the operator says of it in a few words; empty if it is ready."""
    if not _observed(thing):
        return "Strimzi's operator has not taken note of it yet"
    problem = _problem(thing)
    if problem is not None:
        return f"Strimzi: {problem}"
    return "" if _holds(thing, "Ready") or _holds(thing, "Unmanaged") else "Strimzi's operator is making it"


def strimzi_suspicions(subject: Subject, thing: Json) -> Iterator[Suspicion]:
    """Yield what is wrong with it beyond its pods: what the operator reports, or an operator that does not answer."""
    namespace, name = subject.namespace, name_of(thing)
    look = f"look at `kubectl -n {namespace} describe {subject.kind.lower()} {name}`"
    problem = _problem(thing)
    if not _observed(thing):
        by = "Strimzi's operator" if subject.kind is Kind.KAFKA else f"the Kafka's {_operator(subject.kind)}"
        yield Suspicion(
            key=f"strimzi/{subject.kind}/{name}/silent",
            about=str(subject),
            cause=f"{by} does not react to it",
            next_step=f"is it up, and does it watch namespace {namespace}? Ask who runs it; `python -m console doctor` looks at it",
            patience_seconds=_SILENT_SECONDS,
        )
    elif problem is not None:
        refused = problem.startswith(_REFUSED)
        yield Suspicion(
            key=f"strimzi/{subject.kind}/{name}/problem",
            about=str(subject),
            cause=f"Strimzi reports: {problem}",
            next_step="fix the setting that it names and run `up` again" if refused else f"{look}, and at the operator's log",
            patience_seconds=_REFUSED_SECONDS if refused else _PASSING_SECONDS,
        )


def _operator(kind: Kind) -> str:
    return "Topic Operator" if kind is Kind.KAFKA_TOPIC else "User Operator"


def _problem(thing: Json) -> str | None:
    """Return reason and message of what the operator reports of this generation; None where it reports nothing."""
    if not _observed(thing):
        return None
    for one in (thing.get("status") or {}).get("conditions") or ():
        not_ready = one.get("type") == "NotReady" and one.get("status") == "True"
        if (not_ready or (one.get("type") == "Ready" and one.get("status") == "False")) and one.get("reason") != _CREATING:
            message = " ".join(str(one.get("message") or "").split())
            return f"{one.get('reason') or 'not ready'}: {message}"[:_TEXT_CHARACTERS]
    return None


def _holds(thing: Json, condition: str) -> bool:
    conditions = (thing.get("status") or {}).get("conditions") or ()
    return any(one.get("type") == condition and one.get("status") == "True" for one in conditions)


def _observed(thing: Json) -> bool:
    seen = (thing.get("status") or {}).get("observedGeneration")
    return seen is not None and int(seen) >= int(thing["metadata"].get("generation") or 0)
