"""Moving a stack's jobs to another Flink line: every job is judged before any is touched, and all go back when one cannot go on.

One Flink runs all jobs of a stack, so none can stay behind: each is stopped with a savepoint, the processes are started as the new
line, and each is restored and watched, one after the other. When one fails, the old line is started again, and all jobs from their
savepoints.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace

from embedded.control import ServiceControl
from embedded.errors import EmbeddedError
from embedded.settings import EmbeddedSettings
from embedded.specification import ServiceName
from flinksql.clock import SystemClock
from flinksql.errors import FlinkSqlError, PermanentError, StatementError
from flinksql.flink.gateway import GatewayClient
from flinksql.flink.jobmanager import JobManagerClient, JobSummary
from flinksql.flink.release_lines import release_line
from flinksql.statement import Definition, Deployed, Kind
from flinksql.statements import LifecycleSettings, StatementLifecycle
from flinksql.statements.compatibility import Decision, Restore, Verdict
from flinksql.statements.situation import Recorded, Wanted
from flinksql.statements.state_verdict import ALLOW, verdict_line
from flinksql.statements.stopping import JobStopper

_OF_FLINK = (ServiceName.JOB_MANAGER, ServiceName.TASK_MANAGER, ServiceName.SQL_GATEWAY)
_NEXT = "line-change"
"""Stands for the next definition in the trigger ids of savepoints, so that the same question of a later run gets the same answer."""

Speak = Callable[[str], None]
Lifecycle = Callable[[Definition], StatementLifecycle]


@dataclass(frozen=True, kw_only=True)
class Move:
    """A statement whose job goes along: as it was deployed, and as it is to be on the new line."""

    old: Definition
    deployed: Deployed
    new: Definition

    @property
    def runs(self) -> bool:
        """Whether there is a job before and after."""
        kinds = {self.old.statement.kind, self.new.statement.kind}
        return kinds == {Kind.JOB} and self.old.policy.running and self.new.policy.running


@dataclass(frozen=True, kw_only=True)
class JudgedMove:
    """What becomes of a statement. `refused` is why it may not be moved; empty when it may."""

    statement: str
    verdict: Verdict | None = None
    refused: str = ""


def judge_move(lifecycle: StatementLifecycle, move: Move, planner: GatewayClient, line: str) -> JudgedMove:
    """Plan a statement on both lines. Raises TransientError when Flink does not answer."""
    try:
        verdict = lifecycle.line_verdict(move.old, move.new, planner)
    except StatementError as error:
        return JudgedMove(statement=move.new.name, refused=f"Flink {line} does not take it: {error}")
    if verdict.allowed_by(move.new.policy):
        return JudgedMove(statement=move.new.name, verdict=verdict)
    what = "what becomes of its state is not proven" if verdict.decision is Decision.UNKNOWN else "it does not keep its state"
    refused = (
        f"{move.new.statement.file}: statement {move.new.name} on Flink {line}: {what}: {verdict}. "
        f"If that is meant, add the line `{ALLOW}` at the top of the file. Then: {verdict.consequence}."
    )
    return JudgedMove(statement=move.new.name, verdict=verdict, refused=refused)


def said_of(judged: JudgedMove, move: Move, line: str) -> str:
    """Return a line for people."""
    return f"Flink {line}: {verdict_line(judged.verdict, move.new)}" if judged.verdict else f"Flink {line}: {judged.refused}"


@dataclass(frozen=True, kw_only=True)
class Mover:
    """Moves the jobs of one stack. `prefix` is how the names of its jobs begin; `lifecycle` makes what starts a job, `note` is told of it.

    Both lines answer at the same addresses, one after the other.
    """

    before: EmbeddedSettings
    after: EmbeddedSettings
    prefix: str
    jobmanager: JobManagerClient
    lifecycle: Lifecycle
    settings: LifecycleSettings
    speak: Speak
    note: Callable[[Deployed], None] = lambda _deployed: None

    def move(self, moves: Sequence[Move], restores: Mapping[str, Restore]) -> None:
        """Move all jobs. Raises PermanentError when all run on the old line again; what another error left, the next run finishes."""
        saved: dict[str, str] = {}
        can_return = release_line(self.jobmanager.overview().flink_version) == self.before.flink.line
        self._stop_all(moves, saved)
        done: list[str] = []
        try:
            self._run(self.after)
            for move in moves:
                if move.runs and (path := saved.get(move.old.job_name, "")):
                    restore = restores.get(move.new.name, Restore.NONE)
                    deployed = self._started(move.new, move, "" if restore is Restore.NONE else path, restore)
                    done.append(move.new.name)
                    how = "without state" if restore is Restore.NONE else f"from {path}"
                    self.speak(f"Statement {move.new.name} runs on Flink {self.after.flink.line} {how} (job {deployed.job_id}).")
        except (FlinkSqlError, EmbeddedError) as error:
            if not can_return:
                raise
            raise self._back(moves, saved, done, error) from error

    def _stop_all(self, moves: Sequence[Move], saved: dict[str, str]) -> None:
        """Stop every job of the stack with a savepoint and note where each lies, by job name. When one gives none, all go on."""
        stopper = JobStopper(jobmanager=self.jobmanager, settings=self.settings, clock=SystemClock())
        for job in self._own_jobs():
            try:
                saved[job.name] = stopper.stop_with_savepoint(job.job_id, _NEXT)
                stopper.wait_until_ended([job.job_id])
            except FlinkSqlError as error:
                self._resume(moves, saved)
                raise PermanentError(f"Flink stays {self.before.flink.line}, and every job runs there: {error}") from error
            self.speak(f"Job {job.name} is stopped with savepoint {saved[job.name]}.")

    def _own_jobs(self) -> list[JobSummary]:
        return [job for job in self.jobmanager.jobs() if job.name.startswith(self.prefix) and not job.state.terminal]

    def _started(self, definition: Definition, move: Move, path: str, restore: Restore) -> Deployed:
        named = replace(definition, policy=replace(definition.policy, restore_from=path, adopt_job=""))
        # Whatever was restored from this path before belongs to another attempt.
        recorded = Recorded(deployed=replace(move.deployed, restore_used=""), definition=move.old)
        deployed = self.lifecycle(definition).bring_about(recorded, Wanted(definition=named, restore=restore))
        self.note(deployed)
        return deployed

    def _run(self, settings: EmbeddedSettings) -> None:
        """Have Flink's processes run as these settings say."""
        control = ServiceControl(settings)
        with ThreadPoolExecutor(len(_OF_FLINK)) as pool:
            list(pool.map(control.start, _OF_FLINK))

    def _back(self, moves: Sequence[Move], saved: Mapping[str, str], done: Sequence[str], error: Exception) -> PermanentError:
        """Start the old line with all jobs from their savepoints, and return the error that tells of it."""
        # What runs on the new line holds transactions open until it ends.
        with suppress(FlinkSqlError):
            JobStopper(jobmanager=self.jobmanager, settings=self.settings, clock=SystemClock()).cancel(self._own_jobs())
        self._run(self.before)
        self._resume(moves, saved)
        twice = f" What {', '.join(done)} had done on the new line is done again." if done else ""
        before, after = self.before.flink.line, self.after.flink.line
        return PermanentError(f"Flink {after} could not go on with every job, and Flink {before} runs all of them again.{twice}\n{error}")

    def _resume(self, moves: Sequence[Move], saved: Mapping[str, str]) -> None:
        for move in moves:
            if move.old.policy.running and (path := saved.get(move.old.job_name, "")):
                self._started(move.old, move, path, Restore.STRICT)
