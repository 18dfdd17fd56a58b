"""Whether a job really runs. Flink says RUNNING of jobs without a TaskManager, and of jobs between two failures."""

from collections.abc import Sequence
from dataclasses import dataclass

from flinksql.clock import Clock
from flinksql.diagnostics.repeated_failures import describe, repetition
from flinksql.diagnostics.symptoms import Symptom, symptom_of, with_advice
from flinksql.errors import JobFailedError, NoCheckpointError, TransientError
from flinksql.flink.jobmanager import ExceptionEntry, JobManagerClient, JobNotFoundError, JobState, JobSummary
from flinksql.statement import Kind
from flinksql.statements.values import HealthPolicy

FATAL = ("StateMigrationException",)
"""Exceptions after which Flink restarts a job for ever although no restart can help: the first one is the answer."""
CHECKPOINT_SECONDS = 5.0
"""A checkpoint that was asked for and is neither made nor in the making after this long is asked for again."""
STARTING_SECONDS = 1.0
"""So often a job that is still starting is asked for its failures. Each answer costs the JobManager more than the list of all jobs."""
LONGEST_PAUSE_SECONDS = 135.0
"""So long Flink waits at most before it restarts a job once more, as the platforms configure it: two minutes and a tenth for jitter."""

_ON_ITS_WAY = frozenset({JobState.INITIALIZING, JobState.CREATED, JobState.RUNNING})


def symptom(entry: ExceptionEntry) -> Symptom:
    """Return what a failure says."""
    return symptom_of(entry.stacktrace or entry.exception_name, entry.task_name or "")


def cause_of(entry: ExceptionEntry) -> str:
    """Return a failure's root cause as a line for people, without rows."""
    return symptom(entry).cause


@dataclass(frozen=True, kw_only=True)
class HealthWatch:
    """Watches a job until it is healthy, or finished when it is a bounded one."""

    jobmanager: JobManagerClient
    policy: HealthPolicy
    clock: Clock

    def wait(
        self, job_id: str, kind: Kind, *, since: int = 0, upgraded_within: float | None = None, restored_within: float | None = None
    ) -> None:
        """Return when the job is healthy. Failures up to `since` (ms since 1970) are history.

        `upgraded_within` are the seconds that an upgraded job is given. It must also complete a checkpoint, if it makes any, and so must
        one that was restored, for only that shows that its state can be written as well as read: `restored_within` are the seconds that it
        is given if they are more than any job's.
        Raises JobFailedError with the root cause, NoCheckpointError for a job to which nothing else happened, or TransientError when the
        JobManager could not be asked until the deadline.
        """
        given = max(self.policy.deadline_seconds, restored_within or 0.0) if upgraded_within is None else upgraded_within
        seconds = self.policy.bounded_seconds if kind is Kind.BOUNDED_JOB else given
        began = self.clock.monotonic()
        watched = _Watched(watch=self, job_id=job_id, kind=kind, since=since, checkpoint=(restored_within or upgraded_within) is not None)
        while True:
            trouble: TransientError | None = None
            try:
                if watched.healthy():
                    return
            except TransientError as error:
                trouble = error
            # A job that ran before may stand in a long pause, with nothing wrong any more: its next try decides.
            allowed = seconds + (LONGEST_PAUSE_SECONDS if since and watched.paused else 0)
            if self.clock.monotonic() - began > allowed:
                raise trouble or self._why_not(watched, allowed)
            self.clock.sleep(self.policy.poll_seconds)

    def last_cause(self, job_id: str) -> str:
        """Return the root cause of the job's newest failure with what helps, empty when there is none."""
        try:
            failures = self.jobmanager.failures(job_id, at_most=1)
        except JobNotFoundError:
            return ""
        return with_advice(cause_of(failures[0]), symptom(failures[0])) if failures else ""

    def loop(self, job_id: str, failures: Sequence[ExceptionEntry]) -> str:
        """Say that a job fails again and again. `failures` come newest first."""
        found = repetition(failures, self.jobmanager.checkpoints(job_id))
        return describe(found) if found else with_advice(f"fails again and again: {cause_of(failures[0])}", symptom(failures[0]))

    def _why_not(self, watched: "_Watched", seconds: float) -> JobFailedError:
        cause = self.last_cause(watched.job_id)
        if cause:
            return JobFailedError(f"the job did not become healthy within {seconds:g} s: {cause}")
        if watched.waits_for_checkpoint and watched.runs:
            return NoCheckpointError(
                f"the job runs and completed no checkpoint within {seconds:g} s. Is the storage of the checkpoints reachable? "
                f"If a checkpoint takes that long, write `-- health_window_seconds: {2 * seconds:g}` at the top of its file."
            )
        return JobFailedError(self._without_cause(watched, seconds))

    def _without_cause(self, watched: "_Watched", seconds: float) -> str:
        cluster = self.jobmanager.overview()
        if cluster.taskmanagers == 0:
            return f"the job waits for a TaskManager since {seconds:g} s, and the cluster has none."
        if cluster.slots_available == 0 and not watched.runs:
            return (
                f"the job waits for a task slot since {seconds:g} s: all {cluster.slots_total} are in use. Give the TaskManager more slots."
            )
        return f"the job is {watched.last_state} and did not become healthy within {seconds:g} s."


class _Watched:
    """What is remembered of a job between two looks."""

    def __init__(self, *, watch: HealthWatch, job_id: str, kind: Kind, since: int, checkpoint: bool) -> None:
        self.watch = watch
        self.job_id = job_id
        self.kind = kind
        self.since = since
        self.waits_for_checkpoint = checkpoint and kind is Kind.JOB
        self._asked_for_checkpoint = float("-inf")
        self.last_state = "not known to the JobManager"
        self.paused = False
        self.runs = False
        """Whether all its tasks ran at the last look."""
        self._newest_failure = since
        self._quiet_from: float | None = None
        self._next_look = watch.clock.monotonic() + STARTING_SECONDS

    def healthy(self) -> bool:
        """Look once. Raises JobFailedError when it will not become healthy any more."""
        job = next((job for job in self.watch.jobmanager.jobs() if job.job_id == self.job_id), None)
        if job is None:
            return False
        self.paused = self.paused or job.state is JobState.RESTARTING
        self.runs = job.all_tasks_running
        self.last_state = f"{job.state} with {job.tasks.running} of {job.tasks.total} tasks running"
        if job.state.terminal:
            return self._ended(job)
        if self._is_stabilizing(job) or self._is_starting(job):
            return False
        history = self.watch.jobmanager.failures(self.job_id)
        failures = [entry for entry in history if entry.timestamp > self.since]
        self._refuse_a_loop(history, failures)
        if self.kind is Kind.BOUNDED_JOB:
            return False
        # Asked for while the quiet second passes, not after it.
        checkpointed = self._checkpointed(job)
        return self._quiet(job, failures) and checkpointed

    def _refuse_a_loop(self, history: Sequence[ExceptionEntry], failures: Sequence[ExceptionEntry]) -> None:
        """Raise JobFailedError for failures that no waiting ends: too many, a fatal one, or one more of those that the job had before."""
        fatal = next((entry for entry in failures if any(name in entry.stacktrace for name in FATAL)), None)
        if fatal:
            raise JobFailedError(f"the job {with_advice(f'fails again and again: {cause_of(fatal)}', symptom(fatal))}")
        as_before = bool(self.since and failures) and repetition(history, self.watch.jobmanager.checkpoints(self.job_id)) is not None
        if as_before or len(failures) >= self.watch.policy.failures_of_a_loop:
            raise JobFailedError(f"the job {self.watch.loop(self.job_id, history)}")

    def _checkpointed(self, job: JobSummary) -> bool:
        """Whether the job has made a checkpoint of its own, or need not. One is asked for: the next by its interval may be minutes away."""
        if not self.waits_for_checkpoint or not job.all_tasks_running:
            return not self.waits_for_checkpoint
        jobmanager, now = self.watch.jobmanager, self.watch.clock.monotonic()
        counts = jobmanager.checkpoints(self.job_id).counts
        if counts.completed or jobmanager.checkpoint_interval(self.job_id) is None:
            self.waits_for_checkpoint = False
        elif not counts.in_progress and now - self._asked_for_checkpoint > CHECKPOINT_SECONDS:
            jobmanager.trigger_checkpoint(self.job_id)
            self._asked_for_checkpoint = now
        return not self.waits_for_checkpoint

    def _is_stabilizing(self, job: JobSummary) -> bool:
        """Whether there is nothing to ask yet: the failures of a quiet time are all told at its end."""
        quiet = self._quiet_from is not None and job.all_tasks_running
        return quiet and self.watch.clock.monotonic() - (self._quiet_from or 0.0) < self.watch.policy.settle_seconds

    def _is_starting(self, job: JobSummary) -> bool:
        """Whether there is nothing to ask yet: tasks are on their way, and what failed so far was asked for a moment ago."""
        if job.all_tasks_running or job.state not in _ON_ITS_WAY:
            return False
        now = self.watch.clock.monotonic()
        if now < self._next_look:
            return True
        self._next_look = now + STARTING_SECONDS
        return False

    def _ended(self, job: JobSummary) -> bool:
        if job.state is JobState.FINISHED and self.kind is Kind.BOUNDED_JOB:
            return True
        if job.state is JobState.FINISHED:
            raise JobFailedError("the job came to an end by itself. If it is meant to, write `-- kind: bounded` at the top of its file.")
        if job.state is JobState.CANCELED:
            raise JobFailedError("the job was cancelled from outside while it was starting.")
        raise JobFailedError(f"the job failed: {self.watch.last_cause(self.job_id) or 'Flink gives no cause'}")

    def _quiet(self, job: JobSummary, failures: list[ExceptionEntry]) -> bool:
        newest = max((entry.timestamp for entry in failures), default=self._newest_failure)
        now = self.watch.clock.monotonic()
        if not job.all_tasks_running or newest != self._newest_failure:
            self._quiet_from = None
        elif self._quiet_from is None:
            self._quiet_from = now
        self._newest_failure = newest
        return self._quiet_from is not None and now - self._quiet_from >= self.watch.policy.settle_seconds
