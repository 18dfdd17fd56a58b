"""Named moments between two steps that change something. A test makes a run end there; nothing else uses them.

At each of them a run may be killed, and the next run finishes its work from what Flink itself keeps.
"""

from collections.abc import Callable
from enum import StrEnum


class FailurePoint(StrEnum):
    """A moment in the life of a statement, in the order in which an upgrade that has to be undone meets them."""

    PREPARED = "prepared"
    """The new job's session is open, its closure defined, its plan made. Nothing was touched."""
    SAVEPOINT_TRIGGERED = "savepoint-triggered"
    """The old job was asked to stop with a savepoint; the reply came, the savepoint did not yet."""
    SAVEPOINT_DONE = "savepoint-done"
    """The savepoint is written; the old job may not have ended."""
    STOPPED = "stopped"
    """Nothing runs under the statement's name."""
    BEFORE_SUBMIT = "before-submit"
    ACCEPTED = "accepted-no-reply"
    """The SQL Gateway has the statement; whether the JobManager has the job is not known."""
    SUBMITTED = "replied-not-saved"
    """A first job was accepted; nobody knows it but Flink."""
    RESUBMITTED = "resubmitted"
    """The job of an upgrade was accepted."""
    HEALTHY = "healthy-not-saved"
    ROLLBACK_STARTED = "rollback-started"
    """The new job failed and has ended; the old definition is not submitted yet."""
    ROLLBACK_SUBMITTED = "rollback-submitted"
    BEFORE_DELETE = "before-delete"
    CANCELLED = "cancelled-not-saved"
    """The job of a deleted statement has ended; the statement is still in the state."""


FailureHook = Callable[[FailurePoint], None]


def no_failure(_point: FailurePoint) -> None:
    """Let every run go on."""
