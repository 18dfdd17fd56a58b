"""`undo` as a command: it asks, and where nothing was undone every file is as it was."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest
import typer
from rich.console import Console

import console.commands.undo as command
from components.approval_store import ApprovalStore, UndoOrder, approval_store
from components.names import STATEMENT_TYPE, stack_mark
from console.commands.undo import undo
from console.driver.progress import Progress
from console.driver.run import Outcome
from console.errors import ConsoleError
from console.project import Project
from console.rows_since import RowsSince
from console.screen import Screen
from console.undo import Step, UndoPlan
from console.undo_files import FileChange
from flinksql.sql import Bundle
from flinksql.sql.graph import build_graph
from flinksql.statement import Kind
from platforms.state import Resource, StackState

ORDER = UndoOrder(statement="copy", now="b", revision="r", before="a", savepoint="file:/savepoints/1", version="version a")


@dataclass
class World:
    """A file, the stack's state, and what a run does."""

    folder: Path
    runs: Callable[[], Outcome] = lambda: ended(succeeded=True)
    recorded: str = "b"
    said: io.StringIO = field(default_factory=io.StringIO)

    @property
    def file(self) -> Path:
        return self.folder / "copy.sql"

    @property
    def store(self) -> ApprovalStore:
        return approval_store(self.folder / "data", stack_mark("local"))

    @property
    def screen(self) -> Screen:
        made = Console(file=self.said, width=250)
        return Screen(out=made, err=made, live=False)

    def project(self) -> Project:
        return Project(root=self.folder, stack="local", data_folder=self.folder / "data", values={}, secrets=frozenset())

    def state(self, _project: object) -> StackState:
        one = Resource(urn="urn::copy", kind=STATEMENT_TYPE, custom=True, definition_hash=self.recorded, outputs={"name": "copy"})
        return StackState(resources=(one,), outputs={})


@dataclass
class Context:
    obj: World


def ended(*, succeeded: bool) -> Outcome:
    return Outcome(progress=Progress(), seconds=1.0, succeeded=succeeded, interrupted=False)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(tmp_path)
    made.file.write_text("now\n", encoding="utf-8")

    @contextmanager
    def no_broker(_project: object, _outputs: object) -> Iterator[str]:
        yield "127.0.0.1:1"

    again = RowsSince(ranges={"rows": {0: (5, 9), 1: (7, 8)}})
    plan = UndoPlan(
        statement="copy",
        version="version a",
        files=[FileChange(path=made.file, now="now\n", before="before\n")],
        steps=[
            Step(statement="copy", kind=Kind.JOB, wanted="a", since="2026-01-01T10:00:00Z", order=ORDER),
            Step(statement="other", kind=Kind.JOB, wanted="c"),
            Step(statement="table", kind=Kind.CATALOG_OBJECT, wanted="d"),
        ],
        bundle=Bundle(entries={}, graph=build_graph([])),
    )
    monkeypatch.setattr(command, "undo_plan", lambda *_arguments, **_options: plan)
    monkeypatch.setattr(command, "stack_state", made.state)
    monkeypatch.setattr(command, "outputs", lambda _project: {})
    monkeypatch.setattr(command, "broker", no_broker)
    monkeypatch.setattr(command, "rows_since", lambda *_arguments: again)
    for name in ("topics_read", "topics_touched"):
        monkeypatch.setattr(command, name, lambda _bundle, _statement: ("rows",))
    monkeypatch.setattr(command, "bring_up", lambda _session, *, json: made.runs())  # noqa: ARG005  # as it is called
    return made


def run(world: World, *, yes: bool = True) -> int:
    with pytest.raises(typer.Exit) as done:
        undo(cast("typer.Context", Context(world)), "copy", yes=yes, json=False)
    return done.value.exit_code


def test_it_says_what_it_does_and_what_is_read_again(world: World) -> None:
    assert run(world) == 0
    said = world.said.getvalue()
    assert "Statement copy goes back to version a." in said
    assert "-now\n+before" in said
    assert "the older version starts from file:/savepoints/1" in said
    assert "about 5 records of rows (partition 0: from offset 5, partition 1: from offset 7)" in said
    assert "other: its job is upgraded from its state of now, if the state verdict allows it. Nothing is read again." in said
    assert "table: its definition goes back." in said


def test_the_run_finds_the_older_text_and_the_order_for_it(world: World) -> None:
    seen: list[object] = []

    def runs() -> Outcome:
        seen.extend([world.file.read_text(encoding="utf-8"), dict(world.store.read().undo)])
        world.recorded = "a"
        return ended(succeeded=True)

    world.runs = runs
    assert run(world) == 0
    assert seen == ["before\n", {"copy": ORDER}]
    assert world.file.read_text(encoding="utf-8") == "before\n"


def refused() -> Outcome:
    return ended(succeeded=False)


def interrupted() -> Outcome:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("runs", "error"), [pytest.param(refused, typer.Exit, id="refused"), pytest.param(interrupted, KeyboardInterrupt, id="interrupted")]
)
def test_where_nothing_was_undone_the_files_are_as_they_were_and_no_order_is_left(
    world: World, runs: Callable[[], Outcome], error: type[BaseException]
) -> None:
    world.runs = runs
    with pytest.raises(error):
        undo(cast("typer.Context", Context(world)), "copy", yes=True, json=False)
    assert world.file.read_text(encoding="utf-8") == "now\n"
    assert world.store.read().undo == {}
    assert "copy.sql has its text of now again" in world.said.getvalue()


def test_where_one_of_several_was_undone_the_next_run_finishes_the_others(world: World) -> None:
    def runs() -> Outcome:
        world.recorded = "a"
        return ended(succeeded=False)

    world.runs = runs
    assert run(world) == 1
    assert world.file.read_text(encoding="utf-8") == "before\n"
    assert world.store.read().undo == {"copy": ORDER}


@pytest.mark.parametrize("answer", [pytest.param(False, id="no"), pytest.param(None, id="nobody answers")])
def test_without_a_yes_nothing_happens(world: World, monkeypatch: pytest.MonkeyPatch, answer: bool | None) -> None:  # a case
    def confirm(_question: str) -> bool:
        if answer is None:
            raise typer.Abort
        return answer

    monkeypatch.setattr(typer, "confirm", confirm)
    with pytest.raises(ConsoleError, match="nothing was changed"):
        undo(cast("typer.Context", Context(world)), "copy", yes=False, json=False)
    assert world.file.read_text(encoding="utf-8") == "now\n"
    assert world.store.read().undo == {}


def test_what_cannot_be_learnt_of_the_topics_is_said() -> None:
    assert str(RowsSince(reason="the broker does not answer")) == "what came since then (the broker does not answer)"
    assert str(RowsSince()) == "what came since then (from no topic that is known)"
