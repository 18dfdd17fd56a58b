"""Jobs of the stack that no statement has, as a resource: a run was killed before it recorded them, and their files were removed.

It comes after the platform and before every job, so an orphaned job gives its slots back before a new one asks for them, and on the way
down it goes last: whatever of the stack still runs then belongs to nobody.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, Resource, UpdateResult

from components.access import Access
from components.connection import OWN, PROPERTY, Connection, is_moved
from components.names import ORPHANED_JOBS as LOGICAL_NAME
from components.names import STATEMENT_TYPE
from components.providers.cluster import Cluster
from components.providers.connected import ConnectedProvider
from components.providers.inputs import ORPHANED_JOBS
from components.providers.properties import Properties, has_unknown, inputs_of, text
from components.providers.renames import may_be_renamed
from components.providers.reporting import Once, plainly, say
from components.stack_state import OwnState
from flinksql.errors import TransientError, UnreachableError
from flinksql.flink.jobmanager import JobSummary
from flinksql.statement import Definition, Kind
from flinksql.statements import Claims, Successor, successor

_DOING = "looking for jobs that belong to no statement"


class OrphanedJobsProvider(ConnectedProvider):
    """Look, tell, end."""

    def connect(self, access: Access) -> None:
        """Make the clients."""
        self.cluster = Cluster(access)
        self.remark: Callable[[str], None] = Once()

    def check(self, olds: Properties, news: Properties) -> CheckResult:
        """Tell what is found before the resource is made, as Pulumi asks for no difference then."""
        if not olds and not has_unknown(news):
            self._described(news)
        return CheckResult(news, [])

    def diff(self, _id: str, olds: Properties, news: Properties) -> DiffResult:
        """Look at the jobs: one that nobody claims is a difference."""
        return DiffResult(changes=not has_unknown(news) and (self._described(news) or is_moved(olds, news)))

    def create(self, props: Properties) -> CreateResult:
        """End what nobody claims."""
        self._end_unclaimed(props)
        return CreateResult(LOGICAL_NAME, inputs_of(ORPHANED_JOBS, props))

    def update(self, _id: str, _olds: Properties, news: Properties) -> UpdateResult:
        """End what nobody claims."""
        self._end_unclaimed(news)
        return UpdateResult(inputs_of(ORPHANED_JOBS, news))

    def delete(self, _id: str, props: Properties) -> None:
        """End what is left after all statements: all but jobs of a state that does not know yet that this goes last."""
        try:
            self._end(_claims({**props, "declared": [], "successors": []}))
        except TransientError as error:
            say(f"Jobs that belong to no statement could not be ended and go with the cluster: {error}")

    def _described(self, props: Properties) -> bool:
        """Say what is found, and tell whether something is. Where no JobManager answers, nothing is known."""
        with plainly(_DOING):
            try:
                found = self.cluster.looking(salted=True).orphaned(_claims(props))
            except TransientError:
                return False
        for job in found:
            self.remark(f"{_named(job)} was submitted by this stack and belongs to no statement (its run was killed): `up` ends it.")
        return bool(found)

    def _end_unclaimed(self, props: Properties) -> None:
        with plainly(_DOING):
            self._end(_claims(props))

    def _end(self, claims: Claims) -> None:
        with plainly("ending jobs that belong to no statement", but=(TransientError,)):
            try:
                ended = self.cluster.lifecycle({}).end_orphaned(claims)
            except UnreachableError:
                return  # gone with the JobManager, or the first statement says that it does not answer
        for job in ended:
            say(f"{_named(job)} was ended: it was submitted by this stack and belongs to no statement.")


class OrphanedJobs(Resource, module="flinksql", name="OrphanedJobs"):
    """What of the stack runs in Flink and belongs to no statement."""

    def __init__(
        self,
        stack: str,
        definitions: Collection[Definition],
        state: OwnState,
        *,
        connection: Connection = OWN,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Claim the jobs of the bundle and those of the state for their statements. `stack` is `<project>/<stack>`."""
        # What it compares with is long and changes with every file; what it finds is told.
        hidden = pulumi.ResourceOptions(hide_diffs=list(ORPHANED_JOBS))
        super().__init__(
            OrphanedJobsProvider(),
            LOGICAL_NAME,
            {**orphaned_jobs_inputs(stack, definitions, state), PROPERTY: connection.to_inputs()},
            pulumi.ResourceOptions.merge(hidden, opts),
        )


def orphaned_jobs_inputs(stack: str, definitions: Collection[Definition], state: OwnState) -> dict[str, Any]:
    """Return the inputs of the resource.

    `declared` are the names of the bundle's jobs and the ids of those that they adopt, `recorded` names and ids of the jobs that the state
    has. `successors` are the bundle's new jobs, each of which may be a renamed one.
    """
    jobs = [one for one in definitions if one.statement.kind is not Kind.CATALOG_OBJECT]
    outputs = state.of_type(STATEMENT_TYPE)
    recorded = {str(one[key]) for one in outputs for key in ("job_name", "job_id") if one.get(key)}
    declared = {name for one in jobs for name in (one.job_name, one.policy.adopt_job) if name}
    new = [successor(one) for one in jobs if one.job_name not in recorded and may_be_renamed(one)]
    return {
        "stack": stack,
        "declared": sorted(declared),
        "recorded": sorted(recorded),
        "successors": [{"definition": one.definition_hash, "tables": sorted(one.tables)} for one in new],
    }


def _claims(props: Properties) -> Claims:
    declared, recorded = ([str(one) for one in props.get(name) or ()] for name in ("declared", "recorded"))
    successors = [_successor(one) for one in props.get("successors") or ()]
    return Claims(stack=text(props, "stack"), declared=declared, recorded=recorded, successors=successors)


def _successor(plain: Mapping[str, Any]) -> Successor:
    return Successor(definition_hash=str(plain["definition"]), tables=frozenset(map(str, plain["tables"])))


def _named(job: JobSummary) -> str:
    return f"Job {job.job_id} of statement {job.name.rpartition('/')[2]}"
