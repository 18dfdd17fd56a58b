"""What a stack's configuration says about the Kubernetes platform; the embedded one does not look at it."""

from dataclasses import field
from typing import Annotated, ClassVar

from pydantic.dataclasses import dataclass

from options.infrastructure import FlinkMemory, flink_megabytes
from options.option import Options, one_of, option
from settings.external import Url
from settings.forms import (
    Annotations,
    ClusterObjectName,
    Cpus,
    ImageReference,
    Labels,
    Networks,
    ObjectName,
    ObjectNames,
    Objects,
    Quantity,
    Repository,
    SecretKey,
    Tolerations,
)
from settings.kafka import KafkaKind, KafkaSettings, StrimziSettings

LOCAL = "local"
"""Docker's word for the platform of the machine that builds."""
ONE_NODE, ANY_NODE = "ReadWriteOnce", "ReadWriteMany"
"""Access modes of a volume: mounted by pods of one node, or of any."""
_DIGEST = "sha256:" + 64 * "0"


@dataclass(frozen=True, kw_only=True)
class ClusterSettings(Options):
    """Which cluster and which namespace of it. Without `manage_namespace` nothing of the namespace changes."""

    noun: ClassVar[str] = "kubernetes"

    context: str = option(
        "",
        "context of the kubeconfig; required on kubernetes, never taken from what kubectl happens to use",
        example="kind-kind",
    )
    kubeconfig: str = option("", "path of the kubeconfig; without it KUBECONFIG, else ~/.kube/config", example="~/.kube/config")
    namespace: ObjectName = option(
        "flink",
        "the namespace that everything lies in; one that the stack creates is removed with it, one that exists already is used and left",
    )
    manage_namespace: bool = option(
        default=True, meaning="create the namespace; false where somebody else creates it: then it is checked, used and left"
    )
    taken_over: Objects = option(
        (),
        "objects (Kind/name) or ids of stacks that this stack may take over although they are not its own",
        example="Service/kafka,StatefulSet/kafka",
        key="kubernetes.takeOver",
    )
    allow_remote: bool = option(default=False, meaning="deploy also where the cluster does not look like one on this machine")
    storage_class: ObjectName = option("", "storage class of the volumes; without it the cluster's default", example="standard")
    network_policies: bool = option(default=True, meaning="deny all traffic in the namespace but what the services need")
    api_server_addresses: Networks = option(
        (), "networks that the API server's proxy comes from, where it does not run on the pods' node", example="10.0.0.0/28"
    )


@dataclass(frozen=True, kw_only=True)
class ImageSettings(Options):
    """Where images are pushed to and pulled from."""

    noun: ClassVar[str] = "image"

    flink_repository: Repository = option("localhost:5001/flink-ai-demo", "registry and name of the Flink image", key="image.repository")
    model_gateway_repository: Repository = option("localhost:5001/model-gateway", "registry and name of the model gateway's image")
    platform: Annotated[str, one_of(LOCAL, "linux/amd64", "linux/arm64")] = option(
        LOCAL, "what images are built for: local (as this machine), linux/amd64 or linux/arm64 (as the cluster's nodes)"
    )
    flink: ImageReference = option(
        "", "an existing Flink image, by digest; then none is built", example=f"registry.example.com/flink-ai-demo@{_DIGEST}"
    )
    model_gateway: ImageReference = option(
        "", "an existing image of the model gateway, by digest; then none is built", example=f"registry.example.com/model-gateway@{_DIGEST}"
    )
    provide_registry: bool = option(
        default=False, meaning="run a registry on localhost:5001 in Docker on this machine", key="registry.provide"
    )


@dataclass(frozen=True, kw_only=True)
class OperatorSettings(Options):
    """The Flink operator. What somebody else provides is read and checked, never written."""

    noun: ClassVar[str] = "operator"

    install: bool = option(
        default=True,
        meaning="install the operator; false where somebody else runs one that watches the namespace: then it is only checked",
    )
    namespace: ObjectName = option(
        "", "where an operator of somebody else runs; without it the stack's own namespace", example="flink-operator"
    )
    chart: str = option(
        "",
        "path of the operator's Helm chart, unpacked or packed; without it the pinned release is fetched",
        example="charts/flink-kubernetes-operator-1.15.0-helm.tgz",
    )
    webhook: bool = option(default=False, meaning="the operator's admission webhook; needs cert-manager in the cluster")
    manage_crds: bool = option(
        default=True, meaning="apply the operator's CRDs; false where somebody else does: then they are only checked", key="crds.manage"
    )
    retain_crds: bool = option(
        default=True, meaning="leave the operator's CRDs in the cluster when the stack is destroyed", key="crds.retain"
    )


@dataclass(frozen=True, kw_only=True)
class AkhqSettings(Options):
    """The web page on Kafka. Without `security` everybody who reaches the port may do anything."""

    noun: ClassVar[str] = "akhq"

    enabled: bool = option(default=True, meaning="a web page on Kafka")
    security: bool = option(default=False, meaning="AKHQ asks for a login and lets people read only")


@dataclass(frozen=True, kw_only=True)
class SessionClusterSettings(Options):
    """The pods of Flink. `state_uri` is empty for a volume of `storage` size."""

    noun: ClassVar[str] = "flink"

    storage: Quantity = option("5Gi", "volume of checkpoints, savepoints and the JobManager's high-availability data")
    volume_access: Annotated[str, one_of(ONE_NODE, ANY_NODE)] = option(
        "", f"access mode of that volume; without it {ONE_NODE}, which a promoted stack has to choose by name", example=ANY_NODE
    )
    state_uri: str = option(
        "",
        "where checkpoints go instead of a volume; an image that is built here can write to `s3://`",
        example="s3://bucket/flink",
    )
    job_manager_memory: FlinkMemory = option("1024m", "memory of the JobManager's process, as Flink writes it")
    cpu: Cpus = option("500m", "CPU request of each JobManager and TaskManager; the limit is 2, or this where it is more")

    @property
    def access_mode(self) -> str:
        """The access mode that the volume is claimed with."""
        return self.volume_access or ONE_NODE

    @property
    def is_bound_to_a_node(self) -> bool:
        """Whether the state is lost with the node that its volume lies on."""
        return not self.state_uri and self.access_mode == ONE_NODE

    @property
    def job_manager_megabytes(self) -> int:
        """Memory of the JobManager's process."""
        return flink_megabytes(self.job_manager_memory)


@dataclass(frozen=True, kw_only=True)
class ObjectStoreSettings(Options):
    """The object store of `flink.stateUri`, where it is not AWS's, or is not reached by the role of a service account."""

    noun: ClassVar[str] = "objectStore"

    endpoint: Url = option(
        "", "address of the S3 API of a store that is not AWS's, as pods reach it", example="https://minio.example.com:9000"
    )
    path_style: bool = option(
        default=True, meaning="with an endpoint, name the bucket in the path and not in the host name, as most stores want it"
    )
    credentials: ObjectName = option(
        "",
        "a Secret of the namespace with the keys `access-key` and `secret-key`; without it the role of the service account counts",
        example="state-store",
    )


@dataclass(frozen=True, kw_only=True)
class ModelServerSettings(Options):
    """Ollama in the cluster. `deployed` is found out: not when `model.endpoint` names a server, or when the model is another kind."""

    noun: ClassVar[str] = "model"

    storage: Quantity = option("20Gi", "volume of Ollama's models")
    memory: Quantity = option("8Gi", "memory of Ollama")
    cpu: Cpus = option("1", "CPU request of Ollama; it may take more")
    deployed: bool = False


@dataclass(frozen=True, kw_only=True)
class ModelKeySettings(Options):
    """Keys of model servers that lie in Secrets of somebody else: the model gateway reads them there, and follows them."""

    noun: ClassVar[str] = "model"

    api_key_from: SecretKey = option("", "in place of model.apiKey: a Secret and a key in it, `<secret>/<key>`", example="openai/api-key")
    fallback_api_key_from: SecretKey = option("", "the same for model.fallbackApiKey", example="openai/second-key")


@dataclass(frozen=True, kw_only=True)
class MonitoringSettings(Options):
    """The Prometheus that somebody else runs. Counts with `metrics.enabled` only."""

    noun: ClassVar[str] = "metrics"

    namespace: ObjectName = option("monitoring", "where Prometheus runs: network policies let that namespace in")
    pod_monitors: bool = option(
        default=True,
        meaning="declare PodMonitors; false where the cluster has no Prometheus operator, and Prometheus finds the pods by itself",
    )


@dataclass(frozen=True, kw_only=True)
class DecorationSettings(Options):
    """What every object and pod in the cluster bears."""

    noun: ClassVar[str] = "kubernetes"

    labels: Labels = option({}, "labels for every object and pod", example="cost-center=analytics,team=orders")
    annotations: Annotations = option({}, "annotations for every object and pod", example="example.com/owner=orders@example.com")
    tolerations: Tolerations = option((), "tolerations of every pod", example="dedicated=flink:NoSchedule")
    node_selector: Labels = option({}, "labels of the nodes that pods may run on", example="pool=flink")
    priority_class: ClusterObjectName = option("", "priority class of every pod", example="streaming")
    image_pull_secrets: ObjectNames = option(
        (), "names of the Secrets with which images are pulled; they must be in the namespace", example="registry-login"
    )
    account_annotations: Annotations = option(
        {},
        "annotations of Flink's and the operator's service accounts, such as the cloud role that may use an object store",
        example="eks.amazonaws.com/role-arn=arn:aws:iam::123456789012:role/flink",
        key="kubernetes.serviceAccountAnnotations",
    )


@dataclass(frozen=True, kw_only=True)
class KubernetesSettings(Options):
    """The platform."""

    cluster: ClusterSettings = field(default_factory=ClusterSettings)
    images: ImageSettings = field(default_factory=ImageSettings)
    operator: OperatorSettings = field(default_factory=OperatorSettings)
    kafka: KafkaSettings = field(default_factory=KafkaSettings)
    strimzi: StrimziSettings = field(default_factory=StrimziSettings)
    akhq: AkhqSettings = field(default_factory=AkhqSettings)
    session_cluster: SessionClusterSettings = field(default_factory=SessionClusterSettings)
    object_store: ObjectStoreSettings = field(default_factory=ObjectStoreSettings)
    model_server: ModelServerSettings = field(default_factory=ModelServerSettings)
    model_keys: ModelKeySettings = field(default_factory=ModelKeySettings)
    monitoring: MonitoringSettings = field(default_factory=MonitoringSettings)
    decoration: DecorationSettings = field(default_factory=DecorationSettings)

    @property
    def has_strimzi(self) -> bool:
        """Whether Kafka is Strimzi's."""
        return self.kafka.kind is KafkaKind.STRIMZI

    @property
    def asks_for_login(self) -> bool:
        """Whether the stack's own brokers let in only whom they know."""
        return self.has_strimzi and self.strimzi.asks_for_login

    @property
    def strimzi_namespace(self) -> str:
        """Where Strimzi's operator runs."""
        return self.strimzi.operator_namespace or self.cluster.namespace

    @property
    def operator_namespace(self) -> str:
        """Where the operator runs."""
        return self.operator.namespace or self.cluster.namespace
