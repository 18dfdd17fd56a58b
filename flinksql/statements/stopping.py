"""Stopping jobs: with a savepoint when the next version is restored from it, without when nobody needs the state."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from flinksql.clock import Clock, growing_pauses
from flinksql.errors import JobFailedError, TransientError
from flinksql.flink.jobmanager import JobManagerClient, JobNotFoundError, JobSummary, SavepointFailedError
from flinksql.statements.retry import retrying
from flinksql.statements.values import LifecycleSettings

FIRST_LOOK_SECONDS = 0.01
"""A savepoint of little state takes 40 ms, in which nothing is processed: looking at it ten times a second would double that."""
ATTEMPTS = 3
"""A savepoint can fail because a task was just restarting. Flink keeps a failed trigger's result, so each attempt has its own trigger."""

TRIGGERS = 30
"""So many triggers there are for one next definition, over all runs of the last minutes."""


def trigger_id(job_id: str, definition_hash: str, attempt: int) -> str:
    """Return the 32 hexadecimal digits of a savepoint trigger: the same question from a later run gets the same answer."""
    return hashlib.sha256(f"{job_id} {definition_hash} {attempt}".encode()).hexdigest()[:32]


@dataclass(frozen=True, kw_only=True)
class JobStopper:
    """Stops jobs and waits until they are terminal."""

    jobmanager: JobManagerClient
    settings: LifecycleSettings
    clock: Clock

    def stop_with_savepoint(
        self, job_id: str, next_hash: str, *, attempts: int = ATTEMPTS, triggered: Callable[[], None] = lambda: None
    ) -> str:
        """Stop the job and return where its savepoint lies, empty when the job was gone. It may take a moment more to end.

        `next_hash` is the definition that is restored from it. Asking again, also from another process, is idempotent. `triggered` is
        called when Flink took the request. Raises JobFailedError when no savepoint could be made: the job then goes on running.
        """
        problem = ""
        tried = 0
        for attempt in range(TRIGGERS):
            trigger = trigger_id(job_id, next_hash, attempt)
            if problem and self._failed_before(job_id, trigger):
                continue
            if tried == attempts:
                break
            tried += 1
            try:
                # One trigger is one savepoint, however often it is asked for.
                retrying(self.settings.retry_waits, self.clock)(self.jobmanager.stop_with_savepoint, job_id, trigger)
                triggered()
                return self._location(job_id, trigger)
            except JobNotFoundError:
                return ""
            except SavepointFailedError as error:
                problem = str(error)
        raise JobFailedError(f"job {job_id} could not be stopped with a savepoint and goes on running: {problem}")

    def _failed_before(self, job_id: str, trigger: str) -> bool:
        """Tell whether an earlier run used the trigger up: Flink gives its failure again for five minutes."""
        try:
            self.jobmanager.savepoint(job_id, trigger)
        except SavepointFailedError:
            return True
        except JobNotFoundError:
            # Also said of a trigger that was never used.
            return False
        return False

    def cancel(self, jobs: Iterable[JobSummary]) -> None:
        """Cancel the jobs and wait until all are terminal. Gone or ended already is fine. Raises TransientError at the deadline."""
        asked = [job.job_id for job in jobs]
        for job_id in asked:
            try:
                self.jobmanager.cancel(job_id)
            except JobNotFoundError:
                continue
        self.wait_until_ended(asked)

    def wait_until_ended(self, job_ids: Iterable[str]) -> None:
        """Return when none of the jobs is alive. Raises TransientError at the deadline."""
        waiting = set(job_ids)
        deadline = self._deadline()
        pauses = self._pauses()
        while waiting:
            alive = {job.job_id: job.state for job in self.jobmanager.jobs() if job.job_id in waiting and not job.state.terminal}
            if not alive:
                return
            if self.clock.monotonic() > deadline:
                listing = ", ".join(f"{job_id} is {state}" for job_id, state in alive.items())
                raise TransientError(f"Jobs did not end within {self.settings.stop_seconds:g} s: {listing}.")
            self.clock.sleep(next(pauses))

    def _location(self, job_id: str, trigger: str) -> str:
        deadline = self._deadline()
        pauses = self._pauses()
        while True:
            location = self.jobmanager.savepoint(job_id, trigger)
            if location is not None:
                return location
            if self.clock.monotonic() > deadline:
                raise TransientError(f"The savepoint of job {job_id} was not written within {self.settings.stop_seconds:g} s.")
            self.clock.sleep(next(pauses))

    def _pauses(self) -> Iterator[float]:
        return growing_pauses(FIRST_LOOK_SECONDS, self.settings.health.poll_seconds)

    def _deadline(self) -> float:
        return self.clock.monotonic() + self.settings.stop_seconds
