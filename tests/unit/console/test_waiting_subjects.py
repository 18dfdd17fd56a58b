"""Which object of the cluster a step of the engine waits for."""

from typing import Any

import pytest

from cluster.diagnosis import Subject
from cluster.diagnosis.subject import Kind
from platforms.kubernetes.subjects import IMAGE_TYPE, building, subject_of
from tests.unit.console.engine_steps import DEPLOYMENT, begins


@pytest.mark.parametrize(
    ("kind", "inputs", "operation", "expected"),
    [
        pytest.param(
            DEPLOYMENT,
            {"metadata": {"name": "gateway", "namespace": "flink"}},
            "create",
            Subject(kind=Kind.DEPLOYMENT, namespace="flink", name="gateway"),
            id="deployment",
        ),
        pytest.param(
            "kubernetes:helm.sh/v3:Release",
            {"name": "operator", "namespace": "flink"},
            "update",
            Subject(kind=Kind.RELEASE, namespace="flink", name="operator"),
            id="release",
        ),
        pytest.param(
            "kubernetes:flink.apache.org/v1beta1:FlinkDeployment",
            {"metadata": {"name": "flink-sql-session", "namespace": "flink"}},
            "delete",
            Subject(kind=Kind.FLINK_DEPLOYMENT, namespace="flink", name="flink-sql-session", going=True),
            id="one-that-goes",
        ),
        pytest.param(
            "kubernetes:core/v1:Namespace",
            {"metadata": {"name": "flink"}},
            "delete",
            Subject(kind=Kind.NAMESPACE, namespace="flink", name="flink", going=True),
            id="namespace",
        ),
        pytest.param("kubernetes:core/v1:Service", {"metadata": {"name": "a", "namespace": "flink"}}, "create", None, id="ready-at-once"),
        pytest.param("pulumi-python:dynamic/flinksql:Statement", {}, "create", None, id="nothing-of-the-cluster"),
        pytest.param(DEPLOYMENT, {"metadata": {"namespace": "flink"}}, "create", None, id="name-not-known-yet"),
        pytest.param(DEPLOYMENT, None, "create", None, id="no-inputs"),
    ],
)
def test_a_step_names_the_object_it_waits_for(kind: str, inputs: dict[str, Any] | None, operation: str, expected: Subject | None) -> None:
    begun = begins(kind, "x", inputs, operation).resource_pre_event
    assert begun is not None
    assert subject_of(begun.metadata) == expected


@pytest.mark.parametrize(
    ("operation", "waits"),
    [pytest.param("create", True, id="create"), pytest.param("update", True, id="update"), pytest.param("delete", False, id="delete")],
)
def test_a_statement_waits_for_the_session_cluster(operation: str, *, waits: bool) -> None:
    session = Subject(kind=Kind.FLINK_DEPLOYMENT, namespace="flink", name="flink-sql-session")
    begun = begins("pulumi-python:dynamic/flinksql:Statement", "contexts", {}, operation).resource_pre_event
    assert begun is not None
    assert subject_of(begun.metadata, session) == (session if waits else None)


@pytest.mark.parametrize(
    ("kind", "operation", "told"),
    [
        pytest.param(IMAGE_TYPE, "create", True, id="built"),
        pytest.param(IMAGE_TYPE, "update", True, id="built-again"),
        pytest.param(IMAGE_TYPE, "same", False, id="left-alone"),
        pytest.param(IMAGE_TYPE, "delete", False, id="forgotten"),
        pytest.param(DEPLOYMENT, "create", False, id="no-image"),
    ],
)
def test_an_image_that_is_built_is_named_with_where_it_goes(kind: str, operation: str, *, told: bool) -> None:
    inputs = {"imageName": "localhost:5001/flink-ai-demo:1a2b", "build": {"dockerfile": "docker/flink/Dockerfile"}}
    begun = begins(kind, "flink-image", inputs, operation).resource_pre_event
    assert begun is not None
    words = "Docker builds localhost:5001/flink-ai-demo:1a2b from docker/flink/Dockerfile and pushes it (minutes for a first build)"
    assert building(begun.metadata) == (words if told else "")
