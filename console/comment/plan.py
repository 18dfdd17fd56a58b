"""What `preview --json` wrote, read back: changes with their state verdicts, problems, and how the run ended."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from console.comment.sql_diff import FileDiff
from console.errors import ConsoleError
from console.exit_codes import ExitCode

_UNCHANGED = frozenset({"same", "read", "refresh"})
_STATEMENT = "statement"
_DELETE = "delete"


class State(StrEnum):
    """What becomes of a job's state."""

    RESETS = "resets state"
    UNKNOWN = "unknown"
    GOES_BACK = "goes back"
    KEEPS = "keeps state"
    NONE = ""


@dataclass(frozen=True, kw_only=True)
class Change:
    """A resource that `up` would change. `operation` is the engine's word; `verdict` is empty where nothing was said of a job's state."""

    kind: str
    name: str
    operation: str
    verdict: str = ""

    @property
    def state(self) -> State:
        """What the verdict comes to. A verdict of a kind that is not known is `unknown`."""
        if not self.verdict:
            return State.NONE
        return next((one for one in State if one and self.verdict.startswith(one)), State.UNKNOWN)

    @property
    def is_statement(self) -> bool:
        """Whether it is a statement, whose change may concern a job."""
        return self.kind == _STATEMENT

    @property
    def is_deleted_statement(self) -> bool:
        """Whether a statement goes, and its job with it."""
        return self.is_statement and self.operation.startswith(_DELETE)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """An error or a warning. `approvals` are the hashes that would let it through, `verdict` what it says of the state of a job."""

    severity: str
    resource: str
    message: str
    approvals: tuple[str, ...] = ()
    verdict: str = ""


@dataclass(kw_only=True)
class Plan:
    """A preview; one of `promote` has the files that differ.

    `ended` is False for one that wrote no end: it was killed, or never began to plan.
    """

    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)
    forecasts: list[str] = field(default_factory=list)
    diffs: list[FileDiff] = field(default_factory=list)
    ended: bool = False
    succeeded: bool = False

    @property
    def errors(self) -> list[Problem]:
        """The problems that keep `up` from beginning."""
        return [one for one in self.problems if one.severity == "error"]

    @property
    def warnings(self) -> list[Problem]:
        """The problems that do not."""
        return [one for one in self.problems if one.severity != "error"]


def read_plan(lines: Iterable[str]) -> Plan:
    """Read the lines of `preview --json`. Events of other kinds are left out: fields and events may be added.

    Raises ConsoleError with the number of a line that is no JSON object.
    """
    plan = Plan()
    rows: dict[tuple[str, str], Mapping[str, Any]] = {}
    for event in json_lines(lines, "preview --json"):
        match event.get("event"):
            case "resource":
                rows[str(event.get("kind", "")), str(event.get("name", ""))] = event
            case "problem":
                plan.problems.append(_problem(event))
            case "forecast":
                plan.forecasts.append(str(event.get("text", "")))
            case "diff":
                plan.diffs.append(FileDiff(path=str(event.get("path", "")), text=str(event.get("text", ""))))
            case "end":
                plan.ended, plan.succeeded = True, event.get("succeeded") is True
    refused = {one.resource: one.verdict for one in plan.problems if one.verdict}
    plan.changes = [_change(*names, row, refused) for names, row in rows.items() if _operation(row) not in {"", *_UNCHANGED}]
    plan.unchanged = len(rows) - len(plan.changes)
    return plan


def _operation(row: Mapping[str, Any]) -> str:
    return str(row.get("operation") or "")


def _change(kind: str, name: str, row: Mapping[str, Any], refused: Mapping[str, str]) -> Change:
    verdict = str(row.get("verdict") or "") or (refused.get(name, "") if kind == _STATEMENT else "")
    return Change(kind=kind, name=name, operation=_operation(row), verdict=verdict)


def json_lines(lines: Iterable[str], command: str) -> Iterable[Mapping[str, Any]]:
    """Read one JSON object a line. Raises ConsoleError with the number of a line that is none."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found: object = json.loads(line)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise ConsoleError(
                f"line {number} is not a JSON object: {line.strip()[:60]!r}",
                advice=f"give the standard output of `python -m console {command}` as it is",
                exit_code=ExitCode.USAGE,
            )
        yield found


def _problem(event: Mapping[str, Any]) -> Problem:
    approvals = event.get("approvals")
    return Problem(
        severity=str(event.get("severity", "error")),
        resource=str(event.get("resource") or ""),
        message=str(event.get("message", "")),
        approvals=tuple(str(one) for one in approvals) if isinstance(approvals, list) else (),
        verdict=str(event.get("verdict") or ""),
    )
