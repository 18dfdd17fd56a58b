"""Strimzi, which somebody else installs: whether the cluster knows its kinds, and whether an operator runs that watches the namespace."""

from collections.abc import Iterator, Mapping
from typing import Any

from cluster.api_server import ApiServer
from cluster.errors import ApiServerForbiddenError
from cluster.names import STRIMZI_OPERATOR
from components.kubernetes.strimzi import API_VERSION
from platforms.kubernetes.provided_operator import Provided
from settings import Settings

OLDEST = "1.0.0"
"""The first whose operator serves this version of the API alone; the one before serves it beside an older one."""
_NOTHING = "Nothing was changed"
_EVERYWHERE = "*"
_WATCHED = "STRIMZI_NAMESPACE"
_OTHER_WAY = "or let the stack run a broker of its own: `pulumi config set kafka.kind single`"


def inspect_strimzi(api_server: ApiServer, settings: Settings) -> Provided:
    """Check what somebody else provides; nothing is asked where Kafka is not Strimzi's.

    Raises ClusterError when the API server does not answer.
    """
    if not settings.kubernetes.has_strimzi:
        return Provided()
    missing = list(_kinds(api_server, settings))
    return Provided(problems=tuple(missing)) if missing else _operator(api_server, settings)


def _kinds(api_server: ApiServer, settings: Settings) -> Iterator[str]:
    """Ask whether the kinds are served, which everybody may know."""
    strimzi = settings.kubernetes.strimzi
    wanted = ["kafkas", "kafkanodepools"]
    wanted += ["kafkatopics"] if strimzi.topic_operator else []
    wanted += ["kafkausers"] if strimzi.asks_for_login else []
    served = {one.get("name") for one in (api_server.find(f"/apis/{API_VERSION}") or {}).get("resources") or ()}
    missing = [one for one in wanted if one not in served]
    if missing:
        yield (
            f"kafka.kind is strimzi and the cluster does not know {', '.join(missing)} of {API_VERSION}: ask who runs the cluster for "
            f"Strimzi {OLDEST} or newer; {_OTHER_WAY}. {_NOTHING}"
        )


def _operator(api_server: ApiServer, settings: Settings) -> Provided:
    namespace, own = settings.kubernetes.strimzi_namespace, settings.kubernetes.cluster.namespace
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    try:
        found = api_server.read(path).get("items") or ()
    except ApiServerForbiddenError:
        return Provided(
            remarks=(f"whether Strimzi's operator runs cannot be seen: Deployments of namespace {namespace} may not be listed",)
        )
    operators = [one for one in found if _is_operator(one)]
    if not operators:
        problem = (
            f"there is no operator of Strimzi's in namespace {namespace}, and kafka.kind is strimzi: name where it runs "
            "(`pulumi config set strimzi.operatorNamespace <namespace>`), ask who runs the cluster to install it, watching namespace "
            f"{own}; {_OTHER_WAY}. {_NOTHING}"
        )
        return Provided(problems=(problem,))
    watching = [one for one in operators if _watches(one, namespace, own)]
    if not watching:
        problem = (
            f"Strimzi's operator in namespace {namespace} watches {_watched(operators[0], namespace)} and not {own}: ask who runs the "
            f"cluster to add {own} to its {_WATCHED} (`watchNamespaces` of its chart). {_NOTHING}"
        )
        return Provided(problems=(problem,))
    if not any((one.get("status") or {}).get("readyReplicas") for one in watching):
        remark = f"Strimzi's operator in namespace {namespace} has no ready pod: until it has one, no Kafka comes up"
        return Provided(remarks=(remark,))
    return Provided()


def _is_operator(deployment: Mapping[str, Any]) -> bool:
    """Tell whether a Deployment is the Cluster Operator, whatever it is called: a chart may give it another name."""
    template = ((deployment.get("spec") or {}).get("template") or {}).get("metadata") or {}
    kind = (template.get("labels") or {}).get("strimzi.io/kind")
    return kind == "cluster-operator" or deployment["metadata"]["name"] == STRIMZI_OPERATOR


def _watches(operator: Mapping[str, Any], namespace: str, own: str) -> bool:
    watched = _watched(operator, namespace)
    return watched == _EVERYWHERE or own in (one.strip() for one in watched.split(","))


def _watched(operator: Mapping[str, Any], namespace: str) -> str:
    """Return the namespaces that it watches, with commas between: `*` for all of them, its own where it takes that from its pod."""
    pod = ((operator.get("spec") or {}).get("template") or {}).get("spec") or {}
    for container in pod.get("containers") or ():
        for one in container.get("env") or ():
            if one.get("name") == _WATCHED:
                return str(one.get("value") or namespace)
    # Without the variable it watches everything.
    return _EVERYWHERE
