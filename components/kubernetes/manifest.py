"""What a manifest is, and the parts that every one has: labels, metadata, the pods' security, sizes and volumes. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cluster.names import COMPONENT_LABEL, NAME_LABEL, PART_OF, PART_OF_LABEL

Manifest = dict[str, Any]
"""One Kubernetes object, as it would stand in a YAML file."""

Later = Any
"""A text, or what stands for one until it is known (an image that is still to be built, a secret). Put in its place unread."""

MANAGED_BY = "pulumi"

SKIP_AWAIT = {"pulumi.com/skipAwait": "true"}
"""For a Service: Pulumi would watch its endpoints for ten seconds more (measured); the pods behind it are waited for anyway.

For a PersistentVolumeClaim: where volumes are bound for their first consumer, it stays pending until there is a pod.
"""

TEMPORARY = "/tmp"  # noqa: S108 - the path in a container, an emptyDir


def labels(name: str, component: str = "") -> dict[str, str]:
    """Return the labels of an object of the workload `name`."""
    told = {NAME_LABEL: name, PART_OF_LABEL: PART_OF, "app.kubernetes.io/managed-by": MANAGED_BY}
    return {**told, COMPONENT_LABEL: component} if component else told


def selector(name: str, component: str = "") -> dict[str, str]:
    """Return the labels by which the workload's pods are found. They may never change: selectors of workloads cannot be updated."""
    return {NAME_LABEL: name, COMPONENT_LABEL: component} if component else {NAME_LABEL: name}


def metadata(name: str, namespace: str, *, workload: str = "", annotations: dict[str, Later] | None = None) -> dict[str, Any]:
    """Return an object's metadata. `workload` is what it belongs to, when that is called otherwise.

    An empty map of annotations is left out: it would read as a change on every run (measured).
    """
    told: dict[str, Any] = {"name": name, "namespace": namespace, "labels": labels(workload or name)}
    return {**told, "annotations": dict(annotations)} if annotations else told


def service(name: str, namespace: str, ports: dict[str, int]) -> Manifest:
    """Return a ClusterIP Service over the workload's pods; each port goes to the container's port of the same number."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(name, namespace, annotations=dict(SKIP_AWAIT)),
        "spec": {
            "type": "ClusterIP",
            "selector": selector(name),
            "ports": [{"name": title, "port": port, "targetPort": port, "protocol": "TCP"} for title, port in ports.items()],
        },
    }


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


@dataclass(frozen=True, kw_only=True)
class Compute:
    """Quantities as Kubernetes writes them (`500m`, `1Gi`).

    Memory is requested and limited alike: what a node has promised is there, and a process that outgrows it is the one that ends.
    """

    cpu: str
    cpu_limit: str
    memory: str

    @property
    def resources(self) -> dict[str, dict[str, str]]:
        """The `resources` of a container."""
        return {"requests": {"cpu": self.cpu, "memory": self.memory}, "limits": {"cpu": self.cpu_limit, "memory": self.memory}}


@dataclass(frozen=True, kw_only=True)
class Storage:
    """A volume of its own. `storage_class` empty takes the cluster's default; `access_mode` `ReadWriteMany` is for several nodes.

    `keep` leaves the data when the stack is destroyed.
    """

    size: str
    storage_class: str = ""
    access_mode: str = "ReadWriteOnce"
    keep: bool = False

    @property
    def claim(self) -> dict[str, Any]:
        """The `spec` of a PersistentVolumeClaim."""
        spec: dict[str, Any] = {"accessModes": [self.access_mode], "resources": {"requests": {"storage": self.size}}}
        return {**spec, "storageClassName": self.storage_class} if self.storage_class else spec


def volume_claim(name: str, namespace: str, storage: Storage, *, workload: str) -> Manifest:
    """Return the PersistentVolumeClaim of a workload."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": metadata(name, namespace, workload=workload, annotations=dict(SKIP_AWAIT)),
        "spec": storage.claim,
    }
