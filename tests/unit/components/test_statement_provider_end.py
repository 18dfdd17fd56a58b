"""The end of a statement, a pause, and a job that is taken over: what Pulumi is told."""

from dataclasses import replace

import pytest

from components.providers.cluster import Cluster
from components.providers.policies import plain_policy
from flinksql.errors import UnreachableError
from flinksql.policy import DeleteMode, Policy, UpgradeMode
from flinksql.statement import Definition, Deployed
from flinksql.statements import StatementLifecycle
from tests.fakes.faults import Fault
from tests.unit.components.statement_bench import StatementBench, deploy, job, table


def test_deleting_ends_the_job_and_deleting_again_is_fine(bench: StatementBench) -> None:
    id_, state = deploy(bench, job())
    bench.provider.delete(id_, state)
    assert bench.alive() == []
    bench.provider.delete(id_, state)


def test_deleting_works_when_the_platform_went_with_its_jobs(bench: StatementBench) -> None:
    """The data folder of the bench has no JobManager process, so the one that does not answer is gone."""
    id_, state = deploy(bench, job())
    bench.flink.jobmanager_server.faults.arm(Fault.RESET, "GET", times=99)
    bench.provider.delete(id_, state)


def test_deleting_a_catalog_object_asks_nobody(bench: StatementBench) -> None:
    id_, state = deploy(bench, table())
    calls = len(bench.flink.jobmanager_server.calls)
    bench.provider.delete(id_, state)
    assert len(bench.flink.jobmanager_server.calls) == calls


def test_a_statement_that_exists_cannot_adopt_a_job(bench: StatementBench) -> None:
    adopting = {**job(), "policy": plain_policy(Policy(adopt_job="a" * 32))}
    (failure,) = bench.provider.check(job(), adopting).failures or []
    assert "sql/copy.sql: `adopt_job` is for a new statement" in failure.reason
    assert bench.provider.check(adopting, adopting).failures == []
    assert bench.provider.check(adopting, job()).failures == []


def test_a_job_that_is_to_be_adopted_is_described_before(bench: StatementBench) -> None:
    _, state = deploy(bench, job())
    by_hand = "b" * 32
    bench.flink.cluster.jobs[by_hand] = bench.flink.cluster.jobs.pop(state["job_id"])
    bench.flink.cluster.jobs[by_hand].job_id = by_hand
    bench.flink.cluster.jobs[by_hand].name = "insert-into_sink"
    adopting = {**job(), "policy": plain_policy(Policy(adopt_job=by_hand))}
    assert bench.provider.check({}, adopting).failures == []
    assert any(f"takes over job {by_hand}" in remark and '"insert-into_sink"' in remark for remark in bench.remarks)
    _, adopted = deploy(bench, adopting)
    assert (adopted["job_id"], adopted["condition"]) == (by_hand, "running")
    assert bench.provider.diff("id", adopted, adopting).changes is False


def test_a_job_that_is_not_there_cannot_be_adopted(bench: StatementBench) -> None:
    (failure,) = bench.provider.check({}, {**job(), "policy": plain_policy(Policy(adopt_job="c" * 32))}).failures or []
    assert "cannot be adopted" in failure.reason


def test_a_statement_is_paused_and_goes_on(bench: StatementBench, capsys: pytest.CaptureFixture[str]) -> None:
    id_, state = deploy(bench, job())
    paused = {**job(), "policy": plain_policy(Policy(running=False))}
    assert bench.provider.diff(id_, state, paused).changes is True
    stopped = bench.provider.update(id_, state, paused).outs
    assert stopped is not None
    assert (stopped["condition"], stopped["job_id"], bench.alive()) == ("paused", "", [])
    assert stopped["history"][-1]["left_at"] == stopped["savepoint"] != ""
    assert f"is paused, its state is kept at {stopped['savepoint']}" in capsys.readouterr().out
    bench.another_run()
    assert bench.provider.diff(id_, stopped, paused).changes is False
    assert bench.provider.diff(id_, stopped, job()).changes is True
    running = bench.provider.update(id_, stopped, job()).outs
    assert running is not None
    assert (running["restored_from"], running["savepoint"], running["condition"]) == (stopped["savepoint"], "", "running")


@pytest.mark.parametrize(
    ("line", "policy", "is_refused"),
    [
        pytest.param("2.1", Policy(), True, id="an older line"),
        pytest.param("2.2", Policy(), False, id="the same line"),
        pytest.param("2.3", Policy(), False, id="a newer line"),
        pytest.param("2.1", Policy(running=False), False, id="it stays paused"),
        pytest.param("2.1", Policy(allow_state_reset=True), False, id="its state may go"),
        pytest.param("2.1", Policy(upgrade_mode=UpgradeMode.STATELESS), False, id="it needs no state"),
        pytest.param("2.1", Policy(restore_from="file:/elsewhere"), False, id="it has other state"),
        pytest.param("2.1", Policy(restore_from="file:/used"), True, id="the other state was used up"),
    ],
)
def test_a_paused_job_is_refused_before_the_platform_becomes_an_older_line(
    bench: StatementBench, line: str, policy: Policy, *, is_refused: bool
) -> None:
    """What runs now is still the newer one: the settings say what will."""
    id_, state = deploy(bench, job())
    stopped = bench.provider.update(id_, state, {**job(), "policy": plain_policy(Policy(running=False))}).outs
    assert stopped is not None
    provider = bench.provider.at({})
    provider.gate = replace(provider.gate, flink_line=line)
    stopped = {**stopped, "restore_used": "file:/used"}
    failures = bench.provider.check(stopped, {**job(), "policy": plain_policy(policy)}).failures or []
    assert [f"written by Flink 2.2, and Flink {line} reads no state of a newer one" in one.reason for one in failures] == [
        True
    ] * is_refused


def test_a_statement_that_is_new_and_not_to_run_is_paused(bench: StatementBench) -> None:
    paused = {**job(), "policy": plain_policy(Policy(running=False))}
    _, state = deploy(bench, paused)
    assert (state["condition"], state["job_id"], bench.alive()) == ("paused", "", [])


def test_deleting_with_a_savepoint_tells_where_it_lies(bench: StatementBench, capsys: pytest.CaptureFixture[str]) -> None:
    id_, state = deploy(bench, {**job(), "policy": plain_policy(Policy(delete_mode=DeleteMode.SAVEPOINT))})
    bench.provider.delete(id_, state)
    assert "The state of statement copy is kept at file:/savepoints/savepoint-" in capsys.readouterr().out


@pytest.mark.parametrize(("mode", "keeping"), [(DeleteMode.CANCEL, False), (DeleteMode.SAVEPOINT, True)])
def test_whether_state_is_to_be_kept_decides_how_long_a_jobmanager_that_is_silent_is_waited_for(
    bench: StatementBench, monkeypatch: pytest.MonkeyPatch, mode: DeleteMode, keeping: bool
) -> None:
    id_, state = deploy(bench, job())
    asked = list[object]()

    def delete(_self: StatementLifecycle, _definition: Definition, _deployed: Deployed, *, platform_gone: bool = False) -> str:
        asked.append(platform_gone)
        if not platform_gone:
            raise UnreachableError("no answer")
        return ""

    def jobs_are_gone(_self: Cluster, *, keeping_state: bool) -> bool:
        asked.append({"keeping_state": keeping_state})
        return True

    monkeypatch.setattr(StatementLifecycle, "delete", delete)
    monkeypatch.setattr(Cluster, "jobs_are_gone", jobs_are_gone)
    bench.provider.delete(id_, {**state, "policy": plain_policy(Policy(delete_mode=mode))})
    assert asked == [False, {"keeping_state": keeping}, True]
