"""What a stack asks of its namespace: pods with requests and limits, and volumes. Counted from the manifests themselves."""

from collections.abc import Iterator, Mapping
from typing import Any

from cluster.limits import Container, Demand, amount, container_of
from components.kubernetes.arguments import session_cluster_args
from components.kubernetes.flink_operator import OPERATOR_COMPUTE
from components.kubernetes.images import LATER
from components.kubernetes.inventory import stack_manifests
from manifests.manifest import Manifest
from manifests.names import JOB_MANAGER, OPERATOR, SESSION_CLUSTER, TASK_MANAGER
from manifests.session_cluster import FlinkProcess
from settings import Settings

_TEMPLATES = frozenset({"Deployment", "StatefulSet", "Job"})


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
