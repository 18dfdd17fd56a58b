"""Kafka in the cluster: one KRaft node that is broker and controller, on a volume of its own.

Needs: the namespace. Owns: Service and StatefulSet. Exports: where pods and this machine reach the broker.

Three listeners. INTERNAL is for pods. FORWARDED and CONTROLLER are bound to the pod's loopback: a port-forward arrives there, and nobody
else does. FORWARDED is advertised with the address that a client on this machine uses, so the local port is fixed.
"""

import base64
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes.apps.v1 import StatefulSet
from pulumi_kubernetes.core.v1 import Service

from cluster.names import KAFKA, KAFKA_FORWARDED_PORT, KAFKA_PORT
from components.kubernetes.declare import declare
from components.kubernetes.manifest import (
    Compute,
    Later,
    Manifest,
    Storage,
    container_security,
    labels,
    metadata,
    pod_basics,
    pod_security,
    selector,
    service,
)
from components.names import KAFKA_TYPE

KAFKA_IMAGE = "apache/kafka:4.3.1"
_USER = 1000
"""`appuser` of the image."""
_STORAGE = Storage(size="5Gi")
_COMPUTE = Compute(cpu="250m", cpu_limit="2", memory="1Gi")
_CONTROLLER_PORT = 9093
_LOOPBACK = "127.0.0.1"
_LOG_OVERHEAD = 12
"""Bytes of Kafka's own, as in its default of 1048588 beside a producer's 1048576."""
_DATA = "/var/lib/kafka/data"
_END_SECONDS = 60
"""A broker that is killed before its clean end checks its whole log at the next start."""


@dataclass(frozen=True, kw_only=True)
class KafkaArgs:
    """`forwarded_port` is the port on this machine that a port-forward to the broker listens on.

    `max_record_bytes` is the largest record that a producer may send.
    """

    namespace: str
    forwarded_port: int = 19092
    image: Later = KAFKA_IMAGE
    storage: Storage = _STORAGE
    compute: Compute = _COMPUTE
    heap_megabytes: int = 384
    max_record_bytes: int = 1_048_576

    @property
    def bootstrap(self) -> str:
        """Where pods reach the broker."""
        return f"{KAFKA}.{self.namespace}.svc:{KAFKA_PORT}"

    @property
    def forwarded_bootstrap(self) -> str:
        """Where this machine reaches it through a port-forward."""
        return f"{_LOOPBACK}:{self.forwarded_port}"


def cluster_id(namespace: str) -> str:
    """Derive the cluster's id: a broker refuses a volume that was formatted with another one.

    16 bytes in URL-safe base64 without padding, never beginning with a dash, which the formatter takes for an option.
    """
    encoded = base64.urlsafe_b64encode(uuid.uuid5(uuid.NAMESPACE_URL, f"kafka:{namespace}").bytes).decode().rstrip("=")
    return f"A{encoded[1:]}" if encoded.startswith("-") else encoded


def environment(args: KafkaArgs) -> dict[str, str]:
    """Return the broker's settings: `KAFKA_` and the property's name. The image drops its own properties as soon as one is given."""
    loopback = f"{_LOOPBACK}:{{}}"
    return {
        "CLUSTER_ID": cluster_id(args.namespace),
        "KAFKA_HEAP_OPTS": f"-Xms{args.heap_megabytes}m -Xmx{args.heap_megabytes}m",
        "KAFKA_OPTS": "-Duser.timezone=UTC",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_NODE_ID": "1",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": f"1@{loopback.format(_CONTROLLER_PORT)}",
        "KAFKA_LISTENERS": f"INTERNAL://:{KAFKA_PORT},FORWARDED://{loopback.format(KAFKA_FORWARDED_PORT)},"
        f"CONTROLLER://{loopback.format(_CONTROLLER_PORT)}",
        "KAFKA_ADVERTISED_LISTENERS": f"INTERNAL://{args.bootstrap},FORWARDED://{args.forwarded_bootstrap}",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "INTERNAL:PLAINTEXT,FORWARDED:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "KAFKA_INTER_BROKER_LISTENER_NAME": "INTERNAL",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        # Below the volume's root, where some file systems keep a folder of their own that the broker takes for a topic.
        "KAFKA_LOG_DIRS": f"{_DATA}/kraft",
        # Topics are never made by accident: they are resources.
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
        # One node holds one replica of everything; the defaults of three leave consumer groups and transactions waiting.
        "KAFKA_DEFAULT_REPLICATION_FACTOR": "1",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        # A producer counts a record without the head that the log adds to it.
        "KAFKA_MESSAGE_MAX_BYTES": str(args.max_record_bytes + _LOG_OVERHEAD),
        "KAFKA_REPLICA_FETCH_MAX_BYTES": str(args.max_record_bytes + _LOG_OVERHEAD),
    }


def kafka_manifests(args: KafkaArgs) -> list[Manifest]:
    """Return Service and StatefulSet, in this order."""
    return [service(KAFKA, args.namespace, {"kafka": KAFKA_PORT}), _stateful_set(args)]


def _stateful_set(args: KafkaArgs) -> Manifest:
    when = "Retain" if args.storage.keep else "Delete"
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": metadata(KAFKA, args.namespace),
        "spec": {
            "serviceName": KAFKA,
            "replicas": 1,
            "selector": {"matchLabels": selector(KAFKA)},
            "template": {"metadata": {"labels": labels(KAFKA)}, "spec": _pod(args)},
            "persistentVolumeClaimRetentionPolicy": {"whenDeleted": when, "whenScaled": "Retain"},
            "volumeClaimTemplates": [{"metadata": {"name": "data", "labels": labels(KAFKA)}, "spec": args.storage.claim}],
        },
    }


def _pod(args: KafkaArgs) -> dict[str, Any]:
    # A look at the port costs nothing; Kafka's own tools start a Java process each time. Topics are made only when the broker answers.
    look = {"tcpSocket": {"port": KAFKA_PORT}}
    return {
        **pod_basics(),
        "securityContext": pod_security(_USER, owns_volumes=True),
        "terminationGracePeriodSeconds": _END_SECONDS,
        "containers": [
            {
                "name": KAFKA,
                "image": args.image,
                "ports": [{"name": "kafka", "containerPort": KAFKA_PORT, "protocol": "TCP"}],
                "env": [{"name": name, "value": value} for name, value in environment(args).items()],
                "resources": args.compute.resources,
                # The image writes its configuration and its garbage collector's log below /opt/kafka at each start.
                "securityContext": container_security(read_only=False),
                "startupProbe": {**look, "periodSeconds": 2, "failureThreshold": 90},
                "readinessProbe": {**look, "periodSeconds": 5},
                "livenessProbe": {**look, "periodSeconds": 10, "failureThreshold": 6},
                "volumeMounts": [{"name": "data", "mountPath": _DATA}],
            }
        ],
    }


class Kafka(pulumi.ComponentResource):
    """`bootstrap` is for pods, `forwarded_bootstrap` for this machine, through a port-forward."""

    service: Service
    stateful_set: StatefulSet
    ready: list[pulumi.Resource]
    bootstrap: str
    forwarded_bootstrap: str

    def __init__(self, args: KafkaArgs, *, after: Sequence[pulumi.Resource] = (), opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(KAFKA_TYPE, KAFKA, {}, opts)
        service, stateful_set = kafka_manifests(args)
        self.service = declare(Service, service, parent=self, after=after)
        self.stateful_set = declare(StatefulSet, stateful_set, parent=self, after=[*after, self.service])
        self.ready = [self.service, self.stateful_set]
        self.bootstrap, self.forwarded_bootstrap = args.bootstrap, args.forwarded_bootstrap
        self.register_outputs({"bootstrap": self.bootstrap})
