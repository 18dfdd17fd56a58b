"""Writing down what a provider does to a statement: in this machine's journal when it begins and ends, in the state when it succeeded."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import Any

from pulumi.dynamic import ConfigureRequest

from components.approval_store import Approval
from components.providers.approvals import own_settings
from components.providers.definitions import plain_definition
from components.providers.properties import Properties
from components.statement_history import HISTORY, Action, Entry, Outcome, begun, bounded, cut, entries_of, merged, pack
from components.statement_journal import journal_of
from embedded.errors import EmbeddedError
from flinksql.errors import FlinkSqlError, TransientError
from flinksql.sql import definition_hash
from flinksql.statement import Definition, Deployed, Kind
from flinksql.statements import StatementLifecycle, state_left_by

_NOT_KEPT = frozenset({"built_on", "policy"})
"""What follows from a version's files."""


@dataclass(kw_only=True)
class Attempt:
    """Something that is being done. What is found out on the way is put here; `history` is what the state gets when it is done."""

    entry: Entry
    outcome: Outcome = Outcome.DONE
    history: list[dict[str, Any]] = field(default_factory=list)

    def note(self, **known: str) -> None:
        """Add what was found out."""
        self.entry = replace(self.entry, **known)  # type: ignore[arg-type]  # texts, all of them

    def approved(self, approval: Approval | None) -> None:
        """Add who let it through."""
        if approval is not None:
            self.note(approval=approval.hash, approved_by=approval.by, reason=cut(approval.reason))


@dataclass(frozen=True, kw_only=True)
class Recorder:
    """Writes histories. What cannot be written down never fails what is done."""

    data_folder: Path

    @contextmanager
    def attempt(self, definition: Definition, olds: Properties, action: Action, hide: Callable[[str], str] = str) -> Iterator[Attempt]:
        """Write down that something begins, and how it ended. `hide` takes secrets out of an error's text."""
        before = str(olds.get("definition_hash") or "")
        after = "" if action is Action.DELETED else definition_hash(definition)
        attempt = Attempt(entry=begun(definition.name, action, before=before, after=after))
        began = monotonic()
        self._write(definition, attempt.entry)
        try:
            yield attempt
        except Exception as error:
            failed = replace(attempt.entry, outcome=Outcome.FAILED, seconds=_seconds(began), error=cut(hide(str(error))))
            self._write(definition, failed)
            raise
        attempt.entry = replace(attempt.entry, outcome=attempt.outcome, seconds=_seconds(began))
        unrecorded = self._unrecorded(definition)
        self._write(definition, attempt.entry)
        done = [*unrecorded, attempt.entry] if attempt.outcome is Outcome.DONE else []
        attempt.history = [one.plain() for one in bounded(merged(entries_of(olds), done))]

    def _unrecorded(self, definition: Definition) -> list[Entry]:
        with suppress(OSError):
            return journal_of(self.data_folder, _stack(definition)).unrecorded(definition.name)
        return []

    def _write(self, definition: Definition, entry: Entry) -> None:
        with suppress(EmbeddedError, OSError):
            journal_of(self.data_folder, _stack(definition)).write(entry)


def recorder_of(request: ConfigureRequest) -> Recorder:
    """Return the recorder of the stack whose provider process this is."""
    return Recorder(data_folder=own_settings(request).data_folder)


def _stack(definition: Definition) -> str:
    return definition.job_name.rpartition("/")[0]


def _seconds(began: float) -> float:
    return round(monotonic() - began, 2)


def action_of(definition: Definition, old: Definition | None) -> Action:
    """Return what is about to be done to a statement."""
    if old is None:
        return Action.ADOPTED if definition.policy.adopt_job else Action.CREATED
    if definition.statement.kind is not Kind.CATALOG_OBJECT and not definition.policy.running:
        return Action.PAUSED
    return Action.REPAIRED if definition_hash(old) == definition_hash(definition) else Action.CHANGED


def outcome_of(definition: Definition, deployed: Deployed) -> dict[str, str]:
    """Return what an entry says of a job that was brought where it should be."""
    if definition.statement.kind is Kind.CATALOG_OBJECT:
        return {}
    return {"job_id": deployed.job_id, "restored_from": deployed.restored_from}


def version_before(lifecycle: StatementLifecycle, old: Definition, deployed: Deployed) -> dict[str, str]:
    """Return what an entry keeps of the version that was replaced: its definition, and where its last state lies."""
    left_at = deployed.savepoint
    with suppress(FlinkSqlError, TransientError):
        left_at = state_left_by(lifecycle, old, deployed) or left_at
    return {"left_at": left_at, "version": packed(old)}


def packed(definition: Definition) -> str:
    """Return a definition as a history keeps it. Of a catalog object its own text is enough: what lies below has its own history."""
    plain = {name: value for name, value in plain_definition(definition).items() if name not in _NOT_KEPT}
    if definition.statement.kind is Kind.CATALOG_OBJECT:
        plain = {**plain, "closure": []}
    return pack(plain)


def with_history(state: Properties, attempt: Attempt) -> Properties:
    """Return a statement's state with its history."""
    return {**state, HISTORY: attempt.history}
