"""Taking the steps of a plan. This is the only place that changes anything in Flink for a statement.

Between two steps nothing is remembered outside the process: a run that is killed is finished by the next one's plan, from what Flink keeps.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import singledispatchmethod

from flinksql.diagnostics.runtime_errors import runtime_problem
from flinksql.errors import FlinkSqlError, JobFailedError, NoCheckpointError, TransientError
from flinksql.statement import Definition, Deployed
from flinksql.statements import steps as step
from flinksql.statements.compatibility import Restore
from flinksql.statements.failure_points import FailureHook, FailurePoint, Moment
from flinksql.statements.health import HealthWatch
from flinksql.statements.model_probe import ModelProbe, check_models
from flinksql.statements.observe import JobInspector, Observer
from flinksql.statements.plan import plan
from flinksql.statements.refusals import refused
from flinksql.statements.situation import Recorded, Saved, SavedState, Wanted
from flinksql.statements.steps import Refusal, Start, Step, StepName, otherwise
from flinksql.statements.stopping import ATTEMPTS, JobStopper
from flinksql.statements.submission import PreparedJob, Submitter
from flinksql.statements.values import GENERATION_TAG, ObservedState, Result


@dataclass(frozen=True, kw_only=True)
class Executor:
    """Looks, plans, and takes the steps. Safe to share between threads."""

    inspector: JobInspector
    observer: Observer
    submitter: Submitter
    watch: HealthWatch
    stopper: JobStopper
    validate: Callable[[Definition], None]
    probe: ModelProbe
    failure_point: FailureHook

    def bring_about(self, recorded: Recorded, wanted: Wanted) -> Result:
        """Make the wanted definition true. Raises StatementError, JobFailedError or TransientError."""
        savepointless = set[str]()
        with ExitStack() as stack:
            run = _Run(self, recorded, wanted, stack)
            while True:
                steps = plan(recorded, wanted, self.inspector.seen(recorded, wanted, savepointless))
                self._require_space(wanted, steps)
                again = run.take(steps)
                if again is None:
                    return run.result()
                savepointless.add(again)

    def _require_space(self, wanted: Wanted, steps: Collection[Step]) -> None:
        """Raise JobFailedError before a job is ended where no state can be written: it would give no savepoint.

        A JobManager with high availability, too, writes that a job has ended. Where it cannot, it ends itself, and what it wrote of that
        keeps it from starting again (measured with Flink 2.2).
        """
        ends_a_job = any(isinstance(one, step.Stop | step.Cancel) for one in steps)
        if ends_a_job and (why := self.submitter.settings.full_state()):
            raise JobFailedError(f"statement {wanted.definition.name}: its job is not touched: {why}.")


class _SavepointlessError(Exception):
    """A job that was asked for a savepoint has none to give, and the plan says what follows."""

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id
        super().__init__(job_id)


class _IncompletePlanError(Exception):
    """A step stands in a plan without the one that has to come before it. A defect."""


class _Run:
    """What one run knows of one statement, from step to step."""

    def __init__(self, executor: Executor, recorded: Recorded, wanted: Wanted, stack: ExitStack) -> None:
        self._executor = executor
        self._recorded = recorded
        self._wanted = wanted
        self._definition = wanted.definition
        self._stack = stack
        self._prepared: PreparedJob | None = None
        self._replaces = False
        self._stopped = set[str]()
        self._savepoint = ""
        self._restored = ""
        self._found = Saved()
        self._deployed = Deployed(definition_hash=wanted.hash)
        self._returned = Deployed(definition_hash="")

    def take(self, steps: tuple[Step, ...]) -> str | None:
        """Take the steps one after the other. Returns the job that gave no savepoint when a new plan is needed, else None."""
        for one in steps:
            try:
                with self._between(one.name):
                    self._take(one)
            except _SavepointlessError as none:
                self.take(otherwise(one))
                return none.job_id
            except FlinkSqlError as error:
                raise self._failed(one, error) from error
        return None

    def result(self) -> Result:
        """Return what the steps came to. A state that the header names is used up by a job that runs."""
        used = self._definition.policy.restore_from if self._definition.policy.running else self._recorded.deployed.restore_used
        return Result(deployed=replace(self._deployed, restore_used=used), kept=self._kept)

    @property
    def _kept(self) -> str:
        return self._savepoint or self._found.forward.path

    @contextmanager
    def _between(self, name: StepName) -> Iterator[None]:
        self._executor.failure_point(FailurePoint(Moment.BEFORE, name))
        yield
        self._executor.failure_point(FailurePoint(Moment.AFTER, name))

    def _during(self, name: StepName) -> Callable[[], None]:
        return lambda: self._executor.failure_point(FailurePoint(Moment.DURING, name))

    @singledispatchmethod
    def _take(self, one: Step) -> None:
        """Take a step. Those without a method of their own change nothing: the plan ends with them."""

    @_take.register
    def _prove(self, _one: step.Prove) -> None:
        self._executor.validate(self._definition)

    @_take.register
    def _prepare(self, one: step.Prepare) -> None:
        if self._prepared is None:
            # After another look the session is open already. A submission that replaces nothing may be refused, and shares one.
            prepared = self._executor.submitter.prepared(self._definition, planned=one.planned, shared=not one.planned)
            job = self._stack.enter_context(prepared)
            check_models(job.script, self._executor.probe)
            self._prepared, self._replaces = job, one.planned

    @_take.register
    def _stop(self, one: step.Stop) -> None:
        """Stop a job with a savepoint. Raises JobFailedError for one that is well and cannot write one, and is to."""
        stop, attempts = self._executor.stopper.stop_with_savepoint, ATTEMPTS if one.insists else 1
        try:
            path = stop(one.job_id, one.next_hash, attempts=attempts, triggered=self._during(one.name))
        except JobFailedError:
            if one.insists and not self._loops(one.job_id):
                raise
            path = ""
        if not path:
            raise _SavepointlessError(one.job_id)
        self._savepoint = path
        self._stopped.add(one.job_id)

    def _loops(self, job_id: str) -> bool:
        observed = self._executor.observer.observe("", Deployed(definition_hash="", job_id=job_id))
        return observed.state is ObservedState.RESTARTING

    @_take.register
    def _cancel(self, one: step.Cancel | step.Discard) -> None:
        keep = one.keep if isinstance(one, step.Cancel) else ""
        named = self._executor.inspector.named(self._definition, self._recorded.deployed)
        alive = [job for job in named if not job.state.terminal and job.job_id != keep]
        self._executor.stopper.cancel(job for job in alive if job.job_id not in self._stopped)
        # What wrote its savepoint ends by itself. Cancelled in that moment, it would not commit what it wrote.
        self._executor.stopper.wait_until_ended(job.job_id for job in alive if job.job_id in self._stopped)

    @_take.register
    def _find_state(self, _one: step.FindState) -> None:
        self._found = self._executor.inspector.saved(self._recorded, self._wanted)

    @_take.register
    def _submit(self, one: step.Submit) -> None:
        if self._prepared is None:
            raise _IncompletePlanError(one.name)
        self._restored = self._path(one.start, one.path, self._found.forward)
        if one.start is Start.FOUND and not (self._restored or self._found.forward.certain or self._definition.policy.allow_state_reset):
            raise self._executor.inspector.state.not_found(self._definition.name, self._recorded.deployed.job_id)
        before = self._recorded.deployed
        self._deployed = self._prepared.submit(
            first_generation=before.generation + 1 if before.definition_hash == self._wanted.hash else 1,
            restore=self._restored,
            ignore_unclaimed=self._wanted.restore is Restore.IGNORE_UNCLAIMED,
            accepted=self._during(one.name),
        )
        self._prepared.close()

    def _path(self, start: Start, path: str, found: SavedState) -> str:
        """Return what a job is started from, empty for nothing."""
        return {Start.NOTHING: "", Start.SAVEPOINT: self._savepoint, Start.FOUND: found.path, Start.PATH: path}[start]

    @_take.register
    def _watch(self, one: step.Watch) -> None:
        # What a job survived before this run is no reason to refuse it now.
        since = self._executor.inspector.newest_failure(one.job_id) if one.job_id else 0
        job_id = one.job_id or self._deployed.job_id
        within = self._definition.policy.health_window_seconds if self._restored and not one.job_id and one.window is None else None
        self._executor.watch.wait(job_id, self._wanted.kind, since=since, upgraded_within=one.window, restored_within=within)

    @_take.register
    def _keep(self, one: step.Keep) -> None:
        inspector, job_id = self._executor.inspector, one.job_id
        generation = inspector.tags(job_id, self._recorded.deployed).get(GENERATION_TAG, "0")
        restored = inspector.restored_from(job_id)
        self._deployed = replace(self._deployed, generation=int(generation), job_id=job_id, restored_from=restored)

    @_take.register
    def _adopt(self, one: step.Adopt) -> None:
        """Take a job over. That it runs what the definition says is the word of the person who wrote the option."""
        inspector, job_id = self._executor.inspector, one.job_id
        job = next((job for job in inspector.jobmanager.jobs() if job.job_id == job_id), None)
        if job and job.all_tasks_running:
            self._deployed = replace(self._deployed, job_id=job_id, restored_from=inspector.restored_from(job_id))
            return
        problem = "the JobManager does not know it"
        if job:
            problem = f"it is {job.state} with {job.tasks.running} of {job.tasks.total} tasks running"
        advice = "Name a job that runs, or remove the line `adopt_job` and let a job be started"
        raise JobFailedError(f"statement {self._definition.name}: job {job_id} cannot be adopted: {problem}. {advice}.")

    @_take.register
    def _pause(self, _one: step.Pause) -> None:
        before = self._recorded.deployed
        generation = before.generation if before.definition_hash == self._wanted.hash else 0
        line = before.flink_line if self._kept == before.savepoint else self._flink_line()
        self._deployed = replace(self._deployed, generation=generation, savepoint=self._kept, flink_line=line)

    def _flink_line(self) -> str:
        """Return the line of the Flink that runs; empty where it cannot be asked just now: the job is stopped all the same."""
        try:
            return self._executor.inspector.flink_line()
        except TransientError:
            return ""

    @_take.register
    def _roll_back(self, one: step.RollBack) -> None:
        path = self._path(one.start, one.path, self._found.back)
        with self._executor.submitter.prepared(self._former) as job:
            generation = self._recorded.deployed.generation + 1
            self._returned = job.submit(first_generation=generation, restore=path, accepted=self._during(one.name))

    @_take.register
    def _watch_old(self, _one: step.WatchOld) -> None:
        window = self._former.policy.health_window_seconds
        self._executor.watch.wait(self._returned.job_id, self._former.statement.kind, upgraded_within=window)

    @property
    def _former(self) -> Definition:
        if self._recorded.definition is None:
            raise _IncompletePlanError(StepName.ROLL_BACK)
        return self._recorded.definition

    def _failed(self, one: Step, error: FlinkSqlError) -> FlinkSqlError:
        """Take the steps that the plan has for a failure, and return the error that tells what happened."""
        if isinstance(one, step.Submit):
            return self._not_started(error) if isinstance(error, TransientError) else self._undone(one, error)
        paused = bool(self._recorded.deployed.savepoint)
        if isinstance(one, step.Watch) and isinstance(error, NoCheckpointError) and one.window is None and not paused:
            # It may do all that it is there for but this. One that was paused is ended again: its savepoint is what it had.
            return JobFailedError(f"statement {self._definition.name}: {error}\nIt was started from {self._restored} and goes on running.")
        if isinstance(one, step.Watch) and isinstance(error, JobFailedError):
            return self._unhealthy(one, error)
        return error

    def _not_started(self, error: TransientError) -> TransientError:
        """Return the error of a job that is to be started once Flink answers again: that is no reason to go back."""
        if not self._replaces:
            return error
        problem = f"it is stopped and could not be started again: {error}{_kept_at(self._restored)}"
        return type(error)(f"statement {self._definition.name}: {problem}")

    def _unhealthy(self, one: step.Watch, error: JobFailedError) -> FlinkSqlError:
        if not one.job_id:
            return self._undone(one, runtime_problem(str(error), self._definition, self._executor.submitter.secrets))
        problem = f"statement {self._definition.name}: {error}"
        if not one.otherwise or self._executor.inspector.completed_a_checkpoint(one.job_id):
            return JobFailedError(f"{problem}\nThe job {one.job_id} ran before and is left as it is.")
        return self._undone(one, JobFailedError(problem))

    def _undone(self, one: Step, error: FlinkSqlError) -> FlinkSqlError:
        """Take the steps that follow a failure; return the error, with what became of the statement."""
        branch = otherwise(one)
        back = next((other for other in branch if isinstance(other, step.RollBack)), None)
        self.take(tuple(other for other in branch if not isinstance(other, step.RollBack | step.WatchOld)))
        if back is None or (back.start is Start.FOUND and not (self._found.back.path or self._found.back.certain)):
            kept = _kept_at(self._restored or (self._found.forward.path if not self._prepared else ""))
            return JobFailedError(f"{error}{kept}") if kept else error
        path = self._path(back.start, back.path, self._found.back)
        try:
            self.take((back, step.WatchOld()))
        except FlinkSqlError as second:
            return JobFailedError(
                f"The new version failed, and restoring the old one failed too.\n  new: {_indented(error)}\n  old: {_indented(second)}\n"
                f"  The state of statement {self._former.name} is kept at {path or 'no place: it had none'}. The next `up` tries again."
            )
        return JobFailedError(
            f"The new version failed, and the old one runs again from {path or 'the start'} (job {self._returned.job_id}).\n"
            f"  new: {_indented(error)}"
        )

    @_take.register
    def _refuse(self, one: step.Refuse) -> None:
        if one.reason is Refusal.STATE_NOT_FOUND:
            raise self._executor.inspector.state.not_found(self._definition.name, one.job_id)
        raise refused(one, self._definition.name)


def _kept_at(path: str) -> str:
    return f" Its state is kept at {path}." if path else ""


def _indented(error: FlinkSqlError) -> str:
    return str(error).replace("\n", "\n  ")
