"""The life of a statement: prove, create, observe, update, repair, delete. Each step looks first and can be done again.

A run that is killed between two steps is finished by the next one: nothing is remembered here, everything is read from the JobManager.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from flinksql.clock import Clock, SystemClock
from flinksql.diagnostics.runtime_errors import runtime_problem
from flinksql.errors import JobFailedError, TransientError, UnreachableError
from flinksql.flink.gateway import GatewayClient, GatewaySession, SharedSessions
from flinksql.flink.jobmanager import JobManagerClient, JobSummary
from flinksql.policy import DeleteMode
from flinksql.sql import definition_hash
from flinksql.statement import Definition, Deployed, Kind
from flinksql.statements.adoption import Adoption
from flinksql.statements.adoption_report import report
from flinksql.statements.compatibility import Restore, Verdict
from flinksql.statements.ending import Ending
from flinksql.statements.failure_points import FailureHook, FailurePoint, no_failure
from flinksql.statements.health import HealthWatch
from flinksql.statements.model_probe import ModelProbe, check_models, probe_directly
from flinksql.statements.observing import Observer
from flinksql.statements.orphaned_jobs import Claims, orphaned_jobs
from flinksql.statements.pausing import Pausing
from flinksql.statements.proof import prove
from flinksql.statements.renames import Former, former_job
from flinksql.statements.script import script_of
from flinksql.statements.state import StateFinder
from flinksql.statements.state_verdict import Judging
from flinksql.statements.submission import Submitter
from flinksql.statements.upgrade import Change, Upgrade
from flinksql.statements.values import LifecycleSettings, Observation, ObservedState


class StatementLifecycle:
    """Brings definitions to a cluster and back. Safe to share between threads.

    `secrets` are the values of `${secret:NAME}`. `probe` asks a model's endpoint before a job is touched. `failure_point` is called
    between any two steps that change something: a test makes it raise there. `sessions`, and `watched`, by which new jobs
    are looked at, are shared by the lifecycles of one process.
    """

    def __init__(
        self,
        gateway: GatewayClient,
        jobmanager: JobManagerClient,
        secrets: Mapping[str, str] | None = None,
        *,
        settings: LifecycleSettings | None = None,
        clock: Clock | None = None,
        probe: ModelProbe = probe_directly,
        failure_point: FailureHook = no_failure,
        sessions: SharedSessions | None = None,
        watched: JobManagerClient | None = None,
    ) -> None:
        self.gateway = gateway
        self.jobmanager = jobmanager
        self.secrets = dict(secrets or {})
        self.settings = settings or LifecycleSettings()
        self.clock = clock or SystemClock()
        self.probe = probe
        self.failure_point = failure_point
        self._sessions = sessions or SharedSessions(gateway)
        self._submitter = Submitter(
            gateway=gateway,
            jobmanager=jobmanager,
            secrets=self.secrets,
            settings=self.settings,
            clock=self.clock,
            failure_point=failure_point,
            sessions=self._sessions,
        )
        self._watch = HealthWatch(jobmanager=watched or jobmanager, policy=self.settings.health, clock=self.clock)
        self._ending = Ending(jobmanager=jobmanager, settings=self.settings, clock=self.clock, failure_point=failure_point)
        self._adoption = Adoption(jobmanager=jobmanager, watch=self._watch, ending=self._ending)
        self._observer = Observer(jobmanager=jobmanager)
        state = StateFinder(jobmanager=jobmanager, settings=self.settings)
        self._pausing = Pausing(adoption=self._adoption, ending=self._ending, state=state)
        self._upgrade = Upgrade(
            jobmanager=jobmanager,
            submitter=self._submitter,
            watch=self._watch,
            ending=self._ending,
            adoption=self._adoption,
            state=state,
            observer=self._observer,
            probe=probe,
            failure_point=failure_point,
        )
        self._judging = Judging(gateway=gateway, jobmanager=jobmanager, secrets=self.secrets, settings=self.settings, clock=self.clock)

    def validate(self, definition: Definition) -> None:
        """Let the planner look at the definition in a session that is closed after it. Nothing runs, nothing stays.

        Raises StatementError in the file that is wrong, or TransientError when no gateway answers.
        """
        script = script_of(definition, self.secrets)

        def proven(session: GatewaySession) -> None:
            script.replay(session)
            prove(session, script, definition.options)

        waits = iter(self.settings.retry_waits)
        while True:
            try:
                self._sessions.run(proven)
            except TransientError:
                wait = next(waits, None)
                if wait is None:
                    raise
                self.clock.sleep(wait)
            else:
                return

    def verdict(self, old: Definition, new: Definition) -> Verdict | None:
        """Return what becomes of the state of the old definition's job under the new one; None where there is none to lose.

        Plans both; touches nothing. Raises StatementError in the file that is wrong, or TransientError when no gateway answers.
        """
        return self._judging.verdict(old, new)

    def create(self, definition: Definition) -> Deployed:
        """Make the definition true (see `_create`). A state that the policy's `restore_from` names is used up by that."""
        return _spent(definition, self._create(definition))

    def _create(self, definition: Definition) -> Deployed:
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
        alive = self._adoption.alive(definition)
        # One look is enough for the many of which there is nothing to adopt: among a hundred jobs it is not cheap.
        if alive or definition.statement.kind is Kind.BOUNDED_JOB:
            adopted = self._adoption.adopt(definition)
            if adopted is not None:
                return adopted
            alive = self._adoption.alive(definition)
        if not alive and definition.policy.adopt_job:
            self.validate(definition)
            return self._adoption.take_over(definition)
        if not alive:
            return self._started(definition)
        return self._upgrade.run(Change(new=definition, old=None, deployed=Deployed(definition_hash="")), alive)

    def repair(self, definition: Definition, deployed: Deployed) -> Deployed:
        """Bring the definition's job back (see `_repair`). A state that the policy's `restore_from` names is used up by that."""
        return _spent(definition, self._repair(definition, deployed))

    def _repair(self, definition: Definition, deployed: Deployed) -> Deployed:
        """Bring back a job that failed, was cancelled or is gone, from its last savepoint or retained checkpoint when one is known.

        `restored_from` of the result says which, empty for none. A healthy job is left alone.
        """
        if definition.statement.kind is not Kind.JOB:
            return self._create(definition)
        if not definition.policy.running:
            return self._pausing.pause(definition, deployed)
        adopted = self._adoption.adopt(definition, deployed)
        if adopted is not None:
            return adopted
        return self._upgrade.run(Change(new=definition, old=None, deployed=deployed), self._adoption.alive(definition, deployed))

    def update(self, old: Definition, new: Definition, deployed: Deployed, *, restore: Restore = Restore.STRICT) -> Deployed:
        """Replace the running definition (see `_update`). A state that the policy's `restore_from` names is used up by that."""
        return _spent(new, self._update(old, new, deployed, restore=restore))

    def _update(self, old: Definition, new: Definition, deployed: Deployed, *, restore: Restore) -> Deployed:
        """Replace the running definition by another one that goes on from its state, as far as `restore` and the policy say.

        Everything that can fail without touching the job comes first. When the new one does not become healthy within its window the old
        one goes back from the same savepoint, and JobFailedError says so. An update that was killed is gone on with where it ended.
        """
        if new.statement.kind is Kind.CATALOG_OBJECT:
            return self.create(new)
        if not new.policy.running:
            self.validate(new)
            return self._pausing.pause(new, deployed)
        change = Change(new=new, old=old, deployed=deployed, restore=restore)
        begun = self._adoption.found(new, deployed)
        if begun is not None:
            return self._upgrade.resumed(change, begun)
        return self._upgrade.run(change, self._adoption.alive(new, deployed))

    def adoption_report(self, definition: Definition) -> str:
        """Return what the job that the policy's `adopt_job` names says of itself, beside what the file would run. Touches nothing.

        Raises JobFailedError for a job that the JobManager does not know, StatementError, or TransientError.
        """
        script = script_of(definition, self.secrets)
        with self.gateway.session() as session:
            script.replay(session)
            return report(definition, script, session, self.jobmanager)

    def jobs(self) -> tuple[JobSummary, ...]:
        """Return all jobs that the JobManager knows. Raises TransientError."""
        return self.jobmanager.jobs()

    def former_job(self, definition: Definition, beside: Collection[str], before: Collection[JobSummary]) -> Former | None:
        """Return the job that a new statement may have had under another name: it runs, and none of the bundle's jobs, `beside`, is it.

        `before` are the jobs that Flink had when the run began. Raises TransientError.
        """
        return former_job(definition, beside, before, self.jobmanager)

    def orphaned(self, claims: Claims) -> tuple[JobSummary, ...]:
        """Return the stack's running jobs that belong to no statement. Raises TransientError."""
        return orphaned_jobs(claims, self.jobmanager, self.settings.salt)

    def end_orphaned(self, claims: Claims) -> tuple[JobSummary, ...]:
        """Cancel the stack's jobs that belong to no statement, wait until they are terminal, and return them. Raises TransientError."""
        found = self.orphaned(claims)
        self._ending.cancel(found)
        return found

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
        self.failure_point(FailurePoint.BEFORE_DELETE)
        savepoint = ""
        try:
            if definition.policy.delete_mode is DeleteMode.SAVEPOINT and definition.statement.kind is Kind.JOB:
                savepoint = self._pausing.end(definition, deployed)
            else:
                self._ending.cancel(self._adoption.alive(definition, deployed))
        except UnreachableError:
            if not platform_gone:
                raise
        self.failure_point(FailurePoint.CANCELLED)
        return savepoint

    def _started(self, definition: Definition) -> Deployed:
        """Submit a job that has no predecessor, and watch it; one that does not become healthy is cancelled."""
        with self._submitter.prepared(definition, shared=True) as job:
            check_models(job.script, self.probe)
            self.failure_point(FailurePoint.PREPARED)
            deployed = job.submit(restore=definition.policy.restore_from)
        self.failure_point(FailurePoint.SUBMITTED)
        try:
            self._watch.wait(deployed.job_id, definition.statement.kind)
        except JobFailedError as error:
            self._ending.cancel(self._adoption.alive(definition, deployed))
            raise runtime_problem(str(error), definition, self.secrets) from error
        self.failure_point(FailurePoint.HEALTHY)
        return deployed


def _spent(definition: Definition, deployed: Deployed) -> Deployed:
    return replace(deployed, restore_used=definition.policy.restore_from)
