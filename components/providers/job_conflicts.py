"""What is refused because of a job that runs: to restore it from a state that is behind it, or to run it under another name."""

from contextlib import suppress
from threading import Lock

from components.providers.approvals import Gate
from components.providers.cluster import Cluster
from components.providers.definitions import definition_of, deployed_of
from components.providers.policies import refused_namesake, refused_restore
from components.providers.properties import Properties
from components.providers.renames import may_be_renamed, refused_new_job_name, renamed_or_new
from components.providers.state_verdicts import former_definition
from flinksql.errors import TransientError
from flinksql.flink.jobmanager import JobSummary
from flinksql.statement import Definition, Kind
from flinksql.statements import namesake


class JobConflicts:
    """Compares statements with the jobs of before. Each method returns why a statement is refused; empty when it is not."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._lock = Lock()
        self._jobs: tuple[JobSummary, ...] | None = None

    def with_restore(self, olds: Properties, definition: Definition) -> str:
        """Refuse a new `restore_from` beside a job that runs."""
        if not olds.get("text") or not definition.policy.restore_from or not _is_another_state(olds, definition):
            return ""
        # Old inputs say nothing of the job: it is looked for by its name.
        [observation] = self._cluster.looking().observe_all([definition.job_name]).values()
        return refused_restore(definition, observation)

    def with_namesake(self, olds: Properties, definition: Definition) -> str:
        """Refuse a second job beside one of the same name that another stack of this name runs on the same Flink."""
        if definition.statement.kind is Kind.CATALOG_OBJECT:
            return ""
        with suppress(TransientError):
            known = {definition.policy.adopt_job, deployed_of(olds).job_id if olds else ""}
            found = namesake(definition.job_name, self._cluster.looking().jobs(), known)
            return refused_namesake(definition, found.job_id) if found else ""
        return ""

    def with_rename(self, olds: Properties, news: Properties, definition: Definition, gate: Gate) -> str:
        """Refuse a name under which the job of before would be lost."""
        if olds:
            problem = refused_new_job_name(former_definition(olds), definition)
            return gate.let_through(gate.other_name(olds, definition), problem) if problem else ""
        if not may_be_renamed(definition):
            return ""
        with suppress(TransientError):
            looking = self._cluster.looking()
            with self._lock:
                self._jobs = looking.jobs() if self._jobs is None else self._jobs
            former = looking.former_job(definition, news.get("beside") or (), self._jobs)
            if former:
                return gate.let_through(gate.new_beside(former, definition), renamed_or_new(definition, former))
        return ""


def _is_another_state(olds: Properties, definition: Definition) -> bool:
    """Tell whether the line is new: old inputs do not say what a job was started from, but they have the line of before."""
    return definition_of(olds).policy.restore_from != definition.policy.restore_from
