"""The objects of a namespace that explain why something is not ready, at one moment. Plain JSON, as the API server returns it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from cluster.api_server import ApiServer
from cluster.diagnosis.subject import OF_STRIMZI, Kind
from cluster.errors import ApiServerRefusedError

Json = Mapping[str, Any]

_STRIMZI = "/apis/kafka.strimzi.io/v1/namespaces/{}"
_CANNOT_TELL = {HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN}


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """Lists of objects. `flink_deployments` is None if the cluster has no such kind, `storage_classes` if reading them is forbidden.

    `strimzi` are the objects of Strimzi's kinds, by kind: of those that somebody waits for, None for one that the cluster does not know.
    """

    namespace: str
    itself: Json | None = None
    pods: Sequence[Json] = ()
    events: Sequence[Json] = ()
    claims: Sequence[Json] = ()
    replica_sets: Sequence[Json] = ()
    deployments: Sequence[Json] = ()
    stateful_sets: Sequence[Json] = ()
    jobs: Sequence[Json] = ()
    flink_deployments: Sequence[Json] | None = ()
    storage_classes: Sequence[Json] | None = ()
    strimzi: Mapping[Kind, Sequence[Json] | None] = field(default_factory=dict)

    def events_about(self, kind: str, thing: Json) -> list[Json]:
        """Return the events of one object, oldest first, without those of an earlier object of the same name."""
        found = [one for one in self.events if _is_about(one, kind, thing)]
        return sorted(found, key=last_seen)


def take_snapshot(api_server: ApiServer, namespace: str, kinds: Collection[Kind] = ()) -> Snapshot:
    """Read the lists, of Strimzi's kinds those in `kinds`.

    Raise ClusterError when the API server does not answer, or forbids what every reader of a namespace may see.
    """
    core = f"/api/v1/namespaces/{namespace}"
    apps = f"/apis/apps/v1/namespaces/{namespace}"
    return Snapshot(
        namespace=namespace,
        itself=_one(api_server, core),
        pods=_items(api_server.read(f"{core}/pods")),
        events=_items(api_server.read(f"{core}/events")),
        claims=_items(api_server.read(f"{core}/persistentvolumeclaims")),
        replica_sets=_items(api_server.read(f"{apps}/replicasets")),
        deployments=_items(api_server.read(f"{apps}/deployments")),
        stateful_sets=_items(api_server.read(f"{apps}/statefulsets")),
        jobs=_items(api_server.read(f"/apis/batch/v1/namespaces/{namespace}/jobs")),
        flink_deployments=_optional(api_server, f"/apis/flink.apache.org/v1beta1/namespaces/{namespace}/flinkdeployments"),
        storage_classes=_optional(api_server, "/apis/storage.k8s.io/v1/storageclasses"),
        strimzi={kind: _optional(api_server, f"{_STRIMZI.format(namespace)}/{kind.lower()}s") for kind in OF_STRIMZI & set(kinds)},
    )


def name_of(thing: Json) -> str:
    """Return an object's name."""
    return str(thing["metadata"]["name"])


def labels_of(thing: Json) -> Json:
    """Return an object's labels."""
    return thing["metadata"].get("labels") or {}


def is_owned_by(thing: Json, owner: Json) -> bool:
    """Return whether an object is owned by another."""
    return any(one.get("uid") == owner["metadata"].get("uid") for one in thing["metadata"].get("ownerReferences") or ())


def last_seen(event: Json) -> str:
    """Return when an event last happened, as a text that sorts by time."""
    series = event.get("series") or {}
    return str(series.get("lastObservedTime") or event.get("lastTimestamp") or event.get("eventTime") or event.get("firstTimestamp") or "")


def times(event: Json) -> int:
    """Return how often an event happened."""
    return int((event.get("series") or {}).get("count") or event.get("count") or 1)


def _is_about(event: Json, kind: str, thing: Json) -> bool:
    about = event.get("involvedObject") or {}
    same = about.get("kind") == kind and about.get("name") == name_of(thing)
    return bool(same and about.get("uid") in (None, "", thing["metadata"].get("uid")))


def _items(answer: Json) -> Sequence[Json]:
    return answer.get("items") or ()


def _one(api_server: ApiServer, path: str) -> Json | None:
    try:
        return api_server.read(path)
    except ApiServerRefusedError as error:
        if error.status in _CANNOT_TELL:
            return None
        raise


def _optional(api_server: ApiServer, path: str) -> Sequence[Json] | None:
    answer = _one(api_server, path)
    return None if answer is None else _items(answer)
