"""The double of the Kubernetes plugin: objects are applied as they stand; the operator's chart becomes what its pods need of it."""

import base64
import gzip
import json
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from tests.kubernetes.double.objects import Cluster, Manifest, NotInTimeError, WaitError, as_live, is_ready, title, wait
from tests.kubernetes.double.servicer import NotReadyError, Properties

RELEASE = "kubernetes:helm.sh/v3:Release"
_DEFAULT_SECONDS = 300.0
_IDENTITY = ("apiVersion", "kind")
_CHANGEABLE: Mapping[str, Sequence[str]] = {
    "Job": (),
    "PersistentVolumeClaim": (),
    "StatefulSet": ("replicas", "template", "updateStrategy", "minReadySeconds", "persistentVolumeClaimRetentionPolicy"),
}
"""What of these kinds' specs may change; of other kinds all may."""


class KubernetesHands:
    """Applies, waits and deletes through the Kubernetes API. The provider's context and kubeconfig are the program's."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._cluster: Cluster | None = None
        self._properties: Properties = {}

    def configure(self, properties: Properties) -> None:
        """Remember the provider's properties; the cluster is reached with the first step."""
        self._properties = properties

    def replaces(self, old: Properties, new: Properties) -> list[str]:
        """Name what Kubernetes does not let change: identity, and the spec of a Job or a claim, and most of a StatefulSet's."""
        changed = [key for key in _IDENTITY if old.get(key) != new.get(key)]
        changed += ["spec"] if _fixed(old) != _fixed(new) else []
        moved = [key for key in ("name", "namespace") if _metadata(old).get(key) != _metadata(new).get(key)]
        return changed + [f"metadata.{key}" for key in moved]

    def create(self, kind: str, properties: Properties, seconds: float) -> tuple[str, Properties]:
        """Apply and wait."""
        if kind == RELEASE:
            return self._release(properties)
        try:
            return _identity(properties), self.update(kind, properties, seconds)
        except WaitError as error:
            raise NotReadyError(str(error), _identity(properties), properties) from error

    def update(self, kind: str, properties: Properties, seconds: float) -> Properties:
        """Apply and wait. What is cancelled is forgotten, as the real plugin does with a change, and not with a creation."""
        if kind == RELEASE:
            return self._release(properties)[1]
        self.cluster.apply(properties)
        found: dict[str, Any] = {}

        def ready() -> bool:
            found.update(self.cluster.read(properties) or {})
            return bool(found) and is_ready(found)

        try:
            wait(title(properties), _patience(properties, seconds), ready, self._stopped.is_set)
        except NotInTimeError as error:
            raise NotReadyError(str(error), _identity(properties), properties) from error
        return _as_told(properties, found)

    def read(self, kind: str, inputs: Properties, _state: Properties) -> tuple[Properties, Properties] | None:
        """Return the object as it is now, in the fields that the program gave; the chart's release as it was given."""
        if kind == RELEASE:
            return (inputs, inputs) if self.cluster.read(_record(inputs)) is not None else None
        found = self.cluster.read(inputs)
        if found is None:
            return None
        live = as_live(inputs, found)
        return live, live

    def delete(self, kind: str, properties: Properties, seconds: float) -> None:
        """Delete and wait until it is gone."""
        if kind == RELEASE:
            for manifest in (*_service_account(_metadata_of_release(properties)), _record(properties)):
                self.cluster.delete(manifest)
            return
        self.cluster.delete(properties)
        wait(
            f"{title(properties)} is being deleted",
            _patience(properties, seconds),
            lambda: self.cluster.read(properties) is None,
            self._stopped.is_set,
        )

    def stop(self) -> None:
        """End all waits."""
        self._stopped.set()

    @property
    def cluster(self) -> Cluster:
        """The cluster of the provider's context."""
        if self._cluster is None:
            self._cluster = Cluster.of(self._properties.get("kubeconfig"), str(self._properties["context"]))
        return self._cluster

    def _release(self, properties: Properties) -> tuple[str, Properties]:
        namespace = _metadata_of_release(properties)
        for manifest in (*_service_account(namespace), _record(properties)):
            self.cluster.apply(manifest)
        return f"{namespace}/{properties['name']}", {**properties, "status": {"status": "deployed"}}


def _as_told(properties: Properties, found: Properties) -> Properties:
    """Return what the real plugin keeps too: which object of that name it is, in which version, and its status."""
    told = {key: value for key, value in _metadata(found).items() if key in {"uid", "resourceVersion"}}
    return {**properties, "metadata": {**_metadata(properties), **told}, "status": found.get("status") or {}}


def _identity(properties: Properties) -> str:
    metadata = _metadata(properties)
    return f"{metadata.get('namespace', '')}/{metadata['name']}".strip("/")


def _fixed(properties: Properties) -> Mapping[str, Any]:
    changeable = _CHANGEABLE.get(str(properties.get("kind")))
    return {} if changeable is None else {key: value for key, value in properties["spec"].items() if key not in changeable}


def _metadata(properties: Properties) -> Mapping[str, Any]:
    found: Mapping[str, Any] = properties.get("metadata") or {}
    return found


def _metadata_of_release(properties: Properties) -> str:
    return str(properties["namespace"])


def _patience(properties: Properties, seconds: float) -> float:
    annotations = _metadata(properties).get("annotations") or {}
    return seconds or float(annotations.get("pulumi.com/timeoutSeconds", _DEFAULT_SECONDS))


def _record(properties: Properties) -> Manifest:
    """Helm's own record of a release: who looks for the release looks for it. Nothing stands in its manifest."""
    name = str(properties["name"])
    packed = base64.b64encode(gzip.compress(json.dumps({"manifest": ""}).encode(), mtime=0)).decode()
    labels = {"owner": "helm", "name": name, "status": "deployed", "version": "1"}
    metadata = {"name": f"sh.helm.release.v1.{name}.v1", "namespace": _metadata_of_release(properties), "labels": labels}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"release": packed}}


def _service_account(namespace: str) -> list[Manifest]:
    """The chart's account `flink` with what high availability needs: ConfigMaps."""
    metadata = {"name": "flink", "namespace": namespace}
    rules = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["*"]}]
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "flink"}
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata},
        {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": metadata, "rules": rules},
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": reference,
            "subjects": [{"kind": "ServiceAccount", **metadata}],
        },
    ]
