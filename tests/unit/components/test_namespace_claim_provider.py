"""The claim on a namespace: made where there is none, used and left where it is somebody else's, removed with nothing of others in it."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from cluster.api_server import ApiServer
from cluster.decoration import Decoration
from cluster.ownership import Owner
from components.providers.namespace_claim import NamespaceClaimProvider, claim_inputs
from components.providers.reporting import ProviderError
from tests.fakes.kubernetes_api import CONTEXT, FakeKubernetes, fake_kubernetes
from tests.unit.components.statement_bench import configuration
from tests.unit.flinksql.statements.noting_clock import NotingClock

OWNER = Owner(stack="flink-reviews/dev", stack_id="0123456789abcdef")
OTHER = Owner(stack="flink-reviews/staging", stack_id="fedcba9876543210")
NAMESPACES = "/api/v1/namespaces"
INSIDE = f"{NAMESPACES}/flink"
KINDS = ("configmaps", "persistentvolumeclaims", "resourcequotas", "services", "secrets", "pods", "serviceaccounts")
RELEASED = "flink-reviews/released"
PART_OF = {"labels": {"app.kubernetes.io/part-of": "flink-reviews"}}


@dataclass(frozen=True, kw_only=True)
class Bench:
    provider: NamespaceClaimProvider
    cluster: FakeKubernetes

    def create(self, owner: Owner = OWNER, *, is_foreign: bool = False, keep: bool = False) -> dict[str, Any]:
        inputs = claim_inputs("flink", owner, is_foreign=is_foreign, keep=keep)
        return dict(self.provider.create(inputs).outs or {})

    def namespace(self, **annotations: str) -> None:
        self.cluster.put(NAMESPACES, {"metadata": {"name": "flink", "uid": "u1", "labels": {"team": "a"}, "annotations": annotations}})

    def inside(self, kind: str, name: str, **metadata: object) -> None:
        self.cluster.put(f"{INSIDE}/{kind}", {"metadata": {"name": name, **metadata}})

    def annotations(self, path: str = INSIDE) -> dict[str, str]:
        collection, _, name = path.rpartition("/")
        return dict(self.cluster.collections[collection][name]["metadata"].get("annotations") or {})

    @property
    def changes(self) -> list[str]:
        return [call for call in self.cluster.calls if not call.startswith("GET")]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with fake_kubernetes() as cluster:
        provider = NamespaceClaimProvider()
        values = {"platform": "kubernetes", "kubernetes.context": CONTEXT, "kubernetes.kubeconfig": str(cluster.kubeconfig(tmp_path))}
        provider.configure(configuration(values))
        cluster.kinds = KINDS
        yield Bench(provider=provider, cluster=cluster)


@contextmanager
def strimzi_bench(folder: Path, kind: str = "strimzi") -> Iterator[Bench]:
    """A cluster with Strimzi's kinds, and a stack whose Kafka is of this kind."""
    with fake_kubernetes() as cluster:
        provider = NamespaceClaimProvider()
        values = {"platform": "kubernetes", "kubernetes.context": CONTEXT, "kubernetes.kubeconfig": str(cluster.kubeconfig(folder))}
        provider.configure(configuration({**values, "kafka.kind": kind}))
        cluster.kinds = KINDS
        yield Bench(provider=provider, cluster=cluster)


def test_a_namespace_that_is_not_there_is_made_with_the_mark(bench: Bench) -> None:
    state = bench.create()
    assert bench.annotations() == OWNER.mark
    bench.provider.delete("flink", state)
    assert bench.cluster.collections[NAMESPACES] == {}


def test_claiming_again_is_claiming_once(bench: Bench) -> None:
    bench.create()
    state = bench.create()
    assert bench.annotations() == OWNER.mark
    assert not bench.provider.diff("flink", state, claim_inputs("flink", OWNER, is_foreign=False, keep=False)).changes


def test_what_tells_the_cluster_from_another_is_recorded_and_read_again(bench: Bench) -> None:
    bench.inside("configmaps", "kube-root-ca.crt")
    assert bench.create()["authority"] == ""
    bench.cluster.put(f"{INSIDE}/configmaps", {"metadata": {"name": "kube-root-ca.crt"}, "data": {"ca.crt": "a certificate"}})
    state = bench.create()
    assert state["authority"] == hashlib.sha256(b"a certificate").hexdigest()
    assert dict(bench.provider.read("flink", state).outs or {})["authority"] == state["authority"]
    assert not bench.provider.diff("flink", state, claim_inputs("flink", OWNER, is_foreign=False, keep=False)).changes


def test_another_namespace_replaces_the_claim(bench: Bench) -> None:
    state = bench.create()
    difference = bench.provider.diff("flink", state, claim_inputs("other", OWNER, is_foreign=False, keep=False))
    assert (difference.changes, difference.replaces, difference.delete_before_replace) == (True, ["namespace"], True)
    assert bench.provider.diff("flink", state, claim_inputs("flink", OWNER, is_foreign=False, keep=True)).changes is True


def test_a_namespace_that_is_named_for_take_over_is_taken(bench: Bench) -> None:
    bench.create(OTHER)
    bench.create(replace(OWNER, taken=(OTHER.stack_id,)))
    assert bench.annotations() == OWNER.mark


def test_many_things_of_others_are_not_all_named(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    state = bench.create()
    for number in range(12):
        bench.inside("pods", f"p{number:02}")
    bench.provider.delete("flink", state)
    told = capsys.readouterr().out
    assert "p09 and 2 more." in told
    assert "p10" not in told


def test_a_namespace_of_an_earlier_version_gets_the_mark(bench: Bench) -> None:
    bench.namespace()
    bench.create()
    assert bench.annotations() == OWNER.mark


@pytest.mark.parametrize("is_foreign", [pytest.param(False, id="own"), pytest.param(True, id="foreign")])
def test_of_two_stacks_in_one_moment_one_is_refused(bench: Bench, is_foreign: bool) -> None:
    """Both have looked and found nothing: the claim is what only one of them gets."""
    if is_foreign:
        bench.namespace()
    bench.create(is_foreign=is_foreign)
    bench.cluster.calls.clear()
    with pytest.raises(ProviderError, match="was taken by stack flink-reviews/dev"):
        bench.create(OTHER, is_foreign=is_foreign)
    assert [call.split(" ")[0] for call in bench.changes] == ["POST"]


@pytest.mark.parametrize("keep", [pytest.param(False, id="data go"), pytest.param(True, id="data stay")])
def test_a_foreign_namespace_is_never_changed_nor_deleted(bench: Bench, keep: bool) -> None:
    bench.namespace()
    bench.inside("configmaps", "theirs")
    before = {name: dict(one["metadata"]) for name, one in bench.cluster.collections[NAMESPACES].items()}
    state = bench.create(is_foreign=True, keep=keep)
    assert bench.cluster.collections[f"{INSIDE}/configmaps"].keys() == {"theirs", "flink-reviews-claim"}
    bench.provider.delete("flink", state)
    assert {name: one["metadata"] for name, one in bench.cluster.collections[NAMESPACES].items()} == before
    assert bench.cluster.collections[f"{INSIDE}/configmaps"].keys() == {"theirs"}


@pytest.mark.parametrize(
    ("kind", "name", "metadata", "stays"),
    [
        pytest.param("resourcequotas", "limit", {}, True, id="a quota of somebody"),
        pytest.param("pods", "theirs", {}, True, id="a pod of somebody"),
        pytest.param("pods", "ours", {"ownerReferences": [{"controller": True}]}, False, id="a pod that a controller still has"),
        pytest.param("configmaps", "kube-root-ca.crt", {}, False, id="what every namespace has"),
        pytest.param("serviceaccounts", "default", {}, False, id="the account that every namespace has"),
        pytest.param("services", "s", {"labels": {"app.kubernetes.io/part-of": "flink-reviews"}}, False, id="of the stack"),
        pytest.param("configmaps", "flink-sql-session-cluster-config-map", {}, False, id="a record of Flink's without a label"),
        pytest.param("configmaps", "ha", {"labels": {"type": "flink-native-kubernetes"}}, False, id="of Flink's high availability"),
        pytest.param(
            "secrets", "v1", {"labels": {"owner": "helm", "name": "flink-kubernetes-operator"}}, False, id="Helm's account of the operator"
        ),
        pytest.param("services", "web", {"annotations": {"meta.helm.sh/release-name": "other"}}, True, id="of another release"),
        pytest.param("services", "x", {"annotations": OTHER.mark}, True, id="of another stack"),
        pytest.param("services", "kafka", {"annotations": OTHER.mark, **PART_OF}, True, id="of another stack of this project"),
        pytest.param(
            "persistentvolumeclaims",
            "flink-state",
            {"annotations": {**OTHER.mark, RELEASED: "true"}, **PART_OF},
            False,
            id="left by an earlier life of the stack",
        ),
    ],
)
def test_a_namespace_goes_only_when_nothing_of_others_goes_with_it(
    bench: Bench, kind: str, name: str, metadata: dict[str, Any], stays: bool
) -> None:
    state = bench.create()
    bench.inside(kind, name, **metadata)
    bench.provider.delete("flink", state)
    assert bool(bench.cluster.collections[NAMESPACES]) is stays


def test_who_may_not_look_does_not_delete(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    state = bench.create()
    bench.cluster.refuse(r"GET .*/resourcequotas", 403, "Forbidden", "no")
    bench.provider.delete("flink", state)
    assert bench.cluster.collections[NAMESPACES]
    assert "resourcequotas (Forbidden)" in capsys.readouterr().out


def test_data_that_stay_are_taken_up_by_the_next_life_of_the_stack(bench: Bench) -> None:
    state = bench.create(keep=True)
    bench.inside("persistentvolumeclaims", "flink-state", annotations=OWNER.mark)
    bench.provider.delete("flink", state)
    assert bench.annotations() == {**OWNER.mark, RELEASED: "true"}
    assert bench.annotations(f"{INSIDE}/persistentvolumeclaims/flink-state")[RELEASED] == "true"
    reborn = Owner(stack=OWNER.stack, stack_id="1111111111111111")
    bench.create(reborn, keep=True)
    assert bench.annotations() == reborn.mark


def test_a_kafka_of_strimzis_that_keeps_its_data_is_taken_up_by_the_next_life_of_the_stack(tmp_path: Path) -> None:
    with strimzi_bench(tmp_path) as bench:
        state = bench.create(keep=True)
        strimzi = "/apis/kafka.strimzi.io/v1/namespaces/flink"
        for kind, name in (("kafkas", "kafka"), ("kafkanodepools", "node")):
            bench.cluster.put(f"{strimzi}/{kind}", {"metadata": {"name": name, "annotations": dict(OWNER.mark)}})
        bench.cluster.put(f"{strimzi}/kafkas", {"metadata": {"name": "theirs", "annotations": dict(OTHER.mark)}})
        bench.provider.delete("flink", state)
        assert bench.annotations(f"{strimzi}/kafkas/kafka")[RELEASED] == "true"
        assert bench.annotations(f"{strimzi}/kafkanodepools/node")[RELEASED] == "true"
        assert RELEASED not in bench.annotations(f"{strimzi}/kafkas/theirs")


@pytest.mark.parametrize(
    ("strimzi", "kafka", "left"),
    [
        pytest.param(True, "kafka", False, id="what is left of the stack's Kafka"),
        pytest.param(True, "other", True, id="of another Kafka"),
        pytest.param(False, "kafka", True, id="of a Kafka that is not the stack's"),
    ],
)
def test_volumes_that_strimzi_made_count_as_the_stacks_where_the_kafka_is(tmp_path: Path, kafka: str, *, strimzi: bool, left: bool) -> None:
    with strimzi_bench(tmp_path, kind="strimzi" if strimzi else "single") as bench:
        state = bench.create()
        bench.inside("persistentvolumeclaims", "data-0-kafka-node-0", labels={"strimzi.io/cluster": kafka})
        bench.provider.delete("flink", state)
        assert bool(bench.cluster.collections[NAMESPACES]) is left


def test_a_namespace_that_another_stack_has_by_now_is_left(bench: Bench) -> None:
    state = bench.create()
    bench.namespace(**OTHER.mark)
    bench.provider.delete("flink", state)
    assert bench.annotations() == OTHER.mark


def test_a_namespace_that_is_gone_is_gone(bench: Bench) -> None:
    state = bench.create()
    bench.cluster.collections[NAMESPACES].clear()
    bench.provider.delete("flink", state)
    assert bench.provider.read("flink", state).id == ""


@pytest.mark.parametrize(
    ("is_foreign", "place"),
    [
        pytest.param(False, INSIDE, id="the namespace"),
        pytest.param(True, f"{INSIDE}/configmaps/flink-reviews-claim", id="the claim in one of somebody else"),
    ],
)
def test_what_is_made_bears_the_labels_that_an_admission_policy_may_ask_for(bench: Bench, place: str, *, is_foreign: bool) -> None:
    wanted = Decoration(labels={"cost-center": "a"}, annotations={"example.com/owner": "b"})
    bench.provider.create(claim_inputs("flink", OWNER, is_foreign=is_foreign, keep=False, decoration=wanted))
    collection, _, name = place.rpartition("/")
    made = bench.cluster.collections[collection][name]["metadata"]
    assert made["labels"] == {"cost-center": "a"}
    assert made["annotations"] == {"example.com/owner": "b", **OWNER.mark}


def test_a_namespace_that_may_not_be_removed_holds_no_end_up(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    state = bench.create()
    bench.cluster.refuse(f"DELETE {INSIDE}", 403, "Forbidden", 'namespaces "flink" is forbidden')
    bench.provider.delete("flink", state)
    assert "this user may not remove it" in capsys.readouterr().out
    assert bench.annotations()[RELEASED] == "true"


def test_data_in_a_foreign_namespace_are_marked_as_left_and_those_of_others_are_not(bench: Bench) -> None:
    bench.namespace()
    state = bench.create(is_foreign=True, keep=True)
    bench.inside("persistentvolumeclaims", "ours", annotations=OWNER.mark)
    bench.inside("persistentvolumeclaims", "theirs", annotations=OTHER.mark)
    bench.inside("persistentvolumeclaims", "nobodys")
    bench.provider.delete("flink", state)
    marked = [name for name in ("ours", "theirs", "nobodys") if RELEASED in bench.annotations(f"{INSIDE}/persistentvolumeclaims/{name}")]
    assert marked == ["ours"]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> NotingClock:
    made = NotingClock()
    monkeypatch.setattr("components.providers.namespace_claim.time", made)
    return made


def test_a_namespace_that_goes_slowly_is_waited_for(bench: Bench, clock: NotingClock, monkeypatch: pytest.MonkeyPatch) -> None:
    state = bench.create()

    def go_slowly(_api_server: ApiServer, _path: str) -> None:
        monkeypatch.setattr(ApiServer, "find_metadata", lambda *_: {} if len(clock.pauses) < 2 else None)

    monkeypatch.setattr(ApiServer, "delete", go_slowly)
    bench.provider.delete("flink", state)
    assert clock.pauses == [1.0, 1.0]


def test_a_namespace_that_does_not_go_is_an_error_with_what_to_look_at(
    bench: Bench, clock: NotingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = bench.create()
    monkeypatch.setattr(ApiServer, "delete", lambda *_: None)
    with pytest.raises(ProviderError, match=r"does not go within 300 s: something in it has a finalizer") as caught:
        bench.provider.delete("flink", state)
    assert "kubectl get namespace flink -o yaml" in str(caught.value)
    assert 300 < clock.monotonic() <= 302
