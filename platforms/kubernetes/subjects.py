"""From the engine's steps to the objects of the cluster that they wait for."""

from collections.abc import Mapping
from typing import Any

from pulumi.automation.events import StepEventMetadata

from cluster.diagnosis import Subject
from cluster.diagnosis.subject import Kind
from components.names import STATEMENT_TYPE

_KINDS: Mapping[str, Kind] = {
    "kubernetes:apps/v1:Deployment": Kind.DEPLOYMENT,
    "kubernetes:apps/v1:StatefulSet": Kind.STATEFUL_SET,
    "kubernetes:batch/v1:Job": Kind.JOB,
    "kubernetes:core/v1:Pod": Kind.POD,
    "kubernetes:core/v1:PersistentVolumeClaim": Kind.CLAIM,
    "kubernetes:core/v1:Namespace": Kind.NAMESPACE,
    "kubernetes:flink.apache.org/v1beta1:FlinkDeployment": Kind.FLINK_DEPLOYMENT,
    "kubernetes:helm.sh/v3:Release": Kind.RELEASE,
    "kubernetes:kafka.strimzi.io/v1:Kafka": Kind.KAFKA,
    "kubernetes:kafka.strimzi.io/v1:KafkaTopic": Kind.KAFKA_TOPIC,
    "kubernetes:kafka.strimzi.io/v1:KafkaUser": Kind.KAFKA_USER,
}
_GOING = frozenset({"delete", "delete-replaced"})
IMAGE_TYPE = "docker:index/image:Image"
_BUILDING = frozenset({"create", "update", "create-replacement"})


def subject_of(step: StepEventMetadata, session: Subject | None = None) -> Subject | None:
    """Return what a step waits for; None for a resource that is ready as soon as it is there, or whose name is not known yet.

    A statement waits for the `session` cluster: its TaskManagers are pods that Flink makes when there is a job for them.
    """
    if step.type == STATEMENT_TYPE:
        return None if step.op.value in _GOING else session
    kind = _KINDS.get(step.type)
    state = step.new or step.old
    if kind is None or state is None:
        return None
    inputs: Mapping[str, Any] = state.inputs or {}
    place = inputs if kind is Kind.RELEASE else inputs.get("metadata")
    if not isinstance(place, Mapping) or not isinstance(place.get("name"), str):
        return None
    name = place["name"]
    namespace = name if kind is Kind.NAMESPACE else place.get("namespace")
    if not isinstance(namespace, str):
        return None
    return Subject(kind=kind, namespace=namespace, name=name, going=step.op.value in _GOING)


def building(step: StepEventMetadata) -> str:
    """Say which image a step builds on this machine, empty for every other step. Docker's provider says nothing until it is pushed."""
    inputs: Mapping[str, Any] = (step.new.inputs if step.new else None) or {}
    build = inputs.get("build")
    if step.type != IMAGE_TYPE or step.op.value not in _BUILDING or not isinstance(build, Mapping):
        return ""
    return f"Docker builds {inputs.get('imageName')} from {build.get('dockerfile')} and pushes it (minutes for a first build)"
