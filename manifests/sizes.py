"""How much a workload asks for and may take: processor, memory, disk."""

from dataclasses import dataclass
from typing import Any

from manifests.manifest import SKIP_AWAIT, Manifest, metadata


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
