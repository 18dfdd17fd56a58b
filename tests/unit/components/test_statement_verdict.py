"""The state verdict where Pulumi meets it: said and enforced in the check, enforced again before a job is touched."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.providers.definitions import GATHERED, PARTITIONS, PROBLEM
from components.providers.policies import plain_policy
from components.providers.reporting import ProviderError
from flinksql.policy import Policy, UpgradeMode
from flinksql.statement import Kind
from tests.fakes.faults import Fault
from tests.fakes.jobs import Fate
from tests.fakes.planner import FakeSession
from tests.unit.components.statement_bench import StatementBench, job, statement_bench

KEEPING = job("INSERT INTO sink SELECT UPPER(a) FROM source")
UNKNOWN = job(source="CREATE TABLE source (a STRING) WITH ('connector' = 'datagen', 'rows-per-second' = '9')")
ALLOWED = {**UNKNOWN, "policy": plain_policy(Policy(allow_state_reset=True))}
STATELESS = {**KEEPING, "policy": plain_policy(Policy(upgrade_mode=UpgradeMode.STATELESS))}

DRAWN = ["GroupAggregate(groupBy=[a], select=[a])", "TableSourceScan(table=[[default_catalog, default_database, source]], fields=[a])"]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[StatementBench]:
    with statement_bench(tmp_path) as running:
        yield running


def failures(bench: StatementBench, news: dict[str, Any]) -> list[str]:
    return [failure.reason for failure in bench.provider.check(job(), news).failures or []]


def test_a_change_that_keeps_state_is_said_to(bench: StatementBench, capsys: pytest.CaptureFixture[str]) -> None:
    assert failures(bench, KEEPING) == []
    assert "Statement copy: keeps state\n" in capsys.readouterr().out


def test_a_change_that_may_lose_state_fails_in_the_check_with_the_operator_and_the_line_to_add(bench: StatementBench) -> None:
    (reason,) = failures(bench, UNKNOWN)
    assert reason.startswith("sql/copy.sql:1:1: this change of a running job does not keep its state: unknown: source source: ")
    assert "`-- allow_state_reset: true` at the top of the file" in reason


@pytest.mark.parametrize(
    ("news", "words"),
    [
        pytest.param(ALLOWED, "Statement copy: unknown: source source: ", id="state given up"),
        pytest.param(STATELESS, "Statement copy: resets state: `upgrade_mode: stateless`", id="stateless by its mode"),
    ],
)
def test_a_change_that_the_header_allows_is_told_and_let_through(
    bench: StatementBench, news: dict[str, Any], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert failures(bench, news) == []
    said = capsys.readouterr().out
    assert words in said
    assert "starts without state" in said


def test_without_a_gateway_the_check_says_that_it_does_not_know(bench: StatementBench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.flink.gateway_server.faults.arm(Fault.RESET, "POST", times=99)
    assert failures(bench, UNKNOWN) == []
    assert "Statement copy: unknown (Flink did not answer)" in capsys.readouterr().out


def test_what_the_check_could_not_judge_is_stopped_before_the_job_is_touched(
    bench: StatementBench,
) -> None:
    bench.provider.at({}).validates = False
    created = bench.provider.create(job())
    assert failures(bench, UNKNOWN) == []
    running = bench.alive()
    with pytest.raises(ProviderError, match="does not keep its state"):
        bench.provider.update("id", created.outs or {}, UNKNOWN)
    assert bench.alive() == running


def test_an_allowed_reset_starts_without_state_and_a_kept_state_is_gone_on_from(bench: StatementBench) -> None:
    state = bench.provider.create(job()).outs or {}
    bench.another_run()
    kept = bench.provider.update("id", state, KEEPING).outs or {}
    assert kept["restored_from"]
    bench.another_run()
    reset = bench.provider.update("id", kept, {**ALLOWED, "text": KEEPING["text"]}).outs or {}
    assert reset["restored_from"] == ""
    assert bench.alive() == [reset["job_id"]]


def test_a_job_that_becomes_bounded_loses_its_state_and_says_so_without_a_gateway(
    bench: StatementBench,
) -> None:
    bench.provider.at({}).validates = False
    bench.flink.gateway_server.faults.arm(Fault.RESET, "POST", times=99)
    (reason,) = failures(bench, job(kind=Kind.BOUNDED_JOB))
    assert "resets state: it becomes a bounded job" in reason


def test_a_definition_that_nobody_recorded_makes_every_verdict_unknown(bench: StatementBench) -> None:
    bench.provider.create(job("INSERT INTO sink SELECT LOWER(a) FROM source"))
    bench.another_run()
    (reason,) = failures(bench, KEEPING)
    assert "a definition that is neither the old nor the new one" in reason


def test_what_somebody_else_runs_under_the_name_makes_no_doubt(bench: StatementBench) -> None:
    bench.provider.create(job())
    bench.flink.cluster.submit({"pipeline.name": "p/s/copy", "$internal.pipeline.job-id": "f" * 32}, Fate.RUNS)
    bench.another_run()
    assert failures(bench, KEEPING) == []


def test_a_job_that_was_started_by_hand_is_not_known_to_run_what_the_file_says(bench: StatementBench) -> None:
    bench.flink.cluster.submit({"pipeline.name": "by hand", "$internal.pipeline.job-id": "f" * 32}, Fate.RUNS)
    old, new = ({**inputs, "policy": plain_policy(Policy(adopt_job="f" * 32))} for inputs in (job(), KEEPING))
    (reason,) = (failure.reason for failure in bench.provider.check(old, new).failures or [])
    assert "was started by hand, and what it runs is not known" in reason


NO_START = "CREATE TABLE source (a STRING) WITH ('connector' = 'kafka', 'topic' = 't', 'properties.group.id' = 'g')"


@pytest.mark.parametrize(
    ("olds", "news", "refused"),
    [
        pytest.param({}, job(source=NO_START), True, id="new job"),
        pytest.param(job(), job(source=NO_START), True, id="the start was taken away"),
        pytest.param(job(source=NO_START), job(source=NO_START), False, id="runs like that already"),
        pytest.param({}, job(source=NO_START.replace("'g'", "'g', 'scan.startup.mode' = 'latest-offset'")), False, id="says where"),
    ],
)
def test_a_job_that_begins_nowhere_is_refused_before_it_is_made(
    bench: StatementBench, olds: dict[str, Any], news: dict[str, Any], *, refused: bool
) -> None:
    reasons = [failure.reason for failure in bench.provider.check(olds, news).failures or []]
    assert [reason.startswith("sql/source.sql:1:52: where does source begin to be read?") for reason in reasons] == [True] * refused


def test_a_preview_gets_the_reason_back_and_no_state_keeps_the_question(bench: StatementBench) -> None:
    asked = {**UNKNOWN, "problem": GATHERED}
    checked = bench.provider.check(job(), asked)
    assert not checked.failures
    assert "does not keep its state" in checked.inputs["problem"]
    assert bench.provider.diff("id", job(), checked.inputs).changes
    well = bench.provider.check(job(), {**job(), "problem": GATHERED})
    assert (well.failures, "problem" in well.inputs) == ([], False)


def test_a_jobmanager_that_is_silent_does_not_remove_a_doubt(bench: StatementBench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.provider.create(job("INSERT INTO sink SELECT LOWER(a) FROM source"))
    bench.another_run()
    bench.flink.jobmanager_server.faults.arm(Fault.UNAVAILABLE, "GET /jobs/overview", times=9)
    assert failures(bench, KEEPING) == []
    said = capsys.readouterr().out
    assert "Statement copy: unknown (Flink did not answer)" in said
    assert "keeps state" not in said


def test_what_the_plan_of_a_new_job_proves_is_remarked_and_its_partitions_go_nowhere(
    bench: StatementBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeSession, "operators", lambda _self, _sql: DRAWN)
    news = {**job("INSERT INTO sink SELECT a FROM source\nGROUP BY a"), PROBLEM: GATHERED, PARTITIONS: {"t": 3.0}}
    checked = bench.provider.check({}, news)
    assert (checked.failures, {PROBLEM, PARTITIONS} & checked.inputs.keys()) == ([], set())
    [remark] = [one for one in bench.remarks if "for ever" in one]
    assert remark.startswith("sql/copy.sql:2:1: GROUP BY a keeps each key for ever")


def test_nothing_is_remarked_of_a_job_that_is_refused(bench: StatementBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeSession, "operators", lambda _self, _sql: DRAWN)
    assert failures(bench, job("INSERT INTO sink SELECT a FRMO source\nGROUP BY a"))
    assert not [one for one in bench.remarks if "for ever" in one]
