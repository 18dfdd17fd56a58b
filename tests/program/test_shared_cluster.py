"""What a stack declares in a cluster that others run: nothing that is theirs, and on everything what they ask for."""

from pathlib import Path

import pytest

from platforms.kubernetes.ownership import Ground
from tests.program.kubernetes_declaration import STACKS, declare
from tests.program.recorder import Declaration, Declared

PROVIDED = {"kubernetes.manageNamespace": "false", "crds.manage": "false", "operator.install": "false", "operator.chart": "/no/chart"}
BORNE = {
    "kubernetes.labels": "cost-center=a",
    "kubernetes.annotations": "example.com/owner=b",
    "kubernetes.tolerations": "dedicated=flink:NoSchedule",
    "kubernetes.nodeSelector": "pool=flink",
    "kubernetes.priorityClass": "streaming",
    "kubernetes.imagePullSecrets": "login",
    "kubernetes.serviceAccountAnnotations": "cloud/role=c",
}
TOLERATION = {"operator": "Equal", "key": "dedicated", "value": "flink", "effect": "NoSchedule"}
FOREIGN = Ground(is_foreign=True)


def objects(declaration: Declaration) -> list[Declared]:
    return [one for one in declaration.resources.values() if one.type.startswith("kubernetes:") and "metadata" in one.inputs]


@pytest.fixture(params=[pytest.param(stack, id=stack) for stack in STACKS])
def stack(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_what_a_platform_team_provides_is_no_resource_of_the_stack(stack: str, tmp_path: Path) -> None:
    declaration = declare(stack, tmp_path, {**PROVIDED, "operator.namespace": "operators"}, ground=FOREIGN)
    kinds = {one.type.rpartition(":")[2] for one in declaration.resources.values()}
    assert {"Namespace", "CustomResourceDefinition", "Release"} & kinds == set()
    [session] = declaration.of_type("FlinkDeployment").values()
    assert session.inputs["metadata"]["annotations"]["flink-reviews/operator-namespace"] == "operators"
    assert "flink-kubernetes-operator" not in declaration.of_type("NetworkPolicy")
    [claim] = declaration.of_type("NamespaceClaim").values()
    assert claim.inputs["is_foreign"] is True


def test_without_a_platform_team_the_stack_brings_all_of_it(stack: str, tmp_path: Path) -> None:
    declaration = declare(stack, tmp_path)
    kinds = {one.type.rpartition(":")[2] for one in declaration.resources.values()}
    assert {"Namespace", "CustomResourceDefinition", "Release"} <= kinds
    [session] = declaration.of_type("FlinkDeployment").values()
    assert "flink-reviews/operator-namespace" not in session.inputs["metadata"]["annotations"]


def test_in_a_namespace_of_somebody_else_only_own_pods_are_shut_in(stack: str, tmp_path: Path) -> None:
    for ground, is_all in ((Ground(), True), (FOREIGN, False)):
        deny = declare(stack, tmp_path, ground=ground).of_type("NetworkPolicy")["deny-all"]
        assert (not deny.inputs["spec"].get("podSelector")) is is_all


def test_every_object_and_every_pod_bears_what_the_settings_ask_for(stack: str, tmp_path: Path) -> None:
    declaration = declare(stack, tmp_path, BORNE)
    made = objects(declaration)
    assert {"Namespace", "Deployment", "FlinkDeployment", "NetworkPolicy", "Service"} <= {one.type.rpartition(":")[2] for one in made}
    for one in made:
        assert one.inputs["metadata"]["labels"]["cost-center"] == "a", one.name
        assert one.inputs["metadata"]["annotations"]["example.com/owner"] == "b", one.name
    pods = [template for one in made for key in ("template", "podTemplate") if (template := (one.inputs.get("spec") or {}).get(key))]
    assert len(pods) >= len(["model-gateway", "flink-sql-gateway", "flink-sql-session"])
    for pod in pods:
        assert pod["metadata"]["labels"]["cost-center"] == "a"
        told = {key: pod["spec"][key] for key in ("nodeSelector", "priorityClassName", "imagePullSecrets")}
        assert told == {"nodeSelector": {"pool": "flink"}, "priorityClassName": "streaming", "imagePullSecrets": [{"name": "login"}]}
        assert TOLERATION in pod["spec"]["tolerations"]
    [account] = declaration.of_type("ServiceAccount").values()
    assert account.inputs["metadata"]["annotations"]["cloud/role"] == "c"
    [claim] = declaration.of_type("NamespaceClaim").values()
    assert claim.inputs["labels"] == {"cost-center": "a"}


def test_the_operators_chart_is_told_the_same(stack: str, tmp_path: Path) -> None:
    [release] = declare(stack, tmp_path, BORNE).of_type("Release").values()
    values = release.inputs["values"]
    pod = values["operatorPod"]
    assert (pod["labels"], pod["annotations"]) == ({"cost-center": "a"}, {"example.com/owner": "b"})
    assert (pod["nodeSelector"], pod["tolerations"], pod["priorityClassName"]) == ({"pool": "flink"}, [TOLERATION], "streaming")
    assert values["imagePullSecrets"] == [{"name": "login"}]
    assert values["operatorServiceAccount"] == {"annotations": {"cloud/role": "c"}}


def test_another_label_does_not_replace_the_broker_with_its_data(tmp_path: Path) -> None:
    """Kubernetes lets nobody change the template of a StatefulSet's claims: Pulumi would remove the whole set for it."""
    [kafka] = declare("dev", tmp_path, BORNE).of_type("StatefulSet").values()
    assert kafka.inputs["spec"]["volumeClaimTemplates"][0]["metadata"]["labels"]["cost-center"] == "a"
    assert kafka.ignored == ("spec.volumeClaimTemplates[0].metadata",)


def test_a_binding_is_not_asked_for_before_its_role_is_made(stack: str, tmp_path: Path) -> None:
    """Of a user who may grant only what he has, the API server asks for the role, and the provider for a minute."""
    declaration = declare(stack, tmp_path)
    [role], [binding] = declaration.of_type("v1:Role").values(), declaration.of_type("RoleBinding").values()
    assert binding.inputs["roleRef"]["name"] == "flink"
    assert role.urn in binding.reads["roleRef"]
