"""What `undo` would do, and what it refuses to do."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import console.undo
from components.names import STATEMENT_TYPE
from components.parameters import load_bundle
from components.providers.definitions import plain_definition
from components.providers.recording import packed
from components.statement_history import HISTORY, Action, Entry, Outcome
from console.errors import ConsoleError
from console.undo import UndoPlan, undo_plan
from flinksql.sql import definition_hash
from flinksql.statement import Definition
from platforms.pipeline import definitions
from platforms.registry import endpoints_of
from platforms.state import Resource, StackState
from settings import Settings, parse_settings

SOURCE = "CREATE TABLE source (a STRING, b STRING) WITH ('connector' = 'datagen', 'rows-per-second' = '${window_seconds}')\n"
SINK = "CREATE TABLE sink (a STRING) WITH ('connector' = 'blackhole')\n"
COPY = "-- Copies.\nINSERT INTO sink SELECT a FROM source\n"
OTHER = "INSERT INTO sink SELECT b FROM source\n"
FILES = {"source": SOURCE, "sink": SINK, "copy": COPY, "other": OTHER}
NEW_COPY = COPY.replace("SELECT a", "SELECT UPPER(a)")
NEW_SOURCE = SOURCE.replace("'datagen'", "'datagen', 'number-of-rows' = '9'")
MANIFEST = """parameters: {window_seconds: {type: integer, default: 60, description: length of a window}}
evaluation: {cases: ../golden.jsonl, label: a}
"""
OTHER_WINDOW = {"bundle.parameters.window_seconds": "7"}


class Stack:
    """A bundle in a folder, and what a stack's state has of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.outputs: dict[str, dict[str, Any]] = {}
        self.savepoint = folder.parent / "savepoints" / "savepoint-1"
        self.savepoint.mkdir(parents=True)
        (self.savepoint / "_metadata").touch()
        self.clock = 0
        (folder.parent / "golden.jsonl").write_text("{}\n", encoding="utf-8")
        (folder / "bundle.yaml").write_text(MANIFEST, encoding="utf-8")
        for name, text in FILES.items():
            self.write(name, text)
        self.up()

    def write(self, name: str, text: str) -> None:
        (self.folder / f"{name}.sql").write_text(text, encoding="utf-8")

    def text(self, name: str) -> str:
        return (self.folder / f"{name}.sql").read_text(encoding="utf-8")

    def definitions(self, settings: Settings) -> dict[str, Definition]:
        return definitions(settings, load_bundle(settings, endpoints_of(settings), self.folder), "local")

    def up(self, values: Mapping[str, str] | None = None) -> None:
        """Record what the files say, as a successful run does."""
        self.clock += 1
        for name, wanted in self.definitions(parse_settings(dict(values or {}))).items():
            before = self.outputs.get(name, {})
            known = before.get("definition_hash", "")
            if known == definition_hash(wanted):
                continue
            entry = Entry(
                id=f"{name}{self.clock}",
                statement=name,
                at=f"2026-01-01T10:00:{self.clock:02}Z",
                by="ann",
                action=Action.CHANGED if known else Action.CREATED,
                outcome=Outcome.DONE,
                before=known,
                after=definition_hash(wanted),
                left_at=self.savepoint.as_uri() if known else "",
                version=packed(before["wanted"]) if known else "",
            )
            self.outputs[name] = {
                **plain_definition(wanted),
                "wanted": wanted,
                "definition_hash": definition_hash(wanted),
                "revision": f"r{self.clock}",
                HISTORY: [*before.get(HISTORY, []), entry.plain()],
            }

    def state(self) -> StackState:
        resources = tuple(
            Resource(urn=f"urn::{name}", kind=STATEMENT_TYPE, custom=True, definition_hash=one["definition_hash"], outputs=one)
            for name, one in self.outputs.items()
        )
        return StackState(resources=resources, outputs={})

    def undo(
        self, statement: str, *, values: Mapping[str, str] | None = None, to: str = "", with_state_of_now: bool = False, reason: str = ""
    ) -> UndoPlan:
        settings = parse_settings(dict(values or {}))
        return undo_plan(settings, "local", self.state(), statement, to=to, with_state_of_now=with_state_of_now, reason=reason)

    def changed(self, **texts: str) -> None:
        """Edit files and deploy them."""
        for name, text in texts.items():
            self.write(name, text)
        self.up()


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    folder = tmp_path / "bundle"
    folder.mkdir()
    monkeypatch.setattr(console.undo, "bundle_folder", lambda _name: folder)
    return Stack(folder)


def named(plan: UndoPlan) -> dict[str, str]:
    """Return from where each statement of a plan goes on, empty for one that has no state to go back to."""
    return {step.statement: step.order.savepoint if step.order else "" for step in plan.steps}


def test_a_job_goes_back_to_its_text_and_to_the_state_that_it_left(stack: Stack) -> None:
    first = stack.outputs["copy"]["definition_hash"]
    stack.changed(copy=NEW_COPY)
    plan = stack.undo("copy", reason="wrong")
    assert [(file.path.name, file.now, file.before) for file in plan.files] == [("copy.sql", NEW_COPY, COPY)]
    assert named(plan) == {"copy": stack.savepoint.as_uri()}
    (step,) = plan.steps
    assert step.order is not None
    assert (step.order.revision, step.order.before, step.order.reason, step.wanted) == ("r2", first, "wrong", first)
    assert "-INSERT INTO sink SELECT UPPER(a) FROM source\n+INSERT INTO sink SELECT a FROM source" in plan.files[0].diff()


def test_a_tables_undo_takes_the_jobs_that_read_it_along(stack: Stack) -> None:
    stack.changed(source=NEW_SOURCE)
    plan = stack.undo("source")
    assert [file.path.name for file in plan.files] == ["source.sql"]
    assert named(plan) == {"source": "", "copy": stack.savepoint.as_uri(), "other": stack.savepoint.as_uri()}


def test_a_jobs_undo_takes_a_table_along_that_changed_with_it_and_the_other_jobs_that_read_it(stack: Stack) -> None:
    stack.changed(source=NEW_SOURCE, copy=NEW_COPY)
    plan = stack.undo("copy")
    assert sorted(file.path.name for file in plan.files) == ["copy.sql", "source.sql"]
    assert sorted(named(plan)) == ["copy", "other", "source"]


def test_a_job_that_changed_since_the_table_did_has_no_version_with_the_old_table_and_is_upgraded(stack: Stack) -> None:
    stack.changed(source=NEW_SOURCE)
    stack.changed(copy=NEW_COPY)
    plan = stack.undo("source")
    assert named(plan) == {"source": "", "copy": "", "other": stack.savepoint.as_uri()}


def test_undone_twice_is_the_version_of_before_the_first_undo(stack: Stack) -> None:
    second = NEW_COPY
    stack.changed(copy=second)
    stack.undo("copy").files[0].write()
    stack.up()
    plan = stack.undo("copy")
    assert (plan.files[0].now, plan.files[0].before) == (COPY, second)


def test_an_older_version_is_named_by_its_hash(stack: Stack) -> None:
    first = stack.outputs["copy"]["definition_hash"]
    stack.changed(copy=NEW_COPY)
    stack.changed(copy=NEW_COPY.replace("UPPER", "LOWER"))
    assert stack.undo("copy").files[0].before == NEW_COPY
    assert stack.undo("copy", to=first[:12]).files[0].before == COPY


def test_with_the_state_of_now_no_job_goes_back_to_another_state(stack: Stack) -> None:
    stack.changed(copy=NEW_COPY)
    assert named(stack.undo("copy", with_state_of_now=True)) == {"copy": ""}


def test_a_setting_that_was_set_back_already_is_undone_without_a_file(stack: Stack) -> None:
    stack.up(OTHER_WINDOW)
    plan = stack.undo("copy")
    assert (list(plan.files), named(plan)["copy"]) == ([], stack.savepoint.as_uri())


def first_version(stack: Stack) -> None:
    """Change another statement."""
    stack.changed(other=OTHER.replace("b", "a"))


def edited_further(stack: Stack) -> None:
    stack.changed(copy=NEW_COPY)
    stack.write("copy", NEW_COPY + "-- not deployed\n")


def another_file_pending(stack: Stack) -> None:
    stack.changed(copy=NEW_COPY)
    stack.write("other", OTHER.replace("b", "a"))


def file_removed(stack: Stack) -> None:
    stack.changed(copy=NEW_COPY)
    (stack.folder / "other.sql").unlink()


def state_gone(stack: Stack) -> None:
    stack.changed(copy=NEW_COPY)
    (stack.savepoint / "_metadata").unlink()


def left_no_state(stack: Stack) -> None:
    stack.changed(copy=NEW_COPY)
    stack.outputs["copy"][HISTORY][-1].pop("left_at")


def text_not_kept(stack: Stack) -> None:
    stack.changed(copy=NEW_COPY)
    stack.outputs["copy"][HISTORY][-1].pop("version")


def setting_changed(stack: Stack) -> None:
    stack.up(OTHER_WINDOW)


def new_file_pending(stack: Stack) -> None:
    stack.changed(copy=NEW_COPY)
    stack.write("extra", SINK.replace("sink", "extra"))


@pytest.mark.parametrize(
    ("made", "statement", "values", "words"),
    [
        pytest.param(first_version, "copy", {}, "has had one version only", id="first version"),
        pytest.param(first_version, "nothing", {}, "the stack has no statement nothing", id="no such statement"),
        pytest.param(edited_further, "copy", {}, "copy.sql holds edits that were not deployed", id="edited further"),
        pytest.param(another_file_pending, "copy", {}, "not deployed yet: other", id="another file is edited"),
        pytest.param(new_file_pending, "copy", {}, "not deployed yet: extra", id="a new file is not deployed"),
        pytest.param(file_removed, "copy", {}, "not deployed yet: other", id="a file was removed and its job runs"),
        pytest.param(state_gone, "copy", {}, "is gone", id="the savepoint was removed"),
        pytest.param(left_no_state, "copy", {}, "it left no state", id="no savepoint was made"),
        pytest.param(text_not_kept, "copy", {}, "is not kept any more", id="too long ago"),
        pytest.param(setting_changed, "copy", OTHER_WINDOW, "window_seconds was 60 and is 7", id="a setting was the change"),
    ],
)
def test_what_cannot_be_undone_is_refused_with_the_reason(
    stack: Stack, made: Callable[[Stack], None], statement: str, values: Mapping[str, str], words: str
) -> None:
    made(stack)
    texts = {file.name: file.read_text(encoding="utf-8") for file in stack.folder.glob("*.sql")}
    with pytest.raises(ConsoleError) as refused:
        stack.undo(statement, values=values)
    assert words in str(refused.value)
    assert refused.value.advice
    assert texts == {file.name: file.read_text(encoding="utf-8") for file in stack.folder.glob("*.sql")}


def test_a_version_that_was_never_there_is_refused_with_those_that_were(stack: Stack) -> None:
    first = stack.outputs["copy"]["definition_hash"]
    stack.changed(copy=NEW_COPY)
    with pytest.raises(ConsoleError) as refused:
        stack.undo("copy", to="fff")
    assert first[:12] in refused.value.advice


def test_a_file_gets_the_text_of_now_again_unless_somebody_wrote_another_one(stack: Stack) -> None:
    stack.changed(copy=NEW_COPY)
    (file,) = stack.undo("copy").files
    file.write()
    assert stack.text("copy") == COPY
    assert file.take_back() is True
    assert stack.text("copy") == NEW_COPY
    file.write()
    stack.write("copy", "something else")
    assert file.take_back() is False
    assert stack.text("copy") == "something else"


def test_a_file_that_was_removed_comes_back_and_goes_again(stack: Stack) -> None:
    stack.changed(copy=NEW_COPY)
    (file,) = stack.undo("copy").files
    gone = replace(file, path=stack.folder / "gone.sql", now=None)
    gone.write()
    assert stack.text("gone") == COPY
    assert gone.take_back() is True
    assert not (stack.folder / "gone.sql").exists()


MODEL = """CREATE MODEL asked INPUT (a STRING) OUTPUT (c STRING)
WITH ('provider' = 'openai', 'endpoint' = '${model_endpoint}', 'api-key' = 'x', 'model' = '${model_name}')
"""
ASKING = "-- lanes: 2\nINSERT INTO sink SELECT c FROM ML_PREDICT(TABLE source, MODEL asked, DESCRIPTOR(a))\n"


def test_the_file_of_a_job_with_lanes_gets_what_was_written_in_it(stack: Stack) -> None:
    """What Flink runs is made from the file: calls and models are there once for each lane."""
    stack.changed(asked=MODEL, asking=ASKING)
    stack.changed(asking=ASKING.replace("SELECT c", "SELECT UPPER(c)"), asked=MODEL.replace("'x'", "'y'"))
    plan = stack.undo("asking")
    assert {file.path.name: file.before for file in plan.files} == {"asked.sql": MODEL, "asking.sql": ASKING}
    assert sorted(named(plan)) == ["asked", "asking"]
