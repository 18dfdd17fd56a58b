"""What already runs under a statement's name, and taking it over when it is what is wanted."""

from dataclasses import dataclass

from flinksql.errors import JobFailedError
from flinksql.flink.jobmanager import JobManagerClient, JobNotFoundError, JobState, JobSummary
from flinksql.sql import definition_hash
from flinksql.statement import Definition, Deployed, Kind
from flinksql.statements.ending import Ending
from flinksql.statements.health import HealthWatch
from flinksql.statements.observing import DEFINITION_TAG, GENERATION_TAG


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
        return DEFINITION_TAG in self.tags(job, deployed)

    def found(self, definition: Definition, deployed: Deployed | None = None) -> JobSummary | None:
        """Return the job that already is what the definition asks for, whether it is well or not; a finished one only of a bounded job."""
        wanted = definition_hash(definition)
        candidates = self._candidates(definition, deployed)
        return next((job for job in candidates if self.tags(job, deployed).get(DEFINITION_TAG) == wanted), None)

    def adopt(self, definition: Definition, deployed: Deployed | None = None) -> Deployed | None:
        """Return the job that already is what the definition asks for, healthy; any other one under the name is cancelled.

        None when there is no such job. Raises JobFailedError when the job runs but is not healthy: it is left as it is, for it may hold
        state.
        """
        job = self.found(definition, deployed)
        if job is None:
            return None
        try:
            return self.confirmed(definition, job, deployed)
        except JobFailedError as error:
            raise JobFailedError(f"{error}\nThe job {job.job_id} ran before and is left as it is.") from error

    def confirmed(
        self, definition: Definition, job: JobSummary, deployed: Deployed | None = None, *, upgraded_within: float | None = None
    ) -> Deployed:
        """Return the found job when it is healthy; any other one under the name is cancelled. `upgraded_within` as for the watch.

        Raises JobFailedError.
        """
        self.ending.cancel(other for other in self.alive(definition, deployed) if other.job_id != job.job_id)
        self._wait(definition, job, upgraded_within)
        return Deployed(
            definition_hash=definition_hash(definition),
            generation=int(self.tags(job, deployed).get(GENERATION_TAG, "0")),
            job_id=job.job_id,
            restored_from=self._restored_from(job),
        )

    def proven(self, job: JobSummary) -> bool:
        """Whether the job has completed a checkpoint of its own: then it was well once, and its state is newer than its predecessor's."""
        try:
            return self.jobmanager.checkpoints(job.job_id).counts.completed > 0
        except JobNotFoundError:
            return False

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

    def _candidates(self, definition: Definition, deployed: Deployed | None) -> list[JobSummary]:
        """Return what runs for the definition, newest first, and for a bounded job what is finished."""
        alive = self.alive(definition, deployed)
        if definition.statement.kind is not Kind.BOUNDED_JOB:
            return alive
        named = (job for job in self.jobmanager.jobs() if job.name == definition.job_name)
        return alive + [job for job in named if job.state is JobState.FINISHED]

    def _wait(self, definition: Definition, job: JobSummary, upgraded_within: float | None) -> None:
        kind, since = definition.statement.kind, self._newest_failure(job)
        try:
            self.watch.wait(job.job_id, kind, since=since, upgraded_within=upgraded_within)
        except JobFailedError as error:
            raise JobFailedError(f"statement {definition.name}: {error}") from error

    def _newest_failure(self, job: JobSummary) -> int:
        """Return when the job failed last (ms since 1970): what it survived before is no reason to refuse it now."""
        try:
            failures = self.jobmanager.failures(job.job_id, at_most=1)
        except JobNotFoundError:
            return 0
        return failures[0].timestamp if failures else 0

    def tags(self, job: JobSummary, deployed: Deployed | None = None) -> dict[str, str]:
        """Return what the job's submission said of itself; nothing when it said nothing, or the JobManager forgot the job.

        Of the deployed job it is known, also when it was started by hand and taken over.
        """
        if deployed and job.job_id == deployed.job_id:
            return {DEFINITION_TAG: deployed.definition_hash, GENERATION_TAG: str(deployed.generation)}
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
