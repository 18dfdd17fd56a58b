"""What can be asked of statements on a cluster, and done to them: the library's front door.

Nothing is remembered here between two calls, everything is read from Flink. What is done is what `plan` says.
"""

from collections.abc import Collection, Iterable, Mapping

from flinksql.clock import Clock, SystemClock
from flinksql.errors import UnreachableError
from flinksql.flink.gateway import GatewayClient, GatewaySession, SharedSessions
from flinksql.flink.jobmanager import JobManagerClient, JobSummary
from flinksql.sql import definition_hash
from flinksql.statement import Definition, Deployed, Kind
from flinksql.statements.adoption_report import report
from flinksql.statements.apply import Executor
from flinksql.statements.compatibility import Restore, Verdict
from flinksql.statements.failure_points import FailureHook, no_failure
from flinksql.statements.health import HealthWatch
from flinksql.statements.model_probe import ModelProbe, probe_directly
from flinksql.statements.observe import JobInspector, Observer
from flinksql.statements.orphaned_jobs import Claims, orphaned_jobs
from flinksql.statements.plan import plan
from flinksql.statements.planner_answers import PlannerAnswers, proof_of
from flinksql.statements.proof import prove
from flinksql.statements.renames import Former, former_job
from flinksql.statements.retry import retrying
from flinksql.statements.script import script_of
from flinksql.statements.situation import Recorded, Wanted
from flinksql.statements.state import StateFinder
from flinksql.statements.state_verdict import Judging
from flinksql.statements.steps import Step
from flinksql.statements.stopping import JobStopper
from flinksql.statements.submission import Submitter
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
        self.restores: dict[str, Restore] = {}
        """What the verdicts so far let a definition take over of its predecessor's state, by hash."""
        self.explained: dict[str, str] = {}
        """What the planner said of the jobs that were looked at, by the hash of the definition."""
        self._sessions = sessions or SharedSessions(gateway)
        self._stopper = JobStopper(jobmanager=jobmanager, settings=self.settings, clock=self.clock)
        self._observer = Observer(jobmanager=jobmanager)
        self._inspector = JobInspector(jobmanager=jobmanager, state=StateFinder(jobmanager=jobmanager, settings=self.settings))
        self._answers = PlannerAnswers(gateway=gateway, plans_folder=self.settings.plans_folder, secrets=self.secrets)
        self._executor = Executor(
            inspector=self._inspector,
            observer=self._observer,
            submitter=Submitter(
                gateway=gateway,
                jobmanager=jobmanager,
                secrets=self.secrets,
                settings=self.settings,
                clock=self.clock,
                sessions=self._sessions,
                answers=self._answers,
            ),
            watch=HealthWatch(jobmanager=watched or jobmanager, policy=self.settings.health, clock=self.clock),
            stopper=self._stopper,
            validate=self.validate,
            probe=probe,
            failure_point=failure_point,
        )
        self._judging = Judging(
            gateway=gateway,
            inspector=self._inspector,
            secrets=self.secrets,
            settings=self.settings,
            clock=self.clock,
            explained=self.explained,
        )

    def validate(self, definition: Definition) -> None:
        """Let the planner look at the definition in a session that is closed after it. Nothing runs, nothing stays.

        Raises StatementError in the file that is wrong, or TransientError when no gateway answers.
        """
        script = script_of(definition, self.secrets)
        said: dict[str, str] = {}

        def proven(session: GatewaySession) -> None:
            script.replay(session)
            said["explained"] = prove(session, script, definition.options)

        def ask() -> dict[str, str]:
            self._sessions.run(proven)
            return said

        # As a whole: a gateway that was just started may not even say its version at once.
        retried = retrying(self.settings.retry_waits, self.clock)
        answer = retried(self._answers.of, definition, script, proof_of(definition), ask)
        self.explained[definition_hash(definition)] = answer["explained"]

    def verdict(self, old: Definition, new: Definition) -> Verdict | None:
        """Return what becomes of the state of the old definition's job under the new one; None where there is none to lose.

        Plans both; touches nothing. Raises StatementError in the file that is wrong, or TransientError when no gateway answers.
        """
        verdict = self._judging.verdict(old, new)
        self.restores[definition_hash(new)] = verdict.restore if verdict else Restore.STRICT
        return verdict

    def line_verdict(self, old: Definition, new: Definition, planner: GatewayClient) -> Verdict:
        """Return what becomes of the old definition's job when it goes on as the new one on the Flink line whose planner is given.

        Plans both; touches nothing. Raises StatementError where the other line refuses the statement, or TransientError.
        """
        return self._judging.line_verdict(old, new, planner)

    def rotation_verdict(self, definition: Definition, secrets: Collection[str]) -> Verdict:
        """Return what becomes of a job's state when it is started again with other values of these secrets.

        Touches nothing. Raises StatementError or TransientError.
        """
        return self._judging.rotation_verdict(definition, secrets)

    def plan(self, recorded: Recorded, wanted: Wanted) -> tuple[Step, ...]:
        """Return the steps that `bring_about` would take now, from one look. Touches nothing. Raises TransientError."""
        return plan(recorded, wanted, self._inspector.seen(recorded, wanted))

    def bring_about(self, recorded: Recorded, wanted: Wanted) -> Deployed:
        """Make a definition true, from wherever things stand: a catalog object is proven, a job runs and is healthy, a bounded one ends.

        What can fail without touching a job comes first. A job that already runs the definition is kept; another one is stopped with a
        savepoint and its state restored. When an upgraded job does not become healthy within its window, the recorded definition is
        restored from its own state. A statement that is not to run is proven and gets no job.
        Raises StatementError in the file that is wrong, JobFailedError with the root cause, or TransientError.
        """
        return self._executor.bring_about(recorded, wanted).deployed

    def create(self, definition: Definition) -> Deployed:
        """Make a new statement's definition true. A job that only ended jobs precede starts without state: `repair` restores."""
        return self.bring_about(Recorded(), Wanted(definition=definition))

    def repair(self, definition: Definition, deployed: Deployed) -> Deployed:
        """Make the recorded definition true again; a healthy job is left alone.

        `restored_from` of the result says which savepoint or checkpoint a new job started from, empty for none.
        """
        return self.bring_about(Recorded(deployed=deployed, definition=definition), Wanted(definition=definition))

    def restart(self, definition: Definition, deployed: Deployed, *, restore: Restore = Restore.STRICT) -> Deployed:
        """Start the recorded definition's job again, from its own state, so that it gets the secrets of now.

        One that is well is stopped with a savepoint; of another one the newest checkpoint counts.
        """
        return self.bring_about(
            Recorded(deployed=deployed, definition=definition), Wanted(definition=definition, restore=restore, restarts=True)
        )

    def update(self, old: Definition, new: Definition, deployed: Deployed, *, restore: Restore = Restore.STRICT) -> Deployed:
        """Replace the recorded definition by another one, restored from its state as far as `restore` and the policy say."""
        return self.bring_about(Recorded(deployed=deployed, definition=old), Wanted(definition=new, restore=restore))

    def delete(self, definition: Definition, deployed: Deployed, *, platform_gone: bool = False) -> str:
        """End every job under the name and wait until they are terminal; none there is done.

        Returns where the state lies that the policy's delete mode asked to keep, empty when it asked for none or there is none.
        Raises UnreachableError when the JobManager does not answer, unless `platform_gone` says that it went with its jobs.
        """
        try:
            return self._executor.bring_about(Recorded(deployed=deployed), Wanted(definition=definition, deleted=True)).kept
        except UnreachableError:
            if not platform_gone:
                raise
            return ""

    def last_state(self, job_name: str, deployed: Deployed, digest: str = "") -> str:
        """Return where the last state of an ended job lies; empty where it has none, or none is found. Raises TransientError.

        `digest` is the hash of the definition whose jobs count; without it that of the deployed one.
        """
        return self._inspector.state.latest(job_name, deployed, {digest or deployed.definition_hash}).path

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
        self._stopper.cancel(found)
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
