"""Approvals of this machine: one file for each stack in the data folder, read by the providers and written by them and by the console.

`asked` has the changes that the last preview or `up` refused, by statement; `approved` what somebody let through, by hash; `undo` the
statements that somebody sent back to an earlier version. An entry goes once it was used.
"""

import json
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from embedded.data_folder import write_atomically
from embedded.errors import EmbeddedError
from embedded.locks import file_lock

FOLDER = "approvals"
CONFIGURED = "the stack's configuration"
"""Who approved what the setting `approve` lets through."""
_LOCK_SECONDS = 10.0

Entry = TypeVar("Entry")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A change that was refused for want of an approval. `in_preview` tells a preview from an `up` that found it on its way."""

    hash: str
    statement: str
    verdict: str
    consequence: str = ""
    in_preview: bool = True


@dataclass(frozen=True, kw_only=True)
class Approval:
    """Who let a change through, when (ISO 8601, UTC), and why."""

    hash: str
    statement: str = ""
    by: str = ""
    at: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class UndoOrder:
    """A statement that goes back: from the deployment of `revision`, which runs `now`, to `before`, from the state at `savepoint`.

    `version` says in words which version that is.
    """

    statement: str
    now: str
    revision: str
    before: str
    savepoint: str
    version: str = ""
    by: str = ""
    at: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Approvals:
    """What the file of a stack holds."""

    asked: Mapping[str, Asked] = field(default_factory=dict)
    approved: Mapping[str, Approval] = field(default_factory=dict)
    undo: Mapping[str, UndoOrder] = field(default_factory=dict)

    def without_asked(self, subject: str) -> "Approvals":
        """Return what is left when nobody asks any more for an approval of what happens to a statement."""
        return replace(self, asked={name: one for name, one in self.asked.items() if name != subject})

    def without(self, subject: str) -> "Approvals":
        """Return what is left when a statement was changed: its approvals were of the deployment before."""
        return Approvals(
            asked=self.without_asked(subject).asked,
            approved={key: one for key, one in self.approved.items() if one.statement != subject},
            undo={name: one for name, one in self.undo.items() if name != subject},
        )


@dataclass(frozen=True, kw_only=True)
class ApprovalStore:
    """The file of one stack. Safe to use from several threads and processes."""

    file: Path

    def read(self) -> Approvals:
        """Return what it holds; nothing where there is no file, or none that can be read: what is not approved is asked for."""
        try:
            content = json.loads(self.file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return Approvals()
        if not isinstance(content, dict):
            return Approvals()
        return Approvals(
            asked=_entries(Asked, content.get("asked")),
            approved=_entries(Approval, content.get("approved")),
            undo=_entries(UndoOrder, content.get("undo")),
        )

    def approval(self, change: str, statement: str, configured: Collection[str]) -> Approval | None:
        """Return who approved a change, by its hash; None when nobody did. `configured` are the hashes of the stack's setting `approve`."""
        found = self.read().approved.get(change)
        return Approval(hash=change, statement=statement, by=CONFIGURED) if found is None and change in configured else found

    def ask(self, asked: Asked) -> None:
        """Note that a change wants an approval. Who cannot write it has to approve by the configuration: messages name both ways."""
        with suppress(EmbeddedError, OSError):
            self.change(lambda held: replace(held, asked={**held.asked, asked.statement: asked}))

    def spend(self, subject: str) -> None:
        """Drop what was used, and what was asked for: the change was made."""
        held = self.read()
        if held.without(subject) != held:
            with suppress(EmbeddedError, OSError):
                self.change(lambda latest: latest.without(subject))

    def change(self, edit: Callable[[Approvals], Approvals]) -> None:
        """Read, edit, write. Raises EmbeddedError or OSError when the data folder cannot be written."""
        with file_lock(self.file.with_suffix(".lock"), timeout_seconds=_LOCK_SECONDS):
            before = self.read()
            after = edit(before)
            if after != before:
                write_atomically(self.file, json.dumps(_plain(after), indent=2, sort_keys=True) + "\n", mode=0o600)


def approval_store(data_folder: Path, stack: str) -> ApprovalStore:
    """Return the store of a stack. `stack` is `<project>/<stack>`: several programs may share a data folder."""
    return ApprovalStore(file=data_folder / FOLDER / f"{stack.replace('/', '.')}.json")


def _plain(approvals: Approvals) -> dict[str, Any]:
    return {one.name: {key: asdict(value) for key, value in getattr(approvals, one.name).items()} for one in fields(approvals)}


def _entries(kind: Callable[..., Entry], given: object) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for key, value in given.items() if isinstance(given, dict) else ():
        # A newer program may have written more, or less.
        with suppress(TypeError):
            found[str(key)] = kind(**value)
    return found
