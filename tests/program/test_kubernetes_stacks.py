"""What each committed Kubernetes stack declares: in which order, with which images, and what it keeps to itself."""

from itertools import pairwise
from pathlib import Path

import pytest

from components.names import FOUNDATION, KUBERNETES_PROVIDER, PROJECT, PROJECT_FOLDER
from tests.program.kubernetes_declaration import STACKS, declare, declared
from tests.program.recorder import Declaration, Declared, stack_config


@pytest.fixture(params=[pytest.param(stack, id=stack) for stack in STACKS])
def stack(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def declaration(stack: str) -> Declaration:
    return declared(stack)


def the(declaration: Declaration, kind: str, name: str) -> Declared:
    return declaration.of_type(kind)[name]


def jobs(declaration: Declaration) -> list[Declared]:
    return [one for one in declaration.of_type("flinksql:Statement").values() if one.inputs["kind"] == "job"]


def chain(declaration: Declaration) -> list[Declared]:
    """Return what must be made in this order and go in the reverse one."""
    return [
        the(declaration, "core/v1:Namespace", "flink"),
        the(declaration, "CustomResourceDefinition", "flinkdeployments.flink.apache.org"),
        the(declaration, "helm.sh/v3:Release", "flink-kubernetes-operator"),
        the(declaration, "FlinkDeployment", "flink-sql-session"),
        the(declaration, "apps/v1:Deployment", "flink-sql-gateway"),
        *jobs(declaration)[:1],
    ]


def test_a_stack_file_declares_the_whole_pipeline(stack: str, declaration: Declaration) -> None:
    assert {"contexts", "summaries"} <= declaration.of_type("flinksql:Statement").keys()
    assert declaration.details["statements"]["contexts"]["jobName"] == f"{PROJECT}/{stack}/contexts"
    assert declaration.outputs["platform"] == "kubernetes"


def test_what_is_destroyed_in_reverse_goes_from_the_statements_to_the_namespace(declaration: Declaration) -> None:
    order = chain(declaration)
    for below, above in pairwise(order):
        assert below.urn in declaration.before(above.urn), f"{above.name} does not wait for {below.name}"


def test_all_four_definitions_are_there_before_the_operator(declaration: Declaration) -> None:
    definitions = {one.urn for one in declaration.of_type("kubernetes:CustomResourceDefinition").values()}
    assert len(definitions) == 4
    assert definitions <= the(declaration, "Release", "flink-kubernetes-operator").below


def test_everything_in_the_cluster_stands_on_the_namespace(declaration: Declaration) -> None:
    namespace = the(declaration, "core/v1:Namespace", "flink").urn
    below = {"flink", KUBERNETES_PROVIDER, FOUNDATION}
    inside = [one for one in declaration.resources.values() if "kubernetes:" in one.type and one.name not in below]
    assert inside
    assert all(namespace in declaration.before(one.urn) for one in inside if not one.type.startswith("flink-reviews:"))


def test_what_is_made_up_waits_for_the_namespace_too(declaration: Declaration) -> None:
    """It stands for the accepted contract of the stage before: nothing is made without."""
    namespace = the(declaration, "core/v1:Namespace", "flink").urn
    beside = [one for one in declaration.resources.values() if one.type.startswith("pulumi-python:") and one.name != FOUNDATION]
    assert beside
    assert all(namespace in declaration.before(one.urn) for one in beside)


def test_the_foundation_is_looked_at_before_everything_else(declaration: Declaration) -> None:
    foundation = the(declaration, "kubernetes:Foundation", FOUNDATION).urn
    assert foundation in declaration.before(the(declaration, "core/v1:Namespace", "flink").urn)


def test_every_pod_comes_after_the_policies(declaration: Declaration) -> None:
    policies = {one.urn for one in declaration.resources.values() if one.type.endswith(":NetworkPolicy")}
    for kind in ("apps/v1:Deployment", "apps/v1:StatefulSet", ":FlinkDeployment", "batch/v1:Job"):
        for one in declaration.of_type(kind).values():
            assert policies <= declaration.before(one.urn), one.name


def test_a_job_waits_for_its_topics_the_model_and_the_cluster(declaration: Declaration) -> None:
    ready = {the(declaration, "FlinkDeployment", "flink-sql-session").urn, the(declaration, "apps/v1:Deployment", "model-gateway").urn}
    ready |= {one.urn for one in declaration.of_type("batch/v1:Job").values()}
    assert len(jobs(declaration)) == 2
    for job in jobs(declaration):
        before = declaration.before(job.urn)
        assert ready <= before
        assert {one.urn for one in declaration.of_type("kafka:Topic").values()} & before


def test_a_topic_waits_for_the_broker_where_it_is_ours(stack: str, declaration: Declaration) -> None:
    ours = {one.urn for one in declaration.of_type("apps/v1:StatefulSet").values()}
    namespace = the(declaration, "core/v1:Namespace", "flink").urn
    assert bool(ours) == (stack != "prod")
    for topic in declaration.of_type("kafka:Topic").values():
        assert (ours or {namespace}) <= declaration.before(topic.urn)


def test_every_object_is_made_by_the_provider_of_the_stacks_own_context(stack: str, declaration: Declaration) -> None:
    provider = the(declaration, "pulumi:providers:kubernetes", KUBERNETES_PROVIDER)
    assert provider.inputs["context"] == stack_config(PROJECT_FOLDER / f"Pulumi.{stack}.yaml")["kubernetes.context"]
    inside = [one for one in declaration.resources.values() if one.type.startswith("kubernetes:")]
    assert len(inside) > 20
    assert {one.provider for one in inside} == {provider.urn}


def test_no_two_objects_of_a_kind_have_one_name(declaration: Declaration) -> None:
    inside = [(one.type, one.name) for one in declaration.resources.values() if one.type.startswith("kubernetes:")]
    assert len(inside) == len(set(inside))


def test_the_services_are_those_that_are_deployed(stack: str, declaration: Declaration) -> None:
    deployed = {"model-gateway", "flink-kubernetes-operator", "flink-sql-session", "flink-sql-gateway", "akhq"}
    elsewhere = {"kafka", "ollama"}
    assert set(declaration.details["services"]) == deployed | (set() if stack == "prod" else elsewhere)


@pytest.mark.parametrize("kind", [pytest.param("core/v1:Namespace", id="namespace"), pytest.param("PersistentVolumeClaim", id="volumes")])
def test_data_outlives_the_stack_only_where_its_topics_do(stack: str, declaration: Declaration, kind: str) -> None:
    found = declaration.of_type(kind).values()
    assert found
    assert {one.retained for one in found} == {stack != "dev"}


def test_the_declaration_is_the_same_each_time(tmp_path: Path) -> None:
    assert declare("dev", tmp_path) == declare("dev", tmp_path)


def test_a_preview_declares_what_the_update_does(stack: str, declaration: Declaration) -> None:
    preview = declared(stack, preview=True)
    assert preview.resources.keys() == declaration.resources.keys()
    assert preview.outputs.keys() == declaration.outputs.keys()
