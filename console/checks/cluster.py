"""Whether the cluster of the stack can be used: its API server, the rights there, a storage class, the namespace, the operator's kinds."""

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
from components.kubernetes.operator_chart import OperatorChart, operator_chart
from components.settings import Settings
from components.settings_kubernetes import ClusterSettings
from console.checks.finding import Finding

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


def check_cluster(settings: Settings) -> list[Finding]:
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
    for check in (_rights, _storage, _namespace):
        try:
            found += check(api_server, where)
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


def _namespace(api_server: ApiServer, where: ClusterSettings) -> Iterator[Finding]:
    found = api_server.find(f"/api/v1/namespaces/{where.namespace}")
    if found is None:
        yield Finding(subject="namespace", ok=True, what=f"{where.namespace} is not there yet: `up` makes it")
    elif (found.get("status") or {}).get("phase") != "Terminating":
        yield Finding(subject="namespace", ok=True, what=f"{where.namespace} is there")
    else:
        snapshot = take_snapshot(api_server, where.namespace)
        held = [suspicion for one in snapshot.flink_deployments or () for suspicion in going_suspicions(one, snapshot)]
        why = f"{held[0].about}: {held[0].cause}" if held else "something in it has a finalizer, or its pods still end"
        fix = held[0].next_step if held else f"look at `kubectl get namespace {where.namespace} -o yaml`, and wait"
        yield Finding(subject="namespace", ok=False, what=f"{where.namespace} is being deleted: {why}", fix=fix)


def _kinds(api_server: ApiServer, settings: Settings) -> list[Finding]:
    try:
        chart = operator_chart(settings)
    except SettingsError as error:
        return [Finding(subject="operator", ok=False, what=problem, fix="mend `operator.chart`") for problem in error.problems]
    try:
        _require_not_newer(api_server, chart)
    except ClusterError as error:
        return [Finding(subject="operator", ok=False, what=str(error), fix=error.advice)]
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
