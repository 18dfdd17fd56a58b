"""What a manifest is, and the parts that every one has: metadata, labels, annotations for whoever applies it."""

from typing import Any

Manifest = dict[str, Any]
"""One Kubernetes object, as it would stand in a YAML file."""

Later = Any
"""A text, or what stands for one until it is known (an image that is still to be built, a secret). Put in its place unread."""

PART_OF = "flink-reviews"
MANAGED_BY = "pulumi"

NAME_LABEL = "app.kubernetes.io/name"
COMPONENT_LABEL = "app.kubernetes.io/component"
PART_OF_LABEL = "app.kubernetes.io/part-of"

SKIP_AWAIT = {"pulumi.com/skipAwait": "true"}
"""For a Service: Pulumi would watch its endpoints for ten seconds more (measured); the pods behind it are waited for anyway.

For a PersistentVolumeClaim: where volumes are bound for their first consumer, it stays pending until there is a pod.
"""


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
