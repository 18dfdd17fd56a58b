"""Before `down` on a cluster: nothing is deleted that another stack has by now, although this stack's state still names it.

An earlier version took over objects of other stacks in silence, so that two states may name the same object.
"""

from cluster.api_server import ApiServer, connect
from cluster.errors import ApiServerForbiddenError, ClusterError
from cluster.ownership import NAMESPACES, Owner, find_foreign
from components.kubernetes.belonging import LET_GO, belonging_to_others
from components.names import stack_mark
from platforms.errors import PlatformError, Reason
from platforms.kubernetes.ownership import recorded_objects
from platforms.state import StackOnDisk, stack_id_in
from settings import Settings


def require_own(stack: StackOnDisk, settings: Settings) -> None:
    """Raise PlatformError when an object that the state names bears another stack's mark. A cluster that is gone stops nobody."""
    resources = stack.recorded() or ()
    known = {name: uid for name, uid in recorded_objects(resources).items() if name.is_known}
    owner = Owner(stack=stack_mark(stack.name), stack_id=stack_id_in(resources), known=known)
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
        raise PlatformError(belonging_to_others(found), advice=LET_GO, reason=Reason.UNHEALTHY)


def _may_be_there(api_server: ApiServer, namespace: str) -> bool:
    try:
        return api_server.find_metadata(f"{NAMESPACES}/{namespace}") is not None
    except ApiServerForbiddenError:
        return True  # who may not look at the namespace may still look at what is in it
