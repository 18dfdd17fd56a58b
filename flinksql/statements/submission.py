"""Submitting a job so that it runs once, whatever happens on the way.

The job id is derived from name, definition and generation, and Flink takes each id once: a second submission of the same id is refused.
So an attempt whose reply was lost is simply made again with the same id.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from flinksql.clock import Clock
from flinksql.errors import JobFailedError, PermanentError, TransientError
from flinksql.flink.gateway import DuplicateJobError, GatewayClient, GatewaySession, RefusedError, SharedSessions
from flinksql.flink.jobmanager import JobManagerClient, JobNotFoundError, JobState
from flinksql.sql import definition_hash, job_id
from flinksql.statement import Definition, Deployed, Kind
from flinksql.statements.planner_answers import PlannerAnswers, plans_of, proof_of
from flinksql.statements.proof import prove
from flinksql.statements.retry import retrying
from flinksql.statements.script import Script, script_of
from flinksql.statements.values import LifecycleSettings

JOB_ID_KEY = "$internal.pipeline.job-id"
RESTORE_KEY = "execution.state-recovery.path"
IGNORE_UNCLAIMED_KEY = "execution.state-recovery.ignore-unclaimed-state"
TAGS_KEY = "pipeline.global-job-parameters"
GENERATIONS = 1_000
"""Each cancelled or failed run of one definition uses up a generation for an hour; a thousand in an hour is a fault somewhere else."""


@dataclass(frozen=True, kw_only=True)
class Submitter:
    """Prepares sessions for jobs and submits from them."""

    gateway: GatewayClient
    jobmanager: JobManagerClient
    secrets: Mapping[str, str]
    settings: LifecycleSettings
    clock: Clock
    sessions: SharedSessions
    answers: PlannerAnswers

    @contextmanager
    def prepared(self, definition: Definition, *, planned: bool = False, shared: bool = False) -> "Iterator[PreparedJob]":
        """Open a session in which the closure is defined, ready to submit; closed at the end.

        `planned` has the planner look at the statement too, for a submission that must not be refused. `shared` is for those who submit
        at once, as the session is one that others wait for. Raises StatementError or TransientError.
        """
        job = PreparedJob(self, definition, planned=planned, shared=shared)
        try:
            job.open()
            yield job
        finally:
            job.close()


class PreparedJob:
    """A job that needs only to be submitted.

    `shared` takes a session that others use too, for those who submit at once. Whatever it refuses is asked again in a fresh one.
    """

    def __init__(self, submitter: Submitter, definition: Definition, *, planned: bool, shared: bool) -> None:
        self.definition = definition
        self.hash = definition_hash(definition)
        self.script: Script = script_of(definition, submitter.secrets)
        self._submitter = submitter
        self._planned = planned
        self._stack = ExitStack()
        self._session: GatewaySession | None = None
        self._shared = shared

    def open(self) -> GatewaySession:
        """Return the session, opened and filled if there is none; transient trouble is met by starting over a few times."""
        return retrying(self._submitter.settings.retry_waits, self._submitter.clock)(self._opened)

    def _opened(self) -> GatewaySession:
        if self._session is None:
            try:
                session = self._stack.enter_context(self._submitter.sessions.lease() if self._shared else self._submitter.gateway.session())
                self.script.replay(session)
                if self._planned and not self._proved():
                    prove(session, self.script, self.definition.options)
                self._session = session
            except PermanentError:
                if not self._left_shared():
                    raise
                return self._opened()
            except TransientError:
                self.close()
                raise
        return self._session

    def _proved(self) -> bool:
        """Whether the verdict on this change has had the planner look at the statement already."""
        configuration = {**self._submitter.settings.defaults, **self.definition.options}
        return self._submitter.answers.proved(self.definition, self.script, proof_of(self.definition), plans_of(configuration))

    def close(self) -> None:
        """Close the session if one is open."""
        self._session = None
        self._stack.close()

    def _ask_again(self, error: RefusedError) -> None:
        """Raise the refusal as an error of the statement's file, unless it came from a shared session."""
        if not self._left_shared():
            raise self.script.explained(error, self.script.target) from error

    def _left_shared(self) -> bool:
        """Go on in a fresh session. False when there was no other one to leave."""
        if not self._shared:
            return False
        self.close()
        self._shared = False
        return True

    def submit(
        self,
        *,
        first_generation: int = 1,
        restore: str = "",
        ignore_unclaimed: bool = False,
        accepted: Callable[[], None] = lambda: None,
    ) -> Deployed:
        """Submit under the first free generation. `restore` is a savepoint's or checkpoint's path, or empty.

        `ignore_unclaimed` lets state be dropped that belongs to no operator of the new job; else Flink refuses it. `accepted` is called
        when the SQL Gateway has the statement, and it is not known yet whether the JobManager has the job.

        Returns when Flink has accepted the job, or when it already runs under the id.
        Raises StatementError, JobFailedError or TransientError.
        """
        first = max(first_generation, 1)
        for generation in range(first, first + GENERATIONS):
            identity = job_id(self.definition.job_name, self.hash, generation, self._submitter.settings.salt)
            state = self._state(identity)
            configuration = self._configuration(identity, generation, restore, ignore_unclaimed=ignore_unclaimed)
            if self._serves(state):
                return Deployed(definition_hash=self.hash, generation=generation, job_id=identity, restored_from=restore)
            if state is None and self._accepted(identity, configuration, accepted):
                return Deployed(definition_hash=self.hash, generation=generation, job_id=identity, restored_from=restore, started=True)
        raise JobFailedError(f"statement {self.definition.name}: no job id is free after {GENERATIONS} tries. Restart the JobManager.")

    def _serves(self, state: JobState | None) -> bool:
        """Whether a job that another run submitted since we looked is what we would submit now."""
        if state is None:
            return False
        done = state is JobState.FINISHED and self.definition.statement.kind is Kind.BOUNDED_JOB
        return done or not state.terminal

    def _accepted(self, identity: str, configuration: Mapping[str, str], accepted: Callable[[], None]) -> bool:
        """Whether the job runs, or ran, because of us. False when the id was used up by an earlier job."""
        tried_before = False

        def attempt() -> bool:
            nonlocal tried_before
            try:
                self.open().execute(self.script.target.rendered.sql, configuration, accepted=accepted)
            except DuplicateJobError:
                return tried_before or self._lives(identity)
            except RefusedError as error:
                self._ask_again(error)
                return attempt()
            except TransientError:
                self.close()
                tried_before = True
                raise
            return True

        try:
            return retrying(self._submitter.settings.retry_waits, self._submitter.clock)(attempt)
        except TransientError:
            if self._known(identity):
                return True
            raise

    def _known(self, identity: str) -> bool:
        """Whether the JobManager has the job: it may have been accepted although no reply ever came."""
        return self._state(identity) is not None

    def _lives(self, identity: str) -> bool:
        state = self._state(identity)
        return state is not None and not state.terminal

    def _state(self, identity: str) -> JobState | None:
        try:
            return self._submitter.jobmanager.status(identity)
        except JobNotFoundError:
            return None

    def _configuration(self, identity: str, generation: int, restore: str, *, ignore_unclaimed: bool) -> dict[str, str]:
        configuration = {
            **self._submitter.settings.defaults,
            **self.definition.options,
            "pipeline.name": self.definition.job_name,
            JOB_ID_KEY: identity,
            TAGS_KEY: f"statement:{self.definition.name},definition:{self.hash},generation:{generation}",
        }
        if restore:
            configuration[RESTORE_KEY] = restore
            # Always said: a savepoint remembers nothing of how it was restored before, and the cluster's own default may be another.
            configuration[IGNORE_UNCLAIMED_KEY] = str(ignore_unclaimed).lower()
        return configuration
