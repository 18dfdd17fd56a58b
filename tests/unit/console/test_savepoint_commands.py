"""`savepoints` as commands, against a fake Flink: what is shown, taken, deleted and refused, and what the journal has of it."""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
import typer
from rich.console import Console

import console.savepoints.collect as collecting
from components.access import Access
from components.names import STATEMENT_TYPE, stack_mark
from components.providers.definitions import plain_definition
from components.statement_history import HISTORY, Action, Entry, Outcome
from components.statement_journal import journal_of
from console.commands.savepoints_delete import delete
from console.commands.savepoints_show import show
from console.commands.savepoints_take import take
from console.errors import ConsoleError
from console.project import Project
from console.savepoints.retention import apply_retention
from console.screen import Screen
from flinksql.flink.transport import Endpoint
from flinksql.savepoints import SavepointFolder
from flinksql.sql import definition_hash
from flinksql.statement import Definition, Kind, Statement
from platforms.state import Resource, StackState
from settings import Settings, parse_settings
from tests.fakes.flink import FakeFlink, fake_flink
from tests.fakes.jobs import FakeJob, Fate

NAMES = ("copy", "paste")
JOBS = dict(zip(NAMES, ("a" * 32, "b" * 32), strict=True))


def definition(name: str) -> Definition:
    statement = Statement(name=name, kind=Kind.JOB, text="INSERT INTO sink SELECT a FROM source", file=f"sql/{name}.sql")
    return Definition(statement=statement, job_name=f"{stack_mark('local')}/{name}")


class Way(Access):
    """The way to the fake Flink."""

    def __init__(self, url: str) -> None:
        self._url = url

    @property
    def gateway(self) -> Endpoint:
        raise AssertionError("nothing asks the gateway")

    @property
    def jobmanager(self) -> Endpoint:
        return Endpoint(name="JobManager", base_url=self._url)

    @property
    def kafka_bootstrap(self) -> str:
        raise AssertionError("nothing asks the broker")

    def savepoint_folder(self) -> SavepointFolder | None:
        return None


@dataclass
class World:
    """A stack with two jobs, and what a command says."""

    folder: Path
    flink: FakeFlink
    values: dict[str, str] = field(default_factory=dict)
    out: io.StringIO = field(default_factory=io.StringIO)
    entries: list[Entry] = field(default_factory=list)

    @property
    def screen(self) -> Screen:
        made = Console(file=self.out, width=300)
        return Screen(out=made, err=made, live=False)

    def project(self) -> Project:
        return TestProject(root=self.folder, stack="local", data_folder=self.folder, values=self.values, secrets=frozenset())

    def state(self, _project: object) -> StackState:
        resources = []
        for name in NAMES:
            one, digest = definition(name), definition_hash(definition(name))
            history = [entry.plain() for entry in self.entries if entry.statement == name]
            outputs = {**plain_definition(one), "definition_hash": digest, "job_id": JOBS[name], "generation": 1, HISTORY: history}
            resources.append(Resource(urn=f"urn::{name}", kind=STATEMENT_TYPE, custom=True, definition_hash=digest, outputs=outputs))
        return StackState(resources=tuple(resources), outputs={})

    def run(self, name: str, fate: Fate = Fate.RUNS) -> FakeJob:
        tags = {"statement": name, "definition": definition_hash(definition(name)), "generation": "1"}
        job = FakeJob(job_id=JOBS[name], name=definition(name).job_name, tags=tags, fate=fate)
        job.started -= 1
        self.flink.cluster.jobs[job.job_id] = job
        return job

    def journal(self) -> list[tuple[str, str, str]]:
        entries = journal_of(self.folder, stack_mark("local")).entries()
        return [(entry.statement, entry.action, entry.outcome) for entry in entries]

    def taken(self, *names: str) -> int:
        return self._ended(lambda: take(self.context, list(names) or None, everything=not names, reason="", json=False))

    def deleted(self, *paths: str, give_up_undo: bool = False, yes: bool = True) -> int:
        return self._ended(lambda: delete(self.context, list(paths), give_up_undo=give_up_undo, reason="", yes=yes, json=False))

    def shown(self, statement: str = "") -> list[dict[str, Any]]:
        self.out.truncate(0)
        found: list[str] = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("console.commands.savepoints_show.write_line", found.append)
            show(self.context, statement, json=True)
        savepoints: list[dict[str, Any]] = json.loads(found[0])["savepoints"]
        return savepoints

    @property
    def context(self) -> typer.Context:
        return cast("typer.Context", Context(self))

    def _ended(self, command: Callable[[], None]) -> int:
        with pytest.raises(typer.Exit) as done:
            command()
        return done.value.exit_code


class TestProject(Project):
    __test__ = False

    def settings(self) -> Settings:
        return parse_settings(self.values)


@dataclass
class Context:
    obj: World


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with fake_flink() as flink:
        made = World(tmp_path, flink)
        (tmp_path / "bundle").mkdir()
        way = Way(flink.jobmanager_server.url)
        monkeypatch.setattr(collecting, "stack_state", made.state)
        monkeypatch.setattr(collecting, "outputs", lambda _project: {})
        monkeypatch.setattr(collecting, "access", lambda _project, _outputs: way)
        monkeypatch.setattr(collecting, "job_salt", lambda _project, _outputs: "")
        monkeypatch.setattr(collecting, "bundle_folder", lambda _name: tmp_path / "bundle")
        yield made


def path_of(world: World, name: str, number: int = -1) -> str:
    return [one for one in world.flink.cluster.jobs[JOBS[name]].savepoints.values() if one][number]


def test_savepoints_of_all_jobs_are_taken_shown_and_written_down(world: World) -> None:
    for name in NAMES:
        world.run(name)
    assert world.taken() == 0
    assert all(path_of(world, name) in world.out.getvalue() for name in NAMES)
    assert [job.state for job in world.flink.cluster.jobs.values()] == ["RUNNING"] * 2
    assert world.journal() == [(name, "savepoint taken", "done") for name in NAMES]
    shown = {one["statement"]: one for one in world.shown()}
    assert {name: (one["path"], one["why"], one["deployedNow"], one["there"]) for name, one in shown.items()} == {
        name: (path_of(world, name), "asked for", True, None) for name in NAMES
    }
    assert [one["statement"] for one in world.shown("copy")] == ["copy"]


def test_one_that_fails_gives_flinks_reason_and_the_others_are_taken(world: World) -> None:
    world.run("copy", Fate.LOST_A_TASK)
    world.run("paste")
    assert world.taken() == 1
    assert "copy: no savepoint: CheckpointException: Checkpoint triggering task is not being executed." in world.out.getvalue()
    assert world.journal() == [("copy", "savepoint taken", "failed"), ("paste", "savepoint taken", "done")]


def test_a_statement_without_a_job_is_told_before_anything_is_asked(world: World) -> None:
    world.run("paste")
    with pytest.raises(ConsoleError, match="no job runs of copy"):
        take(world.context, ["copy", "paste"], everything=False, reason="", json=False)
    with pytest.raises(ConsoleError, match="has no job sink"):
        take(world.context, ["sink"], everything=False, reason="", json=False)
    assert (world.journal(), world.flink.cluster.jobs[JOBS["paste"]].savepoints) == ([], {})


def test_a_savepoint_that_nothing_needs_is_deleted_by_its_name_and_not_shown_any_more(world: World) -> None:
    world.run("copy")
    world.taken("copy")
    path = path_of(world, "copy")
    assert world.deleted(path.rpartition("/")[2], path) == 0
    assert world.flink.cluster.disposals == [path]
    assert "is deleted" in world.out.getvalue()
    assert world.journal()[-1] == ("copy", "savepoint deleted", "done")
    assert world.shown() == []


def test_where_one_must_stay_none_is_deleted(world: World) -> None:
    world.run("copy")
    world.taken("copy")
    free, needed = path_of(world, "copy"), "file:/savepoints/savepoint-aaaaaa-99"
    kept = Entry(id="1", statement="copy", at="2026-01-01T00:00:00Z", by="ann", action=Action.CHANGED, outcome=Outcome.DONE)
    world.entries = [replaced(kept, before="old", after="now", left_at=needed, version="packed")]
    with pytest.raises(ConsoleError, match=r"(?s)nothing was deleted.*savepoint-aaaaaa-99: it is needed: undo of copy to old"):
        world.deleted(free, needed)
    with pytest.raises(ConsoleError, match="the stack knows no such savepoint"):
        world.deleted(free, "file:/savepoints/savepoint-cccccc-01")
    assert world.flink.cluster.disposals == []


def test_nothing_is_deleted_where_nobody_answers(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.run("copy")
    world.taken("copy")
    monkeypatch.setattr("typer.confirm", refuse)
    with pytest.raises(ConsoleError, match="nobody answered"):
        world.deleted(path_of(world, "copy"), yes=False)
    assert world.flink.cluster.disposals == []


def test_what_became_needed_while_somebody_was_asked_is_not_deleted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.run("copy")
    world.taken("copy")
    path = path_of(world, "copy")

    def slow_answer(_question: str) -> bool:
        (world.folder / "bundle" / "copy.sql").write_text(f"-- restore_from: {path}\n", encoding="utf-8")
        return True

    monkeypatch.setattr("typer.confirm", slow_answer)
    with pytest.raises(ConsoleError, match=r"it is needed: named in copy\.sql"):
        world.deleted(path, yes=False)
    assert world.flink.cluster.disposals == []


def test_a_job_that_somebody_else_started_under_a_statements_name_is_not_asked(world: World) -> None:
    job = world.run("copy")
    world.flink.cluster.jobs = {"e" * 32: job}
    job.job_id, job.tags = "e" * 32, {}
    with pytest.raises(ConsoleError, match="no job runs of copy"):
        world.taken("copy")
    assert job.savepoints == {}


def test_without_a_jobmanager_the_records_are_shown_and_nothing_is_deleted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.run("copy")
    world.taken("copy")
    path = path_of(world, "copy")
    monkeypatch.setattr(collecting, "access", lambda _project, _outputs: Way("http://127.0.0.1:1"))
    assert [one["path"] for one in world.shown()] == [path]
    with pytest.raises(ConsoleError, match="the JobManager does not say of every job"):
        world.deleted(path)


@pytest.mark.parametrize(
    ("values", "left"),
    [
        pytest.param({}, 3, id="no policy"),
        pytest.param({"savepoints.keep": "2"}, 2, id="two of three"),
        pytest.param({"savepoints.keep": "1", "savepoints.keepDays": "1"}, 3, id="young ones stay"),
    ],
)
def test_the_policy_of_the_settings_is_applied(world: World, values: dict[str, str], left: int) -> None:
    world.run("copy")
    for _ in range(3):
        world.taken("copy")
    oldest = path_of(world, "copy", 0)
    world.values = values
    gone = [one.path for one in apply_retention(world.project())]
    assert gone == ([oldest] if left == 2 else [])
    assert len(world.shown()) == left


def test_a_policy_that_cannot_be_applied_fails_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.values = {"savepoints.keep": "1"}

    def not_up(_project: object) -> None:
        raise ConsoleError("the stack is not up")

    monkeypatch.setattr(collecting, "outputs", not_up)
    assert [one.error for one in apply_retention(world.project())] == ["the stack is not up"]


def replaced(entry: Entry, **known: str) -> Entry:
    return Entry(**{**entry.plain(), **known})


def refuse(_question: str) -> bool:
    raise typer.Abort
