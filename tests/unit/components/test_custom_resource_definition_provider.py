"""The definitions' resource: what it looks at, what it refuses, and what it says where nobody answers."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from components.kubernetes.operator_chart import operator_chart
from components.providers.custom_resource_definition import ClusterAccess, CustomResourceDefinitionProvider, definition_inputs
from components.providers.reporting import Once, ProviderError
from platforms.kubernetes.arguments import chart_of
from settings import parse_settings
from tests.fakes.kubernetes_api import CONTEXT, DEFINITIONS, FakeKubernetes, fake_kubernetes
from tests.support.kubernetes_stack import definition, write_chart
from tests.unit.components.statement_bench import configuration

NAME = "flinkdeployments.flink.apache.org"


@dataclass(frozen=True, kw_only=True)
class Bench:
    provider: CustomResourceDefinitionProvider
    cluster: FakeKubernetes
    values: dict[str, str]
    chart: Path
    remarks: list[str] = field(default_factory=list)

    def inputs(self, *, retain: bool = False) -> dict[str, Any]:
        return definition_inputs(NAME, chart_of(parse_settings(self.values)), retain=retain)

    def created(self, *, retain: bool = False) -> dict[str, Any]:
        return dict(self.provider.create(self.inputs(retain=retain)).outs or {})


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with fake_kubernetes() as cluster:
        cluster.put("/api/v1/namespaces", {"metadata": {"name": "kube-system", "uid": "the old one"}})
        chart = write_chart(tmp_path / "chart", "1.15.0", "image")
        values = {
            "platform": "kubernetes",
            "kubernetes.context": CONTEXT,
            "kubernetes.kubeconfig": str(cluster.kubeconfig(tmp_path)),
            "operator.chart": str(chart),
            "data.folder": str(tmp_path / "data"),
            "crds.retain": "false",
        }
        provider = CustomResourceDefinitionProvider()
        provider.configure(configuration(values))
        made = Bench(provider=provider, cluster=cluster, values=values, chart=chart)
        provider.remark = Once(made.remarks.append)
        yield made


def test_a_created_definition_is_unchanged_at_the_next_look(bench: Bench) -> None:
    state = bench.created()
    bench.cluster.calls.clear()
    assert not bench.provider.diff(NAME, state, bench.inputs()).changes
    assert len(bench.cluster.calls) == 2
    assert all(call.endswith("(metadata only)") for call in bench.cluster.calls)


def test_another_definition_replaces_the_resource(bench: Bench) -> None:
    difference = bench.provider.diff(NAME, bench.created(), {**bench.inputs(), "definition": "other.flink.apache.org"})
    assert (difference.changes, difference.replaces, difference.delete_before_replace) == (True, ["definition"], True)


def test_the_state_holds_no_content(bench: Bench) -> None:
    assert bench.created().keys() == {"definition", "version", "digest", "retain", "generation", "cluster"}


def test_another_chart_is_a_change_that_is_applied(bench: Bench) -> None:
    state = bench.created()
    write_chart(bench.chart, "1.16.0", "image", "later")
    assert bench.provider.check(state, bench.inputs()).failures == []
    assert bench.provider.diff(NAME, state, bench.inputs()).changes
    assert (bench.provider.update(NAME, state, bench.inputs()).outs or {})["generation"] == 2


@pytest.mark.parametrize("gone", [pytest.param(True, id="removed"), pytest.param(False, id="changed")])
def test_what_somebody_else_did_to_it_is_repaired(bench: Bench, gone: bool, capsys: pytest.CaptureFixture[str]) -> None:
    state = bench.created()
    if gone:
        bench.cluster.remove(f"{DEFINITIONS}/{NAME}")
    else:
        bench.cluster.collections[DEFINITIONS][NAME]["metadata"]["generation"] = 9
    assert bench.provider.diff(NAME, state, bench.inputs()).changes
    words = f"was {'removed' if gone else 'changed'} outside of this stack"
    assert words in capsys.readouterr().out
    bench.provider.read(NAME, state)
    assert words in capsys.readouterr().out, "what a preview reads first it does not find changed afterwards"
    repaired = dict(bench.provider.update(NAME, state, bench.inputs()).outs or {})
    assert not bench.provider.diff(NAME, repaired, bench.inputs()).changes


def test_a_newer_definition_in_the_cluster_is_left_and_named(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """It belongs to the cluster, where another stage's operator may need it; this stack's goes on with it."""
    newer: dict[str, Any] = definition("flinkdeployments", "image", "shiny")
    bench.cluster.put(DEFINITIONS, newer)
    assert bench.provider.check({}, bench.inputs()).failures == []
    assert "v1beta1.spec.shiny: it is left as it is" in capsys.readouterr().out
    state = bench.created()
    assert bench.cluster.collections[DEFINITIONS][NAME] == newer
    assert not bench.provider.diff(NAME, state, bench.inputs()).changes
    bench.provider.delete(NAME, state)
    assert bench.cluster.collections[DEFINITIONS][NAME] == newer


def test_a_newer_operator_of_another_stage_does_not_block_this_one(bench: Bench) -> None:
    state = bench.created()
    theirs = bench.chart.parent / "theirs"
    values = {**bench.values, "operator.chart": str(write_chart(theirs, "1.16.0", "image", "later"))}
    other = CustomResourceDefinitionProvider()
    other.configure(configuration(values))
    other.update(NAME, state, definition_inputs(NAME, chart_of(parse_settings(values)), retain=False))
    assert bench.provider.check(state, bench.inputs()).failures == []
    assert bench.provider.diff(NAME, state, bench.inputs()).changes
    left = dict(bench.provider.update(NAME, state, bench.inputs()).outs or {})
    assert not bench.provider.diff(NAME, left, bench.inputs()).changes
    [installed] = bench.cluster.collections[DEFINITIONS].values()
    assert installed["metadata"]["annotations"]["flink-reviews/operator-version"] == "1.16.0"


OPERATORS = "/apis/apps/v1/deployments"
LABELS = {"app.kubernetes.io/name": "flink-kubernetes-operator"}


@pytest.mark.parametrize(
    ("operator", "stays"),
    [
        pytest.param({"namespace": "flink-staging", "labels": LABELS}, True, id="another stack's operator runs"),
        pytest.param({"namespace": "flink", "labels": LABELS, "deletionTimestamp": "now"}, False, id="its own is on its way out"),
        pytest.param({"namespace": "web", "labels": {"app.kubernetes.io/name": "nginx"}}, False, id="something else runs"),
    ],
)
def test_a_definition_is_in_use_while_an_operator_runs_anywhere(
    bench: Bench, operator: dict[str, Any], stays: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    state = bench.created()
    bench.cluster.put(OPERATORS, {"metadata": {"name": "operator", **operator}})
    bench.provider.delete(NAME, state)
    assert (NAME in bench.cluster.collections[DEFINITIONS]) is stays
    assert ("the operator in namespace flink-staging" in capsys.readouterr().out) is stays


def test_a_definition_that_was_there_before_is_left_by_every_stack(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """Also by one that comes later and meets it with the marks of the first."""
    bench.cluster.put(DEFINITIONS, definition("flinkdeployments", "image"))
    first = bench.created()
    second = bench.created()
    for state in (dict(bench.provider.update(NAME, first, bench.inputs()).outs or {}), second):
        bench.provider.delete(NAME, state)
        assert NAME in bench.cluster.collections[DEFINITIONS]
    assert capsys.readouterr().out.count("stays in the cluster: it was there before this stack") == 2


def test_who_may_not_look_for_operators_leaves_the_definition(bench: Bench) -> None:
    state = bench.created()
    bench.cluster.refuse("GET /apis/apps/v1/deployments", 403, "Forbidden", "no")
    bench.provider.delete(NAME, state)
    assert NAME in bench.cluster.collections[DEFINITIONS]


def test_the_check_goes_on_where_no_cluster_answers(bench: Bench) -> None:
    bench.cluster.refuse("customresourcedefinitions", 503, "ServiceUnavailable", "the server is starting")
    assert bench.provider.check({}, bench.inputs()).failures == []
    assert len(bench.remarks) == 1


def test_a_cluster_that_was_made_anew_is_not_taken_for_the_old_one(bench: Bench) -> None:
    """Else a run would find nothing to change in a cluster that has nothing of the stack."""
    state = bench.created()
    bench.cluster.put("/api/v1/namespaces", {"metadata": {"name": "kube-system", "uid": "the new one"}})
    with pytest.raises(ProviderError, match="is not the one that this stack was deployed to"):
        bench.provider.diff(NAME, state, bench.inputs())


def test_a_refresh_tells_what_is_there(bench: Bench) -> None:
    state = bench.created()
    assert bench.provider.read(NAME, state).outs == state
    bench.cluster.remove(f"{DEFINITIONS}/{NAME}")
    assert not bench.provider.read(NAME, state).id


@pytest.mark.parametrize("retain", [pytest.param(True, id="kept for others"), pytest.param(False, id="removed")])
def test_destroying_follows_the_settings_of_today(bench: Bench, retain: bool) -> None:
    """Not those of the last `up`: whoever changes the setting before `down` means it."""
    state = bench.created(retain=not retain)
    bench.provider.configure(configuration({**bench.values, "crds.retain": str(retain).lower()}))
    bench.provider.delete(NAME, state)
    assert (NAME in bench.cluster.collections[DEFINITIONS]) is retain


def test_a_chart_that_changed_during_the_run_is_not_applied(bench: Bench) -> None:
    inputs = bench.inputs()
    write_chart(bench.chart, "1.15.0", "image", "other")
    with pytest.raises(ProviderError, match="changed during the run: run the command again"):
        bench.provider.create(inputs)


def test_a_cluster_that_refuses_is_told_in_one_text(bench: Bench) -> None:
    bench.cluster.refuse("PATCH", 403, "Forbidden", "customresourcedefinitions is forbidden")
    with pytest.raises(ProviderError, match="needs the right to PATCH"):
        bench.provider.create(bench.inputs())


def test_who_may_not_read_kube_system_can_still_apply_definitions(bench: Bench) -> None:
    bench.cluster.refuse("/api/v1/namespaces/kube-system", 403, "Forbidden", "namespaces is forbidden")
    state = bench.created()
    assert state["cluster"] == ""
    assert not bench.provider.diff(NAME, state, bench.inputs()).changes


def test_definitions_that_may_not_be_looked_at_are_said_to_be_unseen(bench: Bench) -> None:
    state = bench.created()
    bench.cluster.refuse(DEFINITIONS, 403, "Forbidden", "customresourcedefinitions is forbidden")
    assert not bench.provider.diff(NAME, state, bench.inputs()).changes
    assert "assumed unchanged since they were last seen; `crds.manage: false` leaves them to somebody else" in bench.remarks[0]


@pytest.mark.parametrize(
    ("refused", "words"),
    [
        pytest.param(f"DELETE {DEFINITIONS}", "this user may not remove it", id="no right to remove it"),
        pytest.param("GET /apis/flink.apache.org/v1beta1/flinkdeployments", "perhaps objects of its kind", id="no list of its objects"),
        pytest.param("GET /apis/apps/v1/deployments", "perhaps an operator", id="no right to look for operators"),
    ],
)
def test_what_may_not_be_done_holds_no_end_up(bench: Bench, capsys: pytest.CaptureFixture[str], refused: str, words: str) -> None:
    state = bench.created()
    bench.cluster.refuse(refused, 403, "Forbidden", "forbidden")
    bench.provider.delete(NAME, state)
    assert words in capsys.readouterr().out
    assert NAME in bench.cluster.collections[DEFINITIONS]


def test_definitions_that_somebody_else_takes_over_are_left(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    state = bench.created()
    bench.provider.configure(configuration({**bench.values, "crds.manage": "false"}))
    bench.provider.delete(NAME, state)
    assert "stays in the cluster (crds.manage is false)" in capsys.readouterr().out
    assert NAME in bench.cluster.collections[DEFINITIONS]


@pytest.mark.parametrize("retain", [pytest.param(True, id="stays"), pytest.param(False, id="goes")])
def test_a_program_without_our_settings_names_its_cluster(
    bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str], retain: bool
) -> None:
    theirs = CustomResourceDefinitionProvider()
    theirs.configure(configuration({}))
    cluster = ClusterAccess(context=CONTEXT, kubeconfig=bench.values["kubernetes.kubeconfig"])
    inputs = definition_inputs(NAME, operator_chart(tmp_path, str(bench.chart)), retain=retain, cluster=cluster)
    assert theirs.check({}, inputs).failures == []
    state = dict(theirs.create(inputs).outs or {})
    assert not theirs.diff(NAME, state, inputs).changes
    assert theirs.read(NAME, state).id == NAME
    theirs.delete(NAME, state)
    assert (NAME in bench.cluster.collections[DEFINITIONS]) is retain
    assert ("stays in the cluster (`retain_crds` is true)" in capsys.readouterr().out) is retain
