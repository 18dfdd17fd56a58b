"""The state verdict where Pulumi meets it: said in previews, enforced in previews and again before a job is touched."""

from collections.abc import Callable

from components.providers.definitions import definition_of
from components.providers.properties import Properties
from flinksql.errors import FlinkSqlError, TransientError
from flinksql.sql.deferred_errors import Uncommitted, not_asked, start_problems
from flinksql.statement import Definition, Kind
from flinksql.statements import NOBODY_ANSWERED, StatementLifecycle, kinds_verdict, refusal, spoken
from flinksql.statements.compatibility import Restore, Verdict

Speak = Callable[[str], None]


def former_definition(olds: Properties) -> Definition | None:
    """Return the definition that a state or old inputs hold; None for a statement that is new."""
    return definition_of(olds) if olds.get("text") else None


def refused_kind(old: Definition | None, new: Definition) -> str:
    """Return why a job may not become something without state; empty when it may, or does not. Asks nobody."""
    error = refusal(kinds_verdict(old, new), new) if old else None
    return str(error) if error else ""


def refused_start(old: Definition | None, new: Definition, uncommitted: Uncommitted = not_asked) -> str:
    """Return why a job has nowhere to begin to read from; empty when it has, or had none before and ran.

    `uncommitted` asks the broker what the groups have committed.
    """
    if new.statement.kind is Kind.CATALOG_OBJECT:
        return ""
    return "\n".join(str(problem) for problem in start_problems(new, uncommitted, old))


def checked(lifecycle: StatementLifecycle, old: Definition | None, new: Definition, speak: Speak) -> str:
    """Validate a new or changed definition with the planner, say what becomes of its state, and return why it is refused, if it is.

    Raises StatementError, or TransientError when no gateway answers: then the verdict is still said, as unknown.
    """
    try:
        verdict = lifecycle.verdict(old, new) if old else None
        if verdict is None:
            lifecycle.validate(new)
    except TransientError:
        if old and {old.statement.kind, new.statement.kind} == {Kind.JOB}:
            speak(f"Statement {new.name}: unknown ({NOBODY_ANSWERED}). `up` finds out before it touches the job.")
        raise
    return _told(verdict, new, speak)


def enforced(lifecycle: StatementLifecycle, old: Definition, new: Definition, speak: Speak) -> Restore:
    """Return how the new job is to be started. Raises StatementError for a change that the statement's header does not allow."""
    verdict = lifecycle.verdict(old, new)
    error = refusal(verdict, new)
    if error:
        raise error
    _told(verdict, new, speak)
    return verdict.restore if verdict else Restore.STRICT


def _told(verdict: Verdict | None, new: Definition, speak: Speak) -> str:
    error: FlinkSqlError | None = refusal(verdict, new)
    if verdict is not None and error is None:
        speak(spoken(verdict, new))
    return str(error) if error else ""
