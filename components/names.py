"""Every name that ends up in Pulumi's state or in Flink. Changing one orphans what exists: a test pins them all."""

from settings.project import PROJECT, PROJECT_FOLDER

__all__ = ["PROJECT", "PROJECT_FOLDER"]

EMBEDDED_PLATFORM_TYPE = f"{PROJECT}:components:EmbeddedPlatform"
PIPELINE_TYPE = f"{PROJECT}:components:Pipeline"
KUBERNETES_PLATFORM_TYPE = f"{PROJECT}:components:KubernetesPlatform"
REGISTRY_TYPE = f"{PROJECT}:components:Registry"
FLINK_IMAGE_TYPE = f"{PROJECT}:components:FlinkImage"
MODEL_GATEWAY_IMAGE_TYPE = f"{PROJECT}:components:ModelGatewayImage"
FLINK_OPERATOR_TYPE = f"{PROJECT}:components:FlinkOperator"
NETWORK_POLICIES_TYPE = f"{PROJECT}:components:NetworkPolicies"
POD_MONITORS_TYPE = f"{PROJECT}:components:PodMonitors"
KAFKA_TYPE = f"{PROJECT}:components:Kafka"
AKHQ_TYPE = f"{PROJECT}:components:Akhq"
MODEL_SERVER_TYPE = f"{PROJECT}:components:ModelServer"
MODEL_GATEWAY_TYPE = f"{PROJECT}:components:ModelGateway"
SESSION_CLUSTER_TYPE = f"{PROJECT}:components:SessionCluster"
SQL_GATEWAY_TYPE = f"{PROJECT}:components:SqlGateway"

NAMESPACE_CLAIM_TYPE = "pulumi-python:dynamic/kubernetes:NamespaceClaim"
TENANTS_TYPE = "pulumi-python:dynamic/flinksql:Tenants"
TOPIC_TYPE = "pulumi-python:dynamic/kafka:Topic"
STATEMENT_TYPE = "pulumi-python:dynamic/flinksql:Statement"

DETAILS = "details"
"""The output of the pipeline that belongs to the stack's contract (components.exports)."""

IDENTITY = "identity"
NAMESPACE_CLAIM = "namespace-claim"
NAMESPACE_AUTHORITY = "authority"
"""The output of the claim that tells the cluster from another one."""
EMBEDDED_PLATFORM = "embedded"
KUBERNETES_PLATFORM = "kubernetes"
KUBERNETES_PROVIDER = "cluster"
REGISTRY = "registry"
FLINK_IMAGE = "flink-image"
MODEL_GATEWAY_IMAGE = "model-gateway-image"
PIPELINE = "pipeline"
ORPHANED_JOBS = "orphaned-jobs"
ORPHANED_TOPICS = "orphaned-topics"
SUPERVISOR = "supervisor"
ARTIFACTS = "artifacts"
FOUNDATION = "foundation"
DESTROY_GUARD = "destroy-guard"
TENANTS = "tenants"
MODEL = "model"
NETWORK_POLICIES = "network-policies"
POD_MONITORS = "pod-monitors"
AKHQ_PASSWORD = "akhq-password"  # noqa: S105 - the name of a resource
AKHQ_SIGNING_SECRET = "akhq-signing-secret"  # noqa: S105 - the name of a resource


def stack_mark(stack: str) -> str:
    """Return what everything that a stack makes is marked with."""
    return f"{PROJECT}/{stack}"


def job_name(stack: str, statement: str) -> str:
    """Return the name under which Flink runs a statement's job; the JobManager is searched by it."""
    return f"{PROJECT}/{stack}/{statement}"
