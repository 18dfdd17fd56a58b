"""`approve`, `log` and what `doctor`, `status` and the runs say of approvals, over a stack that a fake engine previews."""

import io
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest
import typer
from pulumi.automation import EngineEvent
from rich.console import Console

import console.commands.approve
import console.commands.log
import console.history
from components.approval_store import Approval, ApprovalStore, Asked, approval_store
from components.names import STATEMENT_TYPE, stack_mark
from components.statement_history import HISTORY, Action, Entry, Outcome
from components.statement_journal import journal_of
from console.checks.approvals import check_approvals, open_headers, spent_approvals
from console.commands.approve import approve
from console.commands.log import log
from console.driver.backend import FileBackend
from console.driver.events import EventReader
from console.driver.progress import Progress
from console.driver.run import Outcome as RunOutcome
from console.errors import ConsoleError
from console.history import runs
from console.project import Project
from console.screen import Screen
from console.session import RunObserver
from console.show.run_json import end_events
from console.show.run_lines import LineObserver
from platforms.run_watch import Problem
from platforms.state import Resource, StackState
from settings import parse_settings

NOW = Asked(hash="c11111111111", statement="copy", verdict="unknown: why", consequence="it starts anew")
MET = Asked(hash="c22222222222", statement="paste", verdict="unknown: lost", consequence="it starts anew", in_preview=False)
OLD = Asked(hash="c33333333333", statement="copy", verdict="unknown: before")


@dataclass
class Driver:
    """An engine whose preview refuses one change."""

    store: ApprovalStore

    def preview(self) -> None:
        self.store.change(lambda held: replace(held, asked={**held.asked, NOW.statement: NOW}))


@dataclass
class Sessions:
    place: Project
    said: io.StringIO = field(default_factory=io.StringIO)

    @property
    def screen(self) -> Screen:
        made = Console(file=self.said, width=250)
        return Screen(out=made, err=made, live=False)

    def project(self) -> Project:
        return self.place

    def observer(self, *, json: bool, planned: bool = False) -> RunObserver:  # noqa: ARG002  # as the session has it
        return LineObserver(self.screen.out, planned=planned)

    def driver(self, _project: object, _observer: object) -> Driver:
        return Driver(approval_store(self.place.data_folder, stack_mark(self.place.stack)))


@dataclass
class Context:
    obj: Sessions


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sessions:
    monkeypatch.setenv("PULUMI_BACKEND_URL", (tmp_path / "state").as_uri())
    monkeypatch.setattr(console.commands.approve, "require_declarable", lambda _project: None)
    return Sessions(Project(root=tmp_path, stack="local", data_folder=tmp_path / "data", values={}, secrets=frozenset()))


@pytest.fixture
def store(session: Sessions) -> ApprovalStore:
    return approval_store(session.place.data_folder, stack_mark("local"))


def context(session: Sessions) -> typer.Context:
    return cast("typer.Context", Context(session))


def test_the_change_that_a_fresh_preview_refuses_is_approved_with_who_and_why(session: Sessions, store: ApprovalStore) -> None:
    store.change(lambda held: replace(held, approved={OLD.hash: Approval(hash=OLD.hash, statement="copy")}))
    approve(context(session), NOW.hash, reason="meant", json=False)
    held = store.read()
    assert list(held.approved) == [NOW.hash], "the one of an older plan of the statement is gone"
    assert held.approved[NOW.hash].reason == "meant"
    assert "@" in held.approved[NOW.hash].by
    assert f"approved: change {NOW.hash} of statement copy (unknown: why). The next `up` makes it, once." in session.said.getvalue()


def test_what_an_up_met_on_its_way_can_be_approved_too(session: Sessions, store: ApprovalStore) -> None:
    store.change(lambda held: replace(held, asked={"paste": MET}))
    approve(context(session), MET.hash, reason="", json=False)
    assert list(store.read().approved) == [MET.hash]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param("c99999999999", "has no planned change c99999999999", id="never there"),
        pytest.param(OLD.hash, f"has no planned change {OLD.hash}", id="of an older preview"),
    ],
)
def test_a_change_that_is_not_planned_is_refused_with_those_that_are(
    session: Sessions, store: ApprovalStore, change: str, words: str
) -> None:
    store.change(lambda held: replace(held, asked={"copy": OLD, "paste": MET}))
    with pytest.raises(ConsoleError) as refused:
        approve(context(session), change, reason="", json=False)
    assert words in str(refused.value)
    assert f"{NOW.hash}  copy: unknown: why" in refused.value.advice
    assert f"{MET.hash}  paste: unknown: lost" in refused.value.advice
    assert store.read().approved == {}


def test_what_is_approved_already_is_told(session: Sessions, store: ApprovalStore) -> None:
    done = "c44444444444"
    store.change(lambda held: replace(held, approved={done: Approval(hash=done, statement="paste")}))
    with pytest.raises(ConsoleError, match="is approved already"):
        approve(context(session), done, reason="", json=False)


ENTRY = Entry(
    id="1",
    statement="copy",
    at="2026-01-01T10:00:00.000Z",
    by="ann@desk",
    action=Action.CHANGED,
    outcome=Outcome.DONE,
    seconds=3.2,
    verdict="resets state: why",
    before="a" * 64,
    after="b" * 64,
    left_at="file:/savepoints/1",
    approval="c11111111111",
    approved_by="bob@desk",
    version="packed",
)


def recorded(*entries: Entry, **known: Any) -> Resource:  # noqa: ANN401  # outputs of a resource
    outputs = {"name": "copy", "file": "sql/copy.sql", HISTORY: [one.plain() for one in entries], **known}
    return Resource(urn="urn::copy", kind=STATEMENT_TYPE, custom=True, outputs=outputs)


def test_the_log_has_what_the_state_and_the_journal_know_each_once(
    session: Sessions, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    state = StackState(resources=(recorded(ENTRY),), outputs={})
    monkeypatch.setattr(console.commands.log, "stack_state", lambda _project: state)
    journal = journal_of(session.place.data_folder, stack_mark("local"))
    failed = replace(ENTRY, id="2", at="2026-01-01T11:00:00.000Z", outcome=Outcome.FAILED, error="the model's endpoint does not answer")
    for one in (ENTRY, failed, replace(ENTRY, id="3", outcome=Outcome.NOTHING), replace(ENTRY, id="4", statement="paste")):
        journal.write(one)
    log(context(session), "copy", json=True)
    found = json.loads(capsys.readouterr().out)["statements"]
    assert [(one["id"], one["outcome"], one["kept"]) for one in found] == [("1", "done", True), ("2", "failed", False)]
    assert "version" not in found[0]
    log(context(session), "", json=False)
    said = " ".join(session.said.getvalue().split())
    assert "changed, approved as c11111111111 by bob@desk" in said
    assert "aaaaaaaaaaaa -> bbbbbbbbbbbb" in said


def test_before_the_first_run_the_log_says_so(session: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console.commands.log, "stack_state", lambda _project: None)
    log(context(session), "", json=False)
    assert "nothing was done yet" in session.said.getvalue()


def test_the_engines_runs_are_read_from_a_folder_with_their_commit(session: Sessions, tmp_path: Path) -> None:
    folder = FileBackend(folder=tmp_path / "state", stack="local").history
    folder.mkdir(parents=True)
    run = {
        "kind": "update",
        "startTime": 1_795_905_112,
        "endTime": 1_795_905_120,
        "result": "failed",
        "message": "Change it\n\nbody",
        "environment": {"git.head": "d368c9c70301a7", "git.author": "Ann"},
        "config": {"flink-reviews:secret.KEY": {"value": "ciphertext"}},
        "resourceChanges": {"same": 9, "update": 1},
    }
    (folder / "local-1.history.json").write_text(json.dumps(run), encoding="utf-8")
    (folder / "local-2.history.json").write_text("{", encoding="utf-8")
    (found,) = runs(session.place)
    assert (found.kind, found.result, found.seconds, found.commit, found.message) == ("update", "failed", 8.0, "d368c9c70", "Change it")
    assert found.changes == {"update": 1}
    assert "ciphertext" not in json.dumps(found.plain())


def test_doctor_names_headers_that_let_everything_through_and_approvals_that_are_spent(
    session: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = recorded(ENTRY, policy={"allow_state_reset": True})
    nothing: dict[str, Any] = {}
    resources = ((one.kind, one.outputs), ("other", nothing))
    monkeypatch.setattr("console.checks.approvals.recorded_resources", lambda _project: resources)
    settings = parse_settings({"approve": f"{ENTRY.approval},c55555555555"})
    header, approval = check_approvals(session.place, settings)
    assert header.what == "sql/copy.sql: `allow_state_reset: true` lets every change of copy through that loses its state"
    assert approval.what == f"`approve` names changes that were made: {ENTRY.approval}"
    assert (header.stops_up, approval.stops_up) == (False, False)


def test_without_headers_and_approvals_nothing_is_said() -> None:
    one = recorded(replace(ENTRY, approval=""))
    assert open_headers([(one.kind, one.outputs)]) == []
    assert spent_approvals([(one.kind, one.outputs)]) == frozenset()


def test_a_warning_of_a_provider_is_one_of_the_run() -> None:
    progress, notes = Progress(), list[str]()
    event = {"severity": "info", "message": "warning: sql/copy.sql: remove the line\n", "urn": "", "color": "never"}
    EventReader(progress=progress, clock=lambda: 0.0, noted=notes.append)(
        EngineEvent.from_json({"sequence": 1, "timestamp": 1, "diagnosticEvent": event})
    )
    assert [one.message for one in progress.warnings] == ["sql/copy.sql: remove the line"]
    assert notes == []


def test_a_script_gets_the_hashes_that_a_refusal_names() -> None:
    words = "approve this one change: `python -m console approve c11111111111`, or `pulumi config set approve c11111111111`."
    outcome = RunOutcome(progress=Progress(errors=[Problem(message=words)]), seconds=1.0, succeeded=False, interrupted=False)
    assert end_events(outcome)[0]["approvals"] == ["c11111111111"]
