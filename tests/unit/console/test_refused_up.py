"""An `up` whose change of a running job is refused: the run ends with the preview, and says that nothing was changed."""

import io
from dataclasses import dataclass, field
from typing import cast

import pytest
from rich.console import Console

from console.commands import run
from console.driver.progress import Problem, Progress, Row, State
from console.driver.run import Outcome
from console.screen import Screen
from console.session import Session


def outcome(*, succeeded: bool) -> Outcome:
    row = Row(name="below", kind="pulumi-python:dynamic/flinksql:Statement", state=State.DONE, operation="update")
    errors = [] if succeeded else [Problem(message="this change of a running job does not keep its state", resource="job")]
    return Outcome(progress=Progress(rows={("x", "below"): row}, errors=errors), seconds=1.0, succeeded=succeeded, interrupted=False)


@dataclass
class Driver:
    judged: bool
    ran: list[str] = field(default_factory=list)

    def backend(self) -> None:
        return None

    def preview(self) -> Outcome:
        self.ran.append("preview")
        return outcome(succeeded=self.judged)

    def up(self) -> Outcome:
        self.ran.append("up")
        return outcome(succeeded=True)


@dataclass
class Sessions:
    screen: Screen
    made: Driver

    def project(self) -> None:
        return None

    def driver(self, _project: object, _observer: object) -> Driver:
        return self.made


@pytest.fixture
def said() -> io.StringIO:
    return io.StringIO()


def bring_up(monkeypatch: pytest.MonkeyPatch, said: io.StringIO, *, changes: bool, judged: bool) -> tuple[list[str], str]:
    """Run `up` and return which runs there were, and what was said."""
    monkeypatch.setattr(run, "require_startable", lambda _: None)
    monkeypatch.setattr(run, "changes_a_job", lambda *_: changes)
    console = Console(file=said, width=200)
    driver = Driver(judged)
    run.bring_up(cast("Session", Sessions(Screen(out=console, err=console, live=False), driver)))
    return driver.ran, said.getvalue()


def test_a_refused_change_ends_the_run_with_nothing_changed(monkeypatch: pytest.MonkeyPatch, said: io.StringIO) -> None:
    ran, text = bring_up(monkeypatch, said, changes=True, judged=False)
    assert ran == ["preview"]
    assert "does not keep its state" in text
    assert "nothing was changed" in text
    assert "kept." not in text


@pytest.mark.parametrize(
    ("changes", "ran"), [pytest.param(True, ["preview", "up"], id="a changed job"), pytest.param(False, ["up"], id="no changed job")]
)
def test_what_may_be_made_is_made(monkeypatch: pytest.MonkeyPatch, said: io.StringIO, *, changes: bool, ran: list[str]) -> None:
    assert bring_up(monkeypatch, said, changes=changes, judged=True)[0] == ran
