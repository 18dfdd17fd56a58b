"""A statement's resource over a Flink that can misbehave: what Pulumi is told. What the lifecycle does in detail is tested with it."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from components.providers.policies import plain_policy
from components.providers.reporting import ProviderError
from flinksql.policy import DeleteMode, Policy
from flinksql.statement import Kind
from tests.fakes.faults import Fault
from tests.fakes.jobs import Fate
from tests.unit.components.statement_bench import SOURCE, StatementBench, deploy, job, table

UNKNOWN_CONNECTOR = "CREATE TABLE source (a STRING) WITH ('connector' = 'datagn')"


def test_a_job_runs_under_its_name_and_the_state_says_which(bench: StatementBench) -> None:
    id_, state = deploy(bench, job())
    assert id_ == "p/s/copy"
    assert bench.alive() == [state["job_id"]]
    assert (state["condition"], state["generation"]) == ("running", 1.0)
    assert job().items() <= state.items()


def test_creating_again_adopts_what_runs(bench: StatementBench) -> None:
    _, first = deploy(bench, job())
    _, second = deploy(bench, job())
    assert {**first, "history": []} == {**second, "history": []}
    assert len(bench.flink.cluster.submissions) == 1


@pytest.mark.parametrize(
    "edited",
    [
        pytest.param(job("-- A remark\nINSERT INTO sink\n  SELECT a /* here */ FROM source;"), id="comments and white space"),
        pytest.param({**job(), "file": "sql/other/copy.sql"}, id="the file was moved"),
        pytest.param(job(source=f"-- A remark\n{SOURCE}"), id="a comment in the closure"),
    ],
)
def test_what_does_not_change_the_job_changes_nothing(bench: StatementBench, edited: dict[str, Any]) -> None:
    _, state = deploy(bench, job())
    assert bench.provider.diff("id", state, edited).changes is False


@pytest.mark.parametrize(
    "edited",
    [
        pytest.param(job("INSERT INTO sink SELECT UPPER(a) FROM source"), id="the statement"),
        pytest.param(job(sink="CREATE TABLE sink (b STRING) WITH ('connector' = 'blackhole')"), id="its closure"),
        pytest.param({**job(), "options": {"parallelism.default": "2"}}, id="an option"),
    ],
)
def test_what_changes_the_job_upgrades_it_from_its_state(bench: StatementBench, edited: dict[str, Any]) -> None:
    id_, state = deploy(bench, job())
    difference = bench.provider.diff(id_, state, edited)
    assert (difference.changes, difference.replaces) == (True, None)
    updated = bench.provider.update(id_, state, edited).outs
    assert updated is not None
    assert updated["job_id"] != state["job_id"]
    assert updated["restored_from"]
    assert bench.alive() == [updated["job_id"]]


def test_another_policy_is_remembered_and_leaves_the_job_alone(bench: StatementBench) -> None:
    id_, state = deploy(bench, job())
    edited = {**job(), "policy": plain_policy(Policy(delete_mode=DeleteMode.SAVEPOINT))}
    difference = bench.provider.diff(id_, state, edited)
    assert (difference.changes, difference.replaces) == (True, None)
    updated = bench.provider.update(id_, state, edited).outs
    assert updated is not None
    assert (updated["policy"], updated["job_id"]) == (edited["policy"], state["job_id"])
    assert bench.provider.diff(id_, updated, edited).changes is False


def test_another_kind_replaces_and_removes_the_old_one_first(bench: StatementBench) -> None:
    _, state = deploy(bench, job())
    difference = bench.provider.diff("id", state, job(kind=Kind.BOUNDED_JOB))
    assert (difference.changes, difference.replaces, difference.delete_before_replace) == (True, ["kind"], True)


def cancelled(bench: StatementBench, job_id: str) -> None:
    bench.flink.cluster.end(job_id, "CANCELED")


def failed(bench: StatementBench, job_id: str) -> None:
    bench.flink.cluster.end(job_id, "FAILED")


def forgotten(bench: StatementBench, _job_id: str) -> None:
    bench.flink.cluster.forget()


@pytest.mark.parametrize(
    ("drift", "word"),
    [
        pytest.param(cancelled, "cancelled", id="cancelled by hand"),
        pytest.param(failed, "failed", id="failed"),
        pytest.param(forgotten, "gone", id="gone with its cluster"),
    ],
)
def test_a_job_that_does_not_run_is_seen_and_brought_back(
    bench: StatementBench, drift: Callable[[StatementBench, str], None], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    id_, state = deploy(bench, job())
    drift(bench, state["job_id"])
    bench.another_run()
    seen = bench.provider.read(id_, state)
    assert seen.id == id_
    assert seen.outs is not None
    assert seen.outs["condition"].startswith(word)
    assert bench.provider.diff(id_, state, job()).changes is True
    assert f"copy will be repaired: {word}" in capsys.readouterr().out
    repaired = bench.provider.update(id_, state, job()).outs
    assert repaired is not None
    assert bench.alive() == [repaired["job_id"]]


def test_reading_a_healthy_job_changes_nothing(bench: StatementBench) -> None:
    id_, state = deploy(bench, job())
    seen = bench.provider.read(id_, state)
    assert (seen.outs, seen.inputs) == (state, job())


def test_a_finished_bounded_job_needs_nothing_even_when_it_is_forgotten(bench: StatementBench) -> None:
    bounded = job("INSERT INTO sink VALUES ('x')", kind=Kind.BOUNDED_JOB)
    _, state = deploy(bench, bounded)
    assert state["condition"] == "finished"
    assert bench.provider.diff("id", state, bounded).changes is False
    bench.flink.cluster.forget()
    bench.another_run()
    assert bench.provider.diff("id", state, bounded).changes is False


def test_a_jobmanager_that_does_not_answer_is_no_drift(bench: StatementBench) -> None:
    id_, state = deploy(bench, job())
    bench.flink.jobmanager_server.faults.arm(Fault.RESET, "GET", times=99)
    assert bench.provider.diff(id_, state, job()).changes is False
    assert "Jobs are assumed unchanged since they were last seen" in bench.remarks[0]
    assert bench.provider.read(id_, state).id == id_


def test_the_planners_refusal_is_a_check_failure_with_the_place(bench: StatementBench) -> None:
    (failure,) = bench.provider.check({}, table(UNKNOWN_CONNECTOR)).failures or []
    assert failure.reason.startswith("sql/source.sql")
    assert "datagn" in failure.reason
    assert failure.property == ""


def test_only_what_is_new_or_changed_is_validated(bench: StatementBench) -> None:
    bench.provider.check(table(), table(f"-- A remark\n{SOURCE}"))
    assert bench.flink.gateway_server.calls == []
    bench.provider.check(table(), table("CREATE TABLE source (b STRING) WITH ('connector' = 'datagen')"))
    assert bench.flink.gateway_server.calls


def test_a_catalog_object_that_the_check_has_proven_is_not_proven_again(bench: StatementBench) -> None:
    bench.provider.check({}, table())
    calls = len(bench.flink.gateway_server.calls)
    assert bench.provider.create(table()).outs is not None
    assert len(bench.flink.gateway_server.calls) == calls


def test_a_run_that_updates_leaves_validation_to_create_and_update(bench: StatementBench) -> None:
    bench.provider.at({}).validates = False
    assert bench.provider.check({}, table(UNKNOWN_CONNECTOR)).failures == []
    with pytest.raises(ProviderError, match="datagn"):
        bench.provider.create(table(UNKNOWN_CONNECTOR))


def test_a_gateway_that_is_not_there_is_remarked_once_and_fails_nothing(bench: StatementBench) -> None:
    bench.flink.gateway_server.faults.arm(Fault.RESET, "POST", times=99)
    for name in ("one", "two"):
        assert bench.provider.check({}, table(name=name)).failures == []
    assert len(bench.remarks) == 1
    assert "are only read now" in bench.remarks[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("CREATE TABLE source (a STRING) WITH ('c' = '${nothing}')", "no parameter nothing", id="missing parameter"),
        pytest.param("CREATE TABLE source (a STRING) WITH ('c' = '${secret:KEY}')", "--secret secret.KEY", id="missing secret"),
        pytest.param("CREATE TABLE source (a STRING) WITH ('c' = 'x", "sql/source.sql:1:", id="string without an end"),
    ],
)
def test_what_cannot_be_rendered_fails_without_a_gateway(bench: StatementBench, text: str, message: str) -> None:
    (failure,) = bench.provider.check({}, table(text)).failures or []
    assert message in failure.reason
    assert bench.flink.gateway_server.calls == []


def test_a_secret_that_was_taken_away_is_missed_though_the_statement_is_the_same(bench: StatementBench) -> None:
    same = table("CREATE TABLE source (a STRING) WITH ('c' = '${secret:KEY}')")
    (failure,) = bench.provider.check(same, same).failures or []
    assert "--secret secret.KEY" in failure.reason


def test_a_job_that_fails_leaves_nothing_running_and_tells_the_cause(bench: StatementBench) -> None:
    bench.flink.cluster.next_fates.append(Fate.FAILS)
    with pytest.raises(ProviderError, match="statement copy"):
        bench.provider.create(job())
    assert bench.alive() == []


def test_a_defect_is_named_as_one(bench: StatementBench, monkeypatch: pytest.MonkeyPatch) -> None:
    def defective(*_arguments: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr(bench.provider.at({}).cluster, "lifecycle", defective)
    with pytest.raises(ProviderError, match=r"creating statement copy failed unexpectedly: KeyError: 'x'\. This is a defect"):
        bench.provider.create(job())


def test_a_job_that_fails_tells_that_a_process_below_it_ended(bench: StatementBench) -> None:
    bench.flink.cluster.next_fates = [Fate.LOOPS]
    logs = bench.settings.embedded.folder.logs
    logs.mkdir(parents=True)
    moment = time.strftime("%Y-%m-%d %H:%M:%S")
    (logs / "supervisor.log").write_text(f"{moment},001 WARN exited: taskmanager (exit status 1; not expected)\n", encoding="utf-8")
    (logs / "taskmanager.log").write_text("Aborting due to java.lang.OutOfMemoryError: Java heap space\n", encoding="utf-8")
    (logs / "taskmanager.crash").write_text(
        'Current thread (0x00):  JavaThread "Source: src (1/1)#2" [_thread_in_vm, id=1, stack(0x1,0x2)]\n', encoding="utf-8"
    )
    with pytest.raises(ProviderError) as caught:
        bench.provider.create(job())
    assert "statement copy: the job fails again and again" in str(caught.value)
    assert "\ntaskmanager ended by itself once at" in str(caught.value)
    assert "OutOfMemoryError: Java heap space; the limit was met in Source: src (1/1)#2 of job copy; what helps: raise" in str(caught.value)
