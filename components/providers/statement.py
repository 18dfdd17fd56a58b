"""A Flink SQL statement as a resource. What is done to Flink is `flinksql`'s; this only speaks Pulumi.

A catalog object lives in the definition alone, a job runs. Secrets are taken from the stack's configuration at the moment of use.
"""

from collections.abc import Collection, Mapping
from threading import Lock

import pulumi
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    UpdateResult,
)

from components.access import Access
from components.connection import OWN, PROPERTY, Connection, is_moved
from components.providers.approvals import gate_of, with_revision
from components.providers.cluster import Cluster
from components.providers.committed import uncommitted_of
from components.providers.connected import ConnectedProvider
from components.providers.definitions import (
    GATHERED,
    OUTPUTS,
    PARTITIONS,
    PROBLEM,
    SECRETS_IN_USE,
    UNPLANNED,
    definition_of,
    deployed_of,
    hash_of,
    plain_definition,
    secrets_used,
    sizes_in,
    state_of,
)
from components.providers.engine import Doing, doing
from components.providers.first_starts import TOPICS, FirstStarts, topics_in
from components.providers.inputs import STATEMENT, replaced
from components.providers.job_conflicts import JobConflicts
from components.providers.last_jobs import LastJobNotes
from components.providers.messages import intention, is_well, outcome, reached, say_why
from components.providers.plans import PlannedSteps
from components.providers.policies import refused_adoption, without_spent
from components.providers.properties import Properties, has_unknown, inputs_of, text
from components.providers.recording import Attempt, action_of, outcome_of, packed, recorder_of, version_before, with_history
from components.providers.reporting import AS_LAST_SEEN, Once, WhileAsked, plainly, say
from components.providers.rotations import Rotations
from components.providers.state_loss import loss_allowed
from components.providers.state_verdicts import (
    checked,
    enforced,
    former_definition,
    refused_kind,
    refused_line,
    refused_start,
    unneeded_header,
)
from components.providers.statement_secrets import StatementSecrets
from components.statement_history import HISTORY, Action, Outcome, cut
from flinksql.errors import FlinkSqlError, TransientError, UnreachableError
from flinksql.policy import DeleteMode
from flinksql.sql import definition_hash
from flinksql.statement import Definition, Deployed, Kind
from flinksql.statements import Observation, ObservedState, StatementLifecycle, go_back

_BLIND = ObservedState.UNREACHABLE


class StatementProvider(ConnectedProvider):
    """Validate, create (or adopt), upgrade, repair, look, delete."""

    def connect(self, access: Access) -> None:
        """Make the clients. Secrets are taken from the stack's configuration when they are used."""
        self.cluster = Cluster(access)
        self.secrets = StatementSecrets(self.request, access.kept_secrets)
        self.uncommitted = uncommitted_of(access)
        # Create and update ask the planner anyway, for many statements at a time; checks come one after the other.
        self.validates = doing() is not Doing.UPDATING
        self.recorder = recorder_of(self.request)
        self.gate = gate_of(self.request, previews=self.validates)
        self.conflicts = JobConflicts(self.cluster)
        self.remark = Once()
        self.steps = PlannedSteps(lambda: self.cluster.looking(salted=True), lambda: self.validates)
        self.last_jobs = LastJobNotes(access, WhileAsked(self.remark))
        self.starts = FirstStarts(
            lambda: self.cluster, self.secrets, self.gate, self.steps, self.last_jobs, self._remarked, previews=self.validates
        )
        self.rotations = Rotations(self.secrets, lambda: self.cluster, self.gate, self.remark, judges=self.validates)
        self.proven: set[str] = set()
        self.lock = Lock()

    def check(self, olds: Properties, news: Properties) -> CheckResult:
        """Refuse what cannot be rendered and, where a gateway answers, what the planner refuses. Runs in previews too."""
        if has_unknown(news):
            return CheckResult(news, [])
        try:
            definition = definition_of(news)
            changed = hash_of(olds) != definition_hash(definition)
            problem = self.secrets.missing(definition)
            problem = problem or refused_adoption(olds, definition) or refused_kind(olds, definition, self.gate)
            problem = problem or self.conflicts.with_namesake(olds, definition)
            problem = problem or self.conflicts.with_restore(olds, definition)
            problem = problem or self.conflicts.with_rename(olds, news, definition, self.gate)
            problem = problem or (refused_start(former_definition(olds), definition, self.uncommitted) if changed else "")
            problem = problem or refused_line(olds, definition, self.gate.flink_line)
            if not problem and changed and self.validates and news.get(PROBLEM) != UNPLANNED:
                say_why(olds, news)
                problem = self._validate(olds, definition, sizes_in(news))
            if not problem and not olds:
                self.starts.foretell(definition, news)
        except FlinkSqlError as error:
            problem = str(error)
        problem = self.secrets.hidden(problem, definition_of(news), former_definition(olds))
        news = with_revision(olds, news)
        gathered = news.get(PROBLEM) in {GATHERED, UNPLANNED}
        news = {name: value for name, value in news.items() if name not in {PROBLEM, PARTITIONS}}
        if gathered:
            return CheckResult({**news, PROBLEM: problem} if problem else news, [])
        # Without a property: Pulumi would print the property's whole value, which is the SQL.
        return CheckResult(news, [CheckFailure("", problem)] if problem else [])

    def diff(self, _id: str, olds: Properties, news: Properties) -> DiffResult:
        """Compare what Flink would run; when that is the same, look whether it does."""
        if has_unknown(news) or news.get(PROBLEM):
            return DiffResult(changes=True)
        replaces = replaced(STATEMENT, olds, news)
        if replaces:
            return DiffResult(changes=True, replaces=replaces, delete_before_replace=True)
        definition = definition_of(news)
        with plainly(f"looking at statement {definition.name}", self.secrets.hiding(definition)):
            before = deployed_of(olds)
            renamed = text(olds, "name") != definition.name
            policies = [without_spent(one.policy, before) for one in (definition_of(olds), definition)]
            same = hash_of(olds) == definition_hash(definition)
            changed = renamed or not same or policies[0] != policies[1]
            rotates = same and self.rotations.due(olds, definition)
            if changed or rotates:
                self.steps.say_change(olds, definition, restarts=rotates)
            if changed or rotates or is_moved(olds, news):
                return DiffResult(changes=True)
            observation = self.cluster.looking().observe(definition, before)
        return DiffResult(changes=self._differs(olds, definition, observation))

    def create(self, props: Properties) -> CreateResult:
        """Prove a catalog object; bring a job to run, or adopt the one that runs already."""
        definition = definition_of(props)
        hide = self.secrets.hiding(definition)
        attempted = self.recorder.attempt(definition, {}, action_of(definition, None), hide)
        with plainly(f"creating statement {definition.name}", hide), self.cluster.explaining(), attempted as attempt:
            deployed = self._proven(definition) or self.starts.carry_out(definition, props, attempt)
            attempt.note(**outcome_of(definition, deployed))
        self.gate.spend(definition)
        in_use = self.secrets.in_use(definition, {}, deployed)
        return CreateResult(definition.job_name, with_history(state_of(props, deployed, reached(definition), in_use), attempt))

    def update(self, _id: str, olds: Properties, news: Properties) -> UpdateResult:
        """Upgrade to another definition, or bring back the same one."""
        definition, former, before = definition_of(news), definition_of(olds), deployed_of(olds)
        if _is_only_moved(olds, news, definition) and not self.rotations.is_due(olds, definition):
            # Whether the job runs where it is looked for now, the next look tells: a new address is no reason to touch it.
            kept = {**news, HISTORY: olds.get(HISTORY)}
            return UpdateResult(state_of(kept, before, text(olds, "condition"), self.secrets.in_use(definition, olds, before)))
        hide = self.secrets.hiding(definition, former)
        attempted = self.recorder.attempt(definition, olds, action_of(definition, former), hide)
        allowed = loss_allowed(self.gate, olds, definition, before)
        with (
            plainly(f"updating statement {definition.name}", hide),
            self.cluster.explaining(),
            attempted as attempt,
            allowed as given,
        ):
            attempt.approved(given.approval)
            if hash_of(olds) == definition_hash(definition):
                deployed = self.rotations.carry_out(olds, given.definition, attempt)
                deployed = deployed or self._lifecycle(definition).repair(given.definition, before)
                attempt.note(left_at=deployed.savepoint)
            else:
                deployed = self._proven(definition) or self._upgraded(olds, given.definition, attempt)
            attempt.note(**outcome_of(definition, deployed))
            if hash_of(olds) == definition_hash(definition) and deployed.job_id == before.job_id:
                attempt.outcome = Outcome.NOTHING
        # A job that goes on as it was did not start from anywhere.
        if definition.statement.kind is Kind.JOB and (not deployed.job_id or deployed.job_id != before.job_id):
            say(f"Statement {definition.name} {outcome(definition, deployed)}.")
        self.gate.spend(definition)
        in_use = self.secrets.in_use(definition, olds, deployed)
        return UpdateResult(with_history(state_of(news, deployed, reached(definition), in_use), attempt))

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Tell what became of the statement. It stays in the state also when its job is gone: the next `up` restores it from there."""
        definition, deployed = definition_of(props), deployed_of(props)
        with plainly(f"looking at statement {definition.name}", self.secrets.hiding(definition)):
            observation = self.cluster.looking().observe(definition, deployed)
        in_use = self.secrets.in_use(definition, props, deployed)
        return ReadResult(id_, state_of(props, deployed, self._condition(definition, observation), in_use), inputs_of(STATEMENT, props))

    def delete(self, _id: str, props: Properties) -> None:
        """Cancel the job and wait until it has ended."""
        definition, deployed = definition_of(props), deployed_of(props)
        hide = self.secrets.hiding(definition)
        attempted = self.recorder.attempt(definition, props, Action.DELETED, hide)
        with plainly(f"deleting statement {definition.name}", hide), attempted as attempt:
            lifecycle = self.cluster.lifecycle({}, definition.name)
            self.last_jobs.record(definition, deployed, topics_in(props))
            try:
                savepoint = lifecycle.delete(definition, deployed)
            except UnreachableError:
                keeping = definition.policy.delete_mode is DeleteMode.SAVEPOINT
                savepoint = lifecycle.delete(definition, deployed, platform_gone=self.cluster.jobs_are_gone(keeping_state=keeping))
            attempt.note(left_at=savepoint)
        if savepoint:
            say(f"The state of statement {definition.name} is kept at {savepoint}.")

    def _differs(self, olds: Properties, definition: Definition, observation: Observation) -> bool:
        """Tell whether what was seen of an unchanged statement is something to change, and say why."""
        self.rotations.doubted(olds, definition, observation)
        if is_well(definition, observation):
            if definition.policy.allow_state_reset and self.validates:
                self.remark(unneeded_header(definition))
            return False
        if observation.state is _BLIND:
            self.remark(f"{observation.cause} Jobs are {AS_LAST_SEEN}.")
            return False
        say(f"Statement {definition.name} {intention(observation)}: {self._condition(definition, observation)}")
        self.steps.say_change(olds, definition)
        return True

    def _upgraded(self, olds: Properties, new: Definition, attempt: Attempt) -> Deployed:
        old, deployed = definition_of(olds), deployed_of(olds)
        lifecycle = self._lifecycle(old, new)
        order = self.gate.undo_order(olds, new) if {old.statement.kind, new.statement.kind} == {Kind.JOB} else None
        if order and new.policy.running:
            attempt.note(action=Action.UNDONE, reason=order.reason, verdict=f"goes back to {order.version}")
            undone = go_back(lifecycle, old, new, deployed, order.savepoint)
            attempt.note(left_at=undone.left_at, version=packed(old))
            return undone.deployed
        hide = self.secrets.hiding(old, new)
        judged = enforced(lifecycle, olds, new, self.gate, lambda remark: say(hide(remark)))
        attempt.note(verdict=cut(judged.words))
        attempt.approved(judged.approval)
        upgraded = lifecycle.update(old, new, deployed, restore=judged.restore)
        attempt.note(**version_before(lifecycle, old, deployed))
        return upgraded

    def _lifecycle(self, *definitions: Definition) -> StatementLifecycle:
        return self.cluster.lifecycle(self.secrets.of(*definitions), definitions[-1].name)

    def _remarked(self, remark: str) -> None:
        self.remark(remark)

    def _condition(self, definition: Definition, observation: Observation) -> str:
        cause = self.secrets.hidden(observation.cause, definition)
        return f"{observation.state}: {cause}" if cause else str(observation.state)

    def _validate(self, olds: Properties, new: Definition, partitions: Mapping[str, int]) -> str:
        """Ask the planner, and return why the change is refused. Raises StatementError; that nobody answers is only remarked."""
        old = former_definition(olds)
        lifecycle = self.cluster.validation(self.secrets.of(*(one for one in (old, new) if one)))
        hide = self.secrets.hiding(old, new)
        try:
            problem = checked(lifecycle, olds, new, self.gate, lambda remark: say(hide(remark)))
        except TransientError as error:
            # What to do about it is for another moment: before the first `up` there is no gateway, and nothing is wrong.
            cause = str(error).partition(". ")[0]
            remark = "Flink's planner does not answer, so the statements are only read now. `up` validates each before it runs."
            self.remark(f"{remark} ({cause})")
            return ""
        self.steps.judged(lifecycle)
        from flinksql.diagnosis.foreseen import foreseen  # noqa: PLC0415  # what is unchanged is not diagnosed

        for remark in [] if problem else foreseen(new, lifecycle.explained.get(definition_hash(new), ""), partitions):
            self.remark(hide(remark))
        with self.lock:
            self.proven.add(definition_hash(new))
        return problem

    def _proven(self, definition: Definition) -> Deployed | None:
        """Return a catalog object's deployment when this run has proven it already."""
        digest = definition_hash(definition)
        with self.lock:
            proven = digest in self.proven
        return Deployed(definition_hash=digest) if proven and definition.statement.kind is Kind.CATALOG_OBJECT else None


def _is_only_moved(olds: Properties, news: Properties, definition: Definition) -> bool:
    """Tell whether nothing but the connection of a statement changed."""
    same = hash_of(olds) == definition_hash(definition) and definition_of(olds).policy == definition.policy
    return same and text(olds, "name") == definition.name and is_moved(olds, news)


class Statement(Resource, module="flinksql", name="Statement"):
    """One Flink SQL statement of a bundle."""

    definition_hash: pulumi.Output[str]
    job_id: pulumi.Output[str]
    condition: pulumi.Output[str]
    problem: pulumi.Output[str]
    """In a preview, why the statement is refused: a text of several lines, or anything else when it is not."""

    def __init__(
        self,
        definition: Definition,
        *,
        connection: Connection = OWN,
        beside: Collection[str] = (),
        gathered: bool = False,
        planned: bool = True,
        partitions: Mapping[str, int] | None = None,
        topics: Collection[str] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a statement. `beside` names the jobs of its bundle: one that runs and is not among them may be this one, renamed.

        `topics` are those that a job reads or writes, where the stack makes them or uses them: see components.providers.last_jobs.

        With `gathered`, a refusal in a preview is handed to the program, which tells it together with others (components.refusals).
        `planned` is false where a preview cannot ask the planner that the statement will meet. `partitions` are the sizes of topics, for
        remarks in a preview.
        """
        self.definition = definition
        inputs = {**plain_definition(definition), PROPERTY: connection.to_inputs(), "beside": sorted(beside)}
        inputs |= {TOPICS: sorted(topics)} if topics else {}
        properties = {**inputs, **dict.fromkeys(OUTPUTS)}
        if gathered and pulumi.runtime.is_dry_run():
            properties |= {PROBLEM: GATHERED if planned else UNPLANNED, PARTITIONS: dict(partitions or {})}
        hidden: list[str] = []
        if definition.statement.kind is Kind.JOB and secrets_used(definition):
            properties[SECRETS_IN_USE] = None
            hidden.append(SECRETS_IN_USE)
        # The whole closure in every statement that depends on a changed one buries the change; `built_on` says what changed.
        short = pulumi.ResourceOptions(hide_diffs=["closure", "beside", TOPICS], additional_secret_outputs=hidden)
        # The resource bears the name by which Flink knows the job, so a renamed file is the same resource, however often it is renamed.
        super().__init__(StatementProvider(), definition.identity, properties, pulumi.ResourceOptions.merge(short, opts))
