"""What is in the way of an object that is being deleted, or of a JobManager whose volume is gone; and taking it out of the way."""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cluster.api_server import ApiServer
from cluster.drift import Drifted, MadeObject
from cluster.names import OPERATOR, SESSION_CLUSTER
from cluster.ownership import OPERATOR_NAMESPACE

GONE_SECONDS = 60.0
POLL_SECONDS = 1.0
_HA_RECORD = re.compile(rf"{re.escape(SESSION_CLUSTER)}-(cluster|[0-9a-f]{{32}})-config-map")
"""Flink's names for its records of high availability. Its Kubernetes client labels them in some versions only."""
_KIND = "FlinkDeployment"
_MANAGER = "flink-reviews"


@dataclass(frozen=True, kw_only=True)
class Holding:
    """Acts on one namespace of one cluster. `sleep` and `clock` are seconds."""

    api_server: ApiServer
    namespace: str
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def wait_until_gone(self, things: tuple[MadeObject, ...]) -> tuple[MadeObject, ...]:
        """Wait for objects that are being deleted, and return those that do not go. Raises ClusterError."""
        deadline = self.clock() + GONE_SECONDS
        left = tuple(one for one in things if self.api_server.find_metadata(one.path) is not None)
        while left and self.clock() < deadline:
            self.sleep(POLL_SECONDS)
            left = tuple(one for one in left if self.api_server.find_metadata(one.path) is not None)
        return left

    def has_operator(self) -> bool:
        """Tell whether an operator is installed in the namespace, running or not. Raises ClusterError."""
        return self.api_server.find_metadata(f"/apis/apps/v1/namespaces/{self.namespace}/deployments/{OPERATOR}") is not None

    def release(self, thing: MadeObject) -> bool:
        """Take the finalizers off a FlinkDeployment that no operator is there to let go of; True when that was done.

        Its pods belong to it and go with it. The records of high availability stay, so that its jobs come back with a new one. An operator
        of somebody else is not looked for: it may well be there.
        """
        if (thing.given["metadata"].get("annotations") or {}).get(OPERATOR_NAMESPACE):
            return False
        if thing.kind != _KIND or self.has_operator():
            return False
        if self.api_server.find_metadata(thing.path) is None:
            return False
        self.api_server.merge(thing.path, {"metadata": {"finalizers": None}})
        return True

    def restore_account(self, account: MadeObject) -> list[str]:
        """Make a ServiceAccount again and start its pods anew: their tokens died with the one before. Returns the pods' names."""
        self.api_server.apply(account.path, account.given, manager=_MANAGER)
        place = f"/api/v1/namespaces/{account.namespace}/pods"
        pods = self.api_server.read(place).get("items") or []
        names = [str(pod["metadata"]["name"]) for pod in pods if (pod.get("spec") or {}).get("serviceAccountName") == account.name]
        for name in names:
            self.api_server.delete(f"{place}/{name}")
        return names

    def drop_records(self) -> list[str]:
        """Remove what Flink recorded for high availability: it names files of a volume that is gone. Raises ClusterError."""
        place = f"/api/v1/namespaces/{self.namespace}/configmaps"
        names = [name for name in _names(self.api_server.read(place)) if _HA_RECORD.fullmatch(name)]
        for name in names:
            self.api_server.delete(f"{place}/{name}")
        return names


def _names(listing: Mapping[str, Any]) -> Iterator[str]:
    for one in listing.get("items") or ():
        yield str(one["metadata"]["name"])


def things(drifted: tuple[Drifted, ...]) -> tuple[MadeObject, ...]:
    """Return the objects themselves."""
    return tuple(one.thing for one in drifted)
