"""What the SQL Gateway refuses, as values and as exceptions. Reading the server's text is `classification.py`'s work."""

from dataclasses import dataclass
from enum import StrEnum

from flinksql.errors import PermanentError, TransientError


class ProblemKind(StrEnum):
    """What a refusal means to the caller. The gateway answers HTTP 500 to all of them; only the text tells them apart."""

    STATEMENT = "statement"
    """The SQL is wrong, or what it names does not exist."""
    CONFIGURATION = "configuration"
    """A value of the submission's configuration cannot be read."""
    DUPLICATE_JOB = "duplicate job"
    """The job id was used before in this JobManager's life."""
    STATE_REFUSED = "state refused"
    """The savepoint or checkpoint does not fit the new plan."""
    STATE_MISSING = "state missing"
    """The savepoint or checkpoint is not where it was said to be."""
    SESSION_LOST = "session lost"
    """The session ended: gateway restarted, session idle, or another gateway behind the same address."""
    OPERATION_LOST = "operation lost"
    """The operation is not known (any more)."""
    JOBMANAGER_DOWN = "JobManager down"
    """The gateway works and cannot reach the JobManager."""
    SERVER = "server"
    """The gateway itself is in trouble (out of memory)."""


@dataclass(frozen=True, kw_only=True)
class ServerProblem:
    """A refusal in words for people: no stack trace, no row, limited length.

    Lines and columns count from 1 in the SQL as it was sent; all are 0 when Flink did not say where.
    `objects` are the tables and models that the refusal is about, without catalog and database, the innermost first.
    `expected` is what the parser would have taken at the place instead: keywords, symbols, and sorts of tokens in angle brackets.
    """

    kind: ProblemKind
    message: str
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0
    objects: tuple[str, ...] = ()
    expected: tuple[str, ...] = ()


class RefusedError(PermanentError):
    """The gateway understood the statement and refused it."""

    def __init__(self, problem: ServerProblem) -> None:
        self.problem = problem
        super().__init__(problem.message)


class DuplicateJobError(RefusedError):
    """Flink knows a job with the submission's job id: it was submitted before, by us."""


class SessionLostError(TransientError):
    """The session or the operation is gone: open a new session and start over."""


class JobManagerDownError(TransientError):
    """The gateway cannot reach the JobManager."""


def error_of(problem: ServerProblem) -> PermanentError | TransientError:
    """Return the exception for a problem: its class says whether trying again can help."""
    match problem.kind:
        case ProblemKind.SESSION_LOST | ProblemKind.OPERATION_LOST:
            return SessionLostError(problem.message)
        case ProblemKind.JOBMANAGER_DOWN:
            return JobManagerDownError(problem.message)
        case ProblemKind.DUPLICATE_JOB:
            return DuplicateJobError(problem)
        case _:
            return RefusedError(problem)
