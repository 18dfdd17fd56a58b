"""Asking the planner for the plans of the old and the new definition, each in a throwaway session, and what their comparison means.

Nothing is touched: EXPLAIN opens no connection, neither to Kafka nor to a model (measured on 2.1 and 2.2).
"""

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property

from flinksql.clock import Clock
from flinksql.errors import FlinkSqlError, StatementError
from flinksql.flink.gateway import GatewayClient
from flinksql.sql import definition_hash, redact, with_other_secrets
from flinksql.sql.rotation import readable
from flinksql.statement import Definition, Kind, Position
from flinksql.statements.compatibility import (
    Decision,
    Finding,
    PlanError,
    Planned,
    Restore,
    Verdict,
    judge,
    read_compiled,
    read_plan,
    unknown,
)
from flinksql.statements.observe import JobInspector, Predecessor
from flinksql.statements.plan_files import compiled_plan
from flinksql.statements.planner_answers import PlannerAnswers, plans_of
from flinksql.statements.proof import explained_plan
from flinksql.statements.retry import retrying
from flinksql.statements.script import Script, script_of
from flinksql.statements.values import LifecycleSettings

ALLOW = "-- allow_state_reset: true"
NOBODY_ANSWERED = "Flink did not answer"


@dataclass(frozen=True, kw_only=True)
class Judging:
    """Judges changes of jobs on one cluster."""

    gateway: GatewayClient
    inspector: JobInspector
    secrets: Mapping[str, str]
    settings: LifecycleSettings
    clock: Clock
    explained: dict[str, str] = field(default_factory=dict)
    """What the planner said of the jobs that were judged, by the hash of the definition."""
    remembers: bool = True
    """Whether what the planner said may be used, and kept, for other processes."""

    def verdict(self, old: Definition, new: Definition) -> Verdict | None:
        """Return what becomes of the old job's state; None where none can be lost: catalog objects, bounded jobs, a change already made.

        Planning the new definition is its validation. Raises StatementError in the file that is wrong, or TransientError when the gateway
        or the JobManager does not answer.
        """
        if {old.statement.kind, new.statement.kind} != {Kind.JOB}:
            return kinds_verdict(old, new)
        after = self._planned(new)
        predecessor = retrying(self.settings.retry_waits, self.clock)(self.inspector.predecessor, old, new)
        if predecessor.made:
            return None
        try:
            before = self._planned(old)
        except StatementError as error:
            return self._about(predecessor, unknown(f"the old definition cannot be planned any more: {error.problem}"))
        return self._judged(before, after, predecessor)

    def line_verdict(self, old: Definition, new: Definition, planner: GatewayClient) -> Verdict:
        """Return what becomes of the old job's state under the new definition, planned by the SQL Gateway of another Flink line.

        The two definitions may be the same. The other planner's refusal of the new one is a StatementError in the file that is wrong.
        Raises TransientError when a gateway or the JobManager does not answer.
        """
        # That gateway's run is not the one for which answers count.
        after = replace(self, gateway=planner, remembers=False)._planned(new)  # noqa: SLF001 - the same, asking another gateway
        predecessor = retrying(self.settings.retry_waits, self.clock)(self.inspector.running, old)
        return self._judged(self._planned(old), after, predecessor)

    def rotation_verdict(self, definition: Definition, secrets: Collection[str]) -> Verdict:
        """Return what becomes of a job's state when it is started again with other values of the secrets that are named.

        The former values are nowhere any more, so the place of each counts as changed: a password's says nothing of state, a topic's does.
        Raises StatementError in the file that is wrong, or TransientError when the gateway or the JobManager does not answer.
        """
        after = self._planned(definition)
        predecessor = retrying(self.settings.retry_waits, self.clock)(self.inspector.running, definition)
        try:
            before = self._planned(with_other_secrets(definition, secrets))
        except StatementError as error:
            return self._about(predecessor, unknown(f"what another value of {' and '.join(sorted(secrets))} plans to: {error.problem}"))
        return self._judged(before, after, predecessor).map_text(readable)

    def _judged(self, before: Planned | PlanError, after: Planned | PlanError, predecessor: Predecessor) -> Verdict:
        if isinstance(before, PlanError) or isinstance(after, PlanError):
            return self._about(predecessor, unknown(str(before if isinstance(before, PlanError) else after)))
        # Operators are quoted in verdicts, and conditions with their literals are parts of operators.
        verdict = judge(before, after, predecessor.vertices).map_text(lambda text: redact(text, self.secrets))
        return self._about(predecessor, verdict.with_doubt(predecessor.doubt) if predecessor.doubt else verdict)

    @staticmethod
    def _about(predecessor: Predecessor, verdict: Verdict) -> Verdict:
        return replace(verdict, job_id=predecessor.job_id)

    def _planned(self, definition: Definition) -> Planned | PlanError:
        try:
            return retrying(self.settings.retry_waits, self.clock)(self._plans, definition)
        except PlanError as error:
            return error

    def _plans(self, definition: Definition) -> Planned:
        script = script_of(definition, self.secrets)
        configuration = {**self.settings.defaults, **definition.options}

        def ask() -> dict[str, str]:
            # Each takes a second or more of a planner that uses one core, and a session's operations run one after another.
            with ThreadPoolExecutor(max_workers=1, thread_name_prefix="compile-plan") as beside:
                compiling = beside.submit(self._compiled, script, configuration)
                with self.gateway.session() as session:
                    script.replay(session)
                    explained = explained_plan(session, script, configuration)
                read_plan(explained)
                return {"explained": explained, "compiled": compiling.result()}

        said = self._answers.of(definition, script, plans_of(configuration), ask)
        self.explained[definition_hash(definition)] = said["explained"]
        return Planned(definition=definition, plan=read_plan(said["explained"]), compiled=read_compiled(said["compiled"]))

    def _compiled(self, script: Script, configuration: Mapping[str, str]) -> str:
        with self.gateway.session() as session:
            script.replay(session)
            return compiled_plan(session, script, configuration, self.settings.plans_folder)

    @cached_property
    def _answers(self) -> PlannerAnswers:
        folder = self.settings.plans_folder if self.remembers else None
        return PlannerAnswers(gateway=self.gateway, plans_folder=folder, secrets=self.secrets)


def kinds_verdict(old: Definition, new: Definition) -> Verdict | None:
    """Return the verdict that follows from the kinds alone; None when they say nothing."""
    if old.statement.kind is not Kind.JOB or new.statement.kind is Kind.JOB:
        return None
    finding = Finding(decision=Decision.RESETS, why=f"it becomes a {new.statement.kind}", restore=Restore.NONE)
    return Verdict(
        decision=Decision.RESETS,
        findings=(finding,),
        restore=Restore.NONE,
        consequence="the running job is cancelled, and its state dropped",
    )


def verdict_line(verdict: Verdict, definition: Definition) -> str:
    """Return the verdict as a line for people, with the statement's name."""
    end = "" if verdict.keeps else f". {_sentence(verdict.consequence)}"
    return f"Statement {definition.name}: {verdict}{end}"


def refusal(verdict: Verdict | None, definition: Definition, how: str = "") -> FlinkSqlError | None:
    """Return the error that stops a change which its statement's header does not allow; None when it may be made.

    `how` says how to allow this one change, where there is a way besides the header.
    """
    if verdict is None or verdict.allowed_by(definition.policy):
        return None
    line = f"add the line `{ALLOW}` at the top of the file"
    meant = f"{how}\n  Or {line}, which lets later changes through too." if how else f"{line}."
    message = f"this change of a running job does not keep its state: {verdict}.\n  If that is meant, {meant} Then: {verdict.consequence}."
    position = Position(file=definition.statement.file, line=1, column=1)
    return StatementError(message, statement=definition.name, position=position)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
