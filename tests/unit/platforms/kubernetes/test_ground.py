"""What a look at the cluster finds before anything is made: whose the namespace is, and what lies under the names that a stack needs."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cluster.api_server import connect
from platforms.kubernetes.ownership import Ground, inspect_ground
from settings import parse_settings
from tests.fakes.kubernetes_api import CONTEXT, FakeKubernetes, fake_kubernetes
from tests.support.kubernetes_stack import write_chart

OURS, THEIRS = "0123456789abcdef", "fedcba9876543210"
NAMESPACES, SERVICES = "/api/v1/namespaces", "/api/v1/namespaces/flink/services"
DEPLOYMENTS, SECRETS = "/apis/apps/v1/namespaces/flink/deployments", "/api/v1/namespaces/flink/secrets"
Resources = tuple[tuple[str, dict[str, Any]], ...]


def mark(stack: str, stack_id: str, **more: str) -> dict[str, str]:
    return {"flink-reviews/stack": f"flink-reviews/{stack}", "flink-reviews/stack-id": stack_id, **more}


def thing(name: str, annotations: dict[str, str] | None = None, uid: str = "u1") -> dict[str, Any]:
    return {"metadata": {"name": name, "uid": uid, **({"annotations": annotations} if annotations else {})}}


def recorded(kind: str, name: str, uid: str = "u1", namespace: str = "flink") -> tuple[str, dict[str, Any]]:
    where = {} if kind == "Namespace" else {"namespace": namespace}
    return f"kubernetes:v1:{kind}", {"kind": kind, "metadata": {"name": name, "uid": uid, **where}}


@dataclass(frozen=True, kw_only=True)
class Bench:
    cluster: FakeKubernetes
    values: dict[str, str]

    def look(self, resources: Resources = (), **settings: str) -> Ground:
        changed = {f"kubernetes.{name}": value for name, value in settings.items()}
        return inspect_ground(
            connect(CONTEXT, self.values["kubernetes.kubeconfig"]), parse_settings({**self.values, **changed}), "staging", OURS, resources
        )


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with fake_kubernetes() as cluster:
        values = {
            "platform": "kubernetes",
            "kubernetes.context": CONTEXT,
            "kubernetes.kubeconfig": str(cluster.kubeconfig(tmp_path)),
            "operator.chart": str(write_chart(tmp_path / "chart")),
        }
        yield Bench(cluster=cluster, values=values)


def test_an_empty_cluster_is_free(bench: Bench) -> None:
    assert bench.look() == Ground()


def test_looking_changes_nothing(bench: Bench) -> None:
    bench.cluster.put(NAMESPACES, thing("flink"))
    bench.look()
    assert {call.split(" ")[0] for call in bench.cluster.calls} == {"GET"}


@pytest.mark.parametrize(
    ("annotations", "resources", "settings"),
    [
        pytest.param(mark("staging", OURS), (), {}, id="it bears the stack's id"),
        pytest.param(None, (recorded("Namespace", "flink"),), {}, id="the state has its uid"),
        pytest.param(mark("staging", THEIRS, **{"flink-reviews/released": "true"}), (), {}, id="left by an earlier life of the stack"),
        pytest.param(mark("dev", THEIRS), (), {"takeOver": THEIRS}, id="its stack is named for take-over"),
        pytest.param(None, (), {"takeOver": "Namespace/flink"}, id="it is named for take-over"),
    ],
)
def test_a_namespace_is_the_stacks_own(
    bench: Bench, annotations: dict[str, str] | None, resources: Resources, settings: dict[str, str]
) -> None:
    bench.cluster.put(NAMESPACES, thing("flink", annotations))
    assert bench.look(resources, **settings) == Ground()


def test_a_namespace_that_somebody_made_is_used_and_not_taken(bench: Bench) -> None:
    bench.cluster.put(NAMESPACES, thing("flink"))
    bench.cluster.put(DEPLOYMENTS, thing("theirs"))
    assert bench.look() == Ground(is_foreign=True)


@pytest.mark.parametrize(
    ("annotations", "words"),
    [
        pytest.param(mark("dev", THEIRS), f"belongs to stack flink-reviews/dev, id {THEIRS}", id="another stack"),
        pytest.param(mark("staging", THEIRS), "stack flink-reviews/staging of another state", id="the same name, another state"),
        pytest.param(mark("dev", THEIRS, **{"flink-reviews/released": "true"}), "belongs to stack flink-reviews/dev", id="left by another"),
    ],
)
def test_the_namespace_of_another_stack_is_refused(bench: Bench, annotations: dict[str, str], words: str) -> None:
    bench.cluster.put(NAMESPACES, thing("flink", annotations))
    [problem] = bench.look().problems
    assert words in problem
    assert "pulumi config set kubernetes.namespace flink-staging" in problem
    assert f"pulumi config set kubernetes.takeOver {THEIRS}" in problem


def test_a_namespace_made_anew_by_somebody_else_is_refused(bench: Bench) -> None:
    """Pulumi's state has it by name: it would be changed, or deleted as no longer wanted."""
    bench.cluster.put(NAMESPACES, thing("flink", uid="u2"))
    [problem] = bench.look((recorded("Namespace", "flink", uid="u1"),)).problems
    assert "not the one that this stack made" in problem


def test_a_namespace_on_its_way_out_is_refused(bench: Bench) -> None:
    bench.cluster.put(NAMESPACES, {"metadata": {"name": "flink", "deletionTimestamp": "2026-11-28T12:00:00Z"}})
    assert "is being deleted" in bench.look().problems[0]


KAFKA, GONE = recorded("Service", "kafka"), recorded("Service", "kafka", uid="gone")
OF_DEV = f"Service/kafka (stack flink-reviews/dev, id {THEIRS})"


@dataclass(frozen=True, kw_only=True)
class Case:
    """What the Service bears, what the state has, and the words of the refusal; without any it is the stack's."""

    annotations: dict[str, str] | None = None
    resources: Resources = ()
    settings: dict[str, str] = field(default_factory=dict)
    words: str = ""


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(Case(words="Service/kafka (made by somebody else)"), id="no mark"),
        pytest.param(Case(annotations=mark("dev", THEIRS), words=OF_DEV), id="another stack's"),
        pytest.param(
            Case(resources=(recorded("Service", "kafka", uid="gone"),), words="made by somebody else"), id="made anew by somebody"
        ),
        pytest.param(
            Case(annotations=mark("dev", THEIRS), resources=(KAFKA,), words="stack flink-reviews/dev"),
            id="taken from the stack",
        ),
        pytest.param(Case(annotations=mark("staging", OURS)), id="its own"),
        pytest.param(Case(resources=(recorded("Service", "kafka"),)), id="its own, of an earlier version"),
        pytest.param(Case(resources=(recorded("Service", "kafka", uid=""),)), id="its own, recorded without a uid"),
        pytest.param(Case(settings={"takeOver": "Service/kafka"}), id="named for take-over"),
    ],
)
@pytest.mark.parametrize("is_own", [pytest.param(True, id="own namespace"), pytest.param(False, id="foreign namespace")])
def test_what_lies_under_a_name_that_the_stack_needs(bench: Bench, is_own: bool, case: Case) -> None:
    bench.cluster.put(NAMESPACES, thing("flink", mark("staging", OURS) if is_own else None))
    bench.cluster.put(SERVICES, thing("kafka", case.annotations))
    ground = bench.look(case.resources, **case.settings)
    assert ground.is_foreign is not is_own
    assert bool(ground.problems) is bool(case.words)
    assert all(case.words in problem and "pulumi config set kubernetes.takeOver Service/kafka" in problem for problem in ground.problems)


def test_a_release_of_the_operator_that_somebody_installed_is_refused(bench: Bench) -> None:
    bench.cluster.put(NAMESPACES, thing("flink"))
    labels = {"owner": "helm", "name": "flink-kubernetes-operator"}
    bench.cluster.put(SECRETS, {"metadata": {"name": "sh.helm.release.v1.flink-kubernetes-operator.v1", "labels": labels}})
    assert "Helm release flink-kubernetes-operator" in bench.look().problems[0]
    known = (("kubernetes:helm.sh/v3:Release", {"namespace": "flink", "name": "flink-kubernetes-operator"}),)
    assert bench.look(known).problems == ()


@pytest.mark.parametrize("is_own", [pytest.param(True, id="own namespace"), pytest.param(False, id="foreign namespace")])
@pytest.mark.parametrize(
    ("annotations", "settings"),
    [
        pytest.param(mark("staging", OURS), {}, id="a run was killed"),
        pytest.param(mark("staging", THEIRS), {"takeOver": THEIRS}, id="the state was lost"),
    ],
)
def test_a_release_that_only_the_state_does_not_have_is_the_stacks(
    bench: Bench, annotations: dict[str, str], settings: dict[str, str], *, is_own: bool
) -> None:
    bench.cluster.put(NAMESPACES, thing("flink", annotations if is_own else None))
    bench.cluster.put("/api/v1/namespaces/flink/configmaps", thing("flink-reviews-claim", annotations))
    labels = {"owner": "helm", "name": "flink-kubernetes-operator"}
    bench.cluster.put(SECRETS, {"metadata": {"name": "sh.helm.release.v1.flink-kubernetes-operator.v1", "labels": labels}})
    assert bench.look((), **settings) == Ground(is_foreign=not is_own, unknown_release=True)
    known = (("kubernetes:helm.sh/v3:Release", {"namespace": "flink", "name": "flink-kubernetes-operator"}),)
    assert bench.look(known, **settings) == Ground(is_foreign=not is_own)


def test_another_namespace_for_a_stack_that_runs_is_refused(bench: Bench) -> None:
    [problem] = bench.look((recorded("Service", "kafka"),), namespace="elsewhere").problems
    assert "this stack lies in namespace flink" in problem
    assert "pulumi config set kubernetes.namespace flink" in problem


def test_a_namespace_that_somebody_else_is_to_make(bench: Bench) -> None:
    [problem] = bench.look(manageNamespace="false").problems
    assert "namespace flink is not there, and kubernetes.manageNamespace is false" in problem
    bench.cluster.put(NAMESPACES, thing("flink", mark("staging", OURS)))
    assert bench.look(manageNamespace="false") == Ground(is_foreign=True)


def test_a_namespace_that_may_not_be_read_is_told_with_the_way_out(bench: Bench) -> None:
    bench.cluster.refuse(f"GET {NAMESPACES}/flink", 403, "Forbidden", "namespaces is forbidden")
    [problem] = bench.look().problems
    assert "may not be read with context kind-fake" in problem
    assert "`python -m console rights` prints what is needed" in problem
