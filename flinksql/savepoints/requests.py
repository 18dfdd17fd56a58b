"""Asking Flink for savepoints, and to delete them. Both are requests that the JobManager answers later."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from flinksql.clock import Clock, SystemClock, growing_pauses
from flinksql.errors import TransientError
from flinksql.flink.jobmanager import DisposalFailedError, JobManagerClient, JobNotFoundError
from flinksql.savepoints.paths import canonical
from flinksql.statements.retry import retrying

FIRST_LOOK_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 1.0
MARGIN_SECONDS = 30.0
"""Flink gives a savepoint up by the job's own time-out. So much longer is waited: its answer says why, and ours could not."""
DISPOSAL_SECONDS = 120.0
_RETRY_WAITS = (0.3, 1.0, 2.0)
_TRIGGER_BYTES = 16

Found = TypeVar("Found")


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A savepoint that was written. `bytes` is its size where Flink says it; `at` is when it was begun, in seconds since 1970."""

    path: str
    bytes: int | None = None
    at: float = 0.0


@dataclass(frozen=True, kw_only=True)
class SavepointRequests:
    """Takes and deletes savepoints. Safe to share between threads."""

    jobmanager: JobManagerClient
    clock: Clock = field(default_factory=SystemClock)

    def begin(self, job_id: str) -> str:
        """Ask a job for a savepoint and return the request's id; the job goes on running. Raises TransientError or PermanentError."""
        trigger = secrets.token_hex(_TRIGGER_BYTES)
        # One trigger is one savepoint, however often it is asked for.
        retrying(_RETRY_WAITS, self.clock)(self.jobmanager.trigger_savepoint, job_id, trigger)
        return trigger

    def finish(self, job_id: str, trigger: str) -> Taken:
        """Return the savepoint once it is written, within the job's own time-out of checkpoints.

        Raises SavepointFailedError with Flink's reason, JobNotFoundError, or TransientError when the JobManager does not answer any more.
        """
        seconds = self.jobmanager.checkpoint_timeout(job_id) + MARGIN_SECONDS
        late = f"The savepoint of job {job_id} was not written within {seconds:g} s, and Flink does not say why."
        path = self._polled(lambda: self.jobmanager.savepoint(job_id, trigger), seconds, late)
        written = self.jobmanager.checkpoints(job_id).latest.savepoint
        if written is None or canonical(written.external_path or "") != canonical(path):
            return Taken(path=path)
        return Taken(path=path, bytes=written.state_size, at=written.trigger_timestamp / 1000)

    def dispose(self, path: str) -> bool:
        """Have Flink delete a savepoint, and wait until it did. False: Flink found none there.

        Raises DisposalFailedError with Flink's reason, or TransientError.
        """
        retry = retrying(_RETRY_WAITS, self.clock)
        request = retry(self.jobmanager.dispose_savepoint, path)
        late = f"Flink did not delete {path} within {DISPOSAL_SECONDS:g} s."
        try:
            self._polled(lambda: self.jobmanager.is_disposed(request) or None, DISPOSAL_SECONDS, late)
        except JobNotFoundError as error:
            raise TransientError(f"The JobManager was restarted while it deleted {path}: whether it did is not known.") from error
        except DisposalFailedError as error:
            if error.is_absent:
                return False
            raise
        return True

    def _polled(self, ask: Callable[[], Found | None], seconds: float, late: str) -> Found:
        deadline = self.clock.monotonic() + seconds
        pauses = growing_pauses(FIRST_LOOK_SECONDS, LONGEST_PAUSE_SECONDS)
        retry = retrying(_RETRY_WAITS, self.clock)
        while (found := retry(ask)) is None:
            if self.clock.monotonic() > deadline:
                raise TransientError(late)
            self.clock.sleep(next(pauses))
        return found
