"""Kafka by Strimzi: a KafkaNodePool and a Kafka, from which Strimzi's operator makes brokers, Services, certificates and volumes.

Needs: the namespace, and Strimzi's operator, which somebody else runs. Owns: KafkaNodePool, Kafka and, where the brokers ask for a login,
the KafkaUsers. Exports: where pods and this machine reach the brokers.

Two listeners. `internal` is for pods. `forwarded` is for this machine: it advertises a port of the loopback address for each node, and a
port-forward leads from there to that node.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.core.v1 import Secret

from cluster.names import (
    AKHQ,
    CONSOLE_KAFKA_USER,
    FLINK_KAFKA_USER,
    KAFKA,
    KAFKA_FORWARDED_PORT,
    KAFKA_PORT,
    NAME_LABEL,
    SESSION_CLUSTER,
    STRIMZI_BOOTSTRAP,
    STRIMZI_CLUSTER_LABEL,
    STRIMZI_POOL,
)
from components.kubernetes.declare import declare, fingerprint
from components.kubernetes.manifest import Compute, Later, Manifest, Storage, container_security, metadata
from components.names import KAFKA_TYPE

API_VERSION = "kafka.strimzi.io/v1"
READY = "condition=Ready"
"""What Pulumi waits for. It looks at the generation too, so that a condition of before a change is not taken for the one after it."""
MEMBER = {STRIMZI_CLUSTER_LABEL: KAFKA}
"""The label by which an object of Strimzi's API says that it is about this Kafka."""
SCRAM, TLS, NO_LOGIN = "scram-sha-512", "tls", "none"

_LOOPBACK = "127.0.0.1"
_STORAGE = Storage(size="5Gi")
_COMPUTE = Compute(cpu="250m", cpu_limit="2", memory="1Gi")
OPERATOR_COMPUTE = Compute(cpu="50m", cpu_limit="1", memory="384Mi")
"""Of the Topic Operator, and of the User Operator."""
_LOG_OVERHEAD = 12
"""Bytes of Kafka's own, as in its default of 1048588 beside a producer's 1048576."""
_FINGERPRINT = "flink-reviews/password"
_PASSWORD_KEY = "password"  # noqa: S105 - the name of a key


@dataclass(frozen=True, kw_only=True)
class StrimziArgs:
    """`forwarded_port` is the port of this machine for node 0; each further node has the next one.

    `max_record_bytes` is the largest record that a producer may send. `authentication` is how Flink logs in. `closed` lets only the stack's
    own pods reach the listeners. `storage` and `compute` are of each node.
    """

    namespace: str
    forwarded_port: int = 19092
    storage: Storage = _STORAGE
    compute: Compute = _COMPUTE
    heap_megabytes: int = 384
    max_record_bytes: int = 1_048_576
    nodes: int = 1
    replication: int = 1
    min_insync_replicas: int = 1
    authentication: str = NO_LOGIN
    topic_operator: bool = True
    closed: bool = True
    ready_within_seconds: int = 900

    @property
    def asks_for_login(self) -> bool:
        """Whether the brokers let in only whom they know."""
        return self.authentication != NO_LOGIN

    @property
    def bootstrap(self) -> str:
        """Where pods reach the brokers."""
        return f"{STRIMZI_BOOTSTRAP}.{self.namespace}.svc:{KAFKA_PORT}"

    @property
    def has_entity_operator(self) -> bool:
        """Whether there is a pod with the Topic Operator, the User Operator or both."""
        return self.topic_operator or self.asks_for_login


def kafka_config(args: StrimziArgs) -> dict[str, Any]:
    """Return the brokers' properties; Strimzi sets those of listeners, log folders and controllers itself."""
    replication, insync = args.replication, args.min_insync_replicas
    return {
        # Topics are never made by accident: they are resources.
        "auto.create.topics.enable": "false",
        "default.replication.factor": replication,
        "min.insync.replicas": insync,
        "offsets.topic.replication.factor": replication,
        "transaction.state.log.replication.factor": replication,
        "transaction.state.log.min.isr": insync,
        "share.coordinator.state.topic.replication.factor": replication,
        "share.coordinator.state.topic.min.isr": insync,
        "group.initial.rebalance.delay.ms": 0,
        # A producer counts a record without the head that the log adds to it.
        "message.max.bytes": args.max_record_bytes + _LOG_OVERHEAD,
        "replica.fetch.max.bytes": args.max_record_bytes + _LOG_OVERHEAD,
    }


def listeners(args: StrimziArgs) -> list[dict[str, Any]]:
    """Return the listeners. Where Flink logs in, this machine does too: by SCRAM, whose password is never sent, within the port-forward."""
    login = {"authentication": {"type": args.authentication}} if args.asks_for_login else {}
    password = {"authentication": {"type": SCRAM}} if args.asks_for_login else {}
    brokers = [{"broker": node, "advertisedHost": _LOOPBACK, "advertisedPort": args.forwarded_port + node} for node in range(args.nodes)]
    internal = {"name": "internal", "port": KAFKA_PORT, "type": "internal", "tls": args.asks_for_login, **login}
    forwarded = {
        "name": "forwarded",
        "port": KAFKA_FORWARDED_PORT,
        "type": "internal",
        "tls": False,
        **password,
        "configuration": {"brokers": brokers},
    }
    if args.closed:
        # What a listener has no peers for, Strimzi's own policy opens to everybody.
        internal["networkPolicyPeers"] = [{"podSelector": {"matchLabels": {NAME_LABEL: name}}} for name in (SESSION_CLUSTER, AKHQ)]
        # A port-forward arrives from the pod's own node, and needs nothing; the nodes themselves are nobody who would come.
        forwarded["networkPolicyPeers"] = [{"podSelector": {"matchLabels": {**MEMBER, NAME_LABEL: KAFKA}}}]
    return [internal, forwarded]


def strimzi_manifests(args: StrimziArgs) -> list[Manifest]:
    """Return KafkaNodePool and Kafka, in this order."""
    return [_node_pool(args), _kafka(args)]


def user_manifests(args: StrimziArgs, password_fingerprint: Later = "") -> list[Manifest]:
    """Return the KafkaUsers of Flink and of this machine; none where the brokers ask nobody.

    `password_fingerprint` changes with the password: the User Operator looks at a user that changes at once, and else every two minutes.
    """
    if not args.asks_for_login:
        return []
    chosen = {"valueFrom": {"secretKeyRef": {"name": _password_secret(), "key": _PASSWORD_KEY}}}
    console = _user(args, CONSOLE_KAFKA_USER, {"type": SCRAM, "password": chosen})
    console["metadata"]["annotations"][_FINGERPRINT] = password_fingerprint
    return [_user(args, FLINK_KAFKA_USER, {"type": args.authentication}), console]


def password_manifest(args: StrimziArgs, password: Later) -> Manifest:
    """Return the Secret from which Strimzi takes the password of this machine."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata(_password_secret(), args.namespace, workload=KAFKA),
        "type": "Opaque",
        "stringData": {_PASSWORD_KEY: password},
    }


def _password_secret() -> str:
    # Strimzi itself makes one of the user's name.
    return f"{CONSOLE_KAFKA_USER}-password"


def _node_pool(args: StrimziArgs) -> Manifest:
    """Return nodes that are broker and controller each. Their numbers are fixed: the addresses that they advertise depend on them."""
    storage = args.storage
    volume: dict[str, Any] = {
        "id": 0,
        "type": "persistent-claim",
        "size": storage.size,
        "deleteClaim": not storage.keep,
        "kraftMetadata": "shared",
        **({"class": storage.storage_class} if storage.storage_class else {}),
    }
    heap = f"{args.heap_megabytes}m"
    told = metadata(STRIMZI_POOL, args.namespace, workload=KAFKA, annotations={"strimzi.io/next-node-ids": f"[0-{args.nodes - 1}]"})
    return {
        "apiVersion": API_VERSION,
        "kind": "KafkaNodePool",
        "metadata": {**told, "labels": {**told["labels"], **MEMBER}},
        "spec": {
            "replicas": args.nodes,
            "roles": ["controller", "broker"],
            "storage": {"type": "jbod", "volumes": [volume]},
            "resources": args.compute.resources,
            "jvmOptions": {"-Xms": heap, "-Xmx": heap, "javaSystemProperties": [{"name": "user.timezone", "value": "UTC"}]},
            "template": {
                "pod": {
                    # Volumes belong to the image's group, which is 0 in Strimzi's images; its user is never root.
                    "securityContext": {"runAsNonRoot": True, "fsGroup": 0, "seccompProfile": {"type": "RuntimeDefault"}},
                    "enableServiceLinks": False,
                },
                "kafkaContainer": {"securityContext": container_security(read_only=False)},
            },
        },
    }


def _kafka(args: StrimziArgs) -> Manifest:
    waiting = {"pulumi.com/waitFor": READY, "pulumi.com/timeoutSeconds": str(args.ready_within_seconds)}
    spec: dict[str, Any] = {"kafka": {"listeners": listeners(args), "config": kafka_config(args)}}
    if args.has_entity_operator:
        spec["entityOperator"] = _entity_operator(args)
    return {"apiVersion": API_VERSION, "kind": "Kafka", "metadata": metadata(KAFKA, args.namespace, annotations=waiting), "spec": spec}


def _entity_operator(args: StrimziArgs) -> dict[str, Any]:
    operator = {"resources": OPERATOR_COMPUTE.resources}
    contained = {"securityContext": container_security()}
    parts: dict[str, Any] = {}
    template: dict[str, Any] = {
        "pod": {
            "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
            "enableServiceLinks": False,
        }
    }
    if args.topic_operator:
        parts["topicOperator"], template["topicOperatorContainer"] = operator, contained
    if args.asks_for_login:
        parts["userOperator"], template["userOperatorContainer"] = operator, contained
    return {**parts, "template": template}


def _user(args: StrimziArgs, name: str, authentication: dict[str, Any]) -> Manifest:
    told = metadata(name, args.namespace, workload=KAFKA, annotations={"pulumi.com/waitFor": READY})
    return {
        "apiVersion": API_VERSION,
        "kind": "KafkaUser",
        "metadata": {**told, "labels": {**told["labels"], **MEMBER}},
        "spec": {"authentication": authentication},
    }


class StrimziKafka(pulumi.ComponentResource):
    """`bootstrap` is for pods. `ready` are what a topic waits for: the brokers, and who may log in."""

    node_pool: CustomResource
    kafka: CustomResource
    users: list[CustomResource]
    ready: list[pulumi.Resource]
    bootstrap: str

    def __init__(
        self,
        args: StrimziArgs,
        *,
        password: pulumi.Input[str] | None = None,
        after: Sequence[pulumi.Resource] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare it. With `storage.keep` Kafka and its nodes stay when the stack goes.

        A new Kafka gets a new cluster id from Strimzi, and a broker refuses a volume that was formatted with another one: so what keeps its
        data keeps its Kafka.
        """
        super().__init__(KAFKA_TYPE, KAFKA, {}, opts)
        keep = args.storage.keep
        pool, kafka = strimzi_manifests(args)
        self.node_pool = declare(CustomResource, pool, parent=self, after=after, keep=keep)
        self.kafka = declare(CustomResource, kafka, parent=self, after=[*after, self.node_pool], keep=keep)
        self.users = self._users(args, password, after)
        self.ready = [self.node_pool, self.kafka, *self.users]
        self.bootstrap = args.bootstrap
        self.register_outputs({"bootstrap": self.bootstrap})

    def _users(self, args: StrimziArgs, password: pulumi.Input[str] | None, after: Sequence[pulumi.Resource]) -> list[CustomResource]:
        if not args.asks_for_login:
            return []
        secret = declare(Secret, password_manifest(args, password), parent=self, after=after)
        # Only a Kafka that is ready has a User Operator, which makes a user ready.
        below = [*after, self.kafka, secret]
        changes_with = fingerprint(password) if password is not None else ""
        return [declare(CustomResource, one, parent=self, after=below) for one in user_manifests(args, changes_with)]
