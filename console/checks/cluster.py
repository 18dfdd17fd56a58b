"""Whether the cluster of the stack can be used: its API server, the rights there, a storage class, the namespace, the operator's kinds."""

import socket
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from cluster.api_server import ApiServer, connect
from cluster.contexts import find_context
from cluster.custom_resource_definitions import CustomResourceDefinitions
from cluster.diagnosis.claims import default_classes
from cluster.diagnosis.flink_deployment import going_suspicions
from cluster.diagnosis.snapshot import Snapshot, name_of, take_snapshot
from cluster.errors import ApiServerRefusedError, ClusterError
from components.errors import SettingsError
from components.kubernetes.first_look import ground_of
from components.kubernetes.operator_chart import OperatorChart, operator_chart
from components.own_state import IDENTITY_TYPE
from components.settings import Settings
from components.settings_kubernetes import ClusterSettings, KafkaKind
from console.checks.finding import Finding
from console.checks.recorded import recorded_resources
from console.project import Project
from embedded.settings import LOOPBACK

_CLASSES = "/apis/storage.k8s.io/v1/storageclasses"
_REVIEW = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"

_RIGHTS = (
    ("create", "apps", "deployments", ""),
    ("create", "apps", "statefulsets", ""),
    ("create", "batch", "jobs", ""),
    ("create", "", "secrets", ""),
    ("create", "networking.k8s.io", "networkpolicies", ""),
    ("create", "rbac.authorization.k8s.io", "roles", ""),
    ("create", "flink.apache.org", "flinkdeployments", ""),
    ("get", "", "services", "proxy"),
    ("create", "", "services", "proxy"),
    ("create", "", "pods", "portforward"),
    ("create", "", "pods", "exec"),
    ("get", "", "pods", "log"),
    ("list", "", "events", ""),
)
"""Verb, group, resource, subresource in the namespace: what is deployed, and the ways by which statements, topics and `logs` get in."""

_CLUSTER_RIGHTS = (("create", "", "namespaces", ""), ("patch", "apiextensions.k8s.io", "customresourcedefinitions", ""))


def check_cluster(project: Project, settings: Settings) -> list[Finding]:
    """Look at the cluster. Nothing is changed there. Never raises."""
    where = settings.kubernetes.cluster
    try:
        api_server = connect(where.context, where.kubeconfig)
        version = api_server.read("/version")
    except ClusterError as error:
        return [Finding(subject="cluster", ok=False, what=str(error), fix=error.advice)]
    kind = "looks local" if find_context(where.context, where.kubeconfig).looks_local else "is not on this machine"
    found = [
        Finding(subject="cluster", ok=True, what=f"context {where.context} at {api_server.server} ({kind}): {version.get('gitVersion')}")
    ]
    looks = (_rights(api_server, where), _storage(api_server, where), _namespace(api_server, where, project, settings), _port(settings))
    for look in looks:
        try:
            found += look
        except ClusterError as error:
            found.append(Finding(subject="cluster", ok=False, blocks=False, what=str(error), fix=error.advice))
    return [*found, *_kinds(api_server, settings)]


def _rights(api_server: ApiServer, where: ClusterSettings) -> Iterator[Finding]:
    missing = [_named(right) for right in _RIGHTS if not _may(api_server, right, where.namespace)]
    missing += [f"{_named(right)} in the whole cluster" for right in _CLUSTER_RIGHTS if not _may(api_server, right, "")]
    if missing:
        yield Finding(
            subject="rights",
            ok=False,
            what=f"context {where.context} may not {', '.join(missing)}",
            fix="ask who runs the cluster for them; without those in the whole cluster, namespace and CRDs must be there already",
            blocks=any("whole cluster" not in one for one in missing),
        )
    else:
        yield Finding(subject="rights", ok=True, what=f"enough for namespace {where.namespace}, its CRDs, service proxy and port-forwards")


def _may(api_server: ApiServer, right: tuple[str, str, str, str], namespace: str) -> bool:
    verb, group, resource, subresource = right
    attributes = {"verb": verb, "group": group, "resource": resource, "subresource": subresource, "namespace": namespace}
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": {"resourceAttributes": attributes}}
    answer: Mapping[str, Any] = api_server.ask(_REVIEW, body).get("status") or {}
    return bool(answer.get("allowed"))


def _named(right: tuple[str, str, str, str]) -> str:
    verb, _, resource, subresource = right
    return f"{verb} {resource}/{subresource}" if subresource else f"{verb} {resource}"


def _storage(api_server: ApiServer, where: ClusterSettings) -> Iterator[Finding]:
    classes = api_server.read(_CLASSES).get("items") or ()
    known = sorted(name_of(one) for one in classes)
    there = f"storage classes there are: {', '.join(known) or 'none'}"
    if where.storage_class:
        found = where.storage_class in known
        what = f"class {where.storage_class}" if found else f"there is no storage class {where.storage_class!r} ({there})"
    else:
        default = default_classes(Snapshot(namespace=where.namespace, storage_classes=classes))
        found = bool(default)
        what = f"default class {default[0]}" if default else f"the cluster has no default storage class ({there})"
    fix = "set `kubernetes.storageClass` to one of them, or install a provisioner"
    yield Finding(subject="storage", ok=found, what=what, fix="" if found else fix)


def _namespace(api_server: ApiServer, where: ClusterSettings, project: Project, settings: Settings) -> Iterator[Finding]:
    found = api_server.find(f"/api/v1/namespaces/{where.namespace}")
    if found is None:
        yield Finding(subject="namespace", ok=True, what=f"{where.namespace} is not there yet: `up` makes it")
    elif (found.get("status") or {}).get("phase") != "Terminating":
        yield from _ground(project, settings, found)
    else:
        snapshot = take_snapshot(api_server, where.namespace)
        held = [suspicion for one in snapshot.flink_deployments or () for suspicion in going_suspicions(one, snapshot)]
        why = f"{held[0].about}: {held[0].cause}" if held else "something in it has a finalizer, or its pods still end"
        fix = held[0].next_step if held else f"look at `kubectl get namespace {where.namespace} -o yaml`, and wait"
        yield Finding(subject="namespace", ok=False, what=f"{where.namespace} is being deleted: {why}", fix=fix)


def _ground(project: Project, settings: Settings, namespace: Mapping[str, Any]) -> Iterator[Finding]:
    """Tell whose the namespace is, and what lies in it under names that the stack needs."""
    name = settings.kubernetes.cluster.namespace
    resources = recorded_resources(project)
    if resources is None:
        what = f"{name} is there; whose its objects are is not known here, because the state is not in a folder: `preview` looks"
        yield Finding(subject="namespace", ok=True, what=what, blocks=False)
        return
    identity = next((outputs for kind, outputs in resources if kind == IDENTITY_TYPE), {})
    ground = ground_of(settings, project.stack, str(identity.get("stack_id") or "none yet"), resources)
    for problem in ground.problems:
        yield Finding(subject="namespace", ok=False, what=problem, fix="what the text says")
    if ground.problems:
        return
    if not ground.is_foreign:
        yield Finding(subject="namespace", ok=True, what=f"{name} is there and belongs to this stack")
        return
    level = (namespace["metadata"].get("labels") or {}).get("pod-security.kubernetes.io/enforce", "none")
    what = f"{name} is there and is somebody else's: it is used and left (Pod Security level enforced: {level})"
    yield Finding(subject="namespace", ok=True, what=what)


def _port(settings: Settings) -> Iterator[Finding]:
    """Tell whether the port of this machine on which the broker is reached is free, or held by another stack's command."""
    if settings.kubernetes.kafka.kind is not KafkaKind.SINGLE:
        return
    port = settings.ports.kafka
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            fix = "end what holds it (`forward` and `up` of another stack do), or give this stack its own port: `ports.kafka`"
            yield Finding(subject="port", ok=False, blocks=False, what=f"{port}, on which the broker is reached: {error.strerror}", fix=fix)
            return
    yield Finding(subject="port", ok=True, what=f"{port}, on which the broker is reached, is free")


def _kinds(api_server: ApiServer, settings: Settings) -> list[Finding]:
    try:
        chart = operator_chart(settings)
    except SettingsError as error:
        return [Finding(subject="operator", ok=False, what=problem, fix="fix `operator.chart`") for problem in error.problems]
    try:
        _require_not_newer(api_server, chart)
    except ClusterError as error:
        return [Finding(subject="operator", ok=False, blocks=False, what=str(error), fix=error.advice)]
    return [Finding(subject="operator", ok=True, what=f"chart {chart.version} is there, and no newer CRD in the cluster")]


def _require_not_newer(api_server: ApiServer, chart: OperatorChart) -> None:
    installed = CustomResourceDefinitions(api_server=api_server)
    for name, file in chart.crds.items():
        try:
            document = yaml.safe_load(file.read_text(encoding="utf-8"))
            installed.require_not_newer(document, version=chart.version, digest=chart.digest(name))
        except ApiServerRefusedError:
            # Who may not read definitions cannot be told; the right to them is a finding of its own.
            return
