"""Before `down` on a cluster: nothing is deleted that another stack has by now, although this stack's state still names it.

An earlier version took over objects of other stacks in silence, so that two states may name the same object.
"""

from cluster.api_server import ApiServer, connect
from cluster.errors import ApiServerForbiddenError, ClusterError
from cluster.ownership import NAMESPACES, Foreign, ObjectName, Owner, find_foreign
from components.kubernetes.ownership import recorded_objects
from components.names import stack_mark
from components.settings import Settings
from console.checks.stack_resources import recorded_resources, stack_id_in
from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.project import Project

_SHOWN = 10


def require_own(project: Project, settings: Settings) -> None:
    """Raise ConsoleError when an object that the state names bears another stack's mark. A cluster that is gone keeps nobody from going."""
    resources = recorded_resources(project) or ()
    known = {name: uid for name, uid in recorded_objects(resources).items() if name.is_known}
    owner = Owner(stack=stack_mark(project.stack), stack_id=stack_id_in(resources), known=known)
    where = settings.kubernetes.cluster
    try:
        api_server = connect(where.context, where.kubeconfig)
        spaces = {name.namespace for name in known if name.namespace}
        if not any(_may_be_there(api_server, space) for space in spaces):
            return
        found = [one for one in find_foreign(api_server, known.keys(), owner) if one.stack_id]
    except ClusterError:
        return  # what cannot be reached cannot be deleted either; the engine says so in its own way
    if found:
        raise ConsoleError(_words(found), advice=_advice(project), exit_code=ExitCode.UNHEALTHY)


def _may_be_there(api_server: ApiServer, namespace: str) -> bool:
    try:
        return api_server.find_metadata(f"{NAMESPACES}/{namespace}") is not None
    except ApiServerForbiddenError:
        return True  # who may not look at the namespace may still look at what is in it


def _words(found: list[Foreign]) -> str:
    stacks = ", ".join(sorted({f"{one.stack} (id {one.stack_id})" for one in found}))
    names = ", ".join(_named(one.what) for one in found[:_SHOWN])
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return f"this stack's state names objects that belong to stack {stacks} by now: {names}{more}. Nothing was deleted"


def _named(what: ObjectName) -> str:
    return f"{what} in namespace {what.namespace}" if what.namespace else str(what)


def _advice(project: Project) -> str:
    return (
        "let this stack's state forget them, then run `down` again: `pulumi state delete --target-dependents <urn>` for each "
        f'(`pulumi stack -s {project.stack} --show-urns` lists them); docs/operations.md, "Whose things are"'
    )
