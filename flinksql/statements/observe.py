"""Read from Flink without changing anything: what a plan is made from, and what became of statements."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from flinksql.diagnostics.repeated_failures import describe, repetition
from flinksql.errors import TransientError
from flinksql.flink.jobmanager import JobManagerClient, JobNotFoundError, JobState, JobSummary
from flinksql.flink.release_lines import release_line
from flinksql.policy import DeleteMode
from flinksql.sql import definition_hash
from flinksql.statement import Definition, Deployed, Kind
from flinksql.statements.health import cause_of
from flinksql.statements.plan import depends_on_saved_state
from flinksql.statements.situation import Recorded, Saved, Seen, SeenJob, Wanted, life_of
from flinksql.statements.state import StateFinder
from flinksql.statements.values import DEFINITION_TAG, GENERATION_TAG, Observation, ObservedState

LOOP_WINDOW_MILLISECONDS = 60_000
"""Two failures within a minute are a loop, whatever they are. With longer pauses between them, those of one kind are told by `symptoms`."""
LOOP_FAILURES = 2

_ENDED = {JobState.FINISHED: ObservedState.FINISHED, JobState.FAILED: ObservedState.FAILED, JobState.CANCELED: ObservedState.CANCELLED}
_COMING_UP = {JobState.INITIALIZING, JobState.CREATED, JobState.RECONCILING, JobState.RUNNING}


@dataclass(frozen=True, kw_only=True)
class Predecessor:
    """The job whose state a changed job would be given.

    `made` says that the change runs already; `doubt` why its state is not that of the old definition. `vertices` are the ids of its
    vertices; empty when nothing is known of it. `job_id` is empty where there is no such job.
    """

    vertices: tuple[str, ...] = ()
    job_id: str = ""
    doubt: str = ""
    made: bool = False


@dataclass(frozen=True, kw_only=True)
class JobInspector:
    """Reads once for one statement: the list of all jobs, and those under its name more closely."""

    jobmanager: JobManagerClient
    state: StateFinder

    def seen(self, recorded: Recorded, wanted: Wanted, savepointless: Collection[str] = ()) -> Seen:
        """Return what a plan can depend on, and ask no more than that. `savepointless` are jobs that gave no savepoint in this run.

        Raises TransientError.
        """
        if wanted.kind is Kind.CATALOG_OBJECT:
            return Seen()
        summaries = self.named(wanted.definition, recorded.deployed)
        anything_alive = any(not job.state.terminal for job in summaries)
        jobs = tuple(
            SeenJob(
                job_id=job.job_id,
                life=life_of(job),
                definition=self._definition(recorded, job) if _counts(recorded, wanted, job, anything_alive=anything_alive) else "",
                savepointless=job.job_id in savepointless,
            )
            for job in summaries
        )
        saved = self.saved(recorded, wanted) if depends_on_saved_state(recorded, wanted, jobs) else Saved()
        return Seen(jobs=jobs, saved=saved, flink_line=self.flink_line() if saved.forward.flink_line else "")

    def flink_line(self) -> str:
        """Return the release line of the Flink that runs. Raises TransientError."""
        return release_line(self.jobmanager.overview().flink_version)

    def named(self, definition: Definition, deployed: Deployed) -> list[JobSummary]:
        """Return the jobs under the statement's name and the deployed one, newest first."""
        return [job for job in self.jobmanager.jobs() if job.name == definition.job_name or (job.job_id == deployed.job_id)]

    def saved(self, recorded: Recorded, wanted: Wanted) -> Saved:
        """Return the newest state that ended jobs left."""
        name, deployed = wanted.definition.job_name, recorded.deployed
        if not recorded.hashes or wanted.deleted or not wanted.definition.policy.running:
            # Whatever this project submitted counts: nothing is recorded, or nothing is started that would have to fit.
            return Saved(forward=self.state.latest(name, deployed))
        forward = self.state.latest(name, deployed, {wanted.hash, *recorded.hashes})
        return Saved(forward=forward, back=self.state.latest(name, deployed, recorded.hashes))

    def tags(self, job_id: str, deployed: Deployed) -> dict[str, str]:
        """Return what the job's submission said of itself; nothing when it said nothing, or the JobManager forgot the job.

        Of the deployed job it is known, also when it was started by hand and adopted.
        """
        if job_id == deployed.job_id:
            return {DEFINITION_TAG: deployed.definition_hash, GENERATION_TAG: str(deployed.generation)}
        try:
            return self.jobmanager.tags(job_id)
        except JobNotFoundError:
            return {}

    def completed_a_checkpoint(self, job_id: str) -> bool:
        """Whether the job has completed a checkpoint of its own: then it was well once, and its state is newer than its predecessor's."""
        try:
            return self.jobmanager.checkpoints(job_id).counts.completed > 0
        except JobNotFoundError:
            return False

    def restored_from(self, job_id: str) -> str:
        """Return the path of what a job started from, empty for none."""
        try:
            restored = self.jobmanager.checkpoints(job_id).latest.restored
        except JobNotFoundError:
            return ""
        return (restored.external_path if restored else None) or ""

    def newest_failure(self, job_id: str) -> int:
        """Return when the job failed last (ms since 1970), 0 for never."""
        try:
            failures = self.jobmanager.failures(job_id, at_most=1)
        except JobNotFoundError:
            return 0
        return failures[0].timestamp if failures else 0

    def predecessor(self, old: Definition, new: Definition) -> Predecessor:
        """Return the job whose state the new definition would be given: what really is under the name, whatever the last run knew.

        A run that was killed may have left a third definition there, and a job started by hand has none. Raises TransientError: what runs
        under the name is not known then, so nothing may be kept by it.
        """
        named = (old.job_name, new.job_name)
        adopted = old.policy.adopt_job
        for job in self.jobmanager.jobs():
            if adopted and job.job_id == adopted and not job.state.terminal:
                return Predecessor(job_id=adopted, doubt=f"job {adopted} was started by hand, and what it runs is not known")
            if job.name in named:
                found = self._predecessor(job, old, new)
                if found is not None:
                    return found
        return Predecessor()

    def running(self, definition: Definition) -> Predecessor:
        """Return the job that runs a definition, or what else is under its name. Raises TransientError."""
        adopted = definition.policy.adopt_job
        for job in self.jobmanager.jobs():
            if adopted and job.job_id == adopted and not job.state.terminal:
                return Predecessor(job_id=adopted, doubt=f"job {adopted} was started by hand, and what it runs is not known")
            found = self._predecessor(job, definition, None) if job.name == definition.job_name else None
            if found is not None:
                return found
        return Predecessor()

    def _predecessor(self, job: JobSummary, old: Definition, new: Definition | None) -> Predecessor | None:
        """Return what a job of the name means; None for one whose state is not restored: the one before it counts."""
        try:
            runs = self.jobmanager.tags(job.job_id).get(DEFINITION_TAG, "")
            if new is not None and runs == definition_hash(new) and not job.state.terminal:
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

    def _definition(self, recorded: Recorded, job: JobSummary) -> str:
        return self.tags(job.job_id, recorded.deployed).get(DEFINITION_TAG, "")


def _counts(recorded: Recorded, wanted: Wanted, job: JobSummary, *, anything_alive: bool) -> bool:
    """Tell whether a plan can depend on what the job runs. Each is one call, and a name can have many ended jobs."""
    if wanted.deleted and wanted.definition.policy.delete_mode is DeleteMode.CANCEL:
        return False
    if not job.state.terminal:
        return True
    finished = wanted.kind is Kind.BOUNDED_JOB and job.state is JobState.FINISHED
    return finished or (not anything_alive and not wanted.deleted and recorded.definition is not None)


@dataclass(frozen=True, kw_only=True)
class Observer:
    """Reads what became of jobs."""

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
                return self._observation(job, deployed.definition_hash)
        if alive:
            return self._something_else(alive[0])
        ours = next((job for job in jobs if job.job_id == deployed.job_id), None)
        if ours is None:
            cause = (
                "The JobManager does not know the job: the session cluster was recreated, the JobManager was restarted without high "
                "availability, or the job ended more than an hour ago."
            )
            return Observation(state=ObservedState.GONE, job_id=deployed.job_id, cause=cause)
        return self._observation(ours, deployed.definition_hash)

    def _newest(self, jobs: Sequence[JobSummary]) -> Observation:
        if not jobs:
            return Observation(state=ObservedState.GONE)
        return self._observation(next((job for job in jobs if not job.state.terminal), jobs[0]), "")

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

    def _observation(self, job: JobSummary, definition: str) -> Observation:
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
