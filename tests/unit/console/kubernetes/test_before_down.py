"""`down` deletes nothing that another stack has by now, although the state names it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from console.checks.stack_resources import on_disk
from console.project import Project
from platforms.errors import PlatformError
from platforms.kubernetes.before_down import require_own
from platforms.state import StackOnDisk
from settings import Settings
from tests.fakes.kubernetes_api import FakeKubernetes

Make = Callable[..., Settings]
DEV = {"flink-reviews/stack": "flink-reviews/dev", "flink-reviews/stack-id": "0123456789abcdef"}
KAFKA = {"kind": "Service", "metadata": {"name": "kafka", "namespace": "flink", "uid": "u1"}}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StackOnDisk:
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path / 'state'}")
    checkpoint = tmp_path / "state" / ".pulumi" / "stacks" / "flink-reviews" / "staging.json"
    checkpoint.parent.mkdir(parents=True)
    resources = [{"type": "kubernetes:core/v1:Service", "outputs": KAFKA}]
    checkpoint.write_text(json.dumps({"checkpoint": {"latest": {"resources": resources}}}), encoding="utf-8")
    return on_disk(Project(root=tmp_path, stack="staging", data_folder=tmp_path / "data", values={}, secrets=frozenset()))


def put(cluster: FakeKubernetes, annotations: dict[str, Any], uid: str = "u1") -> None:
    cluster.put("/api/v1/namespaces", {"metadata": {"name": "flink"}})
    cluster.put("/api/v1/namespaces/flink/services", {"metadata": {"name": "kafka", "uid": uid, "annotations": annotations}})


def test_an_object_that_another_stack_has_by_now_is_not_deleted(project: StackOnDisk, kubernetes: FakeKubernetes, settings: Make) -> None:
    put(kubernetes, DEV)
    with pytest.raises(PlatformError, match="belong to stack flink-reviews/dev") as caught:
        require_own(project, settings())
    assert "Service/kafka in namespace flink" in str(caught.value)


@pytest.mark.parametrize(
    ("annotations", "uid"),
    [pytest.param({}, "u1", id="its own, of an earlier version"), pytest.param({}, "u2", id="made anew by somebody, without a mark")],
)
def test_what_no_other_stack_has_keeps_nobody_from_going(
    project: StackOnDisk, kubernetes: FakeKubernetes, settings: Make, annotations: dict[str, Any], uid: str
) -> None:
    put(kubernetes, annotations, uid)
    require_own(project, settings())


def test_what_may_not_be_looked_at_keeps_nobody_from_going(project: StackOnDisk, kubernetes: FakeKubernetes, settings: Make) -> None:
    kubernetes.refuse("GET", 503, "ServiceUnavailable", "gone")
    require_own(project, settings())


def test_a_cluster_that_cannot_be_reached_is_told_with_the_way_out(
    project: StackOnDisk, kubernetes: FakeKubernetes, settings: Make
) -> None:
    kubernetes.cut("GET")
    with pytest.raises(PlatformError, match="cannot be reached: the connection failed: nothing was deleted") as caught:
        require_own(project, settings(), {})
    assert "`pulumi stack rm --force --preserve-config -s staging`" in caught.value.advice
    # Who has the Kubernetes provider drop what it cannot reach has decided.
    require_own(project, settings(), {"PULUMI_K8S_DELETE_UNREACHABLE": "true"})


def test_a_context_that_went_with_its_cluster_is_told_with_the_way_out(project: StackOnDisk, settings: Make) -> None:
    with pytest.raises(PlatformError, match="nothing was deleted") as caught:
        require_own(project, settings(kubernetes__context="kind-gone"), {})
    assert "`pulumi stack rm --force --preserve-config -s staging`" in caught.value.advice


def test_a_stack_without_an_object_goes_without_its_cluster(tmp_path: Path, kubernetes: FakeKubernetes, settings: Make) -> None:
    kubernetes.cut("GET")
    require_own(on_disk(Project(root=tmp_path, stack="new", data_folder=tmp_path / "data", values={}, secrets=frozenset())), settings(), {})


def test_a_namespace_that_is_gone_has_nothing_to_ask_for(project: StackOnDisk, kubernetes: FakeKubernetes, settings: Make) -> None:
    require_own(project, settings())
    assert len(kubernetes.calls) == 1
