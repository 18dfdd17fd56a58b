"""Putting the list together: every state that the stack's records, its jobs and the folder name, each once."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from components.statement_history import Action, Outcome
from console.savepoints.facts import Claim, Facts, Reason, Savepoint
from console.savepoints.needs import named_in, needs_of
from flinksql.savepoints import Presence, canonical, folder_name, is_savepoint, is_written_by

_REASONS = {
    Action.CHANGED: Reason.UPGRADE,
    Action.PAUSED: Reason.PAUSE,
    Action.UNDONE: Reason.UNDO,
    Action.DELETED: Reason.DELETED,
    Action.SAVEPOINT_TAKEN: Reason.ASKED,
}


def inventory(facts: Facts) -> list[Savepoint]:
    """Return the savepoints and retained checkpoints, by statement, newest first. What was deleted by a command is left out."""
    found: dict[str, Savepoint] = {}
    for one in (*_recorded(facts), *_of_statements(facts), *_of_jobs(facts), *_restored(facts), *_in_folder(facts)):
        known = found.get(one.key)
        # What is known first says who wrote it; what is known later may say more.
        found[one.key] = _joined(known, one) if known else one
    needs = needs_of(facts)
    complete = (_completed(one, facts) for one in found.values())
    deleted = {canonical(one.left_at) for one in facts.entries if one.action == Action.SAVEPOINT_DELETED and one.outcome == Outcome.DONE}
    left = (one for one in complete if one.key not in deleted or one.presence is Presence.THERE)
    kept = [replace(one, needs=(*needs.get(one.key, ()), *named_in(one.path, facts))) for one in left]
    return sorted(sorted(kept, key=lambda one: one.at, reverse=True), key=lambda one: one.statement)


def unclaimed(facts: Facts, found: list[Savepoint]) -> list[str]:
    """Return the names of savepoints in the folder that no statement of the stack is known to have written."""
    names = {folder_name(one.path) for one in found}
    return sorted(name for name in (facts.folder.written if facts.folder else ()) if name not in names)


def job_ids_by_statement(facts: Facts) -> Mapping[str, frozenset[str]]:
    """Return the ids of each statement's jobs, of removed statements as far as the entries have them."""
    found = {name: set(one.job_ids) for name, one in facts.statements.items()}
    for entry in facts.entries:
        if entry.job_id:
            found.setdefault(entry.statement, set()).add(entry.job_id)
    return {name: frozenset(ids) for name, ids in found.items()}


def _joined(known: Savepoint, one: Savepoint) -> Savepoint:
    return replace(
        known,
        reason=one.reason if known.reason is Reason.UNKNOWN else known.reason,
        definition=known.definition or one.definition,
        bytes=known.bytes if known.bytes is not None else one.bytes,
        claim=min(known.claim, one.claim, key=list(Claim).index),
    )


def _recorded(facts: Facts) -> Iterator[Savepoint]:
    ids = job_ids_by_statement(facts)
    for entry in facts.entries:
        reason = _REASONS.get(Action(entry.action)) if entry.action in list(Action) else None
        if not entry.left_at or reason is None:
            continue
        own = is_savepoint(entry.left_at) and is_written_by(entry.left_at, ids.get(entry.statement, ()))
        yield Savepoint(
            path=entry.left_at,
            statement=entry.statement,
            at=entry.at,
            reason=reason,
            definition=entry.before,
            claim=Claim.RECORDED if own else Claim.NONE,
        )


def _of_statements(facts: Facts) -> Iterator[Savepoint]:
    for name, one in facts.statements.items():
        path = one.deployed.savepoint
        if path:
            claim = Claim.RECORDED if is_written_by(path, one.job_ids) else Claim.NONE
            yield Savepoint(path=path, statement=name, reason=Reason.PAUSE, definition=one.deployed.definition_hash, claim=claim)


def _of_jobs(facts: Facts) -> Iterator[Savepoint]:
    for job in facts.jobs or ():
        if not job.statement:
            continue
        for one in job.written:
            claim = Claim.RECORDED if is_written_by(one.path, [job.job_id]) else Claim.NONE
            yield Savepoint(
                path=one.path,
                statement=job.statement,
                at=_iso(one.at),
                reason=Reason.ASKED,
                definition=job.definition,
                bytes=one.bytes,
                claim=claim,
            )


def _restored(facts: Facts) -> Iterator[Savepoint]:
    """Yield what jobs were started from. Who wrote it is not known: a header may have named another stack's."""
    for entry in facts.entries:
        if entry.restored_from:
            # A repaired job is restored from its own definition's state; any other start may be from anywhere.
            definition = entry.before if entry.action == Action.REPAIRED else ""
            yield Savepoint(path=entry.restored_from, statement=entry.statement, definition=definition)
    for name, one in facts.statements.items():
        if one.deployed.restored_from:
            yield Savepoint(path=one.deployed.restored_from, statement=name)


def _in_folder(facts: Facts) -> Iterator[Savepoint]:
    folder = facts.folder
    if folder is None or not folder.root:
        return
    ids = job_ids_by_statement(facts)
    for name, written in folder.written.items():
        owner = next((statement for statement, known in ids.items() if is_written_by(name, known)), None)
        if owner is not None and written.is_complete:
            yield Savepoint(path=folder.uri(name), statement=owner, at=_iso(written.modified), claim=Claim.NAMED)


def _completed(one: Savepoint, facts: Facts) -> Savepoint:
    statement = facts.statements.get(one.statement)
    written = facts.folder.at(one.path) if facts.folder else None
    return replace(
        one,
        # Recorded is when the step began that took it.
        at=_iso(written.modified) if written else one.at,
        bytes=written.bytes if written and written.bytes is not None else one.bytes,
        presence=facts.folder.presence(one.path) if facts.folder else Presence.UNKNOWN,
        is_checkpoint=not is_savepoint(one.path),
        is_current=one.definition == statement.deployed.definition_hash if statement and one.definition else None,
    )


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if seconds else ""
