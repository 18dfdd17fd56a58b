"""What `undo` would do: the files that get an older text back, and from where each changed job goes on.

A version is undone as a whole: the tables behind a job are files of their own, and other jobs may read them. So the bundle is read with
the older texts, and every statement that is another one then is a step.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.approval_store import UndoOrder
from components.bundle_folder import bundle_folder
from components.names import STATEMENT_TYPE
from components.parameters import load_bundle
from components.providers.definitions import definition_of
from components.statement_history import Entry, Outcome, entries_of, now, unpack, who
from console.undo_files import FileChange, as_written, changed_copy, changed_files, refused
from flinksql.errors import FlinkSqlError
from flinksql.sql import Bundle, definition_hash
from flinksql.statement import Definition, Kind
from platforms.pipeline import definitions
from platforms.registry import endpoints_of
from platforms.state import StackState
from settings import Settings

_SHORT_HASH = 12


@dataclass(frozen=True, kw_only=True)
class Step:
    """A statement that becomes another one. Without an `order` its job goes on from the state of now, if the state verdict allows it.

    `since` is when the version of now took over (ISO 8601, UTC), empty where that is not known; `wanted` is the hash to come.
    """

    statement: str
    kind: Kind
    wanted: str
    since: str = ""
    order: UndoOrder | None = None


@dataclass(frozen=True, kw_only=True)
class UndoPlan:
    """What `undo` does. `version` says which version comes back; `bundle` is the bundle as it will be."""

    statement: str
    version: str
    files: Sequence[FileChange]
    steps: Sequence[Step]
    bundle: Bundle


@dataclass(frozen=True, kw_only=True)
class _Recorded:
    """The statements that the stack's state has, by name."""

    outputs: Mapping[str, Mapping[str, Any]]

    def hash(self, name: str) -> str:
        return str(self.outputs.get(name, {}).get("definition_hash") or "")

    def text(self, name: str) -> str | None:
        return as_written(self.outputs[name]) if name in self.outputs else None

    def entries(self, name: str) -> list[Entry]:
        found = entries_of(self.outputs.get(name, {}))
        return [one for one in found if one.outcome == Outcome.DONE and one.before and one.before != one.after]


def undo_plan(
    settings: Settings,
    stack: str,
    state: StackState | None,
    statement: str,
    *,
    to: str = "",
    with_state_of_now: bool = False,
    reason: str = "",
) -> UndoPlan:
    """Return how a statement goes back to the version before, or to the one whose hash begins with `to`. Raises ConsoleError."""
    recorded = _Recorded(
        outputs={str(one.outputs.get("name")): one.outputs for one in state.resources if one.kind == STATEMENT_TYPE} if state else {}
    )
    entry = _entry(recorded, statement, to)
    version = _version(entry)
    folder = bundle_folder(settings.bundle.name)
    files = changed_files(folder, recorded.text, version)
    wanted_now = definitions(settings, load_bundle(settings, endpoints_of(settings), folder), stack)
    with changed_copy(folder, files) as copy:
        try:
            bundle = load_bundle(settings, endpoints_of(settings), copy)
            wanted = definitions(settings, bundle, stack)
        except FlinkSqlError as error:
            raise refused(f"the version before does not fit the other files of now:\n{error}", "undo the other files first") from error
    _require_nothing_pending(recorded, wanted_now, wanted)
    _require_same(entry, version, wanted.get(statement))
    chosen = _Orders(recorded=recorded, target=entry, reason=reason, with_state_of_now=with_state_of_now)
    steps = [chosen.step(name, one) for name, one in wanted.items() if definition_hash(one) != recorded.hash(name)]
    if not steps:
        raise refused(f"statement {statement} is that version already", "nothing has to be undone")
    return UndoPlan(statement=statement, version=version_label(entry), files=files, steps=steps, bundle=bundle)


def version_label(entry: Entry) -> str:
    """Say which version an entry took away."""
    return f"version {entry.before[:_SHORT_HASH]}, which ran until {entry.at[:19].replace('T', ' ')} UTC"


@dataclass(frozen=True, kw_only=True)
class _Orders:
    recorded: _Recorded
    target: Entry
    reason: str
    with_state_of_now: bool

    def step(self, name: str, wanted: Definition) -> Step:
        digest = definition_hash(wanted)
        entry = next((one for one in reversed(self.recorded.entries(name)) if one.before == digest), None)
        kind, since = wanted.statement.kind, entry.at if entry else ""
        if kind is not Kind.JOB or not wanted.policy.running or self.with_state_of_now or entry is None:
            return Step(statement=name, kind=kind, wanted=digest, since=since)
        if not entry.left_at or not _is_there(entry.left_at):
            why = f"its state, at {entry.left_at}, is gone" if entry.left_at else "it left no state"
            raise refused(
                f"the job of {name} cannot go back to {version_label(entry)}: {why}",
                "go on from the state of now instead: `--with-state-of-now` (the state verdict decides whether that can be)",
            )
        order = UndoOrder(
            statement=name,
            now=self.recorded.hash(name),
            revision=str(self.recorded.outputs[name].get("revision") or ""),
            before=digest,
            savepoint=entry.left_at,
            version=version_label(entry),
            by=who(),
            at=now(),
            reason=self.reason,
        )
        return Step(statement=name, kind=kind, wanted=digest, since=since, order=order)


def _entry(recorded: _Recorded, statement: str, to: str) -> Entry:
    if statement not in recorded.outputs:
        known = ", ".join(sorted(recorded.outputs)) or "none: the stack is not up"
        raise refused(f"the stack has no statement {statement}", f"it has: {known}")
    entries = recorded.entries(statement)
    found = [one for one in entries if one.before.startswith(to)]
    if not entries:
        raise refused(f"statement {statement} has had one version only, so there is none to go back to", "`log` shows what was done to it")
    if not found:
        raise refused(
            f"statement {statement} has had no version {to}", f"it has had: {', '.join(one.before[:_SHORT_HASH] for one in entries)}"
        )
    return found[-1]


def _version(entry: Entry) -> dict[str, Any]:
    try:
        return unpack(entry.version)
    except ValueError:
        raise refused(f"the text of {version_label(entry)} is not kept any more", "take the file back by your version control") from None


def _require_nothing_pending(recorded: _Recorded, at_present: Mapping[str, Definition], wanted: Mapping[str, Definition]) -> None:
    """Refuse to undo beside edits that were not deployed: one `up` makes both, and the undo would hide them."""
    pending = [
        name
        for name, one in at_present.items()
        if name not in recorded.outputs or not _is_known(recorded, name, definition_hash(one), wanted.get(name))
    ]
    pending += recorded.outputs.keys() - at_present.keys()
    if pending:
        raise refused(
            f"not deployed yet: {', '.join(sorted(pending))}", "deploy them with `up`, or take the edits back, then run undo again"
        )


def _is_known(recorded: _Recorded, name: str, at_present: str, wanted: Definition | None) -> bool:
    """Tell whether a statement is as deployed, or was set back already to the version that is to come."""
    if at_present == recorded.hash(name):
        return True
    set_back = wanted is not None and at_present == definition_hash(wanted)
    return set_back and any(entry.before == at_present for entry in recorded.entries(name))


def _require_same(entry: Entry, version: Mapping[str, Any], wanted: Definition | None) -> None:
    """Refuse where the files alone do not bring the version back: its prompts and settings were others."""
    if wanted is None:
        raise refused(
            f"no file of the bundle is statement {entry.statement} then", "its file was renamed: undo that by your version control"
        )
    if wanted.statement.kind is Kind.CATALOG_OBJECT or definition_hash(wanted) == entry.before:
        return
    former = definition_of(dict(version))
    differ = [
        f"{name} was {_short(before.get(name))} and is {_short(after.get(name))}"
        for before, after in ((former.parameters, wanted.parameters), (former.options, wanted.options))
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]
    raise refused(
        f"the files alone do not bring {version_label(entry)} back: {'; '.join(differ) or 'the platform gives it other values'}",
        "set these back (settings by `pulumi config set`, prompts in their files), then run undo again before `up`",
    )


def _short(value: str | None) -> str:
    text = " ".join((value or "nothing").split())
    return text if len(text) <= 60 else f"{text[:60]}..."  # noqa: PLR2004  # a line on a screen


def _is_there(savepoint: str) -> bool:
    """Tell whether a state is still there; one that this machine cannot look at is taken to be."""
    if not savepoint.startswith("file:"):
        return True
    folder = Path("/" + savepoint.removeprefix("file:").lstrip("/"))
    return (folder / "_metadata").is_file() or not folder.parent.is_dir()
