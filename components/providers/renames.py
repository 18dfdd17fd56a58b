"""A statement's file under another name: whose job it goes on with, and what is refused so that no state is lost unasked."""

from flinksql.statement import Definition, Kind
from flinksql.statements import Former


def may_be_renamed(definition: Definition) -> bool:
    """Tell whether a new statement may have had a job under another name: it does not say anything else in its header."""
    policy = definition.policy
    return definition.statement.kind is Kind.JOB and not (policy.renamed_from or policy.adopt_job or policy.allow_state_reset)


def renamed_or_new(definition: Definition, former: Former) -> str:
    """Return why a new statement is refused beside a job that has no file any more."""
    place, name = definition.statement.file, definition.name
    what = "runs the very same statement" if former.same else f"writes into {former.table} too"
    return (
        f"{place}:1:1: {name} is new, and job {former.job_id} of statement {former.statement}, which has no file any more, {what}. "
        f"Was {former.statement}.sql renamed? Then write `-- renamed_from: {former.statement}` at the top of {place}: the job goes on "
        f"untouched. If {name} is to begin without that job's state, write `-- allow_state_reset: true` instead"
    )


def refused_new_job_name(old: Definition | None, new: Definition) -> str:
    """Return why a statement cannot be known to Flink under another name now; empty when it is not to be, or says what it would lose."""
    if old is None or new.statement.kind is not Kind.JOB or new.policy.allow_state_reset:
        return ""
    (stack, _, before), (new_stack, _, after) = old.job_name.rpartition("/"), new.job_name.rpartition("/")
    if before == after or stack != new_stack:
        return ""
    keep = f"put the line `-- renamed_from: {before}` back" if before != new.name else "take the line `renamed_from` away"
    return (
        f"{new.statement.file}:1:1: Flink knows the job of {new.name} as {before}, and its file makes that {after}: the job would be ended "
        f"and another one begun without its state. To go on with it, {keep}; to lose its state, write `-- allow_state_reset: true`"
    )
