"""`python -m benchmarks`: what it says without measuring anything."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks import __main__ as command
from benchmarks.comparison import Comparison, Measurement
from benchmarks.errors import CommandFailedError
from benchmarks.load import __main__ as load
from benchmarks.scale import Scale
from embedded.locks import file_lock

RUNNER = CliRunner()
Run = Callable[[Scale], Sequence[Comparison]]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(command, "HOME", tmp_path)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    return tmp_path


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> dict[str, Run]:
    def one(scale: Scale) -> Sequence[Comparison]:
        return [Comparison(name="one", ours=Measurement(label="ours", unit="s", values=(1.0,) * scale.pairs), goal=2)]

    def two(_scale: Scale) -> Sequence[Comparison]:
        raise CommandFailedError("`console up` ended with 1:\nthe reason")

    made: dict[str, Run] = {"one": one, "two": two}
    monkeypatch.setattr(command, "BENCHMARKS", made)
    return made


def test_an_unknown_name_is_refused_with_the_known_ones(runs: dict[str, Run]) -> None:
    result = RUNNER.invoke(command.app, ["three"])
    assert result.exit_code == 2
    assert "one, two" in result.output


def test_json_holds_every_repetition_and_nothing_else_is_on_standard_output(runs: dict[str, Run]) -> None:
    result = RUNNER.invoke(command.app, ["one", "--pairs", "2", "--json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout)[0]["figures"][0]["ours"]["values"] == [1.0, 1.0]


def test_a_failed_benchmark_tells_its_reason_without_a_traceback(runs: dict[str, Run]) -> None:
    result = RUNNER.invoke(command.app, ["two"])
    assert result.exit_code == 1
    assert "the reason" in result.output
    assert "Traceback" not in result.output


def test_a_missed_goal_is_no_failure(runs: dict[str, Run]) -> None:
    runs["two"] = lambda _scale: [Comparison(name="two", ours=Measurement(label="ours", unit="s", values=(9.0,)), goal=1)]
    result = RUNNER.invoke(command.app, [])
    assert result.exit_code == 0
    assert "missed" in result.output


def test_two_runs_do_not_disturb_each_other(runs: dict[str, Run], home: Path) -> None:
    with file_lock(home / "lock", timeout_seconds=0):
        result = RUNNER.invoke(command.app, ["one"])
    assert result.exit_code == 1
    assert "another run" in result.output.replace("\n", " ")


def test_a_load_of_no_row_is_no_success() -> None:
    """It ended with 0 and said nothing, as if every row held."""
    ended = RUNNER.invoke(load.app, ["--only", "poisons"])
    assert ended.exit_code == 2
    assert "no row holds 'poisons'" in " ".join(ended.output.replace("│", " ").split())


def test_a_page_has_every_figure_that_was_measured_before_one_failed(runs: dict[str, Run], tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    assert RUNNER.invoke(command.app, ["one", "two", "--markdown", str(page)]).exit_code == 1
    assert "| one | one | 1 s |  |  | ≤ 2, reached |" in page.read_text()
    assert "mean nothing" not in page.read_text()


def test_a_small_run_says_so_and_measures_once(runs: dict[str, Run], tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    result = RUNNER.invoke(command.app, ["one", "--small", "--json", "--markdown", str(page)])
    assert json.loads(result.stdout)[0]["figures"][0]["ours"]["values"] == [1.0]
    assert "its figures mean nothing" in page.read_text()


def test_what_takes_long_runs_only_when_it_is_named(runs: dict[str, Run], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "LONG", ("two",))
    assert RUNNER.invoke(command.app, []).exit_code == 0
    assert RUNNER.invoke(command.app, ["two"]).exit_code == 1
