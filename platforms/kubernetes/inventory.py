"""What a stack makes in its namespace and what it asks of it, before any is declared. A test compares it with the declaration."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from cluster.limits import Container, Demand, amount, container_of
from cluster.names import JOB_MANAGER, KAFKA, OPERATOR, SESSION_CLUSTER, STRIMZI_ENTITY_OPERATOR, TASK_MANAGER, strimzi_pods
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
from components.kubernetes.strimzi import OPERATOR_COMPUTE as STRIMZI_COMPUTE
from components.kubernetes.strimzi import password_manifest, strimzi_manifests, user_manifests
from components.kubernetes.strimzi_topics import object_name
from platforms.kubernetes import arguments
from platforms.kubernetes.arguments import session_cluster_args
from platforms.kubernetes.images import LATER
from platforms.kubernetes.strimzi_arguments import strimzi_args
from settings import KafkaKind, Settings

_TEMPLATES = frozenset({"Deployment", "StatefulSet", "Job"})


def inventory(settings: Settings, topics: Iterable[str] = ()) -> list[ObjectName]:
    """Return the objects' names, in no order that matters. The namespace itself is not among them.

    `topics` are those that the stack would make: with Strimzi's Topic Operator each has an object too.
    """
    made = [
        ObjectName(kind=str(one["kind"]), namespace=str(one["metadata"]["namespace"]), name=str(one["metadata"]["name"]))
        for one in stack_manifests(settings)
    ]
    namespace = settings.kubernetes.cluster.namespace
    followed = topics if has_kafka_topics(settings) else ()
    return made + [ObjectName(kind="KafkaTopic", namespace=namespace, name=object_name(topic)) for topic in followed]


def has_kafka_topics(settings: Settings) -> bool:
    """Tell whether topics have KafkaTopics."""
    return settings.kubernetes.has_strimzi and settings.kubernetes.strimzi.topic_operator


def stack_manifests(settings: Settings) -> Iterator[Manifest]:
    """Return the objects as they are made, images and secrets aside."""
    kubernetes = settings.kubernetes
    namespace = kubernetes.cluster.namespace
    if kubernetes.cluster.network_policies:
        yield from network_policy_manifests(arguments.network_policy_args(settings))
    if arguments.has_pod_monitors(settings):
        yield from pod_monitor_manifests(arguments.pod_monitor_args(settings, ""))
    yield from _broker_manifests(settings)
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


def _broker_manifests(settings: Settings) -> Iterator[Manifest]:
    if settings.kubernetes.kafka.kind is KafkaKind.SINGLE:
        yield from kafka_manifests(arguments.kafka_args(settings))
    if settings.kubernetes.has_strimzi:
        args = strimzi_args(settings)
        yield from [*strimzi_manifests(args), *user_manifests(args)]
        if args.asks_for_login:
            yield password_manifest(args, "")


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
    if settings.kubernetes.has_strimzi:
        more, volumes = _strimzi(settings)
        pods |= more
        claims |= volumes
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


def _strimzi(settings: Settings) -> tuple[dict[str, list[Container]], dict[str, Decimal]]:
    """Return the pods and claims that Strimzi makes: nodes, and the pod of its Topic and User Operator."""
    args = strimzi_args(settings)
    nodes = strimzi_pods(args.nodes)
    pods = {node: [container_of(KAFKA, args.compute.resources)] for node in nodes}
    operators = [name for name, there in (("topic-operator", args.topic_operator), ("user-operator", args.asks_for_login)) if there]
    if operators:
        pods[STRIMZI_ENTITY_OPERATOR] = [container_of(name, STRIMZI_COMPUTE.resources) for name in operators]
    return pods, {f"data-0-{node}": amount(args.storage.size) for node in nodes}


def _flink(name: str, process: FlinkProcess) -> Container:
    """Flink's container: memory is requested and limited alike, the CPU limit is a multiple of the request."""
    memory = f"{process.memory_megabytes}Mi"
    requests = {"cpu": str(process.cpu), "memory": memory}
    limits = {"cpu": str(process.cpu * process.cpu_limit_factor), "memory": memory}
    return container_of(name, {"requests": requests, "limits": limits})
