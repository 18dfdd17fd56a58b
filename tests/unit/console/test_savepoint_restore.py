"""What `savepoints restore` starts a job from, what it refuses, and what becomes of the file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
import typer

import console.commands.run as running
from components.names import STATEMENT_TYPE
from components.parameters import load_bundle
from console import stack_outputs
from console.commands.options import require_yes
from console.commands.savepoints_restore import _carried_out
from console.driver.progress import Progress
from console.driver.run import Outcome
from console.errors import ConsoleError
from console.project import Project
from console.savepoints import restoring
from console.savepoints.facts import Facts, Savepoint, StatementFacts
from console.savepoints.restoring import RestorePlan, chosen, restore_plan
from flinksql.savepoints import Presence
from flinksql.sql import definition_hash
from flinksql.statement import Definition, Deployed
from platforms.pipeline import definitions
from platforms.registry import endpoints_of
from platforms.state import Resource, StackState
from settings import parse_settings

SETTINGS = parse_settings({})
FILES = {
    "source": "CREATE TABLE source (a STRING) WITH ('connector' = 'datagen')\n",
    "sink": "CREATE TABLE sink (a STRING) WITH ('connector' = 'blackhole')\n",
    "copy": "-- Copies.\nINSERT INTO sink SELECT a FROM source\n",
}
PATH, OLDER, OTHER = (f"file:/savepoints/savepoint-aaaaaa-0{number}" for number in (1, 2, 3))
LISTED = [
    Savepoint(path=PATH, statement="copy", at="2026-01-03", definition="now", is_current=True),
    Savepoint(path="file:/c/chk-7", statement="copy", at="2026-01-04", definition="now", is_current=True, is_checkpoint=True),
    Savepoint(path=OLDER, statement="copy", at="2026-01-02", definition="0123456789abcdef", is_current=False),
    Savepoint(path=OTHER, statement="copy", at="2026-01-01"),
    Savepoint(path=f"{OTHER}0", statement="copy", at="2026-01-01", definition="now", is_current=True, presence=Presence.GONE),
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "bundle"
    made.mkdir()
    for name, text in FILES.items():
        (made / f"{name}.sql").write_text(text, encoding="utf-8")
    monkeypatch.setattr(restoring, "bundle_folder", lambda _name: made)
    return made


def of_folder(folder: Path) -> dict[str, Definition]:
    return dict(definitions(SETTINGS, load_bundle(SETTINGS, endpoints_of(SETTINGS), folder), "local"))


def facts(digest: str = "now", *, is_running: bool = True, restore_used: str = "") -> Facts:
    deployed = Deployed(definition_hash=digest, restore_used=restore_used)
    return Facts(statements={"copy": StatementFacts(name="copy", deployed=deployed, is_running=is_running)})


@pytest.mark.parametrize("which", ["latest", PATH, "savepoint-aaaaaa-01", "file:///savepoints/savepoint-aaaaaa-01/"])
def test_a_savepoint_is_chosen_by_path_by_name_or_as_the_newest_of_the_deployed_version(which: str) -> None:
    assert chosen(facts(), LISTED, "copy", which).path == PATH


@pytest.mark.parametrize(
    ("listed", "which", "words"),
    [
        pytest.param(LISTED, OLDER, r"(?s)is of version 0123456789ab of copy", id="another version's"),
        pytest.param(LISTED, OTHER, "which version of copy wrote .* is not known", id="nobody knows whose"),
        pytest.param(LISTED, f"{OTHER}0", "is gone", id="one that is gone"),
        pytest.param(LISTED, "file:/elsewhere", "no state of copy is known at", id="one that is not known"),
        pytest.param(LISTED[1:], "latest", "no savepoint of the version of copy that is deployed", id="none of this version"),
    ],
)
def test_what_would_not_be_the_deployed_versions_own_state_is_refused(listed: list[Savepoint], which: str, words: str) -> None:
    with pytest.raises(ConsoleError, match=words):
        chosen(facts(), listed, "copy", which)


def test_another_versions_savepoint_names_the_undo_that_takes_it() -> None:
    with pytest.raises(ConsoleError) as caught:
        chosen(facts(), LISTED, "copy", OLDER)
    assert "`undo copy --to 0123456789ab`" in caught.value.advice


def test_the_file_gets_one_line_for_each_run(folder: Path) -> None:
    known = facts(definition_hash(of_folder(folder)["copy"]))
    plan = restore_plan(SETTINGS, "local", known, LISTED[0])
    assert (plan.paused.before, plan.restored.before) == (
        f"-- running: false\n{FILES['copy']}",
        f"-- restore_from: {PATH}\n{FILES['copy']}",
    )
    assert (folder / "copy.sql").read_text(encoding="utf-8") == FILES["copy"]


def test_a_path_that_was_used_before_is_spelt_in_another_way_because_each_counts_once(folder: Path) -> None:
    known = facts(definition_hash(of_folder(folder)["copy"]), restore_used=PATH)
    assert restore_plan(SETTINGS, "local", known, LISTED[0]).restored.before.startswith(f"-- restore_from: {PATH}/\n")


@pytest.mark.parametrize(
    ("text", "known", "words"),
    [
        pytest.param(FILES["copy"], lambda digest: facts(digest, is_running=False), "paused by its header", id="paused"),
        pytest.param(f"-- upgrade_mode: stateless\n{FILES['copy']}", facts, "contradicts `upgrade_mode: stateless`", id="never with state"),
        pytest.param(FILES["copy"], lambda _digest: facts("other"), "not deployed yet: copy", id="edits that are not deployed"),
    ],
)
def test_what_the_two_runs_would_not_do_alone_is_refused(folder: Path, text: str, known: Callable[[str], Facts], words: str) -> None:
    (folder / "copy.sql").write_text(text, encoding="utf-8")
    with pytest.raises(ConsoleError, match=words):
        restore_plan(SETTINGS, "local", known(definition_hash(of_folder(folder)["copy"])), LISTED[0])
    assert (folder / "copy.sql").read_text(encoding="utf-8") == text


class Runs:
    """Stands for `up`: notes the file's first line each time; the runs end as they are told to."""

    def __init__(self, file: Path, *succeed: bool) -> None:
        self.file = file
        self.succeed = list(succeed)
        self.first_lines: list[str] = []

    def __call__(self, _session: object, *, json: bool) -> Outcome:
        del json
        self.first_lines.append(self.file.read_text(encoding="utf-8").splitlines()[0])
        return Outcome(progress=Progress(), seconds=1.0, succeeded=self.succeed.pop(0), interrupted=False)


@pytest.mark.parametrize(
    ("succeed", "lines", "code"),
    [
        pytest.param([True, True], ["-- running: false", f"-- restore_from: {PATH}"], 0, id="both runs"),
        pytest.param([False], ["-- running: false"], 1, id="the job cannot be stopped"),
        pytest.param(
            [True, False, True], ["-- running: false", f"-- restore_from: {PATH}", "-- Copies."], 1, id="the savepoint is refused"
        ),
    ],
)
def test_the_file_is_as_it_was_whatever_came_of_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, succeed: list[bool], lines: list[str], code: int
) -> None:
    runs, plan = Runs(folder / "copy.sql", *succeed), planned(folder)
    assert carried_out(monkeypatch, runs, plan, PATH) == code
    assert runs.first_lines == lines
    assert (folder / "copy.sql").read_text(encoding="utf-8") == FILES["copy"]


def test_a_job_that_started_from_elsewhere_is_no_success(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs, plan = Runs(folder / "copy.sql", True, True), planned(folder)
    with pytest.raises(ConsoleError, match=f"was started from {OLDER}, not from {PATH}"):
        carried_out(monkeypatch, runs, plan, OLDER)


def planned(folder: Path) -> RestorePlan:
    return restore_plan(SETTINGS, "local", facts(definition_hash(of_folder(folder)["copy"])), LISTED[0])


def carried_out(monkeypatch: pytest.MonkeyPatch, runs: Runs, plan: RestorePlan, started: str) -> int:
    one = Resource(urn="urn::copy", kind=STATEMENT_TYPE, custom=True, outputs={"name": "copy", "restored_from": started})
    monkeypatch.setattr(running, "bring_up", runs)
    monkeypatch.setattr(stack_outputs, "stack_state", lambda _project: StackState(resources=(one,), outputs={}))
    return int(_carried_out(cast("Any", None), cast("Project", None), plan, json=False))


def test_nothing_is_changed_where_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_question: str) -> bool:
        raise typer.Abort

    monkeypatch.setattr("typer.confirm", refuse)
    with pytest.raises(ConsoleError, match="nobody answered"):
        require_yes("Go on?", "nothing was changed")
