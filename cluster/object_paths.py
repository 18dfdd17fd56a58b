"""Where the API server keeps an object, by its version, kind, namespace and name."""

from collections.abc import Mapping
from types import MappingProxyType

_PLURALS: Mapping[str, str] = MappingProxyType({"NetworkPolicy": "networkpolicies"})
"""Kinds whose plural is not made by an `s`."""
_CLUSTER_WIDE = frozenset({"Namespace", "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "PersistentVolume"})


def object_path(api_version: str, kind: str, namespace: str, name: str) -> str:
    """Return the path of one object: `/apis/apps/v1/namespaces/flink/deployments/akhq`."""
    root = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
    place = "" if kind in _CLUSTER_WIDE or not namespace else f"/namespaces/{namespace}"
    return f"{root}{place}/{_PLURALS.get(kind, f'{kind.lower()}s')}/{name}"
