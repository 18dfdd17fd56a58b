"""What already runs under a statement's name, and taking it over when it is what is wanted."""

from dataclasses import dataclass

from flinksql.bundle import definition_hash
from flinksql.errors import JobFailedError
from flinksql.jobmanager import JobManagerClient, JobNotFoundError, JobState, JobSummary
from flinksql.lifecycle.ending import Ending
from flinksql.lifecycle.health import HealthWatch
from flinksql.lifecycle.observing import DEFINITION_TAG, GENERATION_TAG
from flinksql.statement import Definition, Deployed, Kind


@dataclass(frozen=True, kw_only=True)
class Adoption:
    """Looks before anything is done."""

    jobmanager: JobManagerClient
    watch: HealthWatch
    ending: Ending

    def alive(self, definition: Definition, deployed: Deployed | None = None) -> list[JobSummary]:
        """Return what runs under the definition's name, or as the deployed job, newest first."""
        job_id = deployed.job_id if deployed else ""
        jobs = (job for job in self.jobmanager.jobs() if not job.state.terminal)
        return [job for job in jobs if job.name == definition.job_name or (job_id and job.job_id == job_id)]

    def is_ours(self, job: JobSummary, deployed: Deployed) -> bool:
        """Tell whether a job was submitted or taken over by this project: the state of any other is not the statement's."""
        return job.job_id == deployed.job_id or DEFINITION_TAG in self._tags(job)

    def adopt(self, definition: Definition, deployed: Deployed | None = None) -> Deployed | None:
        """Return the job that already is what the definition asks for, healthy; any other one under the name is cancelled.

        A job says by its tags what it is; of the deployed one it is known, also when it was started by hand and taken over.
        None when there is no such job. A bounded job that is finished counts. Raises JobFailedError when the job runs but is not
        healthy: it is left as it is, for it may hold state.
        """
        wanted = definition_hash(definition)
        last = deployed or Deployed(definition_hash="")
        named = [job for job in self.jobmanager.jobs() if job.name == definition.job_name or (last.job_id and job.job_id == last.job_id)]
        candidates = [job for job in named if not job.state.terminal]
        if definition.statement.kind is Kind.BOUNDED_JOB:
            candidates += [job for job in named if job.state is JobState.FINISHED]
        for job in candidates:
            tags = _known(last) if last.job_id and job.job_id == last.job_id else self._tags(job)
            if tags.get(DEFINITION_TAG) == wanted:
                self.ending.cancel(other for other in candidates if other is not job and not other.state.terminal)
                self._wait(definition, job)
                return Deployed(
                    definition_hash=wanted,
                    generation=int(tags.get(GENERATION_TAG, "0")),
                    job_id=job.job_id,
                    restored_from=self._restored_from(job),
                )
        return None

    def _wait(self, definition: Definition, job: JobSummary) -> None:
        try:
            self.watch.wait(job.job_id, definition.statement.kind, since=self._newest_failure(job))
        except JobFailedError as error:
            raise JobFailedError(f"statement {definition.name}: {error}\nThe job {job.job_id} ran before and is left as it is.") from error

    def _newest_failure(self, job: JobSummary) -> int:
        """Return when the job failed last (ms since 1970): what it survived before is no reason to refuse it now."""
        try:
            failures = self.jobmanager.failures(job.job_id, at_most=1)
        except JobNotFoundError:
            return 0
        return failures[0].timestamp if failures else 0

    def take_over(self, definition: Definition) -> Deployed:
        """Return the job that the policy's `adopt_job` names, as the definition's own; it is not touched.

        That it runs what the definition says is the word of the person who wrote the option. Raises JobFailedError when it does not run.
        """
        wanted = definition.policy.adopt_job
        job = next((job for job in self.jobmanager.jobs() if job.job_id == wanted), None)
        if job is None:
            problem = "the JobManager does not know it"
        elif not job.all_tasks_running:
            problem = f"it is {job.state} with {job.tasks.running} of {job.tasks.total} tasks running"
        else:
            return Deployed(definition_hash=definition_hash(definition), job_id=wanted, restored_from=self._restored_from(job))
        advice = "Name a job that runs, or remove the line `adopt_job` and let a job be started"
        raise JobFailedError(f"statement {definition.name}: job {wanted} cannot be adopted: {problem}. {advice}.")

    def _tags(self, job: JobSummary) -> dict[str, str]:
        try:
            return self.jobmanager.tags(job.job_id)
        except JobNotFoundError:
            return {}

    def _restored_from(self, job: JobSummary) -> str:
        try:
            restored = self.jobmanager.checkpoints(job.job_id).latest.restored
        except JobNotFoundError:
            return ""
        return (restored.external_path if restored else None) or ""


def _known(deployed: Deployed) -> dict[str, str]:
    return {DEFINITION_TAG: deployed.definition_hash, GENERATION_TAG: str(deployed.generation)}
