"""An object of the cluster that somebody waits for."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The kinds that can be waited for. `RELEASE` is Helm's: what it installed is found by its annotation."""

    DEPLOYMENT = "Deployment"
    STATEFUL_SET = "StatefulSet"
    JOB = "Job"
    POD = "Pod"
    CLAIM = "PersistentVolumeClaim"
    FLINK_DEPLOYMENT = "FlinkDeployment"
    KAFKA = "Kafka"
    KAFKA_TOPIC = "KafkaTopic"
    KAFKA_USER = "KafkaUser"
    RELEASE = "Release"
    NAMESPACE = "Namespace"


OF_STRIMZI = frozenset({Kind.KAFKA, Kind.KAFKA_TOPIC, Kind.KAFKA_USER})
"""Kinds that only a cluster with Strimzi knows."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """An object to wait for. `going` means waiting for its deletion rather than its readiness."""

    kind: Kind
    namespace: str
    name: str
    going: bool = False

    def __str__(self) -> str:
        """Return its name for messages."""
        return f"{self.kind} {self.name}"
