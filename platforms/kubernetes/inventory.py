"""What a stack makes in its namespace and what it asks of it, before any is declared. A test compares it with the declaration."""

from collections.abc import Iterator, Mapping
from typing import Any

from cluster.limits import Container, Demand, amount, container_of
from cluster.names import JOB_MANAGER, OPERATOR, SESSION_CLUSTER, TASK_MANAGER
from cluster.ownership import ObjectName
from components.kubernetes.akhq import akhq_manifests, akhq_secret
from components.kubernetes.flink_operator import OPERATOR_COMPUTE
from components.kubernetes.kafka import kafka_manifests
from components.kubernetes.manifest import Manifest
from components.kubernetes.model_gateway import model_gateway_manifests, model_gateway_secret
from components.kubernetes.model_server import model_pull_manifests, model_server_manifests
from components.kubernetes.network_policies import network_policy_manifests
from components.kubernetes.pod_monitors import pod_monitor_manifests
from components.kubernetes.session_cluster import FlinkProcess, flink_account_manifests, session_cluster_manifests
from components.kubernetes.sql_gateway import sql_gateway_manifests
from platforms.kubernetes import arguments
from platforms.kubernetes.arguments import session_cluster_args
from platforms.kubernetes.images import LATER
from settings import KafkaKind, Settings

_TEMPLATES = frozenset({"Deployment", "StatefulSet", "Job"})


def inventory(settings: Settings) -> list[ObjectName]:
    """Return the objects' names, in no order that matters. The namespace itself is not among them."""
    return [
        ObjectName(kind=str(one["kind"]), namespace=str(one["metadata"]["namespace"]), name=str(one["metadata"]["name"]))
        for one in stack_manifests(settings)
    ]


def stack_manifests(settings: Settings) -> Iterator[Manifest]:
    """Return the objects as they are made, images and secrets aside."""
    kubernetes = settings.kubernetes
    namespace = kubernetes.cluster.namespace
    if kubernetes.cluster.network_policies:
        yield from network_policy_manifests(arguments.network_policy_args(settings))
    if arguments.has_pod_monitors(settings):
        yield from pod_monitor_manifests(arguments.pod_monitor_args(settings, ""))
    if kubernetes.kafka.kind is KafkaKind.SINGLE:
        yield from kafka_manifests(arguments.kafka_args(settings))
    if kubernetes.akhq.enabled:
        args = arguments.akhq_args(settings)
        yield from akhq_manifests(args)
        if args.has_secret:
            yield akhq_secret(args, {})
    if kubernetes.model_server.deployed:
        yield from model_server_manifests(arguments.model_server_args(settings))
        yield from model_pull_manifests(arguments.model_server_args(settings))
    yield from model_gateway_manifests(arguments.model_gateway_args(settings, LATER))
    if settings.has_api_key or settings.has_fallback_api_key:
        yield model_gateway_secret(arguments.model_gateway_args(settings, LATER), "")
    yield from flink_account_manifests(namespace)
    yield from session_cluster_manifests(arguments.session_cluster_args(settings, LATER))
    yield from sql_gateway_manifests(arguments.sql_gateway_args(settings, LATER))


def demand(settings: Settings) -> Demand:
    """Return what the stack needs at least: one TaskManager, and no second pod of a workload that is being replaced."""
    pods: dict[str, list[Container]] = {}
    claims = {}
    for one in stack_manifests(settings):
        name = str(one["metadata"]["name"])
        if one["kind"] in _TEMPLATES:
            pods[name] = list(_containers(one))
        for claim, spec in _claims(one):
            claims[claim] = amount(spec["resources"]["requests"]["storage"])
    flink = session_cluster_args(settings, LATER)
    pods[f"{SESSION_CLUSTER}, {JOB_MANAGER}"] = [_flink(JOB_MANAGER, flink.job_manager)]
    pods[f"{SESSION_CLUSTER}, {TASK_MANAGER}"] = [_flink(TASK_MANAGER, flink.task_manager)]
    if settings.kubernetes.operator.install:
        pods[OPERATOR] = [container_of(OPERATOR, OPERATOR_COMPUTE.resources)]
    return Demand(pods=pods, claims=claims, storage_class=settings.kubernetes.cluster.storage_class)


def _containers(manifest: Manifest) -> Iterator[Container]:
    for one in manifest["spec"]["template"]["spec"]["containers"]:
        yield container_of(str(one["name"]), one["resources"])


def _claims(manifest: Manifest) -> Iterator[tuple[str, Mapping[str, Any]]]:
    name = str(manifest["metadata"]["name"])
    if manifest["kind"] == "PersistentVolumeClaim":
        yield name, manifest["spec"]
    for one in manifest["spec"].get("volumeClaimTemplates") or () if manifest["kind"] == "StatefulSet" else ():
        yield f"{one['metadata']['name']}-{name}-0", one["spec"]


def _flink(name: str, process: FlinkProcess) -> Container:
    """Flink's container: memory is requested and limited alike, the CPU limit is a multiple of the request."""
    memory = f"{process.memory_megabytes}Mi"
    requests = {"cpu": str(process.cpu), "memory": memory}
    limits = {"cpu": str(process.cpu * process.cpu_limit_factor), "memory": memory}
    return container_of(name, {"requests": requests, "limits": limits})
