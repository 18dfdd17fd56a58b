"""Detecting drift: whether the objects created in a cluster still exist, and are still what they were created as."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from cluster.api_server import ApiServer
from cluster.differences import differences
from cluster.errors import ApiServerRefusedError

_AT_ONCE = 8
_SHOWN = 3
_RENEWED = frozenset({"Secret"})
"""Kinds whose content cannot be compared, because a state keeps it encrypted. Their version shows whether somebody changed them."""


class Drift(StrEnum):
    """How an object drifted."""

    GONE = "gone"
    GOING = "going"
    """Being deleted, and blocked by something (a finalizer, a pod that uses it)."""
    CHANGED = "changed"


@dataclass(frozen=True, kw_only=True)
class MadeObject:
    """An object as a state records it: `given` is what it was created from, `last` what the cluster made of it. `key` is the caller's."""

    key: str
    given: Mapping[str, Any] = field(repr=False)
    last: Mapping[str, Any] = field(repr=False)

    @property
    def kind(self) -> str:
        """Its kind: `Deployment`."""
        return str(self.given["kind"])

    @property
    def name(self) -> str:
        """Its name in the cluster."""
        return str(self.given["metadata"]["name"])

    @property
    def namespace(self) -> str:
        """Its namespace, empty for an object of the whole cluster."""
        return str(self.given["metadata"].get("namespace") or "")

    @property
    def path(self) -> str:
        """Its path on the API server."""
        return object_path(str(self.given["apiVersion"]), self.kind, self.namespace, self.name)

    def __str__(self) -> str:
        """Return its name for messages."""
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, kw_only=True)
class Drifted:
    """An object that is not as it was created. `how` names fields; `finalizers` are those that block its deletion."""

    thing: MadeObject
    drift: Drift
    how: tuple[str, ...] = ()
    finalizers: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Describe it in one line: `Deployment akhq was changed by hand: spec.replicas is 0 and was 1`."""
        if self.drift is Drift.GONE:
            return f"{self.thing} is gone from the cluster"
        if self.drift is Drift.GOING:
            return f"{self.thing} is being deleted, held by {', '.join(self.finalizers) or 'what uses it'}"
        more = f" and {len(self.how) - _SHOWN} more" if len(self.how) > _SHOWN else ""
        return f"{self.thing} was changed by hand: {', '.join(self.how[:_SHOWN])}{more}"


def find_drift(api_server: ApiServer, things: Iterable[MadeObject]) -> list[Drifted]:
    """Return what drifted, in the given order. Raise ClusterError when the API server does not answer, or forbids reading."""
    wanted = list(things)
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        found = list(pool.map(lambda one: _live(api_server, one.path), wanted))
    return [drifted for one, live in zip(wanted, found, strict=True) if (drifted := _drifted(one, live)) is not None]


def _live(api_server: ApiServer, path: str) -> dict[str, Any] | None:
    try:
        return api_server.find(path)
    except ApiServerRefusedError as error:
        # A kind that the cluster no longer has cannot have objects either.
        if error.status == HTTPStatus.NOT_FOUND:
            return None
        raise


def _drifted(one: MadeObject, live: Mapping[str, Any] | None) -> Drifted | None:
    if live is None:
        return Drifted(thing=one, drift=Drift.GONE)
    metadata = live.get("metadata") or {}
    if metadata.get("deletionTimestamp"):
        return Drifted(thing=one, drift=Drift.GOING, finalizers=tuple(map(str, metadata.get("finalizers") or ())))
    how = differences(one.given, one.last, live)
    if one.kind in _RENEWED and not how and _rewritten(one.last.get("metadata") or {}, metadata):
        how = ["somebody wrote to it"]
    return Drifted(thing=one, drift=Drift.CHANGED, how=tuple(how)) if how else None


def _rewritten(last: Mapping[str, Any], live: Mapping[str, Any]) -> bool:
    return bool(last.get("resourceVersion")) and last["resourceVersion"] != live.get("resourceVersion")


_PLURALS: Mapping[str, str] = MappingProxyType({"NetworkPolicy": "networkpolicies"})
"""Kinds whose plural is not formed with an `s`."""
_CLUSTER_WIDE = frozenset({"Namespace", "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "PersistentVolume"})


def object_path(api_version: str, kind: str, namespace: str, name: str) -> str:
    """Return the path of one object: `/apis/apps/v1/namespaces/flink/deployments/akhq`."""
    root = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
    place = "" if kind in _CLUSTER_WIDE or not namespace else f"/namespaces/{namespace}"
    return f"{root}{place}/{_PLURALS.get(kind, f'{kind.lower()}s')}/{name}"
