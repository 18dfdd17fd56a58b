"""What was done to a stack: to its statements, as their resources and this machine's journal remember it, and the engine's runs.

The first lies in the stack's state and is the same from every machine; the journal adds what failed or was cut off here.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pulumi.automation import CommandError, StackNotFoundError

from components.names import STATEMENT_TYPE, stack_mark
from components.promotion_history import Promotion, promotions_of
from components.stack_state import IDENTITY_TYPE
from components.statement_history import Entry, Outcome, entries_of, merged
from components.statement_journal import journal_of
from console.driver.backend import file_backend
from console.driver.workspace import open_stack
from console.project import Project
from console.toolchain import ensure
from console.toolchain.environment import environment
from platforms.state import StackState

MOST_RUNS = 20
_SHORT_COMMIT = 9


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of the engine that changed something, or was to. `at` is when it began (ISO 8601, UTC).

    `result` is the engine's word: succeeded, failed, in-progress. `commit` is that of the program, `author` who wrote it.
    """

    at: str
    kind: str
    result: str
    seconds: float
    changes: Mapping[str, int]
    commit: str = ""
    author: str = ""
    message: str = ""

    def plain(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "at": self.at,
            "kind": self.kind,
            "result": self.result,
            "seconds": self.seconds,
            "changes": dict(self.changes),
            "commit": self.commit,
            "author": self.author,
            "message": self.message,
        }


def statement_entries(project: Project, state: StackState | None, statement: str = "") -> list[Entry]:
    """Return what was done to the statements, or to one of them, oldest first. What there was nothing to do for is left out."""
    recorded = [entries_of(one.outputs) for one in state.resources if one.kind == STATEMENT_TYPE] if state else []
    # The journal keeps no versions, so what the state has of an entry counts.
    found = merged(*recorded, journal_of(project.data_folder, stack_mark(project.stack)).entries())
    return [one for one in found if one.outcome != Outcome.NOTHING and statement in {"", one.statement}]


def runs(project: Project) -> list[Run]:
    """Return the newest runs, oldest first; nothing where the backend cannot be asked."""
    backend = file_backend(environment(project)["PULUMI_BACKEND_URL"], project.stack)
    if backend is not None:
        files = sorted(backend.history.glob(f"{project.stack}-*.history.json"))[-MOST_RUNS:]
        return [run for file in files if (run := _run_in(file)) is not None]
    try:
        stack = open_stack(project, ensure(project.data_folder, lambda _line: None), lambda: None, {})
        summaries = stack.history(page_size=MOST_RUNS, page=1, show_secrets=False)
    except (CommandError, StackNotFoundError):
        return []
    found = [
        _run(
            {"kind": one.kind, "result": one.result, "message": one.message, "environment": one.environment},
            one.start_time,
            one.end_time,
            {str(key): int(number) for key, number in (one.resource_changes or {}).items()},
        )
        for one in summaries
    ]
    return found[::-1]


def _run_in(file: Path) -> Run | None:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        began, ended = (datetime.fromtimestamp(float(content[name]), UTC) for name in ("startTime", "endTime"))
        changes = {str(key): int(number) for key, number in (content.get("resourceChanges") or {}).items()}
        return _run(content, began, ended, changes)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _run(content: Mapping[str, Any], began: datetime, ended: datetime | None, changes: Mapping[str, int]) -> Run:
    known = content.get("environment") or {}
    return Run(
        at=began.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        kind=str(content.get("kind", "")),
        result=str(content.get("result", "")),
        seconds=round((ended - began).total_seconds(), 1) if ended else 0.0,
        changes={key: number for key, number in changes.items() if key != "same"},
        commit=str(known.get("git.head", ""))[:_SHORT_COMMIT],
        author=str(known.get("git.author", "")),
        message=str(content.get("message", "")).partition("\n")[0],
    )


def promotions(state: StackState | None) -> list[Promotion]:
    """Return what the stack took over from the stage before, oldest first."""
    identity = next((one.outputs for one in state.resources if one.kind == IDENTITY_TYPE), {}) if state else {}
    return promotions_of(identity)


def in_force(known: Sequence[Promotion], entry: Entry) -> Promotion | None:
    """Return the promotion under which something was done: it is recorded before all else in its run."""
    return next((one for one in reversed(known) if one.at <= entry.at), None)


def as_json(entries: Sequence[Entry], found: Sequence[Run], known: Sequence[Promotion]) -> dict[str, Any]:
    """Return all for scripts. Instead of a packed version there is whether `undo` can bring it back."""
    return {
        "promotions": [one.plain() for one in known],
        "statements": [
            {
                **{key: value for key, value in one.plain().items() if key != "version"},
                "kept": bool(one.version),
                **({"promotion": str(promotion)} if (promotion := in_force(known, one)) else {}),
            }
            for one in entries
        ],
        "runs": [one.plain() for one in found],
    }
