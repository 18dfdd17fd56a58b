"""`promote` as a command: it keeps the order of stages, shows the difference, asks, and overrides only what was refused."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest
import typer
from rich.console import Console

import console.commands.promote as command
from components.approval_store import ApprovalStore, Asked, approval_store
from components.names import stack_mark
from console.commands.promote import promote
from console.driver.progress import Progress, Row, State
from console.driver.run import Outcome
from console.errors import ConsoleError
from console.health.report import Report
from console.project import Project
from console.promotion.difference import Difference
from console.screen import Screen
from console.show.run_lines import LineObserver
from platforms.run_watch import Problem

STATEMENT = "pulumi-python:dynamic/flinksql:Statement"
SUBJECT = "promotion from dev"
REFUSED = Asked(hash="c0123456789a", statement=SUBJECT, verdict="unhealthy copy")


def ended(*, changes: bool = True, error: str = "") -> Outcome:
    progress = Progress(errors=[Problem(message=error)] if error else [])
    if changes:
        progress.rows[STATEMENT, "copy"] = Row(kind=STATEMENT, name="copy", operation="update", state=State.DONE)
    return Outcome(progress=progress, seconds=1.0, succeeded=not error, interrupted=False)


@dataclass
class World:
    """A session whose previews and runs are made up."""

    folder: Path
    stack: str = "local"
    promoted_from: str = "dev"
    preview: Callable[["World"], Outcome] = lambda _world: ended()
    healthy: bool = True
    difference: Difference | None = None
    seen_now: Callable[[Callable[[str], None]], None] = lambda _say: None
    said: io.StringIO = field(default_factory=io.StringIO)
    ran: list[str] = field(default_factory=list)

    @property
    def screen(self) -> Screen:
        made = Console(file=self.said, width=250)
        return Screen(out=made, err=made, live=False)

    @property
    def store(self) -> ApprovalStore:
        return approval_store(self.folder, stack_mark("staging"))

    def project(self) -> Project:
        values = {"promotion.from": self.promoted_from} if self.stack == "staging" and self.promoted_from else {}
        return Project(root=self.folder, stack=self.stack, data_folder=self.folder, values=values, secrets=frozenset())

    def observer(self, *, json: bool, planned: bool = False) -> LineObserver:
        del json
        return LineObserver(self.screen.out, planned=planned)

    def driver(self, _project: object, _observer: object) -> "World":
        return self

    def refuse_unless_approved(self) -> Outcome:
        if REFUSED.hash in self.store.read().approved:
            return ended()
        self.store.change(lambda held: replace(held, asked={SUBJECT: REFUSED}))
        return ended(changes=False, error="stack dev is not well: copy is failed")


class Driver:
    def __init__(self, world: World) -> None:
        self.world = world

    def preview(self) -> Outcome:
        self.world.ran.append("preview")
        return self.world.preview(self.world)


@dataclass
class Context:
    obj: World


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(tmp_path)
    found = Difference(source="dev", target="staging", version="ids (1)", runs="ids (1)", before=None)
    made.difference = found

    def brought_up(session: World, *, json: bool) -> Outcome:
        assert (session.stack, json) == ("staging", False)
        made.ran.append("up")
        return ended()

    monkeypatch.setattr(World, "driver", lambda self, _project, _observer: Driver(self))
    monkeypatch.setattr(command, "require_declarable", lambda _project: None)
    monkeypatch.setattr(command, "forecast_lines", lambda _project, _outcome: [])
    monkeypatch.setattr(command, "_difference", lambda *_arguments: made.difference)
    monkeypatch.setattr(command, "bring_up", brought_up)
    monkeypatch.setattr(command, "stack_state", lambda _project: None)
    monkeypatch.setattr(command, "require_well_now", lambda _source, _state, say: made.seen_now(say))
    monkeypatch.setattr(command, "collect_running", lambda _project, _outputs: Report(stack="staging", services=(), topics=(), jobs=()))
    monkeypatch.setattr(command, "wait_until_well", lambda _look, _say, **_more: [] if made.healthy else ["job copy is failed"])
    return made


def run(world: World, *, preview: bool = False, override: str = "", yes: bool = True) -> int:
    with pytest.raises(typer.Exit) as done:
        promote(cast("typer.Context", Context(world)), "dev", "staging", preview=preview, override=override, yes=yes, json=False)
    return done.value.exit_code


def test_it_shows_the_difference_runs_up_and_says_what_runs(world: World) -> None:
    assert run(world) == 0
    assert world.ran == ["preview", "up"]
    said = world.said.getvalue()
    assert "Promotion from dev to staging: ids (1)" in said
    assert "staging runs what dev runs: ids (1)" in said


def test_a_stage_that_does_not_become_healthy_is_no_success(world: World) -> None:
    world.healthy = False
    assert run(world) == 3
    assert "staging is not healthy: job copy is failed" in world.said.getvalue()


def test_preview_ends_after_the_difference(world: World) -> None:
    assert run(world, preview=True, yes=False) == 0
    assert world.ran == ["preview"]


def test_nothing_is_run_where_nothing_changes(world: World) -> None:
    world.preview = lambda _world: ended(changes=False)
    assert run(world) == 0
    assert world.ran == ["preview"]
    assert "staging runs this version already" in world.said.getvalue()


def test_nobody_to_answer_is_no_yes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_question: str) -> bool:
        raise typer.Abort

    monkeypatch.setattr(typer, "confirm", nobody)
    with pytest.raises(ConsoleError, match="nothing was changed: nobody answered"):
        promote(cast("typer.Context", Context(world)), "dev", "staging", preview=False, override="", yes=False, json=False)
    assert world.ran == ["preview"]


@pytest.mark.parametrize(
    ("promoted_from", "said"),
    [
        pytest.param("", "Pulumi.staging.yaml has no `promotion.from`", id="from none"),
        pytest.param("test", "`promotion.from` in Pulumi.staging.yaml is test", id="from another one"),
    ],
)
def test_the_order_of_the_stages_is_kept(world: World, promoted_from: str, said: str) -> None:
    world.promoted_from = promoted_from
    with pytest.raises(ConsoleError, match=said) as caught:
        promote(cast("typer.Context", Context(world)), "dev", "staging", preview=False, override="", yes=True, json=False)
    assert caught.value.exit_code == 2
    assert "pulumi config set promotion.from dev --stack staging" in caught.value.advice
    assert world.ran == []


def test_a_refusal_ends_it_with_the_difference(world: World) -> None:
    world.preview = World.refuse_unless_approved
    assert run(world) == 1
    assert world.ran == ["preview"]
    assert "stack dev is not well" in world.said.getvalue()
    assert world.store.read().approved == {}


def test_a_working_tree_that_ran_here_before_is_no_promotion_of_what_runs_there(world: World) -> None:
    world.difference = Difference(source="dev", target="staging", version="ids (1)", runs="ids (2)", before=None, differing=["copy"])
    with pytest.raises(ConsoleError, match=r"the working tree is ids \(1\), and dev runs ids \(2\)\. Different: copy") as caught:
        promote(cast("typer.Context", Context(world)), "dev", "staging", preview=False, override="", yes=True, json=False)
    assert "--stack dev up" in caught.value.advice
    assert world.ran == ["preview"]


def test_what_dev_does_not_run_well_any_more_is_no_promotion_though_it_ran_here_before(world: World) -> None:
    def going_back(_world: World) -> Outcome:
        outcome = ended()
        outcome.progress.outputs = {"promotedFrom": {"stack": "dev", "goesBack": True}}
        return outcome

    world.preview = going_back
    with pytest.raises(ConsoleError, match=r"dev does not run ids \(1\) well"):
        promote(cast("typer.Context", Context(world)), "dev", "staging", preview=True, override="", yes=True, json=False)
    assert world.ran == ["preview"]


def test_an_override_approves_what_was_refused_with_its_reason(world: World) -> None:
    world.preview = World.refuse_unless_approved
    assert run(world, override="it burns") == 0
    assert world.ran == ["preview", "preview", "up"]
    [approval] = world.store.read().approved.values()
    assert (approval.hash, approval.statement, approval.reason) == (REFUSED.hash, SUBJECT, "it burns")


def test_an_override_lets_no_other_error_through(world: World) -> None:
    world.store.change(lambda held: replace(held, asked={SUBJECT: REFUSED}))
    world.preview = lambda _world: ended(changes=False, error="others read topic totals")
    assert run(world, override="it burns") == 1
    assert world.ran == ["preview"]
    assert world.store.read().approved == {}


def test_a_stage_before_that_died_since_its_last_up_is_no_promotion(world: World) -> None:
    def died(_say: Callable[[str], None]) -> None:
        raise ConsoleError("stack dev is not well: copy is cancelled")

    world.seen_now = died
    with pytest.raises(ConsoleError, match="copy is cancelled"):
        run(world)
    assert world.ran == ["preview"]
    assert "Promotion from dev to staging" in world.said.getvalue(), "the difference is shown before"


def test_a_stage_before_that_cannot_be_asked_is_told_and_counts_as_recorded(world: World) -> None:
    world.seen_now = lambda say: say("Whether dev is well now is not known from here: [no] context.")
    assert run(world) == 0
    assert "not known from here: [no] context." in world.said.getvalue()
