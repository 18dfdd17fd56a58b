"""What people and clusters do to the platform's objects, each by one call: deleted, scaled, edited."""

import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from cluster.drift import object_path
from cluster.names import OPERATOR
from tests.kubernetes.inventory import NAMESPACE
from tests.kubernetes.stack import KubernetesStack

FLINK = "flink.apache.org/v1beta1"
Fault = Callable[[KubernetesStack], None]


@dataclass(frozen=True, kw_only=True)
class Place:
    """An object of the stack."""

    version: str
    kind: str
    name: str

    @property
    def path(self) -> str:
        return object_path(self.version, self.kind, NAMESPACE, self.name)

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, kw_only=True)
class Broken:
    """A fault, and what a preview says of it."""

    place: Place
    fault: Fault
    said: str


def deleted(place: Place) -> Broken:
    """Delete it, and wait until it is gone."""

    def fault(stack: KubernetesStack) -> None:
        stack.api_server.delete(place.path)
        stack.wait(f"{place} is gone", lambda: True if stack.api_server.find_metadata(place.path) is None else None)

    return Broken(place=place, fault=fault, said=f"{place} is gone from the cluster")


def edited(place: Place, patch: Mapping[str, Any], said: str) -> Broken:
    """Change fields of it, as `kubectl edit` does."""
    return Broken(place=place, fault=lambda stack: stack.api_server.merge(place.path, patch), said=f"{place} was changed by hand: {said}")


def uninstalled(stack: KubernetesStack) -> None:
    """Uninstall the operator behind Pulumi's back; of the doubled chart there is only Helm's record."""
    if stack.parts.operator:
        environment = {**os.environ, "HELM_KUBECONTEXT": stack.given.context}
        subprocess.run(["helm", "-n", NAMESPACE, "uninstall", OPERATOR, "--wait"], check=True, capture_output=True, env=environment)
        return
    stack.api_server.delete(object_path("v1", "Secret", NAMESPACE, f"sh.helm.release.v1.{OPERATOR}.v1"))


AKHQ = Place(version="apps/v1", kind="Deployment", name="akhq")
GATEWAY = Place(version="apps/v1", kind="Deployment", name="flink-sql-gateway")
MODEL_GATEWAY = Place(version="apps/v1", kind="Deployment", name="model-gateway")
KAFKA = Place(version="apps/v1", kind="StatefulSet", name="kafka")
SESSION = Place(version=FLINK, kind="FlinkDeployment", name="flink-sql-session")
CRD = "apiextensions.k8s.io/v1"

BROKEN: Mapping[str, Broken] = MappingProxyType(
    {
        "a Deployment deleted": deleted(AKHQ),
        "a Deployment scaled to 0": edited(GATEWAY, {"spec": {"replicas": 0}}, "spec.replicas is 0 and was 1"),
        "a Deployment's strategy edited": edited(MODEL_GATEWAY, {"spec": {"replicas": 2}}, "spec.replicas is 2 and was 1"),
        "a Service deleted": deleted(Place(version="v1", kind="Service", name="flink-sql-gateway")),
        "a ConfigMap edited": edited(Place(version="v1", kind="ConfigMap", name="akhq"), {"data": {"application.yml": "x"}}, "data."),
        "a ConfigMap deleted": deleted(Place(version="v1", kind="ConfigMap", name="akhq")),
        "a NetworkPolicy edited": edited(
            Place(version="networking.k8s.io/v1", kind="NetworkPolicy", name="kafka"), {"spec": {"ingress": [{}]}}, "spec.ingress"
        ),
        "a NetworkPolicy deleted": deleted(Place(version="networking.k8s.io/v1", kind="NetworkPolicy", name="kafka")),
        "a Role edited": edited(Place(version="rbac.authorization.k8s.io/v1", kind="Role", name="flink"), {"rules": []}, "rules"),
        "a ServiceAccount deleted": deleted(Place(version="v1", kind="ServiceAccount", name="flink")),
        "a StatefulSet scaled to 0": edited(KAFKA, {"spec": {"replicas": 0}}, "spec.replicas is 0 and was 1"),
        "the FlinkDeployment edited": edited(SESSION, {"spec": {"taskManager": {"resource": {"memory": "1600m"}}}}, "spec.taskManager"),
        "the Helm release uninstalled": Broken(
            place=Place(version="helm.sh/v3", kind="Release", name=OPERATOR),
            fault=uninstalled,
            said=f"Helm release {OPERATOR} is gone from the cluster",
        ),
        "the operator's Deployment deleted": deleted(Place(version="apps/v1", kind="Deployment", name=OPERATOR)),
        "a definition removed": Broken(
            place=Place(version=CRD, kind="CustomResourceDefinition", name="flinkstatesnapshots.flink.apache.org"),
            fault=lambda stack: stack.api_server.delete(
                object_path(CRD, "CustomResourceDefinition", "", "flinkstatesnapshots.flink.apache.org")
            ),
            said="flinkstatesnapshots.flink.apache.org will be applied again: it was removed outside of this stack",
        ),
    }
)
"""What can be broken without a row being lost, by name."""

AT_ONCE = (
    "a Deployment deleted",
    "a Deployment scaled to 0",
    "a Deployment's strategy edited",
    "a Service deleted",
    "a ConfigMap edited",
    "a NetworkPolicy edited",
    "the operator's Deployment deleted",
    "a definition removed",
)
"""What does not hide one another, and keeps jobs from nothing."""
