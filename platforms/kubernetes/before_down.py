"""Before `down` on a cluster: nothing is deleted that another stack has by now, although this stack's state still names it.

An earlier version took over objects of other stacks in silence, so that two states may name the same object.
A cluster that cannot be reached is told before the engine begins: the Kubernetes provider would say it of each object, in words of its own.
"""

from collections.abc import Mapping

from cluster.api_server import ApiServer, connect
from cluster.errors import ApiServerForbiddenError, ApiServerUnreachableError, ClusterError, KubeconfigError
from cluster.ownership import NAMESPACES, Owner, find_foreign
from components.kubernetes.belonging import LET_GO, belonging_to_others
from components.names import stack_mark
from platforms.errors import PlatformError, Reason
from platforms.kubernetes.ownership import recorded_objects
from platforms.process_environment import process_environment
from platforms.state import StackOnDisk, stack_id_in
from settings import Settings

_DELETES_UNREACHABLE = "PULUMI_K8S_DELETE_UNREACHABLE"
"""With it the Kubernetes provider drops what it cannot reach from the state: who sets it has decided."""


def require_own(stack: StackOnDisk, settings: Settings, environment: Mapping[str, str] = process_environment()) -> None:
    """Raise PlatformError when an object that the state names bears another stack's mark, or when its cluster cannot be reached."""
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
    except (ApiServerUnreachableError, KubeconfigError) as error:
        if known and environment.get(_DELETES_UNREACHABLE, "").lower() != "true":
            raise _away(error, stack.name) from error
        return
    except ClusterError:
        return  # what may not be looked at can still be deleted; the engine says what it may not
    if found:
        raise PlatformError(belonging_to_others(found), advice=LET_GO, reason=Reason.UNHEALTHY)


def _may_be_there(api_server: ApiServer, namespace: str) -> bool:
    try:
        return api_server.find_metadata(f"{NAMESPACES}/{namespace}") is not None
    except ApiServerForbiddenError:
        return True  # who may not look at the namespace may still look at what is in it


def _away(error: ClusterError, stack: str) -> PlatformError:
    end = "" if error.advice.endswith("?") else "."
    return PlatformError(
        f"{error}: nothing was deleted",
        advice=f"{error.advice}{end} If the cluster is gone for good, and all that was in it, let the stack be forgotten: "
        f"`pulumi stack rm --force --preserve-config -s {stack}`",
        reason=Reason.UNHEALTHY,
    )
