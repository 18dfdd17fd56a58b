"""What became of statements, without touching them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flinksql.diagnostics.repeated_failures import describe, repetition
from flinksql.errors import TransientError
from flinksql.flink.jobmanager import JobManagerClient, JobNotFoundError, JobState, JobSummary
from flinksql.statement import Deployed
from flinksql.statements.health import cause_of
from flinksql.statements.values import Observation, ObservedState

DEFINITION_TAG = "definition"
GENERATION_TAG = "generation"
LOOP_WINDOW_MILLISECONDS = 60_000
"""Two failures within a minute are a loop, whatever they are. With longer pauses between them, those of one kind are told by `symptoms`."""
LOOP_FAILURES = 2

_ENDED = {JobState.FAILED: ObservedState.FAILED, JobState.CANCELED: ObservedState.CANCELLED, JobState.FINISHED: ObservedState.FINISHED}
_COMING_UP = {JobState.INITIALIZING, JobState.CREATED, JobState.RECONCILING, JobState.RUNNING}


@dataclass(frozen=True, kw_only=True)
class Observer:
    """Looks at jobs."""

    jobmanager: JobManagerClient

    def observe(self, job_name: str, deployed: Deployed) -> Observation:
        """Return what became of the job that was deployed under a name."""
        try:
            return self._observed(self._jobs(job_name, deployed), deployed)
        except TransientError as error:
            return Observation(state=ObservedState.UNREACHABLE, job_id=deployed.job_id, cause=str(error))

    def observe_paused(self, job_name: str, deployed: Deployed) -> Observation:
        """Return whether a statement that is not to run has no job."""
        try:
            alive = [job for job in self._jobs(job_name, deployed) if not job.state.terminal]
        except TransientError as error:
            return Observation(state=ObservedState.UNREACHABLE, cause=str(error))
        if not alive:
            return Observation(state=ObservedState.PAUSED, definition_hash=deployed.definition_hash)
        cause = f"job {alive[0].job_id} runs, and the statement's header says `running: false`."
        return Observation(state=ObservedState.OTHER, job_id=alive[0].job_id, cause=cause)

    def observe_all(self, job_names: Iterable[str]) -> dict[str, Observation]:
        """Return what runs under each name, from one look at all jobs; `definition_hash` stays empty. A name that nobody knows is GONE."""
        names = list(job_names)
        try:
            jobs = self.jobmanager.jobs()
            return {name: self._newest([job for job in jobs if job.name == name]) for name in names}
        except TransientError as error:
            return dict.fromkeys(names, Observation(state=ObservedState.UNREACHABLE, cause=str(error)))

    def _jobs(self, job_name: str, deployed: Deployed) -> list[JobSummary]:
        return [job for job in self.jobmanager.jobs() if job.name == job_name or (deployed.job_id and job.job_id == deployed.job_id)]

    def _observed(self, jobs: Sequence[JobSummary], deployed: Deployed) -> Observation:
        alive = [job for job in jobs if not job.state.terminal]
        for job in alive:
            if self._hash(job, deployed) == deployed.definition_hash:
                return self._look(job, deployed.definition_hash)
        if alive:
            return self._something_else(alive[0])
        ours = next((job for job in jobs if job.job_id == deployed.job_id), None)
        if ours is None:
            cause = (
                "The JobManager does not know the job: it was restarted without high availability, or the job ended more than an hour ago."
            )
            return Observation(state=ObservedState.GONE, job_id=deployed.job_id, cause=cause)
        return self._look(ours, deployed.definition_hash)

    def _newest(self, jobs: Sequence[JobSummary]) -> Observation:
        if not jobs:
            return Observation(state=ObservedState.GONE)
        return self._look(next((job for job in jobs if not job.state.terminal), jobs[0]), "")

    def _hash(self, job: JobSummary, deployed: Deployed) -> str:
        if job.job_id == deployed.job_id:
            return deployed.definition_hash
        try:
            return self.jobmanager.tags(job.job_id).get(DEFINITION_TAG, "")
        except JobNotFoundError:
            return ""

    def _something_else(self, job: JobSummary) -> Observation:
        try:
            definition = self.jobmanager.tags(job.job_id).get(DEFINITION_TAG, "")
        except JobNotFoundError:
            definition = ""
        what = f"definition {definition[:12]}" if definition else "a job that this project did not submit"
        cause = f"{what} runs under the name {job.name} (job {job.job_id})."
        return Observation(state=ObservedState.OTHER, job_id=job.job_id, definition_hash=definition, cause=cause)

    def _look(self, job: JobSummary, definition: str) -> Observation:
        state, cause = self._state(job)
        return Observation(state=state, job_id=job.job_id, definition_hash=definition, cause=cause)

    def _state(self, job: JobSummary) -> tuple[ObservedState, str]:
        if job.state in _ENDED:
            return _ENDED[job.state], self._cause(job.job_id)[0] if job.state is JobState.FAILED else ""
        cause, looping = self._cause(job.job_id)
        if looping or (cause and not job.all_tasks_running) or job.state not in _COMING_UP:
            return ObservedState.RESTARTING, cause
        if job.all_tasks_running:
            return ObservedState.RUNNING, ""
        return ObservedState.STARTING, f"{job.tasks.running} of {job.tasks.total} tasks run."

    def _cause(self, job_id: str) -> tuple[str, bool]:
        """Return why the job failed last, and whether it fails again and again by the cluster's own clock."""
        try:
            failures = self.jobmanager.failures(job_id)
            if not failures:
                return "", False
            now = self.jobmanager.details(job_id).now
            found = repetition(failures, self.jobmanager.checkpoints(job_id), now=now)
        except JobNotFoundError:
            return "", False
        if found:
            return describe(found), True
        recent = [entry for entry in failures if now - entry.timestamp <= LOOP_WINDOW_MILLISECONDS]
        return cause_of(failures[0]), len(recent) >= LOOP_FAILURES
