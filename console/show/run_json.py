"""A run as JSON, one object a line. The shape is a contract: fields may be added, none changes its meaning.

`{"event": "say", "message"}`, `{"event": "resource", "kind", "name", "operation", "state", "seconds", "waitsFor", "waiting",
"verdict"}`,
`{"event": "problem", "severity", "resource", "message", "approvals", "verdict"}`, and at the end
`{"event": "end", "succeeded", "interrupted", "changed", "changes", "seconds", "outputs"}`.
"""

import json
import re
from collections.abc import Callable

from console.driver.progress import Progress, Row
from console.driver.run import Outcome
from console.show.formatting import kind
from platforms.run_watch import Problem

_APPROVABLE = re.compile(r"approve (c[0-9a-f]{11})`")
"""How a refusal names the change that an approval would let through."""


def resource_event(row: Row, now: float) -> dict[str, object]:
    """Describe a row. `seconds` is null before the engine began with it, `verdict` where nothing was said of a job's state."""
    seconds = row.seconds(now)
    return {
        "event": "resource",
        "kind": kind(row.kind),
        "name": row.name,
        "operation": row.operation,
        "state": str(row.state),
        "seconds": None if seconds is None else round(seconds, 3),
        "waitsFor": list(row.waits_for),
        "verdict": row.verdict or None,
        "waiting": "" if row.over else row.message,
    }


def end_events(outcome: Outcome) -> list[dict[str, object]]:
    """Describe how the run ended: its problems, then the summary."""
    progress = outcome.progress
    problems = [("error", problem) for problem in progress.errors] + [("warning", problem) for problem in progress.warnings]
    problems += [("warning", Problem(message=f"not looked at: {one}")) for one in progress.unseen]
    problems += [("warning", Problem(message=f"not healthy: {one}")) for one in progress.unwell]
    return [
        *(_problem_event(severity, problem) for severity, problem in problems),
        {
            "event": "end",
            "succeeded": outcome.succeeded,
            "interrupted": outcome.interrupted,
            "changed": len(progress.changed()),
            "changes": dict(progress.changes),
            "seconds": round(outcome.seconds, 3),
            "unseen": list(progress.unseen),
            "unwell": list(progress.unwell),
            "outputs": dict(progress.outputs),
        },
    ]


def _problem_event(severity: str, problem: Problem) -> dict[str, object]:
    approvals = list(dict.fromkeys(_APPROVABLE.findall(problem.message)))
    return {
        "event": "problem",
        "severity": severity,
        "resource": problem.resource,
        "message": problem.message,
        "approvals": approvals,
        "verdict": problem.verdict or None,
    }


class JsonObserver:
    """Writes events with `write`, which takes one line without its end."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._clock: Callable[[], float] = lambda: 0.0

    def say(self, message: str) -> None:
        """Write a message about the run as a whole."""
        self.emit({"event": "say", "message": message})

    def follow(self, progress: Progress, clock: Callable[[], float]) -> None:  # noqa: ARG002  # rows come one by one
        """Take the run's clock."""
        self._clock = clock

    def changed(self, row: Row) -> None:
        """Write each change of a row."""
        if not row.group:
            self.emit(resource_event(row, self._clock()))

    def emit(self, event: dict[str, object]) -> None:
        """Write one event."""
        self._write(json.dumps(event, ensure_ascii=False, default=str))

    def close(self) -> None:
        """Do nothing: every line is out already."""
