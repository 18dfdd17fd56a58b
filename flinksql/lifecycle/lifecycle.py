"""The life of a statement: prove, create, observe, update, repair, delete. Each step looks first and can be done again.

A run that is killed between two steps is finished by the next one: nothing is remembered here, everything is read from the JobManager.
"""

from collections.abc import Callable, Iterable, Mapping

from flinksql.bundle import definition_hash
from flinksql.clock import Clock, SystemClock
from flinksql.errors import FlinkSqlError, JobFailedError, TransientError, UnreachableError
from flinksql.gateway import GatewayClient
from flinksql.jobmanager import JobManagerClient, JobSummary
from flinksql.lifecycle.adoption import Adoption
from flinksql.lifecycle.ending import Ending
from flinksql.lifecycle.health import HealthWatch
from flinksql.lifecycle.observing import Observer
from flinksql.lifecycle.pausing import Pausing
from flinksql.lifecycle.proof import prove
from flinksql.lifecycle.script import script_of
from flinksql.lifecycle.state import StateFinder
from flinksql.lifecycle.submission import PreparedJob, Submitter
from flinksql.lifecycle.takeover import report
from flinksql.lifecycle.values import LifecycleSettings, Observation, ObservedState
from flinksql.policy import DeleteMode
from flinksql.statement import Definition, Deployed, Kind


def _nothing(_point: str) -> None:
    return


class StatementLifecycle:
    """Brings definitions to a cluster and back. Safe to share between threads.

    `secrets` are the values of `${secret:NAME}`. `failure_point` is called with a name between any two steps that change something
    ("validated", "prepared", "stopped", "submitted", "healthy"): a test makes it raise there.
    """

    def __init__(
        self,
        gateway: GatewayClient,
        jobmanager: JobManagerClient,
        secrets: Mapping[str, str] | None = None,
        *,
        settings: LifecycleSettings | None = None,
        clock: Clock | None = None,
        failure_point: Callable[[str], None] = _nothing,
    ) -> None:
        self.gateway = gateway
        self.jobmanager = jobmanager
        self.secrets = dict(secrets or {})
        self.settings = settings or LifecycleSettings()
        self.clock = clock or SystemClock()
        self.failure_point = failure_point
        self._submitter = Submitter(gateway=gateway, jobmanager=jobmanager, secrets=self.secrets, settings=self.settings, clock=self.clock)
        self._watch = HealthWatch(jobmanager=jobmanager, policy=self.settings.health, clock=self.clock)
        self._ending = Ending(jobmanager=jobmanager, settings=self.settings, clock=self.clock)
        self._adoption = Adoption(jobmanager=jobmanager, watch=self._watch, ending=self._ending)
        self._state = StateFinder(jobmanager=jobmanager, settings=self.settings)
        self._pausing = Pausing(adoption=self._adoption, ending=self._ending, state=self._state)
        self._observer = Observer(jobmanager=jobmanager)

    def validate(self, definition: Definition) -> None:
        """Let the planner look at the definition in a throwaway session. Nothing runs, nothing stays.

        Raises StatementError in the file that is wrong, or TransientError when no gateway answers.
        """
        script = script_of(definition, self.secrets)
        waits = iter(self.settings.retry_waits)
        while True:
            try:
                with self.gateway.session() as session:
                    script.replay(session)
                    prove(session, script)
            except TransientError:
                wait = next(waits, None)
                if wait is None:
                    raise
                self.clock.sleep(wait)
            else:
                return

    def create(self, definition: Definition) -> Deployed:
        """Make the definition true: a catalog object is proven, a job runs and is healthy, a bounded job is finished.

        A job that already runs the same definition is adopted; another one under the name is stopped with a savepoint and gone on from.
        A job that only ended jobs precede starts without state: `repair` is the one that restores.
        A statement that is not to run is validated and gets no job; one that adopts a job keeps that job as it is.
        """
        if definition.statement.kind is Kind.CATALOG_OBJECT:
            self.validate(definition)
            return Deployed(definition_hash=definition_hash(definition))
        if not definition.policy.running:
            self.validate(definition)
            return self._pausing.pause(definition, Deployed(definition_hash=""))
        adopted = self._adoption.adopt(definition)
        if adopted is not None:
            return adopted
        alive = self._adoption.alive(definition)
        if alive:
            return self._replace(definition, alive, old=None, deployed=Deployed(definition_hash=""))
        if definition.policy.adopt_job:
            self.validate(definition)
            return self._adoption.take_over(definition)
        with self._submitter.prepared(definition) as job:
            self.failure_point("prepared")
            return self._start(job, restore="", first_generation=1)

    def repair(self, definition: Definition, deployed: Deployed) -> Deployed:
        """Bring back a job that failed, was cancelled or is gone, from its last savepoint or retained checkpoint when one is known.

        `restored_from` of the result says which, empty for none. A healthy job is left alone.
        """
        if definition.statement.kind is not Kind.JOB:
            return self.create(definition)
        if not definition.policy.running:
            return self._pausing.pause(definition, deployed)
        adopted = self._adoption.adopt(definition, deployed)
        return adopted or self._replace(definition, self._adoption.alive(definition, deployed), old=None, deployed=deployed)

    def update(self, old: Definition, new: Definition, deployed: Deployed) -> Deployed:
        """Replace the running definition by another one that goes on from its state.

        Everything that can fail without touching the job comes first. When the new one does not become healthy the old one goes back
        from the same savepoint, and JobFailedError says so.
        """
        if new.statement.kind is Kind.CATALOG_OBJECT:
            return self.create(new)
        if not new.policy.running:
            self.validate(new)
            return self._pausing.pause(new, deployed)
        adopted = self._adoption.adopt(new, deployed)
        if adopted is not None:
            return adopted
        self.validate(new)
        self.failure_point("validated")
        return self._replace(new, self._adoption.alive(new, deployed), old=old, deployed=deployed)

    def adoption_report(self, definition: Definition) -> str:
        """Return what the job that the policy's `adopt_job` names says of itself, beside what the file would run. Touches nothing.

        Raises JobFailedError for a job that the JobManager does not know, StatementError, or TransientError.
        """
        script = script_of(definition, self.secrets)
        with self.gateway.session() as session:
            script.replay(session)
            return report(definition, script, session, self.jobmanager)

    def observe(self, definition: Definition, deployed: Deployed) -> Observation:
        """Return what became of the definition. Changes nothing."""
        if definition.statement.kind is Kind.CATALOG_OBJECT:
            return Observation(state=ObservedState.DEFINED, definition_hash=deployed.definition_hash)
        if not definition.policy.running:
            return self._observer.observe_paused(definition.job_name, deployed)
        return self._observer.observe(definition.job_name, deployed)

    def observe_all(self, job_names: Iterable[str]) -> dict[str, Observation]:
        """Return what runs under each job name, from one look at all jobs. Changes nothing."""
        return self._observer.observe_all(job_names)

    def delete(self, definition: Definition, deployed: Deployed, *, platform_gone: bool = False) -> str:
        """End every job under the name and wait until they are terminal; none there is done.

        Returns where the state lies that the policy's delete mode asked to keep, empty when it asked for none or there is none.
        Raises UnreachableError when the JobManager does not answer, unless `platform_gone` says that it went with its jobs.
        """
        if definition.statement.kind is Kind.CATALOG_OBJECT:
            return ""
        try:
            if definition.policy.delete_mode is DeleteMode.SAVEPOINT and definition.statement.kind is Kind.JOB:
                return self._pausing.end(definition, deployed)
            self._ending.cancel(self._adoption.alive(definition, deployed))
        except UnreachableError:
            if not platform_gone:
                raise
        return ""

    def _replace(self, new: Definition, alive: list[JobSummary], *, old: Definition | None, deployed: Deployed) -> Deployed:
        """End what runs under the name, keeping its state, and start the new definition from it."""
        with self._submitter.prepared(new) as job:
            self.failure_point("prepared")
            restore = self._end_keeping_state(new, alive, job.hash, deployed)
            self.failure_point("stopped")
            first = deployed.generation + 1 if deployed.definition_hash == job.hash else 1
            try:
                return self._start(job, restore=restore, first_generation=first)
            except TransientError as error:
                state = f" Its state is kept at {restore}." if restore else ""
                raise type(error)(f"statement {new.name}: it is stopped and could not be started again: {error}{state}") from error
            except FlinkSqlError as error:
                if not restore and not (alive and old):
                    raise
                raise self._rolled_back(error, new, old if alive else None, restore) from error

    def _end_keeping_state(self, definition: Definition, alive: list[JobSummary], next_hash: str, deployed: Deployed) -> str:
        """End the jobs and return the path to go on from, empty for none."""
        if definition.statement.kind is Kind.BOUNDED_JOB:
            self._ending.cancel(alive)
            return ""
        restore = ""
        if alive and alive[0].all_tasks_running and self._adoption.is_ours(alive[0], deployed):
            restore = self._ending.stop_with_savepoint(alive[0].job_id, next_hash)
        self._ending.cancel(self._adoption.alive(definition, deployed))
        return restore or self._state.latest(definition.job_name, deployed)

    def _start(self, job: PreparedJob, *, restore: str, first_generation: int) -> Deployed:
        """Submit and wait until healthy; a job that is not is cancelled, so that nothing half-done stays."""
        deployed = job.submit(first_generation=first_generation, restore=restore)
        self.failure_point("submitted")
        try:
            self._wait(job.definition, deployed.job_id)
        except JobFailedError:
            self._ending.cancel(self._adoption.alive(job.definition, deployed))
            raise
        self.failure_point("healthy")
        return deployed

    def _rolled_back(self, error: FlinkSqlError, new: Definition, old: Definition | None, restore: str) -> JobFailedError:
        """Put the old definition back and return the error that tells both."""
        if old is None:
            state = f" Its state is kept at {restore}." if restore else ""
            return JobFailedError(f"{error}{state}")
        try:
            with self._submitter.prepared(old) as job:
                back = self._start(job, restore=restore, first_generation=1)
        except FlinkSqlError as second:
            return JobFailedError(
                f"The new version failed and the old one did not come back.\n  new: {error}\n  old: {second}\n"
                f"  statement {new.name} is stopped. Its state is kept at {restore or 'no place: it had none'}."
            )
        return JobFailedError(
            f"The new version failed, and the old one runs again from {restore or 'the start'} (job {back.job_id}).\n  new: {error}"
        )

    def _wait(self, definition: Definition, job_id: str) -> None:
        try:
            self._watch.wait(job_id, definition.statement.kind)
        except JobFailedError as error:
            raise JobFailedError(f"statement {definition.name}: {error}") from error
