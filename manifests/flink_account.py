"""The ServiceAccount of JobManager and TaskManagers, with what Flink needs of Kubernetes and no more.

The operator's chart would make one too, with every verb on pods, ConfigMaps and Deployments, and leave it behind when it is removed.
"""

from typing import Any

from manifests.manifest import Manifest, metadata
from manifests.names import FLINK_ACCOUNT, SESSION_CLUSTER

_CHANGE = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"]


def flink_account(namespace: str) -> list[Manifest]:
    """Return ServiceAccount, Role and RoleBinding, in this order."""

    def told() -> dict[str, Any]:
        return metadata(FLINK_ACCOUNT, namespace, workload=SESSION_CLUSTER)

    account: Manifest = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": told(), "automountServiceAccountToken": False}
    role: Manifest = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": told(),
        "rules": [
            # TaskManagers; leader election and the records of high availability.
            {"apiGroups": [""], "resources": ["pods", "configmaps"], "verbs": _CHANGE},
            # The JobManager's Deployment owns them.
            {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "list", "watch"]},
            {"apiGroups": ["apps"], "resources": ["deployments/finalizers"], "verbs": ["update"]},
        ],
    }
    binding: Manifest = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": told(),
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": FLINK_ACCOUNT},
        "subjects": [{"kind": "ServiceAccount", "name": FLINK_ACCOUNT, "namespace": namespace}],
    }
    return [account, role, binding]
