"""Before anything is declared on a cluster: it is the one that is meant."""

from pathlib import Path

import pytest

from platforms.kubernetes.prerequisites import require_deployable
from settings import SettingsError, parse_settings
from tests.support.kubernetes_stack import write_kubeconfig

LOCAL, REMOTE = "https://127.0.0.1:6443", "https://k8s.example.com"


def check(folder: Path, *, server: str = LOCAL, known: str = "kind-kind", **given: str) -> None:
    file = write_kubeconfig(folder / "kubeconfig", known, server)
    values = {"platform": "kubernetes", "kubernetes.context": "kind-kind", "kubernetes.kubeconfig": str(file)}
    require_deployable(parse_settings({**values, **{name.replace("__", "."): value for name, value in given.items()}}))


def refusal(folder: Path, **given: str) -> str:
    with pytest.raises(SettingsError) as caught:
        check(folder, **given)
    return "\n".join(caught.value.problems)


def test_a_cluster_on_this_machine_is_taken(tmp_path: Path) -> None:
    check(tmp_path)


def test_a_cluster_elsewhere_is_refused_unless_it_is_meant(tmp_path: Path) -> None:
    assert "kubernetes.allowRemote true" in refusal(tmp_path, server=REMOTE)
    check(tmp_path, server=REMOTE, kubernetes__allowRemote="true")


def test_a_context_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    assert "there is no context 'kind-kind'" in refusal(tmp_path, known="minikube")


def test_the_current_context_of_the_kubeconfig_is_never_taken(tmp_path: Path) -> None:
    assert "somewhere-else" not in refusal(tmp_path, known="minikube")


def test_a_kubeconfig_that_is_not_there_is_told(tmp_path: Path) -> None:
    values = {"platform": "kubernetes", "kubernetes.context": "kind-kind", "kubernetes.kubeconfig": str(tmp_path / "none")}
    with pytest.raises(SettingsError, match="there is no kubeconfig at"):
        require_deployable(parse_settings(values))


def test_all_problems_are_told_together(tmp_path: Path) -> None:
    found = refusal(tmp_path, server=REMOTE, promotion__from="dev")
    assert "ReadWriteOnce" in found
    assert "allowRemote" in found


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({}, id="the default"),
        pytest.param({"kafka__kind": "external", "kafka__bootstrap": "b:9092"}, id="topics elsewhere"),
        pytest.param({"kubernetes__storageClass": "fast"}, id="a storage class, which says nothing of nodes"),
    ],
)
def test_a_promoted_stack_with_checkpoints_on_one_node_is_refused_with_the_ways_out(tmp_path: Path, given: dict[str, str]) -> None:
    said = refusal(tmp_path, promotion__from="staging", **given)
    assert "checkpoints lie on a ReadWriteOnce volume: when its node is lost, so are all checkpoints and savepoints" in said
    for way in ("flink.stateUri s3://bucket/flink", "flink.volumeAccess ReadWriteMany", "flink.volumeAccess ReadWriteOnce"):
        assert f"`pulumi config set {way}`" in said


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"promotion__from": "staging", "flink__stateUri": "s3://bucket/flink"}, id="object store"),
        pytest.param({"promotion__from": "staging", "flink__volumeAccess": "ReadWriteMany"}, id="a volume of all nodes"),
        pytest.param({"promotion__from": "staging", "flink__volumeAccess": "ReadWriteOnce"}, id="meant"),
        pytest.param({}, id="not promoted"),
    ],
)
def test_state_that_outlives_a_node_or_is_meant_to_lie_there_is_taken(tmp_path: Path, given: dict[str, str]) -> None:
    check(tmp_path, **given)
