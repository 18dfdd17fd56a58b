"""Names that Pulumi's state and Flink know. A change here needs aliases and a migration, not another expectation."""

import pytest
from pulumi.dynamic import Resource

from cluster import names as objects
from cluster import ownership
from components import names
from components.providers.artifacts import Artifacts
from components.providers.custom_resource_definition import CustomResourceDefinition
from components.providers.destroy_guard import DestroyGuard
from components.providers.generated_secret import GeneratedSecret
from components.providers.model import Model
from components.providers.namespace_claim import NamespaceClaim
from components.providers.service import Service
from components.providers.stack_identity import Identity
from components.providers.statement import Statement
from components.providers.supervisor import Supervisor
from components.providers.topic import Topic
from components.stack_state import IDENTITY_TYPE
from flinksql.kafka.ownership import OWNERS


def test_the_project_and_its_components_keep_their_names() -> None:
    assert names.PROJECT == "flink-reviews"
    assert names.EMBEDDED_PLATFORM_TYPE == "flink-reviews:components:EmbeddedPlatform"
    assert names.PIPELINE_TYPE == "flink-reviews:components:Pipeline"
    assert (names.EMBEDDED_PLATFORM, names.PIPELINE, names.SUPERVISOR, names.ARTIFACTS, names.MODEL) == (
        "embedded",
        "pipeline",
        "supervisor",
        "artifacts",
        "model",
    )


def test_the_components_on_kubernetes_keep_their_names() -> None:
    tokens = {
        names.KUBERNETES_PLATFORM_TYPE: "KubernetesPlatform",
        names.REGISTRY_TYPE: "Registry",
        names.FLINK_IMAGE_TYPE: "FlinkImage",
        names.MODEL_GATEWAY_IMAGE_TYPE: "ModelGatewayImage",
        names.FLINK_OPERATOR_TYPE: "FlinkOperator",
        names.NETWORK_POLICIES_TYPE: "NetworkPolicies",
        names.POD_MONITORS_TYPE: "PodMonitors",
        names.KAFKA_TYPE: "Kafka",
        names.AKHQ_TYPE: "Akhq",
        names.MODEL_SERVER_TYPE: "ModelServer",
        names.MODEL_GATEWAY_TYPE: "ModelGateway",
        names.SESSION_CLUSTER_TYPE: "SessionCluster",
        names.SQL_GATEWAY_TYPE: "SqlGateway",
    }
    assert {token: f"flink-reviews:components:{name}" for token, name in tokens.items()} == {token: token for token in tokens}
    assert (names.NETWORK_POLICIES, names.POD_MONITORS, names.AKHQ_PASSWORD, names.AKHQ_SIGNING_SECRET) == (
        "network-policies",
        "pod-monitors",
        "akhq-password",
        "akhq-signing-secret",
    )


def test_the_resources_beside_them_keep_their_names() -> None:
    assert (names.KUBERNETES_PLATFORM, names.KUBERNETES_PROVIDER) == ("kubernetes", "cluster")
    assert (names.IDENTITY, names.NAMESPACE_CLAIM, names.DESTROY_GUARD) == ("identity", "namespace-claim", "destroy-guard")
    assert names.stack_mark("dev") == "flink-reviews/dev"
    assert (ownership.STACK, ownership.STACK_ID, ownership.RELEASED) == (
        "flink-reviews/stack",
        "flink-reviews/stack-id",
        "flink-reviews/released",
    )
    assert OWNERS == "flink-reviews-topic-owners"
    assert (names.FLINK_IMAGE, names.MODEL_GATEWAY_IMAGE, names.REGISTRY) == ("flink-image", "model-gateway-image", "registry")


def test_the_objects_on_kubernetes_keep_their_names() -> None:
    assert (objects.KAFKA, objects.AKHQ, objects.OLLAMA, objects.MODEL_GATEWAY, objects.OPERATOR) == (
        "kafka",
        "akhq",
        "ollama",
        "model-gateway",
        "flink-kubernetes-operator",
    )
    assert (objects.SESSION_CLUSTER, objects.REST_SERVICE, objects.SQL_GATEWAY) == (
        "flink-sql-session",
        "flink-sql-session-rest",
        "flink-sql-gateway",
    )


@pytest.mark.parametrize(
    ("resource", "token"),
    [
        pytest.param(Artifacts, "dynamic/embedded:Artifacts", id="artifacts"),
        pytest.param(CustomResourceDefinition, "dynamic/kubernetes:CustomResourceDefinition", id="custom resource definition"),
        pytest.param(GeneratedSecret, "dynamic/secrets:GeneratedSecret", id="generated secret"),
        pytest.param(Identity, "dynamic/stack:Identity", id="identity"),
        pytest.param(DestroyGuard, "dynamic/kubernetes:DestroyGuard", id="destroy guard"),
        pytest.param(NamespaceClaim, "dynamic/kubernetes:NamespaceClaim", id="namespace claim"),
        pytest.param(Model, "dynamic/embedded:Model", id="model"),
        pytest.param(Service, "dynamic/embedded:Service", id="service"),
        pytest.param(Supervisor, "dynamic/embedded:Supervisor", id="supervisor"),
        pytest.param(Statement, "dynamic/flinksql:Statement", id="statement"),
        pytest.param(Topic, "dynamic/kafka:Topic", id="topic"),
    ],
)
def test_a_resource_keeps_its_type(resource: type[Resource], token: str) -> None:
    assert resource._resource_type_name == token


def test_the_state_is_searched_by_the_types_that_are_declared() -> None:
    assert f"pulumi-python:{Identity._resource_type_name}" == IDENTITY_TYPE
    assert f"pulumi-python:{Topic._resource_type_name}" == names.TOPIC_TYPE


def test_a_job_is_named_by_project_stack_and_statement() -> None:
    assert names.job_name("local", "summaries") == "flink-reviews/local/summaries"
