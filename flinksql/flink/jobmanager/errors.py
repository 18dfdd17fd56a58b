"""What the JobManager cannot do for us."""

from flinksql.errors import PermanentError


class JobNotFoundError(PermanentError):
    """The JobManager knows no such job: never seen, forgotten (an hour after its end), or lost in a restart without high availability."""


class SavepointFailedError(PermanentError):
    """The job could not be stopped with a savepoint. It goes on running, or was not running."""
