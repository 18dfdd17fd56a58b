"""A cluster's resources do not end with this machine's processes: a stack that could not be destroyed keeps its state."""

from pathlib import Path

import pytest

from console.commands import down
from console.errors import ConsoleError
from console.project import Project
from console.toolchain.environment import environment
from platforms.kubernetes.after_down import is_foreign, left_in_cluster
from settings import parse_settings


def _project(tmp_path: Path, platform: str) -> Project:
    return Project(root=tmp_path, stack="dev", data_folder=tmp_path, values={"platform": platform}, secrets=frozenset())


def test_the_state_of_a_cluster_is_never_dropped(tmp_path: Path) -> None:
    with pytest.raises(ConsoleError, match="stack dev is not down") as caught:
        down._require_gone(_project(tmp_path, "kubernetes"))
    assert "docs/operations.md" in caught.value.advice
    down._require_gone(_project(tmp_path, "embedded"))


@pytest.mark.parametrize(
    ("platform", "disabled"), [pytest.param("embedded", True, id="embedded"), pytest.param("kubernetes", False, id="kubernetes")]
)
def test_plugins_are_fetched_only_where_they_are_used(tmp_path: Path, platform: str, *, disabled: bool) -> None:
    values = environment(_project(tmp_path, platform), {"PULUMI_CONFIG_PASSPHRASE": ""})
    assert ("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION" in values) is disabled


@pytest.mark.parametrize("kept", [pytest.param(True, id="data is kept"), pytest.param(False, id="nothing is kept")])
def test_what_is_kept_is_named_with_what_it_means(*, kept: bool) -> None:
    values = {"platform": "kubernetes", "kubernetes.context": "kind-kind", "topics.deleteOnDestroy": str(not kept).lower()}
    said = left_in_cluster(parse_settings(values))
    assert ("the next `up` reads every topic from its beginning" in said) is kept
    assert ("kubectl --context kind-kind delete namespace flink" in said) is kept
    assert ("no resource of it is left" in said) is not kept


@pytest.mark.parametrize("managed", [pytest.param("true", id="found by up"), pytest.param("false", id="of a platform team")])
def test_nobody_is_told_to_delete_a_namespace_that_is_not_the_stacks(managed: str) -> None:
    values = {"platform": "kubernetes", "kubernetes.context": "kind-kind", "kubernetes.manageNamespace": managed}
    said = left_in_cluster(parse_settings(values), is_foreign=managed == "true")
    assert "delete namespace" not in said
    assert "kubectl --context kind-kind -n flink delete pvc -l app.kubernetes.io/part-of=flink-reviews" in said


@pytest.mark.parametrize("foreign", [pytest.param(True, id="foreign"), pytest.param(False, id="own")])
def test_the_state_tells_whose_the_namespace_is(*, foreign: bool) -> None:
    recorded = (("pulumi-python:dynamic/kubernetes:NamespaceClaim", {"is_foreign": foreign}),)
    assert is_foreign(recorded) is foreign


@pytest.mark.parametrize("foreign", [pytest.param(False, id="own namespace"), pytest.param(True, id="somebody else's")])
def test_a_kafka_of_strimzis_that_stays_is_said_to_run_on(*, foreign: bool) -> None:
    values = {"platform": "kubernetes", "kubernetes.context": "kind-kind", "kafka.kind": "strimzi", "topics.deleteOnDestroy": "false"}
    said = left_in_cluster(parse_settings(values), is_foreign=foreign)
    assert "which goes on running" in said
    assert ("delete namespace flink" in said) is not foreign
    assert ("delete kafka/kafka kafkanodepool/node" in said) is foreign
    assert ("delete pvc -l strimzi.io/cluster=kafka" in said) is foreign
