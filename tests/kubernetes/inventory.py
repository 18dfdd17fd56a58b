"""Everything that the stack puts into a cluster, by kind and name, so that what is left of it can be seen."""

import os
from collections.abc import Iterable
from typing import Any

from kubernetes import client

from tests.kubernetes.double.objects import Cluster

NAMESPACE = os.environ.get("FLINK_REVIEWS_NAMESPACE", "flink")
"""Another one lets two runs share a cluster; what belongs to the whole cluster they share."""
_GROUP = "flink.apache.org"


def inventory(cluster: Cluster) -> set[str]:
    """Return `kind name` of all that is in the stack's namespace, of its volumes, of Flink's definitions, and of cluster-wide rights."""
    api = cluster.dynamic.client
    apps, batch, core = client.AppsV1Api(api), client.BatchV1Api(api), client.CoreV1Api(api)
    rights, networks = client.RbacAuthorizationV1Api(api), client.NetworkingV1Api(api)
    own: dict[str, Any] = {
        "Deployment": apps.list_namespaced_deployment(NAMESPACE),
        "StatefulSet": apps.list_namespaced_stateful_set(NAMESPACE),
        "Job": batch.list_namespaced_job(NAMESPACE),
        "Pod": core.list_namespaced_pod(NAMESPACE),
        "Service": core.list_namespaced_service(NAMESPACE),
        "Secret": core.list_namespaced_secret(NAMESPACE),
        "ServiceAccount": core.list_namespaced_service_account(NAMESPACE),
        "PersistentVolumeClaim": core.list_namespaced_persistent_volume_claim(NAMESPACE),
        "NetworkPolicy": networks.list_namespaced_network_policy(NAMESPACE),
        "Role": rights.list_namespaced_role(NAMESPACE),
    }
    wide: dict[str, Any] = {
        "Namespace": core.list_namespace(),
        "ClusterRole": rights.list_cluster_role(),
        "ClusterRoleBinding": rights.list_cluster_role_binding(),
        "CustomResourceDefinition": client.ApiextensionsV1Api(api).list_custom_resource_definition(),
    }
    volumes: list[Any] = core.list_persistent_volume().items
    return {
        *(f"{kind} {name}" for kind, found in own.items() for name in _names(found.items)),
        *(f"{kind} {name}" for kind, found in wide.items() for name in _names(found.items)),
        *(
            f"PersistentVolume {name}"
            for name in _names(one for one in volumes if one.spec.claim_ref and one.spec.claim_ref.namespace == NAMESPACE)
        ),
    }


def left_of(cluster: Cluster) -> set[str]:
    """Return what is there of the stack: all in its namespace, and Flink's definitions and rights."""
    return {one for one in inventory(cluster) if _is_ours(one)}


def _is_ours(entry: str) -> bool:
    kind, name = entry.split(" ", 1)
    if kind in {"ClusterRole", "ClusterRoleBinding"}:
        return name.startswith("flink")
    if kind == "CustomResourceDefinition":
        return name.endswith(_GROUP)
    return name == NAMESPACE if kind == "Namespace" else True


def _names(items: Iterable[Any]) -> Iterable[str]:
    for one in items:
        yield one.metadata.name
