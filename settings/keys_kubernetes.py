"""The configuration keys of the Kubernetes platform; the embedded one does not look at them."""

from settings.decoration import DECORATION_KEYS
from settings.key import (
    Key,
    addresses,
    boolean,
    choice,
    cpus,
    image_reference,
    memory,
    object_list,
    object_name,
    optional_text,
    quantity,
    repository,
    servers,
)

CONTEXT = "kubernetes.context"
NAMESPACE = "kubernetes.namespace"
MANAGE_NAMESPACE = "kubernetes.manageNamespace"
MANAGE_CRDS = "crds.manage"
INSTALL_OPERATOR = "operator.install"
OPERATOR_NAMESPACE = "operator.namespace"
TAKE_OVER = "kubernetes.takeOver"
KAFKA_BOOTSTRAP = "kafka.bootstrap"
PROMOTED_FROM = "promotion.from"
REGISTRY = "registry.provide"
READY_IMAGES = ("image.flink", "image.modelGateway")
"""Images that somebody else built and pushed."""

LOCAL = "local"
"""Docker's word for the platform of the machine that builds."""

_DIGEST = "sha256:" + 64 * "0"

KUBERNETES_KEYS: tuple[Key, ...] = (
    optional_text(CONTEXT, "kind-kind"),
    optional_text("kubernetes.kubeconfig", "~/.kube/config"),
    object_name(NAMESPACE, "flink"),
    boolean(MANAGE_NAMESPACE, default=True),
    object_list(TAKE_OVER, "Service/kafka,StatefulSet/kafka"),
    boolean("kubernetes.allowRemote", default=False),
    object_name("kubernetes.storageClass", "", example="standard", optional=True),
    boolean("kubernetes.networkPolicies", default=True),
    addresses("kubernetes.apiServerAddresses", "10.0.0.0/28"),
    *DECORATION_KEYS,
    repository("image.repository", "localhost:5001/flink-ai-demo"),
    repository("image.modelGatewayRepository", "localhost:5001/model-gateway"),
    choice("image.platform", LOCAL, (LOCAL, "linux/amd64", "linux/arm64")),
    image_reference(READY_IMAGES[0], f"registry.example.com/flink-ai-demo@{_DIGEST}"),
    image_reference(READY_IMAGES[1], f"registry.example.com/model-gateway@{_DIGEST}"),
    boolean(REGISTRY, default=False),
    boolean(INSTALL_OPERATOR, default=True),
    object_name(OPERATOR_NAMESPACE, "", example="flink-operator", optional=True),
    optional_text("operator.chart", "charts/flink-kubernetes-operator-1.15.0-helm.tgz"),
    boolean("operator.webhook", default=False),
    boolean(MANAGE_CRDS, default=True),
    boolean("crds.retain", default=True),
    choice("kafka.kind", "single", ("single", "external")),
    servers(KAFKA_BOOTSTRAP, "broker.example.com:9092"),
    quantity("kafka.storage", "5Gi"),
    quantity("kafka.memory", "1Gi"),
    cpus("kafka.cpu", "250m"),
    boolean("akhq.enabled", default=True),
    boolean("akhq.security", default=False),
    quantity("flink.storage", "5Gi"),
    optional_text("flink.stateUri", "s3://bucket/flink"),
    memory("flink.jobManagerMemory", "1024m"),
    cpus("flink.cpu", "500m"),
    quantity("model.storage", "20Gi"),
    quantity("model.memory", "8Gi"),
    cpus("model.cpu", "1"),
    object_name(PROMOTED_FROM, "", example="dev", optional=True),
)
