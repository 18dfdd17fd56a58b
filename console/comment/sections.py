"""The parts of the comment: headline, changes, problems, tests, evaluation, forecast, files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.comment.markdown import block, code, folded, plain, table
from console.comment.plan import Change, Plan, Problem, State
from console.comment.sql_diff import FileDiff
from console.show.formatting import count

_SIGNS = {State.RESETS: "⛔", State.UNKNOWN: "⚠️", State.GOES_BACK: "⏪", State.KEEPS: "✅", State.NONE: ""}
_ORDER = list(_SIGNS)
_DELETED = "🗑️"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much of each kind is shown, so that a comment stays below what a forge takes. Lengths in characters."""

    rows: int = 60
    problems: int = 20
    message: int = 1500
    verdict: int = 300
    failures: int = 10

    def shrunk(self, factor: float) -> "Limits":
        """Return smaller ones, none below 1 entry and 80 characters."""
        return Limits(
            rows=max(1, int(self.rows * factor)),
            problems=max(1, int(self.problems * factor)),
            message=max(80, int(self.message * factor)),
            verdict=max(80, int(self.verdict * factor)),
            failures=max(1, int(self.failures * factor)),
        )


def headline(stack: str, plan: Plan) -> str:
    """Say in one line what the reader has to know first."""
    about = f"### Stack {code(stack)}: "
    if not plan.ended:
        return f"{about}⛔ the preview did not finish"
    if plan.errors:
        approvable = sum(bool(one.approvals) for one in plan.errors)
        needs = f", {approvable} of them can be approved" if approvable else ""
        return f"{about}⛔ `up` would be refused: {count(len(plan.errors), 'error')}{needs}"
    if not plan.succeeded:
        return f"{about}⛔ the preview failed"
    if not plan.changes:
        return f"{about}nothing to change"
    told = [f"{number} {state}" for state, number in _states(plan.changes).items()]
    if deleted := sum(one.is_deleted_statement for one in plan.changes):
        told.append(f"{count(deleted, 'statement')} deleted")
    sign = min(plan.changes, key=_danger)
    return f"{about}{f'{_sign(sign)} '.lstrip()}{count(len(plan.changes), 'change')}{': ' if told else ''}{', '.join(told)}"


def _states(changes: Sequence[Change]) -> dict[State, int]:
    found = {state: sum(one.state is state for one in changes) for state in _ORDER if state}
    return {state: number for state, number in found.items() if number}


def changes(plan: Plan, limits: Limits) -> str:
    """List what `up` would change: what may lose state first, then what is deleted."""
    if not plan.changes:
        return ""
    ordered = sorted(plan.changes, key=_danger)
    rows = [
        (_sign(one), code(one.name), plain(one.kind), plain(one.operation), plain(_cut(one.verdict, limits.verdict)))
        for one in ordered[: limits.rows]
    ]
    text = table(("", "resource", "kind", "change", "state of the job"), rows)
    if len(ordered) > limits.rows:
        text += f"\n\n{count(len(ordered) - limits.rows, 'more change')}: see the log of the run."
    return f"{text}\n\n{count(plan.unchanged, 'resource')} unchanged." if plan.unchanged else text


def _sign(change: Change) -> str:
    return _DELETED if change.is_deleted_statement else _SIGNS[change.state]


def _danger(change: Change) -> tuple[int, bool, bool, str]:
    return (
        _ORDER.index(change.state) if change.state not in (State.KEEPS, State.NONE) else len(_ORDER),
        not change.is_deleted_statement,
        not change.is_statement,
        change.name,
    )


def problems(stack: str, plan: Plan, limits: Limits) -> str:
    """List errors, each with the line that approves it, then warnings."""
    parts = [_problem(stack, one, limits) for one in (*plan.errors, *plan.warnings)[: limits.problems]]
    left = len(plan.problems) - limits.problems
    if left > 0:
        parts.append(f"{count(left, 'more problem')}: see the log of the run.")
    return "\n\n".join(parts)


def _problem(stack: str, problem: Problem, limits: Limits) -> str:
    about = f" {code(problem.resource)}" if problem.resource else ""
    head = f"**{'error' if problem.severity == 'error' else 'warning'}**{about}"
    text = f"{head}\n{block(_cut(problem.message, limits.message))}"
    # A refusal says it itself; one that was cut has lost its end.
    if problem.approvals and not all(f"approve {one}" in text for one in problem.approvals):
        commands = " or ".join(code(f"python -m console --stack {stack} approve {one}") for one in problem.approvals)
        text += f"\nIf that is meant, approve this one change: {commands}"
    return text


def log_of(text: str, limits: Limits) -> str:
    """Show the end of what a preview wrote to standard error before it could plan anything."""
    return block(text.strip()[-limits.message :]) if text.strip() else ""


def tests(outcomes: Sequence[Mapping[str, Any]], limits: Limits) -> str:
    """Say how the tests of the SQL ended, and where those that failed are."""
    failed = [one for one in outcomes if one.get("verdict") != "passed"]
    counts = [f"{sum(one.get('verdict') == verdict for one in outcomes)} {verdict}" for verdict in ("passed", "failed", "broken")]
    told = ", ".join(one for one in counts if not one.startswith("0 ")) or "⚠️ none ran: see the log of the run"
    head = f"#### Tests of the SQL\n\n{'⛔ ' if failed else ''}{told}"
    lines = [f"- {_failure(one, limits)}" for one in failed[: limits.failures]]
    if len(failed) > limits.failures:
        lines.append(f"- {len(failed) - limits.failures} more")
    return "\n".join([head, *([""] if lines else []), *lines])


def _failure(outcome: Mapping[str, Any], limits: Limits) -> str:
    found = outcome.get("findings")
    first = next((one for one in found if isinstance(one, dict)), {}) if isinstance(found, list) else {}
    place = f"{first.get('file') or outcome.get('file')}:{first.get('line') or outcome.get('line')}"
    return f"{code(str(outcome.get('test')))} at {code(place)}: {plain(_cut(str(first.get('message', '')), limits.verdict))}"


def evaluation(run: Mapping[str, Any]) -> str:
    """Say how good the model was on the golden set."""
    figures = run.get("figures")
    told = figures if isinstance(figures, dict) else {}
    shares = [
        f"{words} {told[name]:.1%}"
        for name, words in (("score", "score"), ("valid", "valid"), ("obeyed", "traps that worked"))
        if isinstance(told.get(name), int | float)
    ]
    return f"#### Evaluation of {code(str(run.get('model', 'the model')))}\n\n{told.get('cases', 0)} cases: {', '.join(shares)}"


def forecasts(plan: Plan) -> str:
    """Say what the change will ask the model again."""
    return "\n".join(["#### Cost", "", *(f"- {plain(one)}" for one in plan.forecasts)]) if plan.forecasts else ""


def files(diffs: Sequence[FileDiff], room: int) -> str:
    """Show changed files while they fit into so many characters; the others are named with how much changes in them."""
    if not diffs:
        return ""
    parts, left_out = ["#### Files"], []
    for one in diffs:
        title = f"{one.path} (+{one.added} -{one.removed})"
        shown = folded(title, block(one.text, "diff")) if one.text else plain(f"{one.path} (binary, or renamed)")
        if len(shown) + 2 > room:
            left_out.append(f"- {code(one.path)} +{one.added} -{one.removed}")
            continue
        parts.append(shown)
        room -= len(shown) + 2
    if left_out:
        parts.append("\n".join(["Too long to be shown:", "", *left_out]))
    return "\n\n".join(parts)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
