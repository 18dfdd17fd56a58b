"""Strimzi of somebody else: its kinds and its operator are looked for before anything is made, and nothing of it is ever written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from cluster.api_server import connect
from platforms.kubernetes.checks import _strimzi
from platforms.kubernetes.provided_operator import Provided
from platforms.kubernetes.provided_strimzi import inspect_strimzi
from settings import Settings, parse_settings
from tests.fakes.kubernetes_api import CONTEXT, DEFINITIONS, FakeKubernetes, fake_kubernetes

OPERATORS = "/apis/apps/v1/namespaces/strimzi/deployments"
KINDS = ("kafkas", "kafkanodepools", "kafkatopics", "kafkausers")
NOTHING: Mapping[str, str] = MappingProxyType({})
LOGIN = {"strimzi.authentication": "tls", "strimzi.password": "p", "akhq.enabled": "false"}


def operator(watched: dict[str, Any] | None = None, *, ready: int = 1, name: str = "strimzi-cluster-operator") -> dict[str, Any]:
    environment = [] if watched is None else [{"name": "STRIMZI_NAMESPACE", **watched}]
    template = {
        "metadata": {"labels": {"strimzi.io/kind": "cluster-operator"}},
        "spec": {"containers": [{"name": "operator", "env": environment}]},
    }
    return {"metadata": {"name": name}, "spec": {"template": template}, "status": {"readyReplicas": ready}}


OWN = {"valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}}
EVERYWHERE = operator({"value": "*"})


@dataclass(frozen=True, kw_only=True)
class Bench:
    cluster: FakeKubernetes
    values: dict[str, str]

    def settings(self, changes: Mapping[str, str]) -> Settings:
        return parse_settings({**self.values, **changes})

    def observe(self, changes: Mapping[str, str] = NOTHING) -> Provided:
        return inspect_strimzi(connect(CONTEXT, self.values["kubernetes.kubeconfig"]), self.settings(changes))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with fake_kubernetes() as cluster:
        values = {
            "platform": "kubernetes",
            "kubernetes.context": CONTEXT,
            "kubernetes.kubeconfig": str(cluster.kubeconfig(tmp_path)),
            "kafka.kind": "strimzi",
            "strimzi.operatorNamespace": "strimzi",
        }
        for plural in KINDS:
            metadata = {"name": f"{plural}.kafka.strimzi.io"}
            cluster.put(DEFINITIONS, {"metadata": metadata, "spec": {"group": "kafka.strimzi.io", "names": {"plural": plural}}})
        cluster.put(OPERATORS, EVERYWHERE)
        yield Bench(cluster=cluster, values=values)


def test_what_is_there_is_in_order_and_only_read(bench: Bench) -> None:
    assert bench.observe() == Provided()
    assert all(call.startswith("GET") for call in bench.cluster.calls)


def test_a_stack_with_another_broker_asks_nothing(bench: Bench) -> None:
    assert bench.observe({"kafka.kind": "single"}) == Provided()
    assert bench.cluster.calls == []


@pytest.mark.parametrize(
    ("gone", "changes", "told"),
    [
        pytest.param("kafkas", {}, True, id="kafkas"),
        pytest.param("kafkanodepools", {}, True, id="node pools"),
        pytest.param("kafkatopics", {}, True, id="topics"),
        pytest.param("kafkatopics", {"strimzi.topicOperator": "false"}, False, id="topics that nobody wants"),
        pytest.param("kafkausers", {}, False, id="users that nobody wants"),
        pytest.param("kafkausers", LOGIN, True, id="users"),
    ],
)
def test_a_kind_that_is_not_served_is_named_with_both_ways_out(bench: Bench, gone: str, changes: dict[str, str], *, told: bool) -> None:
    bench.cluster.remove(f"{DEFINITIONS}/{gone}.kafka.strimzi.io")
    problems = bench.observe(changes).problems
    assert len(problems) == told
    for one in problems:
        assert f"does not know {gone} of kafka.strimzi.io/v1" in one
        assert "`pulumi config set kafka.kind single`" in one
        assert "Nothing was changed" in one


@pytest.mark.parametrize(
    ("found", "problem", "remark"),
    [
        pytest.param([], "there is no operator of Strimzi's in namespace strimzi", "", id="none"),
        pytest.param([{"metadata": {"name": "another"}, "spec": {}}], "there is no operator", "", id="only others"),
        pytest.param([operator({"value": "flink"})], "", "", id="it watches this namespace"),
        pytest.param([operator({"value": "other, flink"})], "", "", id="among others"),
        pytest.param([operator()], "", "", id="it says nothing and watches everything"),
        pytest.param([operator({"value": "other"})], "watches other and not flink", "", id="it watches others"),
        pytest.param([operator(OWN)], "watches strimzi and not flink", "", id="it watches its own"),
        pytest.param([operator({"value": "other"}), operator({"value": "flink"}, name="second")], "", "", id="the second one does"),
        pytest.param([operator({"value": "*"}, ready=0)], "", "has no ready pod", id="it is not ready"),
        pytest.param([operator({"value": "*"}, name="kafka-operator")], "", "", id="by another name"),
    ],
)
def test_the_operator(bench: Bench, found: list[dict[str, Any]], problem: str, remark: str) -> None:
    bench.cluster.collections[OPERATORS] = {}
    bench.cluster.put(OPERATORS, *found)
    seen = bench.observe()
    assert [problem in one for one in seen.problems] == ([True] if problem else [])
    assert [remark in one for one in seen.remarks] == ([True] if remark else [])


def test_in_the_stacks_own_namespace_it_watches_that(bench: Bench) -> None:
    bench.cluster.put("/apis/apps/v1/namespaces/flink/deployments", operator(OWN))
    assert bench.observe({"strimzi.operatorNamespace": ""}) == Provided()


def test_who_may_not_look_at_the_operators_namespace_goes_on_and_is_told(bench: Bench) -> None:
    bench.cluster.refuse("GET .*namespaces/strimzi/deployments", 403, "Forbidden", "no")
    seen = bench.observe()
    assert seen.problems == ()
    assert ["cannot be seen" in one for one in seen.remarks] == [True]


@pytest.mark.parametrize(
    ("gone", "ok", "words"), [pytest.param(False, True, "watches this one", id="there"), pytest.param(True, False, "no operator", id="not")]
)
def test_the_doctor_says_it_too(bench: Bench, *, gone: bool, ok: bool, words: str) -> None:
    if gone:
        bench.cluster.collections[OPERATORS] = {}
    [finding] = _strimzi(connect(CONTEXT, bench.values["kubernetes.kubeconfig"]), bench.settings({}))
    assert (finding.subject, finding.ok) == ("strimzi", ok)
    assert words in finding.what
