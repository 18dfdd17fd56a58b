"""One look at everything that the state says is in the cluster."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from cluster.api_server import ApiServer
from cluster.authority import authority
from cluster.custom_resource_definitions import CustomResourceDefinitions
from cluster.drift import Drift, Drifted, MadeObject, find_drift
from cluster.errors import ApiServerRefusedError
from cluster.helm_release import Release, installed_objects
from components.names import NAMESPACE_AUTHORITY, NAMESPACE_CLAIM_TYPE
from platforms.errors import PlatformError
from platforms.kubernetes.failing_claims import FailingClaim, failing_claims
from platforms.state import Resource, StackState

_KUBERNETES = "kubernetes:"
_RELEASE = "kubernetes:helm.sh/"
_DEFINITION = ":CustomResourceDefinition"


@dataclass(frozen=True, kw_only=True)
class Found:
    """`drifted` are resources of the stack, by URN; `installed` is what Helm installed, `doomed` claims that are being deleted."""

    drifted: tuple[Drifted, ...] = ()
    installed: tuple[Drifted, ...] = ()
    doomed: tuple[FailingClaim, ...] = ()

    @property
    def anything(self) -> bool:
        """Tell whether there is something to say."""
        return bool(self.drifted or self.installed or self.doomed)

    def of(self, *drifts: Drift) -> tuple[Drifted, ...]:
        """Return the resources that drifted in one of these ways."""
        return tuple(one for one in self.drifted if one.drift in drifts)


class ClusterObservation:
    """Looks at the cluster of a stack. `connect` may raise ClusterError."""

    def __init__(self, connect: Callable[[], ApiServer], stack: str) -> None:
        self._connect = connect
        self._stack = stack

    def objects(self, state: StackState) -> list[MadeObject]:
        """Return the objects that the state knows."""
        return [made for one in state.resources if (made := made_object(one)) is not None]

    def find(self, state: StackState) -> Found:
        """Return what drifted. Raises ClusterError, and PlatformError when this is another cluster than the one that was deployed to."""
        objects = self.objects(state)
        releases = [one for one in state.resources if one.kind.startswith(_RELEASE) and one.inputs.get("name")]
        if not objects and not releases:
            return Found()
        api_server = self._connect()
        self._require_same_cluster(api_server, state)
        gone: list[Drifted] = []
        installed: list[MadeObject] = []
        for one in releases:
            held = installed_objects(api_server, Release(namespace=str(one.inputs["namespace"]), name=str(one.inputs["name"])))
            if held is None:
                gone.append(Drifted(thing=_release(one), drift=Drift.GONE))
            installed += held or []
        drifted = (*find_drift(api_server, objects), *gone)
        if all(one.drift is Drift.GONE for one in drifted) and len(drifted) == len(objects) + len(releases):
            self._require_same_authority(api_server, state)
        return Found(
            drifted=drifted,
            installed=tuple(find_drift(api_server, installed)),
            doomed=tuple(_failing(api_server, objects)),
        )

    def _require_same_cluster(self, api_server: ApiServer, state: StackState) -> None:
        """Stop before everything is taken for lost that lies in another cluster."""
        known = {str(one.outputs.get("cluster") or "") for one in state.resources if one.kind.endswith(_DEFINITION)} - {""}
        here = _cluster_id(api_server) if known else ""
        if here and here not in known:
            raise self._another(api_server)

    def _require_same_authority(self, api_server: ApiServer, state: StackState) -> None:
        """Stop where nothing at all is found, and the certificate authority is another: a user of one namespace sees no more."""
        for one in state.resources:
            if one.kind == NAMESPACE_CLAIM_TYPE and (known := str(one.outputs.get(NAMESPACE_AUTHORITY) or "")):
                here = authority(api_server, str(one.outputs.get("namespace")))
                if here and here != known:
                    raise self._another(api_server)

    def _another(self, api_server: ApiServer) -> PlatformError:
        return PlatformError(
            f"the cluster behind context {api_server.context} is not the one that stack {self._stack} was deployed to: nothing was changed",
            advice="set `kubernetes.context` back. If the cluster was made anew: "
            f"`pulumi stack rm --force --preserve-config -s {self._stack}`, then `up`",
        )


def _cluster_id(api_server: ApiServer) -> str:
    """Return what tells the cluster from another; empty for a user who may read one namespace only."""
    try:
        return CustomResourceDefinitions(api_server=api_server).cluster_id()
    except ApiServerRefusedError as error:
        if error.status == HTTPStatus.FORBIDDEN:
            return ""
        raise


def made_object(resource: Resource) -> MadeObject | None:
    """Return the object of the cluster that a resource stands for; None for everything else."""
    if not resource.custom or not resource.kind.startswith(_KUBERNETES) or resource.kind.startswith(_RELEASE):
        return None
    given = _identified(resource.inputs, resource.outputs)
    if not given.get("kind") or not given.get("apiVersion") or not (given.get("metadata") or {}).get("name"):
        return None
    return MadeObject(key=resource.urn, given=given, last=resource.outputs)


def _identified(inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs with the object's identity, which some states have among the outputs only."""
    metadata = {**{key: value for key, value in (outputs.get("metadata") or {}).items() if key in ("name", "namespace")}}
    return {
        **{key: outputs[key] for key in ("apiVersion", "kind") if key in outputs},
        **inputs,
        "metadata": {**metadata, **(inputs.get("metadata") or {})},
    }


def _release(resource: Resource) -> MadeObject:
    metadata = {"name": str(resource.inputs["name"]), "namespace": str(resource.inputs["namespace"])}
    return MadeObject(key=resource.urn, given={"apiVersion": "helm.sh/v3", "kind": "Helm release", "metadata": metadata}, last={})


def _failing(api_server: ApiServer, objects: Sequence[MadeObject]) -> Iterator[FailingClaim]:
    """Return the volume claims in the stack's namespaces that are being deleted, also those that a StatefulSet made."""
    for namespace in sorted({one.namespace for one in objects if one.namespace}):
        yield from failing_claims(api_server.read(f"/api/v1/namespaces/{namespace}/persistentvolumeclaims").get("items") or ())
