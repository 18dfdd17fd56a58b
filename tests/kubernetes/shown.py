"""Everything of the stack's namespace that somebody may read: objects and logs."""

import json
from collections.abc import Collection
from typing import Any

from kubernetes import client

from tests.kubernetes.inventory import NAMESPACE
from tests.kubernetes.stack import KubernetesStack


def objects_and_logs(stack: KubernetesStack, *, but: Collection[str]) -> dict[str, str]:
    """Return everything in the namespace as text, but for Secrets of these names, and the logs of all containers."""
    api = stack.cluster.dynamic.client
    apps, core = client.AppsV1Api(api), stack.cluster.core
    listed: list[Any] = [
        *apps.list_namespaced_deployment(NAMESPACE).items,
        *apps.list_namespaced_replica_set(NAMESPACE).items,
        *apps.list_namespaced_stateful_set(NAMESPACE).items,
        *core.list_namespaced_config_map(NAMESPACE).items,
        *core.list_namespaced_event(NAMESPACE).items,
        *(one for one in core.list_namespaced_secret(NAMESPACE).items if one.metadata.name not in but),
    ]
    running: list[Any] = core.list_namespaced_pod(NAMESPACE).items
    texts = {f"{type(one).__name__} {one.metadata.name}": json.dumps(api.sanitize_for_serialization(one)) for one in (*listed, *running)}
    session = {"apiVersion": "flink.apache.org/v1beta1", "kind": "FlinkDeployment"}
    found = stack.cluster.read({**session, "metadata": {"name": "flink-sql-session", "namespace": NAMESPACE}})
    texts["FlinkDeployment"] = json.dumps(found, default=str)
    return texts | {f"log of {one.metadata.name}": str(core.read_namespaced_pod_log(one.metadata.name, NAMESPACE)) for one in running}
