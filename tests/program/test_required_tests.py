"""`tests: required`: what the program refuses to deploy, what it runs for that, and what it does not run again."""

import os
import shutil
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from components import interruption
from components.names import STATEMENT_TYPE
from components.parameters import load_bundle
from components.sql_tests import gate
from embedded.errors import ArtifactError
from flinksql.sql import definition_hash
from flinksql.testing import Outcome, Test, Verdict, read_tests
from flinksql.testing.running import Finding
from platforms.pipeline import definitions
from platforms.registry import endpoints_of
from settings import parse_settings
from tests.program.recorder import IDENTIFIED, State, StoppedError, run_program
from tests.support.project import REPOSITORY

JOB = "total_customers"


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    folder = tmp_path / "orders"
    shutil.copytree(REPOSITORY / "sql" / "orders", folder)
    return folder


@pytest.fixture
def config(orders: Path, tmp_path: Path) -> dict[str, str]:
    return {"tests": "required", "bundle": str(orders), "data.folder": str(tmp_path / "data")}


class Runs:
    """Stands in for the Flink of tests: each test ends as `verdict` says. `ran` are the names of those that were run."""

    def __init__(self) -> None:
        self.verdict = Verdict.PASSED
        self.ran: list[str] = []

    def run(self, _lab: object, tests: Sequence[Test]) -> list[Outcome]:
        self.ran += [one.case.name for one in tests]
        return [self.outcome(one) for one in tests]

    def outcome(self, test: Test) -> Outcome:
        wrong = self.verdict is not Verdict.PASSED
        finding = Finding(position=test.position("expect"), message="row 1 did not come")
        return Outcome(test=test, verdict=self.verdict, seconds=1.0, findings=(finding,) if wrong else (), statements=test.case.statement)


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    @contextmanager
    def nothing(*_args: object, **_more: object) -> Iterator[None]:
        yield None

    made = Runs()
    monkeypatch.setattr(gate, "flink_for_tests", nothing)
    monkeypatch.setattr(gate, "laboratory", nothing)
    monkeypatch.setattr(gate, "run_tests", made.run)
    return made


def refusal(config: dict[str, str], state: State = IDENTIFIED) -> str:
    with pytest.raises(StoppedError) as caught:
        run_program(config, stack="prod", state=state)
    return str(caught.value)


def state_with(config: dict[str, str], *names: str) -> State:
    """Return the state of a stack in which these statements run as they are now."""
    settings = parse_settings(config)
    made = definitions(settings, load_bundle(settings, endpoints_of(settings)), "prod")
    told = [(STATEMENT_TYPE, {"job_name": made[name].job_name, "definition_hash": definition_hash(made[name])}) for name in names]
    return (*IDENTIFIED, *told)


def test_without_tests_being_required_none_is_looked_at(config: dict[str, str], orders: Path, runs: Runs) -> None:
    shutil.rmtree(orders / "tests")
    assert run_program({**config, "tests": "optional"}, stack="prod").resources
    assert runs.ran == []


def test_a_new_statement_without_a_test_is_refused_at_its_place(config: dict[str, str], orders: Path, runs: Runs) -> None:
    shutil.rmtree(orders / "tests")
    told = refusal(config)
    assert f"{JOB}.sql:3:1: statement {JOB} is new and has no test: write one in " in told
    assert runs.ran == []


def test_tests_that_pass_let_a_statement_through_and_are_not_run_again(config: dict[str, str], runs: Runs) -> None:
    assert run_program(config, stack="prod", preview=True).resources
    ran = list(runs.ran)
    assert ran
    assert run_program(config, stack="prod").resources
    assert runs.ran == ran


@pytest.mark.parametrize("verdict", [pytest.param(Verdict.FAILED, id="fails"), pytest.param(Verdict.BROKEN, id="could not be run")])
def test_a_test_that_did_not_pass_is_told_with_its_place_and_what_to_run(config: dict[str, str], runs: Runs, verdict: Verdict) -> None:
    runs.verdict = verdict
    told = refusal(config)
    assert "`tests` is required, so nothing was deployed:" in told
    assert "totals.yaml:" in told
    assert ("fails" if verdict is Verdict.FAILED else "could not be run") in told
    assert "row 1 did not come" in told
    assert "`python -m console --stack prod test total_customers`" in told
    ran = len(runs.ran)
    refusal(config)
    assert len(runs.ran) == 2 * ran


def test_a_flink_that_does_not_start_lets_nothing_through(config: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*_args: object, **_more: object) -> None:
        raise ArtifactError("no network: flink-dist cannot be fetched")

    monkeypatch.setattr(gate, "flink_for_tests", offline)
    assert "the tests cannot be run: no network: flink-dist cannot be fetched" in refusal(config)


def test_a_statement_that_runs_as_it_is_needs_no_test(config: dict[str, str], orders: Path, runs: Runs) -> None:
    shutil.rmtree(orders / "tests")
    assert run_program(config, stack="prod", state=state_with(config, JOB, "archive_paid_orders")).resources
    assert runs.ran == []


def test_a_changed_table_below_a_statement_runs_its_tests_again(config: dict[str, str], orders: Path, runs: Runs) -> None:
    run_program(config, stack="prod")
    ran, state = len(runs.ran), state_with(config, JOB)
    table = orders / "payments.sql"
    table.write_text(table.read_text().replace("'10 s'", "'11 s'"))
    assert state_with(config, JOB) != state
    runs.verdict = Verdict.FAILED
    assert "changed, and" in refusal(config, state)
    assert len(runs.ran) > ran


def test_a_file_that_is_saved_while_it_is_tested_is_refused(
    config: dict[str, str], orders: Path, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = orders / "total_customers.sql"

    def saved(bundle: Path, root: Path) -> list[Test]:
        file.write_text(file.read_text() + "\n")
        return read_tests(bundle, root)

    monkeypatch.setattr(gate, "read_tests", saved)
    assert "statement total_customers is new, and its files were saved while they were tested: run the command again" in refusal(config)


def interrupted(ended: list[str]) -> None:
    with interruption.interruptible():
        try:
            signal.raise_signal(signal.SIGINT)
        finally:
            ended.append("processes")


def test_an_interrupt_lets_the_processes_of_the_tests_be_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[str] = []

    def leave(code: int) -> None:
        raise SystemExit(code)

    monkeypatch.setattr(os, "_exit", leave)
    before = signal.getsignal(signal.SIGINT)
    interruption.end_silently_when_interrupted()
    try:
        with pytest.raises(SystemExit):
            interrupted(ended)
    finally:
        signal.signal(signal.SIGINT, before)
    assert ended == ["processes"]
