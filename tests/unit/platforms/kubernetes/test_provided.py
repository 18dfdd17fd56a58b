"""Definitions and operator of somebody else: read and checked before anything is made, never written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from cluster.api_server import connect
from platforms.kubernetes.provided_operator import Provided, inspect_provided
from settings import parse_settings
from tests.fakes.kubernetes_api import CONTEXT, DEFINITIONS, FakeKubernetes, fake_kubernetes
from tests.support.kubernetes_stack import CRDS, definition

OPERATORS = "/apis/apps/v1/namespaces/flink-operator/deployments"
CONFIGURATION = "/api/v1/namespaces/flink-operator/configmaps"
FLINK = "POST /apis/flink.apache.org/v1beta1/namespaces/flink/flinkdeployments"
NOTHING: Mapping[str, str] = MappingProxyType({})
POD_MONITORS = {"group": "monitoring.coreos.com", "names": {"plural": "podmonitors", "kind": "PodMonitor"}}
RELEASE = (("kubernetes:helm.sh/v3:Release", {"namespace": "flink", "name": "flink-kubernetes-operator"}),)


def operator(version: str = "1.15.0", ready: int = 1) -> dict[str, Any]:
    labels = {"app.kubernetes.io/name": "flink-kubernetes-operator", "app.kubernetes.io/version": version}
    return {"metadata": {"name": "flink-kubernetes-operator", "labels": labels}, "status": {"readyReplicas": ready}}


@dataclass(frozen=True, kw_only=True)
class Bench:
    cluster: FakeKubernetes
    values: dict[str, str]

    def look(self, changes: Mapping[str, str] = NOTHING, resources: tuple[tuple[str, dict[str, Any]], ...] = ()) -> Provided:
        settings = parse_settings({**self.values, **changes})
        return inspect_provided(connect(CONTEXT, self.values["kubernetes.kubeconfig"]), settings, "team", "0123456789abcdef", resources)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A cluster in which the platform team did its part."""
    with fake_kubernetes() as cluster:
        values = {
            "platform": "kubernetes",
            "kubernetes.context": CONTEXT,
            "kubernetes.kubeconfig": str(cluster.kubeconfig(tmp_path)),
            "kubernetes.manageNamespace": "false",
            "kubernetes.labels": "cost-center=a",
            "crds.manage": "false",
            "operator.install": "false",
            "operator.namespace": "flink-operator",
        }
        cluster.put(DEFINITIONS, *(definition(plural) for plural in CRDS))
        cluster.put(OPERATORS, operator())
        yield Bench(cluster=cluster, values=values)


def test_what_fits_is_in_order_and_nothing_is_written(bench: Bench) -> None:
    assert bench.look() == Provided()
    written = [call for call in bench.cluster.calls if not call.startswith("GET")]
    assert written == [f"{FLINK}?dryRun=All&fieldValidation=Strict"]
    assert "flink" not in bench.cluster.collections


def test_a_stack_that_brings_everything_asks_nothing(bench: Bench) -> None:
    changed = {"crds.manage": "true", "operator.install": "true", "operator.namespace": ""}
    assert bench.look(changed) == Provided()
    assert bench.cluster.calls == []


@pytest.mark.parametrize(
    ("gone", "changes", "words"),
    [
        pytest.param(
            "flinkdeployments", {}, "does not know flinkdeployments of flink.apache.org/v1beta1", id="the one that the stack uses"
        ),
        pytest.param("flinksessionjobs", {}, "", id="one that only an operator uses"),
        pytest.param(
            "flinksessionjobs", {"operator.install": "true", "operator.namespace": ""}, "does not know flinksessionjobs", id="for ours"
        ),
    ],
)
def test_definitions_that_are_not_there(bench: Bench, gone: str, changes: dict[str, str], words: str) -> None:
    bench.cluster.remove(f"{DEFINITIONS}/{gone}.flink.apache.org")
    problems = bench.look(changes).problems
    assert len(problems) == bool(words)
    assert all(words in one and "crds.manage is false" in one and "crds/" in one for one in problems)


def test_metrics_need_the_kind_of_the_prometheus_operator(bench: Bench) -> None:
    [problem] = bench.look({"metrics.enabled": "true"}).problems
    assert "does not know podmonitors of monitoring.coreos.com/v1" in problem
    assert "`pulumi config set metrics.podMonitors false`" in problem
    assert bench.look({"metrics.enabled": "true", "metrics.podMonitors": "false"}).problems == ()
    bench.cluster.put(DEFINITIONS, {"metadata": {"name": "podmonitors.monitoring.coreos.com"}, "spec": POD_MONITORS})
    assert bench.look({"metrics.enabled": "true"}).problems == ()


@pytest.mark.parametrize(
    ("code", "reason", "message", "told"),
    [
        pytest.param(422, "Invalid", 'spec.flinkVersion: Unsupported value: "v2_2"', True, id="an older definition"),
        pytest.param(403, "Forbidden", "ValidatingAdmissionPolicy 'a' denied request: cost-center is missing", True, id="a policy"),
        pytest.param(403, "Forbidden", 'User "jane" cannot create resource', True, id="no right"),
        pytest.param(409, "AlreadyExists", "already exists", False, id="there already"),
        pytest.param(404, "NotFound", "namespaces not found", False, id="no namespace, which is told by itself"),
    ],
)
def test_definitions_that_do_not_fit(bench: Bench, code: int, reason: str, message: str, *, told: bool) -> None:
    bench.cluster.refuse("POST .*flinkdeployments", code, reason, message)
    problems = bench.look().problems
    assert len(problems) == told
    assert all(message in one and "Nothing was changed" in one for one in problems)


@pytest.mark.parametrize(
    ("found", "watched", "problem", "remark"),
    [
        pytest.param([], "", "there is no Flink operator in namespace flink-operator", "", id="none"),
        pytest.param([operator("1.13.2")], "", "is of version 1.13.2: 1.15.0 or newer is needed", "", id="too old"),
        pytest.param([operator("1.16.0")], "", "", "", id="newer"),
        pytest.param([operator()], "other,team-b", "watches other,team-b and not flink", "", id="it watches others"),
        pytest.param([operator()], "other,flink", "", "", id="it watches this one too"),
        pytest.param([operator(ready=0)], "", "", "has no ready pod", id="it is not ready"),
    ],
)
def test_the_operator_of_somebody_else(bench: Bench, found: list[dict[str, Any]], watched: str, problem: str, remark: str) -> None:
    bench.cluster.collections[OPERATORS] = {}
    bench.cluster.put(OPERATORS, *found)
    if watched:
        text = f"a: b\nkubernetes.operator.watched.namespaces: {watched}\n"
        bench.cluster.put(CONFIGURATION, {"metadata": {"name": "flink-operator-config"}, "data": {"config.yaml": text}})
    seen = bench.look()
    assert [problem in one for one in seen.problems] == ([True] if problem else [])
    assert [remark in one for one in seen.remarks] == ([True] if remark else [])


def test_who_may_not_look_at_the_operators_namespace_goes_on_and_is_told(bench: Bench) -> None:
    bench.cluster.refuse("/namespaces/flink-operator/", 403, "Forbidden", "deployments is forbidden")
    assert bench.look() == Provided(
        remarks=("whether the operator runs cannot be seen: Deployments of namespace flink-operator may not be listed",)
    )


def test_the_operator_that_the_stack_itself_installed_is_not_removed_under_its_jobs(bench: Bench) -> None:
    [problem] = bench.look({"operator.namespace": ""}, RELEASE).problems
    assert "is the one that this stack installed" in problem
    assert "pulumi config set operator.install true" in problem
    assert bench.look(resources=RELEASE).problems == ()
