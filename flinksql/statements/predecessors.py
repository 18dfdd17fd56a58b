"""Whose state a changed job would go on from: the job that Flink really has under the statement's name, whatever the last run knew.

A run that was killed may have left a third definition there, and a job started by hand has none.
"""

from dataclasses import dataclass, field

from flinksql.clock import Clock, SystemClock
from flinksql.errors import TransientError
from flinksql.flink.jobmanager import JobManagerClient, JobNotFoundError, JobSummary
from flinksql.sql import definition_hash
from flinksql.statement import Definition
from flinksql.statements.observing import DEFINITION_TAG


@dataclass(frozen=True, kw_only=True)
class Predecessor:
    """The job before the change. `made` says that the change runs already; `doubt` why its state is not that of the old definition.

    `vertices` are the ids of its vertices; empty when nothing is known of it. `job_id` is empty where there is no such job.
    """

    vertices: tuple[str, ...] = ()
    job_id: str = ""
    doubt: str = ""
    made: bool = False


@dataclass(frozen=True, kw_only=True)
class Predecessors:
    """Looks for jobs by name."""

    jobmanager: JobManagerClient
    retry_waits: tuple[float, ...] = ()
    clock: Clock = field(default_factory=SystemClock)

    def of(self, old: Definition, new: Definition) -> Predecessor:
        """Return the job whose state the new definition would be given.

        Raises TransientError when the JobManager does not answer: what runs under the name is not known then, so nothing may be kept by it.
        """
        waits = iter(self.retry_waits)
        while True:
            try:
                return self._of(old, new)
            except TransientError:
                wait = next(waits, None)
                if wait is None:
                    raise
                self.clock.sleep(wait)

    def _of(self, old: Definition, new: Definition) -> Predecessor:
        named = (old.job_name, new.job_name)
        adopted = old.policy.adopt_job
        for job in self.jobmanager.jobs():
            if adopted and job.job_id == adopted and not job.state.terminal:
                return Predecessor(job_id=adopted, doubt=f"job {adopted} was started by hand, and what it runs is not known")
            if job.name in named:
                found = self._look(job, old, new)
                if found is not None:
                    return found
        return Predecessor()

    def _look(self, job: JobSummary, old: Definition, new: Definition) -> Predecessor | None:
        """Return what a job of the name means; None for one whose state is not gone on from: the one before it counts."""
        try:
            runs = self.jobmanager.tags(job.job_id).get(DEFINITION_TAG, "")
            if runs == definition_hash(new) and not job.state.terminal:
                return Predecessor(made=True)
            if runs == definition_hash(old):
                vertices = tuple(vertex.id for vertex in self.jobmanager.details(job.job_id).vertices if vertex.id)
                return Predecessor(vertices=vertices, job_id=job.job_id)
            # State is taken from jobs that this project submitted; what somebody else runs under the name is ended without a savepoint.
            if not runs or (job.state.terminal and not self._has_state(job.job_id)):
                return None
        except JobNotFoundError:
            return None
        doubt = f"job {job.job_id} under its name runs a definition that is neither the old nor the new one"
        return Predecessor(job_id=job.job_id, doubt=doubt)

    def _has_state(self, job_id: str) -> bool:
        latest = self.jobmanager.checkpoints(job_id).latest
        return any(entry and entry.external_path and not entry.discarded for entry in (latest.completed, latest.savepoint))
