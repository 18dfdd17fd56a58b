"""How resources reach a Flink and a Kafka: a value that a program writes once and every resource keeps as an input.

It has addresses and the paths of files. A credential is never in it: it is named, and read where it is used (components.access).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi

PROPERTY = "connection"
"""The input by which a resource's provider knows its connection."""
STACK_ID = "stackId"
"""The output of a stack that shares its Flink with others: the id by which it knows its jobs."""


@dataclass(frozen=True, kw_only=True)
class SecretRef:
    """Where a credential is found when it is needed: a secret key of the stack's configuration, or an environment variable.

    `config` is a key as `pulumi config set --secret` takes it, `environment` the name of a variable. One of them is given.
    """

    config: str = ""
    environment: str = ""

    def __post_init__(self) -> None:
        """Raise ValueError unless it names exactly one place."""
        if bool(self.config) == bool(self.environment):
            raise ValueError("a SecretRef names a configuration key or an environment variable, one of the two")

    def to_inputs(self) -> dict[str, str]:
        """Return the reference as a resource's input."""
        return {"config": self.config} if self.config else {"environment": self.environment}


@dataclass(frozen=True, kw_only=True)
class Connection:
    """Where SQL Gateway, JobManager and Kafka answer, as the machine that runs Pulumi reaches them.

    `gateway_url` and `jobmanager_url` are the base URLs of Flink's REST servers, `kafka_bootstrap` is host:port (several with commas).
    `certificate` is the path of a PEM file with a client certificate and its key, `authority` of one with who signed the servers'.
    `token` is sent to Flink's servers as `Authorization: Bearer`. `kafka_options` are options of the Kafka client such as
    `security.protocol`; their credentials are SecretRefs.
    `flink_kafka_bootstrap` is the broker as Flink's processes reach it, where that is another address. `plans_folder` is one that SQL
    Gateway and this machine both reach; without it, a gateway that lacks the filesystem connector makes every state verdict `unknown`.
    `resolver` (`module:function`) is called by the provider process with Pulumi's ConfigureRequest and returns an Access; then no address
    is given. So addresses follow the stack's configuration and no state holds an old one. A resolver is also given what else the
    connection says: `stack_id` by a stack that shares its Flink with others, `settings` that another stack has for its pipelines.
    """

    gateway_url: pulumi.Input[str] = ""
    jobmanager_url: pulumi.Input[str] = ""
    kafka_bootstrap: pulumi.Input[str] = ""
    flink_kafka_bootstrap: pulumi.Input[str] = ""
    certificate: pulumi.Input[str] = ""
    authority: pulumi.Input[str] = ""
    plans_folder: pulumi.Input[str] = ""
    token: SecretRef | None = None
    kafka_options: Mapping[str, str | SecretRef] = field(default_factory=dict)
    resolver: str = ""
    stack_id: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)

    def to_inputs(self) -> dict[str, Any]:
        """Return the connection as a resource's input. What is not given is left out."""
        plain = {
            "gateway_url": self.gateway_url,
            "jobmanager_url": self.jobmanager_url,
            "kafka_bootstrap": self.kafka_bootstrap,
            "flink_kafka_bootstrap": self.flink_kafka_bootstrap,
            "certificate": self.certificate,
            "authority": self.authority,
            "plans_folder": self.plans_folder,
            "resolver": self.resolver,
            "stack_id": self.stack_id,
        }
        given: dict[str, Any] = {name: value for name, value in plain.items() if value != ""}
        if self.settings:
            given["settings"] = dict(self.settings)
        if self.token is not None:
            given["token"] = self.token.to_inputs()
        if self.kafka_options:
            options = self.kafka_options.items()
            given["kafka_options"] = {name: value.to_inputs() if isinstance(value, SecretRef) else value for name, value in options}
        return given


OWN = Connection(resolver="platforms.connection:configured")
"""The connection of this project's own stacks. A resource whose state has no connection was made by them."""


def connection_in(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the connection of a resource's inputs or state."""
    return properties.get(PROPERTY) or OWN.to_inputs()


def is_moved(olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
    """Tell whether a resource is reached in another way than before. What it is stays the same."""
    return connection_in(olds) != connection_in(news)
