"""What a stack's configuration says about Kafka on Kubernetes: which one, and how Strimzi is to run it."""

from enum import StrEnum
from typing import ClassVar

from pydantic.dataclasses import dataclass

from options.option import Options, option
from settings.forms import ClientOptions, Cpus, ObjectName, Quantity, Servers

_MOST_REPLICAS = 3
"""Further copies cost space, and save nothing that three do not."""


class KafkaKind(StrEnum):
    """Which broker."""

    SINGLE = "single"
    """One KRaft broker of ours in the namespace."""
    EXTERNAL = "external"
    """One that is there already; it must be reachable from the cluster and from here under the same names."""
    STRIMZI = "strimzi"
    """Ours too, as resources of Strimzi's API: its operator, which somebody else runs, makes the brokers."""


class Authentication(StrEnum):
    """Whom the brokers let in."""

    NONE = "none"
    SCRAM = "scram-sha-512"
    TLS = "tls"


@dataclass(frozen=True, kw_only=True)
class KafkaSettings(Options):
    """The broker. `bootstrap`, `options` and `login` are for an external one, the rest for ours."""

    noun: ClassVar[str] = "kafka"

    kind: KafkaKind = option(
        KafkaKind.SINGLE,
        "single (one broker in the namespace), external (one that exists already) or strimzi (a Kafka of the stack's own that Strimzi's "
        "operator runs)",
    )
    bootstrap: Servers = option(
        "", "host:port of the external broker, reachable from the cluster and from here", example="broker.example.com:9092"
    )
    options: ClientOptions = option(
        {},
        "options of this machine's client of an external broker; passwords are secrets of their own",
        example="security.protocol=SASL_SSL,sasl.mechanism=SCRAM-SHA-512,sasl.username=orders",
    )
    login: ObjectName = option(
        "",
        "a Secret of the namespace with what Flink's clients need for an external broker: its keys are files below /etc/kafka-login",
        example="kafka-login",
    )
    storage: Quantity = option("5Gi", "volume of the broker, or of each node of Strimzi's")
    memory: Quantity = option("1Gi", "memory of the broker, or of each node of Strimzi's")
    cpu: Cpus = option("250m", "CPU request of the broker, or of each node of Strimzi's; its limit is 2, or this where it is more")

    @property
    def is_own(self) -> bool:
        """Whether the stack makes it."""
        return self.kind is not KafkaKind.EXTERNAL


@dataclass(frozen=True, kw_only=True)
class StrimziSettings(Options):
    """Kafka as resources of Strimzi's API. `replication` and `min_insync_replicas` of 0 follow from `nodes`."""

    noun: ClassVar[str] = "strimzi"

    operator_namespace: ObjectName = option(
        "",
        "with kafka.kind strimzi: where Strimzi's operator runs, which this stack never installs; without it the stack's own namespace",
        example="strimzi",
    )
    nodes: int = option(
        1, "with kafka.kind strimzi: nodes of Kafka, each broker and controller; 1, or 3 and more", low=1, high=9, unit="nodes"
    )
    replication: int = option(
        0,
        "with kafka.kind strimzi: replicas of Kafka's own topics, and of the stack's unless topics.replication or bundle.yaml says "
        "otherwise; 0 takes as many as there are nodes, at most 3",
        low=0,
        high=9,
        unit="replicas",
        example="3",
    )
    min_insync_replicas: int = option(
        0,
        "with kafka.kind strimzi: replicas that must have a record before a writer is told that it is kept; 0 takes one less than "
        "there are replicas, at least 1",
        low=0,
        high=9,
        unit="replicas",
        example="2",
    )
    authentication: Authentication = option(
        Authentication.NONE,
        "with kafka.kind strimzi: how Flink logs in, as a KafkaUser: none, scram-sha-512 or tls (certificates); this machine then logs in "
        "with the secret strimzi.password",
    )
    topic_operator: bool = option(
        default=True,
        meaning="with kafka.kind strimzi: run Strimzi's Topic Operator, and declare a KafkaTopic for each topic of the stack's own",
    )

    @property
    def replicas(self) -> int:
        """How many replicas a topic has where nobody says otherwise."""
        return self.replication or min(self.nodes, _MOST_REPLICAS)

    @property
    def insync_replicas(self) -> int:
        """How many of them must have a record."""
        return self.min_insync_replicas or max(1, self.replicas - 1)

    @property
    def asks_for_login(self) -> bool:
        """Whether the brokers let in only whom they know."""
        return self.authentication is not Authentication.NONE
