"""The security posture of every pod: what the Pod Security Standard `restricted` asks for, and a little more.

https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from collections.abc import Mapping
from typing import Any

TEMPORARY = "/tmp"  # noqa: S108 - the path in a container, an emptyDir


def pod_security(user: int, *, group: int | None = None, owns_volumes: bool = False) -> dict[str, Any]:
    """Return the `securityContext` of a pod that runs as `user` (never 0), in the group of the same number.

    `owns_volumes`: its volumes belong to its group, so that it can write there.
    """
    group = user if group is None else group
    context: dict[str, Any] = {
        "runAsNonRoot": True,
        "runAsUser": user,
        "runAsGroup": group,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    # On root mismatch only: otherwise each start walks over every file of the volume.
    return {**context, "fsGroup": group, "fsGroupChangePolicy": "OnRootMismatch"} if owns_volumes else context


def container_security(*, read_only: bool = True) -> dict[str, Any]:
    """Return the `securityContext` of a container. `read_only` is about its root file system."""
    return {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": read_only}


def pod_basics() -> dict[str, Any]:
    """Return what every pod of ours has: no token of a service account, no environment made of other Services.

    The second keeps a Service called `kafka` from setting Kafka properties (`KAFKA_PORT=tcp://...`).
    """
    return {"automountServiceAccountToken": False, "enableServiceLinks": False}


def scratch(folders: Mapping[str, str]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return volumes and mounts of folders that are empty at each start, given as name and path."""
    volumes: list[dict[str, Any]] = [{"name": name, "emptyDir": {}} for name in folders]
    return volumes, [{"name": name, "mountPath": path} for name, path in folders.items()]
