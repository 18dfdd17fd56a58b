"""The errors that leave this package. Two families decide what a caller does next: give up, or try again.

Every message says what failed, on which statement, and what to do; none holds a secret or a row of data.
"""

from collections.abc import Sequence
from typing import Protocol

from flinksql.statement import Position


class RenderedText(Protocol):
    """SQL as Flink gets it, of a file: what a parser can be asked about, and where an answer of its lies."""

    @property
    def sql(self) -> str:
        """The text with its placeholders filled in."""

    @property
    def file(self) -> str:
        """The file in messages."""

    @property
    def text(self) -> str:
        """The file's own text."""

    def position(self, offset: int, /) -> Position:
        """Return the place in the file that an offset in `sql` comes from."""


class FlinkSqlError(Exception):
    """Base of all errors of this package. `str(error)` is a text for people, without a stack trace."""


class PermanentError(FlinkSqlError):
    """Trying the same thing again gives the same answer: the statement, the settings or the cluster must change first."""


class TransientError(FlinkSqlError):
    """The other side could not answer now (refused, reset, time-out, restarting): the same call may succeed later."""


class StatementError(PermanentError):
    """A statement is wrong. Carries where, so that `file:line:column` leads the message when it is known."""

    def __init__(self, message: str, *, statement: str = "", position: Position | None = None, excerpt: str = "") -> None:
        self.statement = statement
        self.position = position
        self.excerpt = excerpt
        self.problem = message
        place = str(position) if position else (f"statement {statement}" if statement else "")
        text = f"{place}: {message}" if place else message
        super().__init__(f"{text}\n{excerpt}" if excerpt else text)


class BundleError(PermanentError):
    """A bundle cannot be used. Holds every problem that was found, so that all can be fixed in one go.

    `rendered` is the SQL of the files that have problems, for whoever can ask Flink's parser about it.
    """

    def __init__(self, problems: Sequence[StatementError], rendered: Sequence[RenderedText] = ()) -> None:
        self.problems = tuple(problems)
        self.rendered = tuple(rendered)
        super().__init__("\n".join(str(problem) for problem in problems))


class JobFailedError(PermanentError):
    """A job was accepted by Flink and did not become healthy. The message holds the root cause as Flink tells it, shortened."""


class NoCheckpointError(JobFailedError):
    """A job runs on the state that it was given, and in all its time it wrote none: it may never be able to."""


class StateNotFoundError(JobFailedError):
    """A job is gone and its last state cannot be found: it is not started without state unless somebody allows it."""


class UnreachableError(TransientError):
    """The SQL Gateway or the JobManager does not answer at its address."""
