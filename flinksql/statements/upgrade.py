"""One job in place of another: stop with a savepoint, go on from it, and back to the old definition when the new one does not come up.

Nothing is remembered between two runs. A run that was killed in the middle is finished by the next one, from what Flink keeps: the jobs
under the name, the savepoints that they wrote, and what they started from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from flinksql.diagnostics.runtime_errors import runtime_problem
from flinksql.errors import FlinkSqlError, JobFailedError, StateNotFoundError, TransientError
from flinksql.flink.jobmanager import JobManagerClient, JobState, JobSummary
from flinksql.policy import UpgradeMode
from flinksql.sql import definition_hash
from flinksql.statement import Definition, Deployed, Kind
from flinksql.statements.adoption import Adoption
from flinksql.statements.compatibility import Restore
from flinksql.statements.ending import ATTEMPTS, Ending
from flinksql.statements.failure_points import FailureHook, FailurePoint
from flinksql.statements.health import HealthWatch
from flinksql.statements.model_probe import ModelProbe, check_models
from flinksql.statements.observing import DEFINITION_TAG, Observer
from flinksql.statements.state import SavedState, StateFinder
from flinksql.statements.submission import PreparedJob, Submitter
from flinksql.statements.values import ObservedState


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is to happen. `old` is the definition to go back to, None when there is none; `deployed` is what is known of its job.

    `restore` says what of the state the new job takes over; the policy of `new` can make it nothing.
    """

    new: Definition
    old: Definition | None
    deployed: Deployed
    restore: Restore = Restore.STRICT

    @property
    def new_hash(self) -> str:
        """The hash of the definition to come."""
        return definition_hash(self.new)

    @property
    def old_hashes(self) -> set[str]:
        """The hashes whose jobs hold the state of the definition to go back to."""
        known = {self.deployed.definition_hash} - {""}
        return known | {definition_hash(self.old)} if self.old else known

    @property
    def wanted_state(self) -> str:
        """The path that the header names and no job was started from yet; empty when it names none."""
        path = self.new.policy.restore_from
        return path if path != self.deployed.restore_used else ""

    @property
    def bounded(self) -> bool:
        """Whether the job is one that comes to an end, and so never has a predecessor's state."""
        return self.new.statement.kind is Kind.BOUNDED_JOB

    @property
    def stateless(self) -> bool:
        """Whether the new job starts from nothing."""
        return self.bounded or self.restore is Restore.NONE or self.new.policy.upgrade_mode is UpgradeMode.STATELESS

    @property
    def upgraded_within(self) -> float | None:
        """How many seconds an upgraded job is given; None for one that has no version to go back to."""
        return self.new.policy.health_window_seconds if self.old else None

    @property
    def first_generation(self) -> int:
        """The lowest generation that may be free for the new job."""
        return self.deployed.generation + 1 if self.deployed.definition_hash == self.new_hash else 1


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where things stand when nothing runs any more: `forward` is for the new job, `back` for the old definition.

    `returns` is whether to go back to the old definition at all: not to one whose job had failed before.
    """

    forward: SavedState
    back: SavedState
    returns: bool


@dataclass(frozen=True, kw_only=True)
class Upgrade:
    """Carries changes out."""

    jobmanager: JobManagerClient
    submitter: Submitter
    watch: HealthWatch
    ending: Ending
    adoption: Adoption
    state: StateFinder
    observer: Observer
    probe: ModelProbe
    failure_point: FailureHook

    def run(self, change: Change, alive: Sequence[JobSummary]) -> Deployed:
        """Put the new definition in the place of what is alive under its name, and watch it.

        What can fail without touching the old job comes first. Raises StatementError, JobFailedError or TransientError.
        """
        with self.submitter.prepared(change.new, planned=True) as job:
            check_models(job.script, self.probe)
            self.failure_point(FailurePoint.PREPARED)
            origin = self._stopped(change, alive)
            self.failure_point(FailurePoint.STOPPED)
            started = self._submitted(change, job, origin)
        self.failure_point(FailurePoint.RESUBMITTED)
        return self._watched(change, started, origin)

    def resumed(self, change: Change, job: JobSummary) -> Deployed:
        """Go on watching a job of the new definition that a killed run left behind; back to the old one when it does not come up.

        A job that completed a checkpoint of its own was well once: it is left as it is, whatever ails it now. Raises JobFailedError.
        """
        try:
            return self.adoption.confirmed(change.new, job, change.deployed, upgraded_within=change.upgraded_within)
        except JobFailedError as error:
            if change.bounded or self.adoption.proven(job):
                raise JobFailedError(f"{error}\nThe job {job.job_id} ran before and is left as it is.") from error
            self.ending.cancel(self.adoption.alive(change.new, change.deployed))
            raise self._rolled_back(change, error, self._origin(change)) from error

    def _stopped(self, change: Change, alive: Sequence[JobSummary]) -> Origin:
        """End what runs under the name, keeping its state. Raises JobFailedError when a job that is well cannot be stopped so."""
        if change.bounded:
            self.ending.cancel(alive)
            return Origin(forward=SavedState(), back=SavedState(), returns=bool(alive) and change.old is not None)
        returns = change.old is not None and not self._failed_before(change, alive)
        source = self._source(change, alive)
        if source and change.wanted_state:
            raise JobFailedError(
                f"statement {change.new.name}: its job {source.job_id} runs, and `restore_from` would have it do again what it has done "
                "since. Remove the line, or stop the job first, with `-- running: false`."
            )
        saved = self._saved(change, source) if source else None
        if saved is None:
            origin = self._origin(change)
            self._refuse_a_silent_reset(change, origin)
            self.ending.cancel(self.adoption.alive(change.new, change.deployed))
        else:
            origin = Origin(forward=saved, back=saved, returns=True)
            self.ending.cancel(job for job in alive if source and job.job_id != source.job_id)
        forward = SavedState() if change.stateless and not change.wanted_state else origin.forward
        return Origin(forward=forward, back=origin.back, returns=origin.returns and returns)

    def _source(self, change: Change, alive: Sequence[JobSummary]) -> JobSummary | None:
        """Return the job whose state goes on: the recorded definition's, or when nothing is recorded whichever this project submitted."""
        ours = (job for job in alive if self._definition(change, job) in change.old_hashes)
        unrecorded = (job for job in alive if not change.old_hashes and self.adoption.is_ours(job, change.deployed))
        source = next(chain(ours, unrecorded), None)
        return source if source and source.all_tasks_running else None

    def _definition(self, change: Change, job: JobSummary) -> str:
        return self.adoption.tags(job, change.deployed).get(DEFINITION_TAG, "")

    def _saved(self, change: Change, job: JobSummary) -> SavedState | None:
        """Stop a job with a savepoint; None when it has none to give, being gone or failing again and again."""
        try:
            path = self.ending.stop_with_savepoint(job.job_id, change.new_hash, attempts=1 if change.stateless else ATTEMPTS)
        except JobFailedError:
            looping = self.observer.observe(job.name, Deployed(definition_hash="", job_id=job.job_id)).state is ObservedState.RESTARTING
            if not looping and not change.stateless:
                raise
            return None
        return SavedState(path=path) if path else None

    def _origin(self, change: Change) -> Origin:
        """Find the state of jobs that have ended, by whoever's hand."""
        name, deployed = change.new.job_name, change.deployed
        if change.wanted_state:
            # Who names a state means this one: a failed start is told, and nothing else is started in its place.
            return Origin(forward=SavedState(path=change.wanted_state), back=SavedState(), returns=False)
        if not change.old_hashes:
            # Nothing is recorded: what was there and cannot be stopped with a savepoint is gone on from where it can be.
            return Origin(forward=self.state.latest(name, deployed), back=SavedState(), returns=False)
        forward = self.state.latest(name, deployed, {change.new_hash, *change.old_hashes})
        back = self.state.latest(name, deployed, change.old_hashes)
        written_by_new = forward.writer == change.new_hash and change.new_hash not in change.old_hashes
        # Where the new version was well once, or the old one's state cannot be found, going back would lose what was done since.
        return Origin(forward=forward, back=back, returns=not written_by_new and bool(back.path or back.certain))

    def _failed_before(self, change: Change, alive: Sequence[JobSummary]) -> bool:
        """Whether the old definition's job had failed for good, so that going back to it brings nothing back."""
        if alive or change.old is None:
            return False
        named = (job for job in self.jobmanager.jobs() if job.name == change.new.job_name or job.job_id == change.deployed.job_id)
        newest = next((job for job in named if self._definition(change, job) in change.old_hashes), None)
        return newest is not None and newest.state is JobState.FAILED

    def _refuse_a_silent_reset(self, change: Change, origin: Origin) -> None:
        if change.stateless or change.new.policy.allow_state_reset or origin.forward.path or origin.forward.certain:
            return
        raise StateNotFoundError(
            f"statement {change.new.name}: its job {change.deployed.job_id} is gone, and its last state cannot be found: the JobManager "
            f"forgot it, and {self.state.place} no checkpoint or savepoint of it was found. It is not started without state unasked. "
            f"Where you have its state, write `-- restore_from: {self.state.example(change.deployed.job_id)}` at the top of its file; to "
            "start without, which reads everything again: `-- allow_state_reset: true`."
        )

    def _submitted(self, change: Change, job: PreparedJob, origin: Origin) -> Deployed:
        try:
            return job.submit(
                first_generation=change.first_generation,
                restore=origin.forward.path,
                ignore_unclaimed=change.restore is Restore.IGNORE_UNCLAIMED,
            )
        except TransientError as error:
            raise type(error)(
                f"statement {change.new.name}: it is stopped and could not be started again: {error}{_kept(origin.forward)}"
            ) from error
        except FlinkSqlError as error:
            raise self._rolled_back(change, error, origin) from error

    def _watched(self, change: Change, started: Deployed, origin: Origin) -> Deployed:
        """Return the new job when it is healthy; one that is not is cancelled, so that nothing half-done stays."""
        new = change.new
        try:
            self.watch.wait(started.job_id, new.statement.kind, upgraded_within=change.upgraded_within)
        except JobFailedError as error:
            problem = runtime_problem(str(error), new, self.submitter.secrets)
            self.ending.cancel(self.adoption.alive(new, started))
            raise self._rolled_back(change, problem, origin) from error
        self.failure_point(FailurePoint.HEALTHY)
        return started

    def _rolled_back(self, change: Change, error: FlinkSqlError, origin: Origin) -> JobFailedError:
        """Put the old definition back where it is to be, and return the error that tells both."""
        self.failure_point(FailurePoint.ROLLBACK_STARTED)
        old, back = change.old, origin.back
        if old is None or not origin.returns:
            return JobFailedError(f"{error}{_kept(origin.forward)}")
        generation = change.deployed.generation + 1
        try:
            with self.submitter.prepared(old) as job:
                returned = job.submit(first_generation=generation, restore=back.path)
            self.failure_point(FailurePoint.ROLLBACK_SUBMITTED)
            self.watch.wait(returned.job_id, old.statement.kind, upgraded_within=old.policy.health_window_seconds)
        except FlinkSqlError as second:
            return JobFailedError(
                f"The new version failed and the old one did not come back.\n  new: {_indented(error)}\n  old: {_indented(second)}\n"
                f"  The state of statement {old.name} is kept at {back.path or 'no place: it had none'}. The next `up` tries again."
            )
        return JobFailedError(
            f"The new version failed, and the old one runs again from {back.path or 'the start'} (job {returned.job_id}).\n"
            f"  new: {_indented(error)}"
        )


def _kept(state: SavedState) -> str:
    return f" Its state is kept at {state.path}." if state.path else ""


def _indented(error: FlinkSqlError) -> str:
    return str(error).replace("\n", "\n  ")
