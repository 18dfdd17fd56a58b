"""What `savepoints restore` would do: by the two lines of a file's header that there are for it, one run of `up` for each.

The first run stops the job with a savepoint (`running: false`), the second starts it from the chosen one (`restore_from`). Then the file
has its text of before again: a path that was used is no change any more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from components.bundle_folder import bundle_folder
from components.parameters import load_bundle
from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.savepoints.facts import Facts, Savepoint, StatementFacts
from console.undo_files import FileChange, changed_copy
from flinksql.errors import FlinkSqlError
from flinksql.savepoints import Presence, canonical, folder_name
from flinksql.sql import Bundle, definition_hash
from flinksql.statement import Kind
from platforms.pipeline import definitions
from platforms.registry import endpoints_of
from settings import Settings

LATEST = "latest"


@dataclass(frozen=True, kw_only=True)
class RestorePlan:
    """The savepoint, and the file in its two texts; `now` of each is the file's own."""

    savepoint: Savepoint
    paused: FileChange
    restored: FileChange
    bundle: Bundle


def chosen(facts: Facts, found: Sequence[Savepoint], statement: str, which: str) -> Savepoint:
    """Return the savepoint that a statement is restored from: by path, by name, or the newest. Raises ConsoleError where it must not be."""
    about = facts.statements.get(statement)
    if about is None:
        known = ", ".join(sorted(facts.statements)) or "the stack has none"
        raise _refused(f"the stack has no job {statement}", f"name one of: {known}")
    own = [one for one in found if one.statement == statement]
    if which == LATEST:
        usable = [one for one in own if one.is_current and not one.is_checkpoint and one.presence is not Presence.GONE]
        if not usable:
            raise _refused(
                f"there is no savepoint of the version of {statement} that is deployed", f"`savepoints {statement}` lists others"
            )
        return usable[0]
    one = next((one for one in own if which in {one.path, folder_name(one.path)} or one.key == canonical(which)), None)
    if one is None:
        raise _refused(f"no state of {statement} is known at {which}", f"`savepoints {statement}` shows them; {_by_hand(which)}")
    if one.presence is Presence.GONE:
        raise _refused(f"{one.path} is gone", f"`savepoints {statement}` shows what is there")
    _require_same_version(about, one)
    return one


def _require_same_version(about: StatementFacts, one: Savepoint) -> None:
    """Refuse the state of another version: `undo` brings that version back with it, which needs no verdict."""
    if one.is_current:
        return
    if not one.definition:
        raise _refused(f"which version of {about.name} wrote {one.path} is not known, so it is not restored unasked", _by_hand(one.path))
    version = one.definition[:12]
    raise _refused(
        f"{one.path} is of version {version} of {about.name}, and another one is deployed",
        f"`undo {about.name} --to {version}` brings that version back with the state that it left; {_by_hand(one.path)}",
    )


def _by_hand(path: str) -> str:
    return (
        "to start the deployed version from it all the same, put `-- running: false` at the top of the file and run `up`, then put "
        f"`-- restore_from: {path}` in that line's place and run `up`"
    )


def restore_plan(settings: Settings, stack: str, facts: Facts, savepoint: Savepoint) -> RestorePlan:
    """Return what becomes of the file. Raises ConsoleError where the two runs would not do just that."""
    about = facts.statements[savepoint.statement]
    if not about.is_running:
        raise _refused(
            f"{about.name} is paused by its header",
            f"put `-- restore_from: {savepoint.path}` in the place of `-- running: false` and run `up`",
        )
    folder = bundle_folder(settings.bundle.name)
    path = folder / f"{about.name}.sql"
    now = _text(path)
    # A path counts once, by its spelling.
    spelling = savepoint.path.rstrip("/") + ("/" if savepoint.path.rstrip("/") == about.deployed.restore_used else "")
    paused = FileChange(path=path, now=now, before=f"-- running: false\n{now}")
    restored = FileChange(path=path, now=now, before=f"-- restore_from: {spelling}\n{now}")
    _require_nothing_pending(settings, stack, facts, folder)
    for change in (paused, restored):
        _require_readable(settings, stack, folder, change)
    return RestorePlan(savepoint=savepoint, paused=paused, restored=restored, bundle=load_bundle(settings, endpoints_of(settings), folder))


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _refused(f"{path} cannot be read: {error}", "the statement's file must be there to restore its job") from error


def _require_nothing_pending(settings: Settings, stack: str, facts: Facts, folder: Path) -> None:
    """Refuse to restore beside edits that were not deployed: the runs would make them too."""
    at_present = definitions(settings, load_bundle(settings, endpoints_of(settings), folder), stack)
    jobs = {name: definition_hash(one) for name, one in at_present.items() if one.statement.kind is not Kind.CATALOG_OBJECT}
    recorded = {name: one.deployed.definition_hash for name, one in facts.statements.items()}
    pending = sorted(name for name in jobs.keys() | recorded.keys() if jobs.get(name) != recorded.get(name))
    if pending:
        raise _refused(f"not deployed yet: {', '.join(pending)}", "deploy them with `up`, or take the edits back, then restore")


def _require_readable(settings: Settings, stack: str, folder: Path, change: FileChange) -> None:
    """Refuse a header that contradicts the line: a job that is stopped and cannot be started would be left."""
    with changed_copy(folder, [change]) as copy:
        try:
            definitions(settings, load_bundle(settings, endpoints_of(settings), copy), stack)
        except FlinkSqlError as error:
            raise _refused(f"the file's header does not allow it:\n{error}", "remove the line that it names") from error


def _refused(message: str, advice: str) -> ConsoleError:
    return ConsoleError(message, advice=advice, exit_code=ExitCode.USAGE)
