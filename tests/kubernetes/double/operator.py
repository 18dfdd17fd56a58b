"""A controller that does for FlinkDeployments what the Flink Kubernetes Operator 1.15.0 was seen to do, for session clusters.

Its states: nothing -> `MISSING`/`UPGRADING` -> `DEPLOYING` -> (sometimes a passing `ERROR` with a FailedMount) -> `DEPLOYED_NOT_READY` ->
`READY`, with lifecycle `STABLE` one look later. A change of the spec takes the old cluster away and makes a new one. Deletion is refused
while jobs run in the session.
"""

import threading
from collections.abc import Callable
from typing import Any

from kubernetes import client
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from tests.kubernetes.double.flink_deployment import cluster_manifests
from tests.kubernetes.double.objects import Cluster, Manifest, RefusedError, is_ready

FINALIZER = "flinkdeployments.flink.apache.org/finalizer"
_API = {"group": "flink.apache.org", "version": "v1beta1", "plural": "flinkdeployments"}
_PAUSE_SECONDS = 1.0
_BLOCKS = "kubernetes.operator.session.deletion.block-on-unmanaged-jobs"
_LIVE = {"CREATED", "RUNNING", "RESTARTING", "FAILING", "INITIALIZING", "RECONCILING"}
_PASSING_ERROR = 'FailedMount: configmap "flink-config" not found'


class Operator:
    """Reconciles the FlinkDeployments of one namespace in a thread, until `stop`."""

    def __init__(self, cluster: Cluster, namespace: str, jobs: Callable[[Manifest], list[str]]) -> None:
        """`jobs` gives the states of a session cluster's jobs, or raises OSError when it cannot be asked."""
        self._cluster, self._namespace, self._jobs = cluster, namespace, jobs
        self._custom: Any = client.CustomObjectsApi(cluster.dynamic.client)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="operator double", daemon=True)
        self.defects: list[str] = []

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; what stands in the cluster stays."""
        self._end.set()
        self._thread.join(timeout=30)

    def _run(self) -> None:
        while not self._end.wait(_PAUSE_SECONDS):
            try:
                for deployment in self._deployments():
                    self._reconcile(deployment)
            except (ApiException, RefusedError, HTTPError, OSError) as error:
                self.defects.append(str(error))

    def _deployments(self) -> list[dict[str, Any]]:
        try:
            found: dict[str, Any] = self._custom.list_namespaced_custom_object(namespace=self._namespace, **_API)
        except ApiException as error:
            if error.status == 404:  # no such kind yet
                return []
            raise
        items: list[dict[str, Any]] = found["items"]
        return items

    def _reconcile(self, deployment: dict[str, Any]) -> None:
        metadata, status = deployment["metadata"], deployment.get("status") or {}
        if metadata.get("deletionTimestamp"):
            self._end_cluster(deployment)
        elif FINALIZER not in metadata.get("finalizers", []):
            self._patch(deployment, {"metadata": {"finalizers": [*metadata.get("finalizers", []), FINALIZER]}})
        elif status.get("observedGeneration") != metadata["generation"]:
            self._deploy(deployment)
        else:
            self._look(deployment, status)

    def _deploy(self, deployment: dict[str, Any]) -> None:
        self._say(deployment, "MISSING", lifecycle="UPGRADING")
        wanted = cluster_manifests(deployment)
        pods = [one for one in wanted if one["kind"] == "Deployment"]
        left = [one for one in pods if self._cluster.read(one) is not None]
        for one in left:
            self._cluster.delete(one)
        if not left:
            for one in wanted:
                self._cluster.apply(one)
            self._say(deployment, "DEPLOYING", lifecycle="DEPLOYED", observed=True, error=_PASSING_ERROR)

    def _look(self, deployment: dict[str, Any], status: Manifest) -> None:
        pods = [self._cluster.read(one) for one in cluster_manifests(deployment) if one["kind"] == "Deployment"]
        ready = all(one is not None and is_ready(one) for one in pods)
        was = status.get("jobManagerDeploymentStatus")
        if not ready:
            if was != "ERROR":
                self._say(deployment, {"DEPLOYING": "ERROR"}.get(str(was), "DEPLOYING"), lifecycle="DEPLOYED", error=_PASSING_ERROR)
        elif was in {"DEPLOYING", "ERROR"}:
            self._say(deployment, "DEPLOYED_NOT_READY", lifecycle="DEPLOYED", error=_PASSING_ERROR)
        elif was != "READY":
            self._say(deployment, "READY", lifecycle="DEPLOYED", error=_PASSING_ERROR)
        elif status.get("lifecycleState") != "STABLE":
            self._say(deployment, "READY", lifecycle="STABLE", error=None)

    def _end_cluster(self, deployment: dict[str, Any]) -> None:
        if FINALIZER not in deployment["metadata"].get("finalizers", []):
            return
        if self._blocked(deployment):
            self._say(deployment, "READY", lifecycle="DELETING")
            return
        wanted = cluster_manifests(deployment)
        for one in wanted:
            self._cluster.delete(one)
        if all(self._cluster.read(one) is None for one in wanted):
            others = [one for one in deployment["metadata"]["finalizers"] if one != FINALIZER]
            self._patch(deployment, {"metadata": {"finalizers": others}})

    def _blocked(self, deployment: Manifest) -> bool:
        if str((deployment["spec"].get("flinkConfiguration") or {}).get(_BLOCKS, "true")).lower() == "false":
            return False
        try:
            return any(state in _LIVE for state in self._jobs(deployment))
        except OSError:
            return False  # no JobManager, no jobs

    def _say(self, deployment: dict[str, Any], state: str, *, lifecycle: str, observed: bool = False, error: str | None = None) -> None:
        status: dict[str, Any] = {"jobManagerDeploymentStatus": state, "lifecycleState": lifecycle, "error": error}
        if observed:
            status["observedGeneration"] = deployment["metadata"]["generation"]
        self._patch(deployment, {"status": status}, status=True)

    def _patch(self, deployment: dict[str, Any], body: Manifest, *, status: bool = False) -> None:
        patch = self._custom.patch_namespaced_custom_object_status if status else self._custom.patch_namespaced_custom_object
        patch(namespace=self._namespace, name=deployment["metadata"]["name"], body=body, **_API)
