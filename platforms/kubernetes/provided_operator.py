"""What somebody else provides when the settings say so: the operator's definitions, and the operator. Read and checked, never written."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from cluster.api_server import ApiServer
from cluster.custom_resource_definitions import version_order
from cluster.decoration import decorated
from cluster.errors import ApiServerForbiddenError, ApiServerRefusedError
from cluster.names import OPERATOR, SESSION_CLUSTER
from cluster.ownership import NAMESPACES, Owner
from components.kubernetes import pod_monitors
from components.kubernetes.operator_chart import VERSION
from components.kubernetes.session_cluster import API_VERSION, flink_deployment
from platforms.kubernetes.arguments import decoration, has_pod_monitors, session_cluster_args
from platforms.kubernetes.images import LATER
from platforms.kubernetes.ownership import Resources, owner_of, recorded_releases
from settings import Settings

_KINDS = ("flinkdeployments",)
_OF_THE_OPERATOR = ("flinkbluegreendeployments", "flinkdeployments", "flinksessionjobs", "flinkstatesnapshots")
"""What it watches: without one of them it does not start."""
_CONFIGURATION = "flink-operator-config"
_WATCHED = re.compile(r"^\s*kubernetes\.operator\.watched\.namespaces:\s*(\S+)\s*$", re.MULTILINE)
_POLICIES = ("ValidatingAdmissionPolicy", "admission webhook")
"""Words of the API server when it is not itself that refuses."""
_NOTHING = "Nothing was changed"


@dataclass(frozen=True, kw_only=True)
class Provided:
    """What was found. `problems` refuse a run; `remarks` are about what may pass, or cannot be seen with the rights that there are."""

    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def inspect_provided(api_server: ApiServer, settings: Settings, stack: str, stack_id: str, resources: Resources) -> Provided:
    """Check what somebody else provides; nothing is asked where the stack brings all of it.

    Raises ClusterError when the API server does not answer.
    """
    operator = settings.kubernetes.operator
    problems = _pod_monitors(api_server) if has_pod_monitors(settings) else []
    remarks: list[str] = []
    if not operator.manage_crds:
        problems += _definitions(api_server, settings, owner_of(settings, stack, stack_id, resources))
    if not operator.install:
        found = _operator(api_server, settings, resources)
        problems += found.problems
        remarks += found.remarks
    return Provided(problems=tuple(problems), remarks=tuple(remarks))


def _pod_monitors(api_server: ApiServer) -> list[str]:
    """Ask whether the kind is served, which everybody may know."""
    served = {one.get("name") for one in (api_server.find(f"/apis/{pod_monitors.API_VERSION}") or {}).get("resources") or ()}
    if pod_monitors.PLURAL in served:
        return []
    problem = (
        f"metrics.enabled is true and the cluster does not know {pod_monitors.PLURAL} of {pod_monitors.API_VERSION}: ask who runs the "
        f"cluster for the Prometheus operator; or, where Prometheus finds pods by itself, `pulumi config set metrics.podMonitors false`. "
        f"{_NOTHING}"
    )
    return [problem]


def _definitions(api_server: ApiServer, settings: Settings, owner: Owner) -> list[str]:
    """Ask whether the kinds are served, which everybody may know, and whether the FlinkDeployment would be taken as it is."""
    served = {one.get("name") for one in (api_server.find(f"/apis/{API_VERSION}") or {}).get("resources") or ()}
    missing = [one for one in (_OF_THE_OPERATOR if settings.kubernetes.operator.install else _KINDS) if one not in served]
    if missing:
        problem = (
            f"the cluster does not know {', '.join(missing)} of {API_VERSION}, and crds.manage is false: ask who runs the cluster to "
            f"apply the definitions in `crds/` of the operator's chart {VERSION} (`kubectl apply --server-side -f crds/`). {_NOTHING}"
        )
        return [problem]
    return list(_misfits(api_server, settings, owner))


def _misfits(api_server: ApiServer, settings: Settings, owner: Owner) -> Iterator[str]:
    namespace = settings.kubernetes.cluster.namespace
    made = decorated(flink_deployment(session_cluster_args(settings, LATER)), decoration(settings))
    metadata = {**made["metadata"], "annotations": {**made["metadata"]["annotations"], **owner.mark}}
    # What is not known yet does not matter to its shape.
    body = {**made, "metadata": metadata, "spec": {**made["spec"], "image": "not-built-yet"}}
    try:
        api_server.rehearse(f"/apis/{API_VERSION}/namespaces/{namespace}/flinkdeployments", body)
    except ApiServerRefusedError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return  # the namespace is not there: that is told by itself
        if any(word in str(error) for word in _POLICIES):
            yield (
                f"a policy of the cluster refuses FlinkDeployment {SESSION_CLUSTER} ({error}): `kubernetes.labels` and "
                f"`kubernetes.annotations` set what it may ask for (docs/rights.md), or ask who runs the cluster. {_NOTHING}"
            )
            return
        yield (
            f"FlinkDeployment {SESSION_CLUSTER} would not be taken in namespace {namespace} ({error}): the definitions, which are not this "
            f"stack's (crds.manage is false), must be those of the operator's chart {VERSION} or newer, the user needs the right to "
            f"create flinkdeployments, and a policy of the cluster may ask for more. {_NOTHING}"
        )


def _operator(api_server: ApiServer, settings: Settings, resources: Resources) -> Provided:
    namespace, own = settings.kubernetes.operator_namespace, settings.kubernetes.cluster.namespace
    if namespace == own and (own, OPERATOR) in recorded_releases(resources):
        problem = (
            f"operator.install is false, and the operator in namespace {own} is the one that this stack installed: it would be removed "
            f"under the running jobs. Set it back (`pulumi config set operator.install true`); or name where the other one runs "
            f"(`pulumi config set operator.namespace <namespace>`). {_NOTHING}"
        )
        return Provided(problems=(problem,))
    try:
        found = api_server.read(
            f"/apis/apps/v1/namespaces/{namespace}/deployments", {"labelSelector": f"app.kubernetes.io/name={OPERATOR}"}
        )
    except ApiServerForbiddenError:
        return Provided(remarks=(f"whether the operator runs cannot be seen: Deployments of namespace {namespace} may not be listed",))
    operators = found.get("items") or ()
    if not operators:
        problem = (
            f"there is no Flink operator in namespace {namespace}, and operator.install is false: ask who runs the cluster to install it "
            f"there, watching namespace {own}; or name where it runs: `pulumi config set operator.namespace <namespace>`. {_NOTHING}"
        )
        return Provided(problems=(problem,))
    return _judged(operators[0], namespace, own, _watched(api_server, namespace))


def _judged(operator: Mapping[str, Any], namespace: str, own: str, watched: str) -> Provided:
    version = str((operator["metadata"].get("labels") or {}).get("app.kubernetes.io/version") or "")
    problems, remarks = [], []
    # Major and minor version decide which kinds and fields an operator knows.
    if version and version_order(version)[:2] < version_order(VERSION)[:2]:
        problems.append(
            f"the Flink operator in namespace {namespace} is of version {version}: {VERSION} or newer is needed. Ask who runs the cluster "
            f"to upgrade it, its definitions first. {_NOTHING}"
        )
    if watched and own not in watched.split(","):
        problems.append(
            f"the Flink operator in namespace {namespace} watches {watched} and not {own}: ask who runs the cluster to add {own} to its "
            f"`watchNamespaces`. {_NOTHING}"
        )
    if not (operator.get("status") or {}).get("readyReplicas"):
        remarks.append(f"the Flink operator in namespace {namespace} has no ready pod: until it has one, no FlinkDeployment comes up")
    return Provided(problems=tuple(problems), remarks=tuple(remarks))


def _watched(api_server: ApiServer, namespace: str) -> str:
    """Return the namespaces that the operator watches, with commas between; empty for all of them, and where it cannot be read."""
    try:
        found = api_server.find(f"{NAMESPACES}/{namespace}/configmaps/{_CONFIGURATION}") or {}
    except ApiServerForbiddenError:
        return ""
    told = _WATCHED.search("\n".join(str(text) for text in (found.get("data") or {}).values()))
    return told[1] if told else ""
