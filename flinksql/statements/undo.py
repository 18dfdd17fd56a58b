"""Going back to the version before: its job is started from the state that it left, in place of the job of now.

What was done since is done again, from the offsets in that state. The job of now leaves a savepoint: the way back stays open.
"""

from dataclasses import dataclass, replace

from flinksql.errors import JobFailedError, StatementError
from flinksql.sql import definition_hash
from flinksql.statement import Definition, Deployed, Kind
from flinksql.statements.lifecycle import StatementLifecycle


@dataclass(frozen=True, kw_only=True)
class Undone:
    """The job of the version before, and where the state of the version that it replaced lies, empty when that had none."""

    deployed: Deployed
    left_at: str


def state_left_by(lifecycle: StatementLifecycle, definition: Definition, deployed: Deployed) -> str:
    """Return where the last state of a definition's ended job lies; empty when there is none. Raises TransientError."""
    if definition.statement.kind is not Kind.JOB:
        return ""
    return lifecycle.last_state(definition.job_name, deployed, definition_hash(definition))


def go_back(lifecycle: StatementLifecycle, now: Definition, before: Definition, deployed: Deployed, savepoint: str) -> Undone:
    """Stop the job of `now` with a savepoint and start `before` from `savepoint`. `deployed` is what is known of the job of `now`.

    Everything that can fail without touching the job comes first. A job of `before` that a killed run left behind is kept. When `before`
    does not become healthy, `now` returns from the state that it left, and JobFailedError says so.
    """
    if _runs(lifecycle, before):
        return Undone(deployed=lifecycle.create(before), left_at=state_left_by(lifecycle, now, deployed))
    stopped = lifecycle.update(now, replace(before, policy=replace(before.policy, running=False)), deployed)
    known = replace(deployed, savepoint=stopped.savepoint)
    start = replace(before, policy=replace(before.policy, running=True, restore_from=savepoint))
    try:
        started = lifecycle.repair(start, Deployed(definition_hash=definition_hash(before)))
    except (JobFailedError, StatementError) as error:
        raise _returned(lifecycle, now, known, error) from error
    # The header of the file names no state, so none of it is used up.
    return Undone(deployed=replace(started, restore_used=deployed.restore_used), left_at=stopped.savepoint)


def _runs(lifecycle: StatementLifecycle, definition: Definition) -> bool:
    found = lifecycle.observe(definition, Deployed(definition_hash=definition_hash(definition)))
    return found.healthy and found.definition_hash == definition_hash(definition)


def _returned(lifecycle: StatementLifecycle, now: Definition, known: Deployed, error: Exception) -> JobFailedError:
    """Bring the job of `now` back and return the error that tells both."""
    causes = str(error).replace("\n", "\n  ")
    try:
        back = lifecycle.repair(now, known)
    except (JobFailedError, StatementError) as second:
        again = str(second).replace("\n", "\n  ")
        return JobFailedError(
            f"The version before did not start, and the version of now did not come back.\n  before: {causes}\n  now: {again}\n"
            f"  The state of statement {now.name} is kept at {known.savepoint or 'no place: it had none'}."
        )
    return JobFailedError(
        f"The version before did not start, and the version of now runs again from {back.restored_from or 'the start'} "
        f"(job {back.job_id}).\n  before: {causes}"
    )
