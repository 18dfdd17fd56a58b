"""Pods of the stack by their part, and the ways in which a test disturbs them."""

from collections.abc import Mapping
from typing import Any

from kubernetes import client
from kubernetes.stream import stream

from tests.kubernetes.inventory import NAMESPACE
from tests.kubernetes.stack import KubernetesStack

SELECTORS: Mapping[str, str] = {
    "jobmanager": "app=flink-sql-session,component=jobmanager",
    "taskmanager": "app=flink-sql-session,component=taskmanager",
    "sql-gateway": "app.kubernetes.io/name=flink-sql-gateway",
    "operator": "app.kubernetes.io/name=flink-kubernetes-operator",
    "kafka": "app.kubernetes.io/name=kafka",
    "model-gateway": "app.kubernetes.io/name=model-gateway",
    "ollama": "app.kubernetes.io/name=ollama",
}


def pods(stack: KubernetesStack, part: str, namespace: str = NAMESPACE) -> list[Any]:
    """Return the pods of a part."""
    found: list[Any] = stack.cluster.core.list_namespaced_pod(namespace, label_selector=SELECTORS[part]).items
    return found


def found_in(stack: KubernetesStack, part: str, folder: str) -> list[str]:
    """Return what lies below a folder of a part's pod, each with its kind (`d` or `f`)."""
    return said_in(stack, part, f"find {folder} -mindepth 1 -printf '%y %p\\n'").splitlines()


def said_in(stack: KubernetesStack, part: str, script: str) -> str:
    """Run a script in the one pod of a part and return what it says."""
    (pod,) = pods(stack, part)
    execute = stack.cluster.core.connect_get_namespaced_pod_exec
    command = ["sh", "-c", script]
    said: str = stream(execute, pod.metadata.name, NAMESPACE, command=command, stderr=True, stdin=False, stdout=True, tty=False)
    return said


def has_part(stack: KubernetesStack, part: str) -> bool:
    """Tell whether a part is made of pods here: the operator's double is not, and the offline model needs no server."""
    return {"operator": stack.parts.operator, "ollama": stack.given.model_kind == "ollama"}.get(part, True)


def kill(stack: KubernetesStack, part: str, namespace: str = NAMESPACE) -> set[str]:
    """Remove the pods of a part at once, without their leave, and return their uids."""
    found = pods(stack, part, namespace)
    assert found, f"there is no pod of {part}"
    for pod in found:
        stack.cluster.core.delete_namespaced_pod(pod.metadata.name, namespace, grace_period_seconds=0)
    return {pod.metadata.uid for pod in found}


def kill_all(stack: KubernetesStack, *namespaces: str) -> dict[str, set[str]]:
    """Remove all pods of these namespaces at once, without their leave, and return their uids by namespace."""
    killed = {name: {pod.metadata.uid for pod in stack.cluster.core.list_namespaced_pod(name).items} for name in namespaces}
    for name in namespaces:
        stack.cluster.core.delete_collection_namespaced_pod(name, grace_period_seconds=0)
    return killed


def are_all_back(stack: KubernetesStack, namespace: str, killed: set[str]) -> bool:
    """Tell whether a namespace has its workloads' pods again: all new, and all ready but those of ended jobs."""
    found: list[Any] = stack.cluster.core.list_namespaced_pod(namespace).items
    lasting = [pod for pod in found if pod.status.phase != "Succeeded"]
    parts = {pod.metadata.labels.get("app.kubernetes.io/name") for pod in lasting}
    wanted = {"kafka", "flink-sql-gateway", "model-gateway", "flink-sql-session"}
    return wanted <= parts and not killed & {pod.metadata.uid for pod in lasting} and all(_ready(pod) for pod in lasting)


def is_back(stack: KubernetesStack, part: str, killed: set[str]) -> bool:
    """Tell whether a part has pods again, all new and all ready."""
    found = pods(stack, part)
    return bool(found) and not killed & {pod.metadata.uid for pod in found} and all(_ready(pod) for pod in found)


def scale(stack: KubernetesStack, deployment: str, replicas: int) -> None:
    """Set the number of a Deployment's pods, and wait until the old ones are gone."""
    apps = client.AppsV1Api(stack.cluster.dynamic.client)
    scaled: Any = {"spec": {"replicas": replicas}}
    apps.patch_namespaced_deployment_scale(deployment, NAMESPACE, scaled)

    def done() -> bool | None:
        status = apps.read_namespaced_deployment(deployment, NAMESPACE).status
        return True if status and (status.ready_replicas or 0) == replicas else None

    stack.wait(f"{deployment} has {replicas} pods", done)


def _ready(pod: Any) -> bool:  # noqa: ANN401
    return pod.metadata.deletion_timestamp is None and any(
        one.type == "Ready" and one.status == "True" for one in pod.status.conditions or []
    )
