"""What tells one cluster from another for a user of one namespace: the certificate authority that Kubernetes publishes in each.

The uid of `kube-system` tells it better, and only who may look at that namespace can read it.
"""

import hashlib

from cluster.api_server import ApiServer
from cluster.errors import ApiServerForbiddenError

ROOT_CERTIFICATES = "kube-root-ca.crt"
"""The ConfigMap that Kubernetes keeps in every namespace (RootCAConfigMap, since 1.20)."""


def authority(api_server: ApiServer, namespace: str) -> str:
    """Return a digest of the cluster's authority; empty where it is not published or may not be read. Raises ClusterError."""
    try:
        found = api_server.find(f"/api/v1/namespaces/{namespace}/configmaps/{ROOT_CERTIFICATES}")
    except ApiServerForbiddenError:
        return ""
    certificates = str(((found or {}).get("data") or {}).get("ca.crt") or "")
    return hashlib.sha256(certificates.encode()).hexdigest() if certificates else ""
