"""The last resource of a platform that other stacks run their pipelines on, and so the first that a `destroy` asks: whether they do.

Stacks cannot be listed by one another, so the JobManager is asked for jobs. Everything of the stack is made before it: while it does not
go, nothing else does.
"""

from collections.abc import Collection, Iterable
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, UpdateResult

from components.access import Access
from components.connection import OWN, PROPERTY, Connection, is_moved
from components.errors import TenantsError
from components.names import TENANTS as NAME
from components.providers.connected import ConnectedProvider
from components.providers.engine import Doing, doing
from components.providers.inputs import TENANTS
from components.providers.properties import Properties, inputs_of
from components.providers.reporting import plainly
from flinksql.errors import FlinkSqlError

_SHOWN = 10


class TenantsProvider(ConnectedProvider):
    """There is nothing to make: it only looks before the platform goes."""

    def connect(self, access: Access) -> None:
        """Keep the way to the JobManager."""
        self.access = access

    def diff(self, _id: str, olds: Properties, news: Properties) -> DiffResult:
        """Tell whether the platform is reached in another way."""
        return DiffResult(changes=is_moved(olds, news))

    def create(self, props: Properties) -> CreateResult:
        """Record how it is reached."""
        return CreateResult(NAME, inputs_of(TENANTS, props))

    def update(self, _id: str, _olds: Properties, news: Properties) -> UpdateResult:
        """Record how it is reached now."""
        return UpdateResult(inputs_of(TENANTS, news))

    def delete(self, _id: str, _props: Properties) -> None:
        """Refuse while jobs run that would end with the platform. In an update only this resource goes, as the stack gets a bundle."""
        if doing() is Doing.UPDATING:
            return
        with plainly("looking for jobs of other stacks"):
            require_no_tenants(self.access)


class Tenants(Resource, module="flinksql", name="Tenants"):
    """Must be declared after everything else of the stack."""

    def __init__(self, connection: Connection = OWN, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(TenantsProvider(), NAME, tenants_inputs(connection), opts)


def tenants_inputs(connection: Connection) -> dict[str, Any]:
    """Return the inputs of the resource."""
    return {PROPERTY: connection.to_inputs()}


def require_no_tenants(access: Access) -> None:
    """Raise TenantsError naming the jobs that run on a platform which has none of its own.

    One whose JobManager went took its jobs along. Where nobody can tell, it is refused too.
    """
    try:
        jobs = [job for job in access.quick_jobmanager().jobs() if not job.state.terminal]
    except FlinkSqlError as error:
        if access.jobs_are_gone(goes=False):
            return
        raise TenantsError(
            f"whether jobs of other stacks run here cannot be learnt: {error}",
            advice="bring the platform back with `up`, then run `down` again",
        ) from error
    if jobs:
        raise TenantsError(
            f"{_counted(jobs)} on this platform and would end with it: {_named(job.name for job in jobs)}",
            advice="take the stacks down first that run them (the names are <project>/<stack>/<statement>), or cancel what is nobody's",
        )


def _counted(jobs: Collection[object]) -> str:
    return "1 job runs" if len(jobs) == 1 else f"{len(jobs)} jobs run"


def _named(names: Iterable[str]) -> str:
    found = sorted(names)
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(found[:_SHOWN]) + more
