"""What was done to a statement, as its resource remembers it: who, when, verdict, savepoint, seconds, outcome, and the versions before.

The history is an output of the statement, so it lies where the stack's state lies, whatever the backend. It holds no values of secrets:
definitions name them only. It is bounded in entries and in bytes, because the engine writes the whole state after each step.
"""

import base64
import getpass
import json
import secrets
import socket
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

HISTORY = "history"
"""The output of a statement's resource."""
MOST_ENTRIES = 30
MOST_SAVEPOINT_ENTRIES = 20
"""Of savepoints that were taken or deleted by a command. They are counted apart: who takes one every hour keeps the way back."""
MOST_VERSIONS = 5
"""So many of the newest entries keep the definition of the version before them: as many steps `undo` can go back."""
MOST_VERSION_BYTES = 48_000
"""All packed definitions of one statement together."""
_LONGEST_TEXT = 300
_ID_BYTES = 4


class Action(StrEnum):
    """What was done to a statement."""

    CREATED = "created"
    ADOPTED = "adopted"
    CHANGED = "changed"
    REPAIRED = "repaired"
    RESTARTED = "restarted"
    """Because a secret has another value."""
    PAUSED = "paused"
    UNDONE = "undone"
    DELETED = "deleted"
    SAVEPOINT_TAKEN = "savepoint taken"
    SAVEPOINT_DELETED = "savepoint deleted"


_OF_SAVEPOINTS = frozenset({Action.SAVEPOINT_TAKEN, Action.SAVEPOINT_DELETED})


class Outcome(StrEnum):
    """How it ended."""

    DONE = "done"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    """The run was killed: nobody told the end. The next run finished it or started over."""
    RUNNING = "running"
    NOTHING = "nothing"
    """There was nothing to do but to remember other options."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing that was done to a statement, or tried.

    `at` is when it began (ISO 8601, UTC). `before` and `after` are definition hashes. `restored_from` is what the job started from,
    empty for nothing; `left_at` where the state of the version before lies, or the savepoint that was taken or deleted. `approval` is the
    hash of the change that was let through.
    `version` is the packed definition of the version before, empty where nothing changed or it is not kept any more.
    """

    id: str
    statement: str
    at: str
    by: str
    action: str
    outcome: str = Outcome.RUNNING
    seconds: float = 0.0
    verdict: str = ""
    before: str = ""
    after: str = ""
    job_id: str = ""
    restored_from: str = ""
    left_at: str = ""
    approval: str = ""
    approved_by: str = ""
    reason: str = ""
    error: str = ""
    version: str = ""

    @property
    def is_of_savepoints(self) -> bool:
        """Whether the statement and its job stayed as they were. What a newer program did besides is no such thing."""
        return self.action in _OF_SAVEPOINTS

    def plain(self) -> dict[str, Any]:
        """Return it as plain values, without what is empty."""
        return {name: value for name, value in asdict(self).items() if value not in ("", 0.0)}


def begun(statement: str, action: Action, *, before: str = "", after: str = "") -> Entry:
    """Return the entry of something that begins now."""
    return Entry(id=secrets.token_hex(_ID_BYTES), statement=statement, at=now(), by=who(), action=action, before=before, after=after)


def now() -> str:
    """Return this moment in ISO 8601, UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def who() -> str:
    """Return who runs this process: user and machine."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "somebody"
    return f"{user}@{socket.gethostname()}"


def cut(text: str) -> str:
    """Return a text in one line, shortened."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_TEXT else f"{line[:_LONGEST_TEXT]}..."


def entry_of(plain: object) -> Entry | None:
    """Read an entry; None for what is none. What a newer program wrote besides is left out."""
    if not isinstance(plain, Mapping):
        return None
    texts = {one.name: str(plain[one.name]) for one in fields(Entry) if one.name in plain and one.name != "seconds"}
    try:
        return Entry(**texts, seconds=float(plain.get("seconds") or 0.0))
    except (TypeError, ValueError):
        return None


def entries_of(properties: Mapping[str, Any]) -> list[Entry]:
    """Return the history that a statement's state has, oldest first."""
    return [entry for one in properties.get(HISTORY) or () if (entry := entry_of(one)) is not None]


def bounded(entries: Iterable[Entry]) -> list[Entry]:
    """Return the newest entries, each once, oldest first, with as many versions as are kept."""
    by_id = {entry.id: entry for entry in entries}
    ordered = sorted(by_id.values(), key=lambda entry: entry.at)
    others = [entry.id for entry in ordered if not entry.is_of_savepoints][-MOST_ENTRIES:]
    savepoints = [entry.id for entry in ordered if entry.is_of_savepoints][-MOST_SAVEPOINT_ENTRIES:]
    kept = [entry for entry in ordered if entry.id in {*others, *savepoints}]
    versions, room = 0, MOST_VERSION_BYTES
    for index in range(len(kept) - 1, -1, -1):
        entry = kept[index]
        if not entry.version:
            continue
        versions, room = versions + 1, room - len(entry.version)
        if versions > MOST_VERSIONS or room < 0:
            kept[index] = replace(entry, version="")
            room = min(room, 0)
    return kept


def pack(definition: Mapping[str, Any]) -> str:
    """Return a definition's plain values as a short text: SQL of several statements would double the state otherwise."""
    return base64.b64encode(zlib.compress(json.dumps(definition, sort_keys=True).encode(), 9)).decode()


def unpack(version: str) -> dict[str, Any]:
    """Return the plain values of a packed definition. Raises ValueError for a text that is none."""
    try:
        found = json.loads(zlib.decompress(base64.b64decode(version, validate=True)))
        return dict(found)
    except (zlib.error, TypeError) as error:
        raise ValueError("not a packed definition") from error


def merged(*histories: Sequence[Entry]) -> list[Entry]:
    """Return the entries of several places, each once, oldest first: one that has an end counts more than one that has none."""
    found: dict[str, Entry] = {}
    for entry in (entry for history in histories for entry in history):
        known = found.get(entry.id)
        if known is None or known.outcome in {Outcome.RUNNING, Outcome.INTERRUPTED}:
            found[entry.id] = entry
    return sorted(found.values(), key=lambda entry: entry.at)
