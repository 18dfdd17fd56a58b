"""What each committed Kubernetes stack declares: in which order, with which images, and what it keeps to itself."""

from itertools import pairwise
from pathlib import Path

import pytest

from cluster.helm_release import Release
from components.kubernetes.model_gateway import LEDGER_VOLUME
from components.names import FOUNDATION, KUBERNETES_PROVIDER, PROJECT, PROJECT_FOLDER
from platforms.kubernetes import declaration as declaring
from platforms.kubernetes.inventory import inventory
from platforms.kubernetes.ownership import Ground
from settings import parse_settings
from tests.fakes.kubernetes_api import CONTEXT, fake_kubernetes
from tests.program.kubernetes_declaration import STACKS, declare, declared, values_of
from tests.program.recorder import IDENTIFIED, STACK_ID, Declaration, Declared, StoppedError, stack_config


@pytest.fixture(params=[pytest.param(stack, id=stack) for stack in STACKS])
def stack(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def declaration(stack: str) -> Declaration:
    return declared(stack)


def the(declaration: Declaration, kind: str, name: str) -> Declared:
    return declaration.of_type(kind)[name]


def namespace_of(declaration: Declaration) -> Declared:
    [found] = declaration.of_type("core/v1:Namespace").values()
    return found


def jobs(declaration: Declaration) -> list[Declared]:
    return [one for one in declaration.of_type("flinksql:Statement").values() if one.inputs["kind"] == "job"]


def chain(declaration: Declaration) -> list[Declared]:
    """Return what must be made in this order and go in the reverse one."""
    return [
        namespace_of(declaration),
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
    namespace = namespace_of(declaration)
    below = {namespace.urn, *namespace.below}
    inside = [one for one in declaration.resources.values() if "kubernetes:" in one.type]
    inside = [one for one in inside if one.urn not in below and one.name not in {KUBERNETES_PROVIDER, FOUNDATION}]
    assert inside
    assert all(namespace.urn in declaration.before(one.urn) for one in inside if not one.type.startswith("flink-reviews:"))


def test_everything_waits_for_who_the_stack_is_and_for_its_claim(declaration: Declaration) -> None:
    identity = the(declaration, "stack:Identity", "identity").urn
    claim = the(declaration, "kubernetes:NamespaceClaim", "namespace-claim").urn
    assert identity in declaration.resources[claim].below
    others = [one for one in declaration.resources.values() if one.type.startswith(("pulumi-python:", "kubernetes:"))]
    others = [one for one in others if one.urn not in {identity, claim} and one.name != FOUNDATION]
    assert others
    assert all(claim in declaration.before(one.urn) for one in others)


def test_nothing_goes_before_it_was_asked_whose_the_objects_are(declaration: Declaration) -> None:
    """What is made last goes first."""
    guard = the(declaration, "kubernetes:DestroyGuard", "destroy-guard")
    others = [one for one in declaration.resources.values() if one.type.startswith(("pulumi-python:", "kubernetes:", "docker:"))]
    assert {one.urn for one in others} - {guard.urn} <= declaration.before(guard.urn)


def test_the_foundation_is_looked_at_before_everything_else(declaration: Declaration) -> None:
    foundation = the(declaration, "kubernetes:Foundation", FOUNDATION).urn
    assert foundation in declaration.before(namespace_of(declaration).urn)


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
    namespace = namespace_of(declaration).urn
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


def test_data_outlives_the_stack_only_where_its_topics_do(stack: str, declaration: Declaration) -> None:
    found = declaration.of_type("PersistentVolumeClaim").values()
    assert found
    assert {one.retained for one in found} == {stack != "dev"}
    assert the(declaration, "kubernetes:NamespaceClaim", "namespace-claim").inputs["keep"] == (stack != "dev")


def test_the_namespace_goes_by_its_claim_alone_which_looks_at_what_lies_in_it(declaration: Declaration) -> None:
    assert namespace_of(declaration).retained


def test_each_stage_has_a_namespace_of_its_own() -> None:
    names = [namespace_of(declared(stack)).name for stack in STACKS]
    assert names == ["flink", "flink-staging", "flink-prod"]


@pytest.mark.parametrize(("before", "kept"), [pytest.param(True, 1, id="answers-of-before"), pytest.param(False, 0, id="none-of-before")])
def test_answers_that_were_paid_for_outlive_a_change_to_the_offline_model(before: bool, kept: int, tmp_path: Path) -> None:
    claim = ("kubernetes:core/v1:PersistentVolumeClaim", {"metadata": {"name": LEDGER_VOLUME, "namespace": "flink-reviews"}})
    config = {**values_of("dev", tmp_path), "model.kind": "offline"}
    found = declare("dev", tmp_path, config, state=(*IDENTIFIED, claim) if before else IDENTIFIED)
    assert len([one for one in found.of_type("PersistentVolumeClaim").values() if one.inputs["metadata"]["name"] == LEDGER_VOLUME]) == kept


def test_every_object_bears_its_stacks_mark(stack: str, declaration: Declaration) -> None:
    inside = [one for one in declaration.resources.values() if one.type.startswith("kubernetes:") and "metadata" in one.inputs]
    assert len(inside) > 20
    mark = {"flink-reviews/stack": f"flink-reviews/{stack}", "flink-reviews/stack-id": STACK_ID}
    for one in inside:
        assert mark.items() <= one.inputs["metadata"]["annotations"].items(), one.name


def test_every_object_is_looked_up_before_it_is_declared(stack: str, declaration: Declaration, tmp_path: Path) -> None:
    """The inventory is what is looked up: an object that it lacks could be somebody else's and would be taken over."""
    metadata = {
        (one.type.rpartition(":")[2], one.inputs["metadata"].get("namespace", ""), one.inputs["metadata"]["name"])
        for one in declaration.resources.values()
        if one.type.startswith("kubernetes:") and "metadata" in one.inputs
    }
    settings = parse_settings(values_of(stack, tmp_path))
    looked_up = {(one.kind, one.namespace, one.name) for one in inventory(settings)}
    assert looked_up == {one for one in metadata if one[0] != "Namespace"}


@pytest.mark.parametrize(
    "secured",
    [
        pytest.param({}, id="open"),
        pytest.param({"akhq.security": "true"}, id="secured"),
        pytest.param({"metrics.enabled": "true"}, id="metrics"),
        pytest.param({"metrics.enabled": "true", "metrics.podMonitors": "false"}, id="metrics without the operator's kind"),
    ],
)
def test_the_inventory_follows_the_settings(secured: dict[str, str], tmp_path: Path) -> None:
    values = {"model.kind": "openai", "model.endpoint": "https://models.example.com/v1", "model.apiKey": "k", **secured}
    made = declare("dev", tmp_path, values, concealed=("model.apiKey",))
    names = {
        (one.type.rpartition(":")[2], one.inputs["metadata"]["name"])
        for one in made.resources.values()
        if one.type.startswith("kubernetes:") and "metadata" in one.inputs
    }
    settings = parse_settings({**values_of("dev", tmp_path), **values})
    assert {(one.kind, one.name) for one in inventory(settings)} == {one for one in names if one[0] != "Namespace"}


def test_a_namespace_of_somebody_else_is_claimed_and_is_no_resource(tmp_path: Path) -> None:
    made = declare("dev", tmp_path, ground=Ground(is_foreign=True))
    assert not made.of_type("core/v1:Namespace")
    assert the(made, "kubernetes:NamespaceClaim", "namespace-claim").inputs["is_foreign"] is True
    claim = the(made, "kubernetes:NamespaceClaim", "namespace-claim").urn
    inside = [one for one in made.resources.values() if one.type.startswith("kubernetes:")]
    assert inside
    assert all(claim in made.before(one.urn) for one in inside)


def test_the_declaration_is_the_same_each_time(tmp_path: Path) -> None:
    assert declare("dev", tmp_path) == declare("dev", tmp_path)


def test_a_preview_declares_what_the_update_does(stack: str, declaration: Declaration) -> None:
    preview = declared(stack, preview=True)
    assert preview.resources.keys() == declaration.resources.keys()
    assert preview.outputs.keys() == declaration.outputs.keys()


@pytest.mark.parametrize("preview", [pytest.param(True, id="preview"), pytest.param(False, id="up")])
def test_what_belongs_to_another_stack_is_refused_before_anything_is_declared(preview: bool, tmp_path: Path) -> None:
    made: list[str] = []
    mark = {"flink-reviews/stack": "flink-reviews/dev", "flink-reviews/stack-id": "fedcba9876543210"}
    with fake_kubernetes() as cluster:
        cluster.put("/api/v1/namespaces", {"metadata": {"name": "flink", "annotations": mark}})
        folder = tmp_path / "fake"
        folder.mkdir()
        where = {"kubernetes.context": CONTEXT, "kubernetes.kubeconfig": str(cluster.kubeconfig(folder)), "kubernetes.namespace": "flink"}
        with pytest.raises(StoppedError, match="namespace flink belongs to stack flink-reviews/dev"):
            declare("staging", tmp_path, where, preview=preview, ground=None, seen=made)
        assert {call.split(" ")[0] for call in cluster.calls} == {"GET"}
    assert made == []


@pytest.mark.parametrize("preview", [pytest.param(True, id="preview"), pytest.param(False, id="up")])
def test_an_operator_that_the_state_does_not_have_is_installed_over_what_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, preview: bool
) -> None:
    forgotten: list[Release] = []
    monkeypatch.setattr(declaring, "connect", lambda *_where: None)
    monkeypatch.setattr(declaring, "forget", lambda _api_server, release: forgotten.append(release))
    declare("dev", tmp_path, ground=Ground(unknown_release=True), preview=preview)
    assert forgotten == ([] if preview else [Release(namespace="flink", name="flink-kubernetes-operator")])
