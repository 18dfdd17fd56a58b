"""How a new statement begins: without state, with a job that is adopted, or with the one that it had when its stack began to go."""

from collections.abc import Callable
from dataclasses import dataclass, field

from components.providers.approvals import Gate
from components.providers.cluster import Cluster
from components.providers.last_jobs import LastJobNotes
from components.providers.plans import PlannedSteps
from components.providers.properties import Properties
from components.providers.recording import Attempt
from components.providers.reporting import say
from components.providers.state_loss import loss_allowed
from components.providers.statement_secrets import StatementSecrets
from components.statement_history import Action
from flinksql.errors import StateNotFoundError, TransientError
from flinksql.kafka.errors import TransientTopicError
from flinksql.kafka.last_jobs import LastJob
from flinksql.sql import definition_hash
from flinksql.statement import Definition, Deployed, Kind
from flinksql.statements import StatementLifecycle

TOPICS = "topics"
"""The input that names the topics which a job reads or writes."""


@dataclass(frozen=True)
class FirstStarts:
    """Foretell and carry out. Safe to share between threads. `previews` is whether what `up` would do is said, and refused."""

    cluster: Callable[[], Cluster]
    secrets: StatementSecrets
    gate: Gate
    steps: PlannedSteps
    notes: LastJobNotes
    remark: Callable[[str], None]
    previews: bool = field(kw_only=True)

    def foretell(self, definition: Definition, news: Properties) -> None:
        """Say in a preview how the statement will begin. Raises StateNotFoundError where `up` would refuse it.

        Where Flink does not answer, nothing is known: the stack is not up yet, or as good as gone.
        """
        if definition.policy.adopt_job:
            self._report_adoption(definition)
        elif self.previews and definition.statement.kind is not Kind.CATALOG_OBJECT:
            self._foretell_start(definition, news)

    def _foretell_start(self, definition: Definition, news: Properties) -> None:
        try:
            looking = self.cluster().looking(salted=True)
            looking.jobs()
            last = self._last_job(definition, news, looking)
            if last is None:
                self.steps.say_start(definition)
                return
            self.remark(f"{_ended(last, definition)}.")
            if _goes_on(definition, last):
                self.steps.say_return(definition, last.deployed)
            else:
                _require_choice(definition, last, looking)
        except (TransientError, TransientTopicError):
            return

    def carry_out(self, definition: Definition, props: Properties, attempt: Attempt) -> Deployed:
        """Bring the job to run. Raises StateNotFoundError for one whose state would be lost unasked, and what the lifecycle raises."""
        lifecycle = self.cluster().lifecycle(self.secrets.of(definition), definition.name)
        last = None if definition.policy.adopt_job else self._last_job(definition, props, lifecycle)
        if last is not None and _goes_on(definition, last):
            deployed = self._brought_back(lifecycle, definition, last, attempt)
        else:
            if last is not None:
                _require_choice(definition, last, lifecycle)
            deployed = lifecycle.create(definition)
        self.notes.forget(definition, topics_in(props))
        return deployed

    def _last_job(self, definition: Definition, props: Properties, lifecycle: StatementLifecycle) -> LastJob | None:
        """Return the job that the statement may go on from.

        Of a stack that went as it should, state counts only where it is still there: usually it went with the stack.
        """
        last = self.notes.find(definition, topics_in(props))
        if last is None or not last.ended:
            return last
        found = _goes_on(definition, last) and lifecycle.last_state(definition.job_name, last.deployed)
        return last if found else None

    def _brought_back(self, lifecycle: StatementLifecycle, definition: Definition, last: LastJob, attempt: Attempt) -> Deployed:
        attempt.note(action=Action.REPAIRED)
        with loss_allowed(self.gate, {}, definition, last.deployed) as given:
            deployed = lifecycle.repair(given.definition, last.deployed)
        attempt.approved(given.approval)
        begins = f"goes on from {deployed.restored_from}" if deployed.restored_from else "begins without state"
        say(f"Statement {definition.name} {begins}. {_ended(last, definition)}.")
        return deployed

    def _report_adoption(self, definition: Definition) -> None:
        """Say what is known of the job that is to be adopted. Raises JobFailedError when there is no such job."""
        try:
            report = self.cluster().validation(self.secrets.of(definition)).adoption_report(definition)
            self.remark(self.secrets.hidden(report, definition))
        except TransientError as error:
            self.remark(f"Nothing can be said of job {definition.policy.adopt_job}, which statement {definition.name} adopts: {error}")


def topics_in(properties: Properties) -> list[str]:
    """Return the topics that a job reads or writes; none of a job whose state an earlier version wrote."""
    return [str(one) for one in properties.get(TOPICS) or ()]


def _goes_on(definition: Definition, last: LastJob) -> bool:
    """Tell whether the statement is what its last job ran: then it is that job that is brought back."""
    return definition_hash(definition) == last.deployed.definition_hash


def _ended(last: LastJob, definition: Definition) -> str:
    job = f"Job {last.deployed.job_id}" if last.deployed.job_id else "The job"
    how = "by a `down` that kept its topics" if last.ended else "by a `down` that was then interrupted"
    return f"{job} of statement {definition.name} was ended {how}"


def _require_choice(definition: Definition, last: LastJob, lifecycle: StatementLifecycle) -> None:
    """Raise StateNotFoundError for a statement whose last job ran another definition, unless its header says what is to be."""
    policy = definition.policy
    if policy.restore_from or policy.allow_state_reset:
        return
    path = lifecycle.last_state(definition.job_name, last.deployed)
    lies = f"lies at {path}. To go on from it, write `-- restore_from: {path}` at the top of its file" if path else "cannot be found"
    raise StateNotFoundError(
        f"statement {definition.name}: {_ended(last, definition)}, and ran another definition. Its state {lies}. "
        "To start without, which reads everything again, write `-- allow_state_reset: true` at the top of its file. Or put the SQL back as "
        "it was: then the job goes on where it ended."
    )
