"""A `destroy` asks first whose the objects are: those with another stack's mark stay, and with them everything else."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from cluster.ownership import ObjectName, Owner
from components.providers.destroy_guard import DestroyGuardProvider, guard_inputs
from components.providers.reporting import ProviderError
from tests.fakes.kubernetes_api import CONTEXT, FakeKubernetes, fake_kubernetes
from tests.unit.components.statement_bench import configuration

OWN = Owner(stack="flink-reviews/dev", stack_id="0123456789abcdef")
OTHER = Owner(stack="flink-reviews/staging", stack_id="fedcba9876543210")
SERVICES = "/api/v1/namespaces/flink/services"
INPUTS = guard_inputs([ObjectName(kind="Service", namespace="flink", name="kafka")], OWN)


def provider(cluster: FakeKubernetes, folder: Path) -> DestroyGuardProvider:
    made = DestroyGuardProvider()
    values = {"platform": "kubernetes", "kubernetes.context": CONTEXT, "kubernetes.kubeconfig": str(cluster.kubeconfig(folder))}
    made.configure(configuration(values))
    return made


def put(cluster: FakeKubernetes, mark: Mapping[str, str]) -> None:
    cluster.put(SERVICES, {"metadata": {"name": "kafka", "uid": "u1", "annotations": dict(mark)}})


def test_what_another_stack_has_by_now_is_named_and_stays(tmp_path: Path) -> None:
    with fake_kubernetes() as cluster:
        put(cluster, OTHER.mark)
        with pytest.raises(
            ProviderError, match=r"belong to stack flink-reviews/staging \(id fedcba9876543210\) by now: Service/kafka"
        ) as one:
            provider(cluster, tmp_path).delete("destroy-guard", INPUTS)
        assert "pulumi state delete --target-dependents" in str(one.value)


@pytest.mark.parametrize(
    "mark",
    [
        pytest.param(OWN.mark, id="its own"),
        pytest.param({}, id="of an earlier version, without a mark"),
        pytest.param({**replace(OWN, stack_id="0").mark, "flink-reviews/released": "true"}, id="left by an earlier life of it"),
        pytest.param(None, id="not there any more"),
    ],
)
def test_what_no_other_stack_has_keeps_nobody_from_going(mark: Mapping[str, str] | None, tmp_path: Path) -> None:
    with fake_kubernetes() as cluster:
        if mark is not None:
            put(cluster, mark)
        provider(cluster, tmp_path).delete("destroy-guard", INPUTS)


def test_a_cluster_that_is_gone_keeps_nobody_from_going(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with fake_kubernetes() as cluster:
        one = provider(cluster, tmp_path)
        cluster.refuse("GET", 503, "ServiceUnavailable", "gone")
        one.delete("destroy-guard", INPUTS)
    assert "could not be looked at" in capsys.readouterr().out


def test_what_there_is_to_look_at_is_remembered(tmp_path: Path) -> None:
    more = guard_inputs([ObjectName(kind="Service", namespace="flink", name="akhq")], OWN)
    with fake_kubernetes() as cluster:
        one = provider(cluster, tmp_path)
        assert not one.diff("destroy-guard", dict(one.create(INPUTS).outs or {}), INPUTS).changes
        assert one.diff("destroy-guard", INPUTS, more).changes
        assert one.update("destroy-guard", INPUTS, more).outs == more
