"""What a preview says of the steps that `up` will take."""

from typing import Any

import pytest

from components.providers import plans
from components.providers.policies import plain_policy
from flinksql.policy import Policy
from tests.unit.components.statement_bench import StatementBench, deploy, job

CHANGED = job("INSERT INTO sink SELECT UPPER(a) FROM source")
PAUSED = {**job(), "policy": plain_policy(Policy(running=False))}


def said(bench: StatementBench, capsys: pytest.CaptureFixture[str], state: dict[str, Any], news: dict[str, Any]) -> list[str]:
    """Preview a change; return the lines that begin with the statement's name."""
    capsys.readouterr()
    bench.provider.check(job(), news)
    assert bench.provider.diff("id", state, news).changes
    return [line for line in capsys.readouterr().out.splitlines() if line.startswith(("Statement copy: ", "  "))]


def test_a_change_is_one_line_beside_its_verdict(bench: StatementBench, capsys: pytest.CaptureFixture[str]) -> None:
    _, state = deploy(bench, job())
    stop = f"stop job {state['job_id']} with a savepoint"
    assert said(bench, capsys, state, CHANGED) == [
        "Statement copy: keeps state",
        f"Statement copy: {stop}, start from the savepoint, watch it for at most 60 s; if that fails, roll back.",
    ]


def test_a_detailed_diff_has_every_step(bench: StatementBench, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "detailed", lambda: True)
    _, state = deploy(bench, job())
    detail = said(bench, capsys, state, CHANGED)[2:]
    assert [line.split(maxsplit=1)[1].partition(" (")[0] for line in detail if "if it fails" not in line] == [
        "prepare",
        "stop-with-savepoint",
        "cancel",
        "submit",
        "watch",
    ]
    assert any("if it fails: discard, roll-back (from the savepoint), watch-old" in line for line in detail)


def test_a_pause_and_a_repair_say_what_becomes_of_the_job(bench: StatementBench, capsys: pytest.CaptureFixture[str]) -> None:
    _, state = deploy(bench, job())
    assert said(bench, capsys, state, PAUSED) == [f"Statement copy: stop job {state['job_id']} with a savepoint, leave it paused."]
    bench.flink.cluster.end(state["job_id"], "CANCELED")
    bench.another_run()
    path = f"file:/checkpoints/{state['job_id']}/chk-1"
    assert said(bench, capsys, state, job()) == [f"Statement copy: start from {path}, watch it."]


def test_a_job_that_left_no_state_is_said_to_start_without(bench: StatementBench, capsys: pytest.CaptureFixture[str]) -> None:
    _, state = deploy(bench, job())
    bench.flink.cluster.forget()
    bench.another_run()
    (line,) = said(bench, capsys, state, job())
    assert line == "Statement copy: start without state, watch it."


def test_a_new_statement_says_only_what_is_done_to_a_job_that_runs(bench: StatementBench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.provider.check({}, job())
    assert "Statement copy: " not in capsys.readouterr().out
    _, state = deploy(bench, job())
    bench.provider.check({}, job())
    assert f"Statement copy: watch it, keep job {state['job_id']}." in capsys.readouterr().out


def test_a_new_statement_says_which_state_it_starts_from(bench: StatementBench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.provider.check({}, {**job(), "policy": plain_policy(Policy(restore_from="file:/elsewhere"))})
    assert "Statement copy: start from file:/elsewhere, watch it.\n" in capsys.readouterr().out


def test_nothing_is_said_where_the_verdict_could_not_be_had(bench: StatementBench, capsys: pytest.CaptureFixture[str]) -> None:
    _, state = deploy(bench, job())
    assert bench.provider.diff("id", state, CHANGED).changes
    assert "start from" not in capsys.readouterr().out


def test_an_update_repeats_nothing(bench: StatementBench, capsys: pytest.CaptureFixture[str]) -> None:
    _, state = deploy(bench, job())
    bench.provider.at({}).validates = False
    capsys.readouterr()
    assert bench.provider.diff("id", state, PAUSED).changes
    assert "Statement copy: " not in capsys.readouterr().out
