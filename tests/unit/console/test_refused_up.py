"""An `up` whose change of a running job is refused: the run ends with the preview, and says that nothing was changed."""

import io
from dataclasses import dataclass, field
from functools import partial
from typing import cast

import pytest
from rich.console import Console

from components.providers.reporting import AS_LAST_SEEN
from console.commands import run
from console.driver.progress import Progress, Row, State
from console.driver.run import Outcome
from console.health import collect
from console.health.report import JobHealth, Report
from console.savepoints import retention
from console.savepoints.actions import Done
from console.screen import Screen
from console.session import RunObserver, Session
from console.show.run_lines import LineObserver
from console.show.run_result import verified
from platforms.run_watch import Problem

DELETED = "contexts: file:/savepoints/savepoint-aaaaaa-01 is deleted"


def outcome(*, succeeded: bool) -> Outcome:
    row = Row(name="below", kind="pulumi-python:dynamic/flinksql:Statement", state=State.DONE, operation="update")
    errors = [] if succeeded else [Problem(message="this change of a running job does not keep its state", resource="job")]
    return Outcome(progress=Progress(rows={("x", "below"): row}, errors=errors), seconds=1.0, succeeded=succeeded, interrupted=False)


@dataclass
class Driver:
    judged: bool
    blind: int = 0
    """How many of the first runs see no job."""
    ran: list[str] = field(default_factory=list)

    def backend(self) -> None:
        return None

    def preview(self) -> Outcome:
        self.ran.append("preview")
        return outcome(succeeded=self.judged)

    def up(self) -> Outcome:
        self.ran.append("up")
        made = outcome(succeeded=True)
        made.progress.outputs = {"platform": "kubernetes"} if self.blind else {}
        if self.ran.count("up") <= self.blind:
            made.progress.unseen.append(f"The JobManager cannot be reached. Jobs are {AS_LAST_SEEN}")
        return made


@dataclass
class Sessions:
    screen: Screen
    made: Driver
    stack: str = "dev"

    def project(self) -> None:
        return None

    def observer(self, *, json: bool, planned: bool = False) -> RunObserver:  # noqa: ARG002  # as the session has it
        return LineObserver(self.screen.out, planned=planned)

    def driver(self, _project: object, _observer: object) -> Driver:
        return self.made


@pytest.fixture
def said() -> io.StringIO:
    return io.StringIO()


@pytest.fixture(autouse=True)
def policy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A policy that always deletes one savepoint."""
    gone = Done(statement="contexts", path="file:/savepoints/savepoint-aaaaaa-01")
    monkeypatch.setattr(retention, "apply_retention", lambda _project: iter([gone]))


def bring_up(monkeypatch: pytest.MonkeyPatch, said: io.StringIO, *, changes: bool, judged: bool) -> tuple[list[str], str]:
    """Run `up` and return which runs there were, and what was said."""
    monkeypatch.setattr(run, "require_startable", lambda _: None)
    monkeypatch.setattr(run, "changes_a_job", lambda *_: changes)
    console = Console(file=said, width=200)
    driver = Driver(judged)
    run.bring_up(cast("Session", Sessions(Screen(out=console, err=console, live=False), driver)))
    return driver.ran, said.getvalue()


@pytest.mark.parametrize(
    ("states", "runs"),
    [
        pytest.param(["unknown", "unknown", "RUNNING"], 2, id="it comes back"),
        pytest.param(["RUNNING"], 2, id="it is back already"),
        pytest.param(["unknown"], 1, id="it stays away"),
    ],
)
def test_jobs_that_could_not_be_seen_are_looked_at_when_the_jobmanager_is_back(
    monkeypatch: pytest.MonkeyPatch, said: io.StringIO, states: list[str], runs: int
) -> None:
    left, now = list(states), [0.0]

    def look(*_: object) -> Report:
        state = left.pop(0) if len(left) > 1 else left[0]
        job = JobHealth(statement="contexts", state=state, healthy=state == "RUNNING", last_error="nobody answers")
        return Report(stack="dev", services=(), topics=(), jobs=(job,))

    monkeypatch.setattr(collect, "collect_running", look)
    for name in ("wait_until_jobs_are_seen", "wait_until_well"):
        timed = partial(getattr(run, name), clock=lambda: now[0], sleep=lambda seconds: now.__setitem__(0, now[0] + seconds))
        monkeypatch.setattr(run, name, timed)
    monkeypatch.setattr(run, "require_startable", lambda _: None)
    monkeypatch.setattr(run, "changes_a_job", lambda *_: False)
    console = Console(file=said, width=200)
    driver = Driver(judged=True, blind=1)
    ended = run.bring_up(cast("Session", Sessions(Screen(out=console, err=console, live=False), driver)))
    assert driver.ran == ["up"] * runs
    assert verified(ended.progress) is (runs == 2)
    # Where jobs could not be seen, it is not known what needs a savepoint.
    assert said.getvalue().count(DELETED) == (1 if runs == 2 else 0)
    assert ("1 updated; the JobManager answers" in said.getvalue()) is (runs == 2), said.getvalue()


def test_a_refused_change_ends_the_run_with_nothing_changed(monkeypatch: pytest.MonkeyPatch, said: io.StringIO) -> None:
    ran, text = bring_up(monkeypatch, said, changes=True, judged=False)
    assert ran == ["preview"]
    assert "does not keep its state" in text
    assert "nothing was changed" in text
    assert "kept." not in text
    assert DELETED not in text


@pytest.mark.parametrize(
    ("changes", "ran"), [pytest.param(True, ["preview", "up"], id="a changed job"), pytest.param(False, ["up"], id="no changed job")]
)
def test_what_may_be_made_is_made(monkeypatch: pytest.MonkeyPatch, said: io.StringIO, *, changes: bool, ran: list[str]) -> None:
    made, text = bring_up(monkeypatch, said, changes=changes, judged=True)
    assert made == ran
    assert text.count(DELETED) == 1
