"""`check`: which checks are run, what its exit code says, and what `status` keeps of them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
import typer

from console.commands import check as command
from console.data_checks import records, runner
from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.health.report import Report
from console.project import Project
from console.screen import make_screen
from console.session import Session
from console.show.status_table import status_tables
from flinksql.data_checks import Check, Result, Verdict
from flinksql.data_checks.files import EVERYTHING

NAMES = ("contexts_add_up", "one_context_for_a_window", "summaries_have_the_figures_of_their_context")


class Ran:
    """Stands in for the runner. `verdicts` are by check; all others pass."""

    def __init__(self) -> None:
        self.verdicts: dict[str, Verdict] = {}
        self.checks: list[Check] = []

    def run(self, check: Check) -> Result:
        self.checks.append(check)
        verdict = self.verdicts.get(check.name, Verdict.PASSED)
        rows = {Verdict.PASSED: 0, Verdict.FAILED: 12, Verdict.UNKNOWN: None}[verdict]
        reason = "all 8 task slots are taken" if verdict is Verdict.UNKNOWN else ""
        shown: tuple[dict[str, object], ...] = ({"product_id": "P1"},) if rows else ()
        at = "2026-01-01T10:00:00+00:00"
        return Result(check=check, verdict=verdict, at=at, seconds=1.5, rows=rows, read=40, reason=reason, shown=shown)


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Ran:
    made = Ran()

    @contextmanager
    def fake(*_args: object) -> Iterator[Ran]:
        yield made

    monkeypatch.setattr(runner, "check_runner", fake)
    monkeypatch.setattr(command, "outputs", lambda _project: {})
    return made


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(root=tmp_path, stack="local", data_folder=tmp_path / "data", values={"bundle": "reviews"}, secrets=frozenset())


def run(project: Project, *, pattern: str = "", sample: str = "", json: bool = False) -> ExitCode:
    session = cast("Session", SimpleNamespace(project=lambda: project, screen=make_screen()))
    try:
        command.check(cast("typer.Context", SimpleNamespace(obj=session)), pattern, sample=sample, every=None, json=json)
    except ConsoleError as error:
        return error.exit_code
    return ExitCode.OK


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        pytest.param({}, ExitCode.OK, id="all pass"),
        pytest.param({NAMES[0]: Verdict.FAILED}, ExitCode.UNHEALTHY, id="rows were found"),
        pytest.param({NAMES[0]: Verdict.UNKNOWN}, ExitCode.FAILED, id="one could not be run"),
        pytest.param({NAMES[0]: Verdict.UNKNOWN, NAMES[1]: Verdict.FAILED}, ExitCode.UNHEALTHY, id="both"),
    ],
)
def test_the_exit_code_says_what_was_found(verdicts: dict[str, Verdict], code: ExitCode, ran: Ran, project: Project) -> None:
    ran.verdicts = verdicts
    assert run(project) is code
    assert tuple(one.name for one in ran.checks) == NAMES


def test_a_failure_shows_its_place_its_meaning_and_rows(ran: Ran, project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    ran.verdicts = {NAMES[0]: Verdict.FAILED}
    run(project, pattern="add_up")
    assert capsys.readouterr().out.splitlines() == [
        "failed contexts_add_up (12 rows, 40 records read, 1.5 s)",
        (
            "  sql/reviews/checks/contexts_add_up.sql:2:1: A context counts at least one review, no more on its two sides than in all, "
            "and says so of a window that has a length."
        ),
        '  {"product_id": "P1"}',
        "  ... and 11 more",
    ]


def test_json_is_a_line_for_each_check(ran: Ran, project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    ran.verdicts = {NAMES[1]: Verdict.UNKNOWN}
    run(project, json=True)
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["check"], one["verdict"], one["rows"]) for one in told] == [
        (NAMES[0], "passed", 0),
        (NAMES[1], "unknown", None),
        (NAMES[2], "passed", 0),
    ]


def test_another_sample_counts_for_all(ran: Ran, project: Project) -> None:
    assert run(project, sample="all") is ExitCode.OK
    assert {one.sample for one in ran.checks} == {EVERYTHING}


@pytest.mark.parametrize(("pattern", "sample"), [pytest.param("nothing", "", id="no such check"), pytest.param("", "many", id="no number")])
def test_a_wrong_command_line_runs_nothing(pattern: str, sample: str, ran: Ran, project: Project) -> None:
    assert run(project, pattern=pattern, sample=sample) is ExitCode.USAGE
    assert ran.checks == []


def test_status_shows_the_last_results_and_none_of_the_rows(ran: Ran, project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    ran.verdicts = {NAMES[0]: Verdict.FAILED}
    run(project, pattern="*add_up")
    capsys.readouterr()
    last = records.last_results(project, [*ran.checks, replace(ran.checks[0], name="new")])
    assert [(one.name, one.state, one.rows, one.good) for one in last] == [(NAMES[0], "failed", 12, False), ("new", "not run", None, False)]
    screen = make_screen()
    report = Report(stack="local", services=(), topics=(), jobs=(), checks=last)
    screen.out.print(status_tables(report), width=200)
    shown = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "✗ contexts_add_up failed 12 40 2026-01-01 10:00:00" in shown
    assert "- new not run - - -" in shown
    assert report.to_json()["checks"][0]["rows"] == 12
    assert "P1" not in "".join(one.read_text() for one in (project.data_folder / "checks").rglob("*.json"))


def test_a_stack_that_is_down_has_no_results(ran: Ran, project: Project) -> None:
    run(project)
    assert {one.state for one in records.last_results(project, ran.checks)} == {"passed"}
    records.forget(project)
    assert {one.state for one in records.last_results(project, ran.checks)} == {"not run"}
