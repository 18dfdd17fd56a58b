"""The state verdict where Pulumi meets it: said in previews, enforced in previews and again before a job is touched."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from components.approval_store import Approval
from components.providers.approvals import Gate
from components.providers.definitions import definition_of, deployed_of
from components.providers.properties import Properties
from flinksql.errors import TransientError
from flinksql.flink.release_lines import is_older_line
from flinksql.sql.deferred_errors import Uncommitted, not_asked, start_problems
from flinksql.statement import Definition, Kind
from flinksql.statements import NOBODY_ANSWERED, StatementLifecycle, kinds_verdict, refusal, verdict_line
from flinksql.statements.compatibility import Restore, Verdict
from flinksql.statements.plan import plan
from flinksql.statements.refusals import refused
from flinksql.statements.situation import Recorded, Saved, SavedState, Seen, Wanted
from flinksql.statements.steps import Refusal, Refuse

Speak = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A change that may be made: what becomes of the state, in words, how the new job is started, and who approved what loses it."""

    words: str = ""
    restore: Restore = Restore.STRICT
    approval: Approval | None = None


def former_definition(olds: Properties) -> Definition | None:
    """Return the definition that a state or old inputs hold; None for a statement that is new."""
    return definition_of(olds) if olds.get("text") else None


def refused_kind(olds: Properties, new: Definition, gate: Gate) -> str:
    """Return why a job may not become something without state; empty when it may, or does not. Asks nobody but who approves."""
    old = former_definition(olds)
    verdict = kinds_verdict(old, new) if old else None
    return _refused(verdict, olds, new, gate)[0]


def refused_start(old: Definition | None, new: Definition, uncommitted: Uncommitted = not_asked) -> str:
    """Return why a job has nowhere to begin to read from; empty when it has, or had none before and ran.

    `uncommitted` asks the broker what the groups have committed.
    """
    if new.statement.kind is Kind.CATALOG_OBJECT:
        return ""
    return "\n".join(str(problem) for problem in start_problems(new, uncommitted, old))


def refused_line(olds: Properties, new: Definition, line: str) -> str:
    """Return why a paused job cannot go on as the Flink line that the stack is to run; empty where it can, or need not.

    It is what the plan will be on that line. Before the platform is touched only the settings tell which one it is.
    """
    before = deployed_of(olds)
    if not is_older_line(line, than=before.flink_line):
        return ""
    left = SavedState(path=before.savepoint, flink_line=before.flink_line)
    seen = Seen(saved=Saved(forward=left), flink_line=line)
    first = plan(Recorded(deployed=before, definition=former_definition(olds)), Wanted(definition=new), seen)[0]
    return str(refused(first, new.name)) if isinstance(first, Refuse) and first.reason is Refusal.STATE_TOO_NEW else ""


def checked(lifecycle: StatementLifecycle, olds: Properties, new: Definition, gate: Gate, speak: Speak) -> str:
    """Validate a new or changed definition with the planner, say what becomes of its state, and return why it is refused, if it is.

    Raises StatementError, or TransientError when no gateway answers: then the verdict is still said, as unknown.
    """
    old = former_definition(olds)
    order = gate.undo_order(olds, new) if old else None
    if order:
        lifecycle.validate(new)
        speak(f"Statement {new.name}: goes back to {order.version}, from the state at {order.savepoint}. Rows since then are read again.")
        return ""
    try:
        verdict = lifecycle.verdict(old, new) if old else None
        if verdict is None:
            lifecycle.validate(new)
    except TransientError:
        if old and {old.statement.kind, new.statement.kind} == {Kind.JOB}:
            speak(f"Statement {new.name}: unknown ({NOBODY_ANSWERED}). `up` finds out before it touches the job.")
        raise
    if new.policy.allow_state_reset and (verdict is None or verdict.keeps):
        speak(unneeded_header(new))
    refused, approval = _refused(verdict, olds, new, gate)
    if verdict is not None and not refused:
        speak(_described(verdict, new, approval))
    return refused


def enforced(lifecycle: StatementLifecycle, olds: Properties, new: Definition, gate: Gate, speak: Speak) -> Judged:
    """Return how the new job is to be started. Raises StatementError for a change that neither header nor approval lets through."""
    verdict = lifecycle.verdict(definition_of(olds), new)
    return _let_through(verdict, olds, new, gate, speak) if verdict else Judged()


def rotated(
    lifecycle: StatementLifecycle, olds: Properties, definition: Definition, gate: Gate, speak: Speak, *, secrets: Collection[str]
) -> Judged:
    """Return how a job is started again with other values of secrets. Raises StatementError where they stand in what its state depends on.

    Raises TransientError where Flink does not answer.
    """
    return _let_through(lifecycle.rotation_verdict(definition, secrets), olds, definition, gate, speak)


def unneeded_header(definition: Definition) -> str:
    """Return the warning about a header that lets the next change through, although this one does not need it."""
    return (
        f"warning: {definition.statement.file}: statement {definition.name} says `allow_state_reset: true`, and nothing needs it now. "
        "Remove the line: it lets every later change through unasked. `python -m console approve` lets one change through."
    )


def _let_through(verdict: Verdict, olds: Properties, new: Definition, gate: Gate, speak: Speak) -> Judged:
    change = gate.change(verdict, olds, new)
    approval = None if verdict.allowed_by(new.policy) else gate.approval(change)
    error = None if approval else refusal(verdict, new, gate.how(change))
    if error:
        gate.ask(change)
        raise error
    speak(_described(verdict, new, approval))
    return Judged(words=str(verdict), restore=verdict.restore, approval=approval)


def _refused(verdict: Verdict | None, olds: Properties, new: Definition, gate: Gate) -> tuple[str, Approval | None]:
    """Return why a change is refused, or who let it through."""
    if verdict is None or verdict.allowed_by(new.policy):
        return "", None
    change = gate.change(verdict, olds, new)
    approval = gate.approval(change)
    if approval:
        return "", approval
    gate.ask(change)
    return str(refusal(verdict, new, gate.how(change))), None


def _described(verdict: Verdict, new: Definition, approval: Approval | None) -> str:
    return verdict_line(verdict, new) + (f" Approved as {approval.hash} by {approval.by}." if approval else "")
