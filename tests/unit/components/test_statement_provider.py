"""A statement's resource over a Flink that can misbehave: what Pulumi is told. What the lifecycle does in detail is tested with it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from components.names import APPLYING
from components.providers import statement
from components.providers.policies import plain_policy
from components.providers.speech import ProviderError
from flinksql.policy import DeleteMode, Policy
from flinksql.statement import Kind
from tests.fakes.faults import Fault
from tests.fakes.jobs import Fate
from tests.unit.components.statement_bench import SOURCE, StatementBench, job, statement_bench, table

UNKNOWN_CONNECTOR = "CREATE TABLE source (a STRING) WITH ('connector' = 'datagn')"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[StatementBench]:
    with statement_bench(tmp_path) as running:
        yield running


def deploy(bench: StatementBench, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Create a statement; return its id and state, numbers as Pulumi gives them back."""
    created = bench.provider.create(inputs)
    bench.another_run()
    assert created.outs is not None
    return created.id, {key: float(value) if isinstance(value, int) else value for key, value in created.outs.items()}


def test_a_job_runs_under_its_name_and_the_state_says_which(bench: StatementBench) -> None:
    id_, state = deploy(bench, job())
    assert id_ == "p/s/copy"
    assert bench.alive() == [state["job_id"]]
    assert (state["condition"], state["generation"]) == ("running", 1.0)
    assert job().items() <= state.items()


def test_creating_again_adopts_what_runs(bench: StatementBench) -> None:
    _, first = deploy(bench, job())
    _, second = deploy(bench, job())
    assert first == second
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
    assert "Jobs are taken as they were last seen" in bench.remarks[0]
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


def test_the_driver_can_leave_validation_to_the_update(bench: StatementBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(APPLYING, "1")
    assert bench.provider.check({}, table(UNKNOWN_CONNECTOR)).failures == []
    with pytest.raises(ProviderError, match="datagn"):
        bench.provider.create(table(UNKNOWN_CONNECTOR))


def test_a_gateway_that_is_not_there_is_remarked_once_and_fails_nothing(bench: StatementBench) -> None:
    bench.flink.gateway_server.faults.arm(Fault.RESET, "POST", times=99)
    for name in ("one", "two"):
        assert bench.provider.check({}, table(name=name)).failures == []
    assert len(bench.remarks) == 1
    assert "not validated" in bench.remarks[0]


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


def test_a_job_that_fails_leaves_nothing_running_and_tells_the_cause(bench: StatementBench) -> None:
    bench.flink.cluster.next_fates.append(Fate.FAILS)
    with pytest.raises(ProviderError, match="statement copy"):
        bench.provider.create(job())
    assert bench.alive() == []


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


def test_a_secrets_value_is_used_and_shows_nowhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "CREATE TABLE source (a STRING) WITH ('connector' = 'datagn', 'password' = '${secret:KEY}')"
    with statement_bench(tmp_path, {"KEY": "pa55word"}) as bench:
        (failure,) = bench.provider.check({}, table(text)).failures or []
        _, state = deploy(bench, table(text.replace("datagn", "datagen")))
    assert "pa55word" not in failure.reason + repr(state) + capsys.readouterr().out


def test_what_a_failing_job_quotes_of_a_secret_is_hidden(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The fake's failing job quotes `a customer's words`, and its first exception is the innermost one with a message."""
    secret = "java.lang.NumberFormatException"
    inputs = job("INSERT INTO sink SELECT a FROM source WHERE a <> '${secret:KEY}'")
    with statement_bench(tmp_path, {"KEY": "NumberFormatException"}) as bench:
        id_, state = deploy(bench, inputs)
        running = bench.flink.cluster.jobs[state["job_id"]]
        running.fate, running.started = Fate.FAILS, running.started - 1
        bench.another_run()
        seen = bench.provider.read(id_, state)
        assert bench.provider.diff(id_, state, inputs).changes is True
    assert seen.outs is not None
    assert seen.outs["condition"].startswith("failed: ${secret:KEY}: ")
    assert secret.rpartition(".")[2] not in repr(seen.outs) + capsys.readouterr().out


def test_what_a_verdict_quotes_of_a_plan_is_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def quoting(_lifecycle: object, _old: object, _new: object, speak: Callable[[str], None]) -> str:
        speak("Statement copy: resets state: Calc(where=[(a <> 'pa55word')])")
        return "refused because of Calc(where=[(a <> 'pa55word')])"

    monkeypatch.setattr(statement, "checked", quoting)
    with statement_bench(tmp_path, {"KEY": "pa55word"}) as bench:
        (failure,) = bench.provider.check({}, job("INSERT INTO sink SELECT a FROM source WHERE a <> '${secret:KEY}'")).failures or []
    assert failure.reason == "refused because of Calc(where=[(a <> '${secret:KEY}')])"
    assert "resets state: Calc(where=[(a <> '${secret:KEY}')])" in capsys.readouterr().out


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
    assert f"is paused, its state is kept at {stopped['savepoint']}" in capsys.readouterr().out
    bench.another_run()
    assert bench.provider.diff(id_, stopped, paused).changes is False
    assert bench.provider.diff(id_, stopped, job()).changes is True
    running = bench.provider.update(id_, stopped, job()).outs
    assert running is not None
    assert (running["restored_from"], running["savepoint"], running["condition"]) == (stopped["savepoint"], "", "running")


def test_a_statement_that_is_new_and_not_to_run_is_paused(bench: StatementBench) -> None:
    paused = {**job(), "policy": plain_policy(Policy(running=False))}
    _, state = deploy(bench, paused)
    assert (state["condition"], state["job_id"], bench.alive()) == ("paused", "", [])


def test_deleting_with_a_savepoint_tells_where_it_lies(bench: StatementBench, capsys: pytest.CaptureFixture[str]) -> None:
    id_, state = deploy(bench, {**job(), "policy": plain_policy(Policy(delete_mode=DeleteMode.SAVEPOINT))})
    bench.provider.delete(id_, state)
    assert "The state of statement copy is kept at file:/savepoints/savepoint-" in capsys.readouterr().out


def test_a_defect_is_named_as_one(bench: StatementBench, monkeypatch: pytest.MonkeyPatch) -> None:
    def defective(*_arguments: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr(bench.provider.cluster, "lifecycle", defective)
    with pytest.raises(ProviderError, match=r"creating statement copy failed unexpectedly: KeyError: 'x'\. This is a defect"):
        bench.provider.create(job())
