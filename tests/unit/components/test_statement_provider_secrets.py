"""No secret in what a statement's resource says, whoever quotes it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from components.providers import statement
from tests.fakes.jobs import Fate
from tests.unit.components.statement_bench import deploy, job, statement_bench, table


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
    def quoting(_lifecycle: object, _olds: object, _new: object, _gate: object, speak: Callable[[str], None]) -> str:
        speak("Statement copy: resets state: Calc(where=[(a <> 'pa55word')])")
        return "refused because of Calc(where=[(a <> 'pa55word')])"

    monkeypatch.setattr(statement, "checked", quoting)
    with statement_bench(tmp_path, {"KEY": "pa55word"}) as bench:
        (failure,) = bench.provider.check({}, job("INSERT INTO sink SELECT a FROM source WHERE a <> '${secret:KEY}'")).failures or []
    assert failure.reason == "refused because of Calc(where=[(a <> '${secret:KEY}')])"
    assert "resets state: Calc(where=[(a <> '${secret:KEY}')])" in capsys.readouterr().out
