"""What a stack's configuration says about the Kubernetes platform."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from cluster.decoration import Decoration
from components.settings_decoration import decoration, decoration_problems
from components.settings_key import Value, flink_megabytes
from components.settings_keys_kubernetes import (
    CONTEXT,
    INSTALL_OPERATOR,
    KAFKA_BOOTSTRAP,
    MANAGE_CRDS,
    MANAGE_NAMESPACE,
    NAMESPACE,
    OPERATOR_NAMESPACE,
    PROMOTED_FROM,
    READY_IMAGES,
    REGISTRY,
    TAKE_OVER,
)


class KafkaKind(StrEnum):
    """Which broker."""

    SINGLE = "single"
    """One KRaft broker of ours in the namespace."""
    EXTERNAL = "external"
    """One that is there already, without authentication; it must be reachable from the cluster and from here under the same names."""


@dataclass(frozen=True, kw_only=True)
class ClusterSettings:
    """Which cluster and which namespace of it. `context` names a context of the kubeconfig; `kubeconfig` is a path, empty for kubectl's.

    `storage_class` is empty for the cluster's default. `api_server_addresses` are the networks that the proxy of the API server comes from,
    where that is not the pods' own node. `taken_over` are objects (`Kind/name`) and ids of stacks that this stack may take over.
    Without `manage_namespace` somebody else makes the namespace: it is used and left, and nothing of it changes.
    """

    context: str
    kubeconfig: str
    namespace: str
    allow_remote: bool
    storage_class: str
    network_policies: bool
    api_server_addresses: tuple[str, ...]
    taken_over: tuple[str, ...] = ()
    manage_namespace: bool = True


@dataclass(frozen=True, kw_only=True)
class ImageSettings:
    """Where images are pushed to and pulled from. `flink` and `model_gateway` are images that are there already, by digest, or empty.

    `platform` is what they are built for: `local`, or Docker's name of another one.
    """

    flink_repository: str
    model_gateway_repository: str
    platform: str
    flink: str
    model_gateway: str
    provide_registry: bool


@dataclass(frozen=True, kw_only=True)
class OperatorSettings:
    """The Flink operator. `chart` is the path of an unpacked chart or of its archive, empty for the pinned release.

    Without `install` or `manage_crds` somebody else provides operator or definitions: they are read and checked, never written.
    `namespace` is where an operator of somebody else runs, empty for the stack's own.
    """

    chart: str
    webhook: bool
    retain_crds: bool
    install: bool = True
    manage_crds: bool = True
    namespace: str = ""


@dataclass(frozen=True, kw_only=True)
class KafkaSettings:
    """The broker. `bootstrap` is for an external one; amounts in Kubernetes' notation are for ours."""

    kind: KafkaKind
    bootstrap: str
    storage: str
    memory: str
    cpu: str


@dataclass(frozen=True, kw_only=True)
class AkhqSettings:
    """The web page on Kafka. With `security` people log in and see, without it everybody who reaches the port may do anything."""

    enabled: bool
    security: bool


@dataclass(frozen=True, kw_only=True)
class SessionClusterSettings:
    """Memory in megabytes. `state_uri` is where checkpoints go, empty for a volume of `storage` size. `cpu` is of each process."""

    storage: str
    state_uri: str
    job_manager_megabytes: int
    cpu: str


@dataclass(frozen=True, kw_only=True)
class ModelServerSettings:
    """Ollama in the cluster. Not deployed when `model.endpoint` names a server, or when the model is another kind."""

    deployed: bool
    storage: str
    memory: str
    cpu: str


@dataclass(frozen=True, kw_only=True)
class KubernetesSettings:
    """The platform. `promoted_from` is the stack whose images and bundle are taken over, empty where they are made.

    `decoration` is what every object and pod bears.
    """

    cluster: ClusterSettings
    images: ImageSettings
    operator: OperatorSettings
    kafka: KafkaSettings
    akhq: AkhqSettings
    session_cluster: SessionClusterSettings
    model_server: ModelServerSettings
    promoted_from: str
    decoration: Decoration

    @property
    def operator_namespace(self) -> str:
        """Where the operator runs."""
        return self.operator.namespace or self.cluster.namespace


def kubernetes_problems(values: Mapping[str, Value]) -> list[str]:
    """Return what is wrong between the keys, each with what to do. The keys' own values are right already."""
    problems: list[str] = []
    if not values[CONTEXT]:
        problems.append(
            f"{CONTEXT} is missing: the cluster is always named, never the one that kubectl happens to use, "
            f"for example `pulumi config set {CONTEXT} kind-kind` (`kubectl config get-contexts` lists them)"
        )
    if values["kafka.kind"] == KafkaKind.EXTERNAL and not values[KAFKA_BOOTSTRAP]:
        problems.append(
            f"{KAFKA_BOOTSTRAP} is missing: kafka.kind external needs a broker, "
            f"for example `pulumi config set {KAFKA_BOOTSTRAP} broker.example.com:9092`"
        )
    if values[PROMOTED_FROM]:
        problems += [
            f"{name} is set and {PROMOTED_FROM} is {values[PROMOTED_FROM]}: images come from that stack. Remove one of the two"
            for name in (*READY_IMAGES, REGISTRY)
            if values[name]
        ]
    if values[OPERATOR_NAMESPACE] and values[INSTALL_OPERATOR]:
        problems.append(
            f"{OPERATOR_NAMESPACE} is {values[OPERATOR_NAMESPACE]} and {INSTALL_OPERATOR} is true: an operator of the stack's runs in its "
            f"own namespace. Remove the key, or `pulumi config set {INSTALL_OPERATOR} false`"
        )
    return [*problems, *decoration_problems(values)]


def kubernetes_settings(values: Mapping[str, Value], *, ollama: bool) -> KubernetesSettings:
    """Return the settings. `ollama` tells that Ollama answers and nobody named a server."""

    def text(name: str) -> str:
        return str(values[name])

    return KubernetesSettings(
        cluster=ClusterSettings(
            context=text(CONTEXT),
            kubeconfig=text("kubernetes.kubeconfig"),
            namespace=text(NAMESPACE),
            allow_remote=bool(values["kubernetes.allowRemote"]),
            storage_class=text("kubernetes.storageClass"),
            network_policies=bool(values["kubernetes.networkPolicies"]),
            api_server_addresses=_listed(text("kubernetes.apiServerAddresses")),
            taken_over=_listed(text(TAKE_OVER)),
            manage_namespace=bool(values[MANAGE_NAMESPACE]),
        ),
        images=ImageSettings(
            flink_repository=text("image.repository"),
            model_gateway_repository=text("image.modelGatewayRepository"),
            platform=text("image.platform"),
            flink=text(READY_IMAGES[0]),
            model_gateway=text(READY_IMAGES[1]),
            provide_registry=bool(values[REGISTRY]),
        ),
        operator=OperatorSettings(
            chart=text("operator.chart"),
            webhook=bool(values["operator.webhook"]),
            retain_crds=bool(values["crds.retain"]),
            install=bool(values[INSTALL_OPERATOR]),
            manage_crds=bool(values[MANAGE_CRDS]),
            namespace=text(OPERATOR_NAMESPACE),
        ),
        kafka=KafkaSettings(
            kind=KafkaKind(text("kafka.kind")),
            bootstrap=text(KAFKA_BOOTSTRAP),
            storage=text("kafka.storage"),
            memory=text("kafka.memory"),
            cpu=text("kafka.cpu"),
        ),
        akhq=AkhqSettings(enabled=bool(values["akhq.enabled"]), security=bool(values["akhq.security"])),
        session_cluster=SessionClusterSettings(
            storage=text("flink.storage"),
            state_uri=text("flink.stateUri"),
            job_manager_megabytes=flink_megabytes(text("flink.jobManagerMemory")),
            cpu=text("flink.cpu"),
        ),
        model_server=ModelServerSettings(
            deployed=ollama, storage=text("model.storage"), memory=text("model.memory"), cpu=text("model.cpu")
        ),
        promoted_from=text(PROMOTED_FROM),
        decoration=decoration(values),
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(one for one in text.split(",") if one)
