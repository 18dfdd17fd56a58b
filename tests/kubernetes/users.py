"""Users of a cluster with the rights that a test gives them: a ServiceAccount, and a kubeconfig with a token of it."""

from collections.abc import Mapping
from typing import Any

from tests.kubernetes.double.objects import Cluster, Manifest

_TOKEN_SECONDS = 7200


def account(name: str, namespace: str) -> Manifest:
    """Return a ServiceAccount, which stands for a person."""
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": namespace}}


def kubeconfig_of(cluster: Cluster, user: Manifest) -> Mapping[str, Any]:
    """Return a kubeconfig with one context, of the user's name, in the user's namespace. The user must exist."""
    name, namespace = user["metadata"]["name"], user["metadata"]["namespace"]
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": _TOKEN_SECONDS}}
    token = str(cluster.core.create_namespaced_service_account_token(name, namespace, request).status.token)
    configuration = cluster.core.api_client.configuration
    server = {"server": configuration.host, "certificate-authority": configuration.ssl_ca_cert}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": server}],
        "users": [{"name": name, "user": {"token": token}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name, "namespace": namespace}}],
        "current-context": name,
    }
