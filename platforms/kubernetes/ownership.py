"""Before anything is made: whose the namespace is, and whose each object under a name that this stack needs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cluster.api_server import ApiServer
from cluster.errors import ApiServerForbiddenError
from cluster.helm_release import Release, records
from cluster.names import OPERATOR
from cluster.ownership import CLAIM, NAMESPACES, Foreign, ObjectName, Owner, find_foreign, foreign
from components.names import stack_mark
from platforms.kubernetes.inventory import inventory
from settings import Settings

_SHOWN = 6
_NOTHING = "Nothing was changed"

Resources = Sequence[tuple[str, Mapping[str, Any]]]
"""Types and outputs of the resources of a stack's state."""
RELEASE_TYPE = "kubernetes:helm.sh/v3:Release"
_OBJECT = "kubernetes:"


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What the stack finds. `is_foreign`: the namespace is somebody else's, to be used and left. `problems` refuse the run.

    `unknown_release`: Helm has a record of the stack's operator that the stack's state does not have: of a run that was killed, or of a
    state that was lost.
    """

    is_foreign: bool = False
    unknown_release: bool = False
    problems: tuple[str, ...] = ()


def owner_of(settings: Settings, stack: str, stack_id: str, resources: Resources) -> Owner:
    """Return the stack as an owner of objects. `resources` are types and outputs of the stack's state."""
    taken = settings.kubernetes.cluster.taken_over
    return Owner(stack=stack_mark(stack), stack_id=stack_id, known=recorded_objects(resources), taken=taken)


def inspect_ground(
    api_server: ApiServer, settings: Settings, stack: str, stack_id: str, resources: Resources, *, topics: Iterable[str] = ()
) -> Ground:
    """Look at everything that the stack would make, `topics` among it. Nothing is changed.

    Raises ClusterError when the cluster cannot be asked.
    """
    owner = owner_of(settings, stack, stack_id, resources)
    name = settings.kubernetes.cluster.namespace
    moved = _moved(name, owner.known)
    if moved:
        return Ground(problems=(moved,))
    what = ObjectName(kind="Namespace", namespace="", name=name)
    managed = settings.kubernetes.cluster.manage_namespace
    try:
        metadata = api_server.find_metadata(f"{NAMESPACES}/{name}")
    except ApiServerForbiddenError:
        return Ground(problems=(_hidden(name, api_server.context),))
    if metadata is None:
        return Ground() if managed else Ground(problems=(_not_there(name),))
    if metadata.get("deletionTimestamp"):
        return Ground(problems=(f"namespace {name} is being deleted: wait until it is gone, or name another one in kubernetes.namespace",))
    other = foreign(what, metadata, owner)
    if other is not None and (other.stack_id or what in owner.known):
        return Ground(problems=(_namespace_problem(name, other, owner, stack),))
    is_foreign = other is not None or not managed
    found = find_foreign(api_server, inventory(settings, topics), owner)
    problems = [_objects_problem(name, found, owner, stack)] if found else []
    installs = settings.kubernetes.operator.install
    unknown = installs and (name, OPERATOR) not in recorded_releases(resources) and _has_release(api_server, name)
    if unknown and is_foreign and not _is_claimed(api_server, name, owner):
        problems.append(
            f"namespace {name} has a Helm release {OPERATOR} that this stack did not install: {_another(stack)}, "
            f"or remove it (`helm uninstall {OPERATOR} -n {name}`). {_NOTHING}"
        )
    return Ground(is_foreign=is_foreign, unknown_release=unknown, problems=tuple(problems))


def _not_there(name: str) -> str:
    return (
        f"namespace {name} is not there, and kubernetes.manageNamespace is false: ask who runs the cluster to make it, or name another one "
        f"in kubernetes.namespace. {_NOTHING}"
    )


def _hidden(name: str, context: str) -> str:
    return (
        f"namespace {name} may not be read with context {context}: it is not there, or its user has no rights in it. Ask who runs the "
        f"cluster for both; `python -m console rights` prints what is needed. {_NOTHING}"
    )


def _moved(name: str, known: Mapping[ObjectName, str]) -> str:
    elsewhere = sorted({(one.name if one.kind == "Namespace" else one.namespace) for one in known} - {name, ""})
    if not elsewhere:
        return ""
    return (
        f"kubernetes.namespace is {name}, and this stack lies in namespace {elsewhere[0]}: a change would remove all that it has there, "
        f"volumes with their data too. Set it back (`pulumi config set kubernetes.namespace {elsewhere[0]}`), or run `down` with it first. "
        f"{_NOTHING}"
    )


def _namespace_problem(name: str, other: Foreign, owner: Owner, stack: str) -> str:
    if not other.stack_id:
        return (
            f"namespace {name} is not the one that this stack made: somebody removed that one and made another. {_another(stack)}, "
            f"or take this one over: `pulumi config set kubernetes.takeOver Namespace/{name}`. {_NOTHING}"
        )
    return f"namespace {name} belongs to {_whose(other, owner)}. {_another(stack)}{_gone(other)}. {_NOTHING}"


def _objects_problem(namespace: str, found: Sequence[Foreign], owner: Owner, stack: str) -> str:
    shown = ", ".join(f"{one.what} ({_whose(one, owner)})" for one in found[:_SHOWN])
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    names = ",".join(str(one.what) for one in found)
    return (
        f"in namespace {namespace} there is something under names that this stack needs: {shown}{more}. {_another(stack)}; "
        f"or, if this stack may change and delete them, name them for take-over: `pulumi config set kubernetes.takeOver {names}`. "
        f"{_NOTHING}"
    )


def _whose(one: Foreign, owner: Owner) -> str:
    if not one.stack_id:
        return "made by somebody else"
    if one.stack == owner.stack:
        return f"stack {one.stack} of another state, id {one.stack_id}"
    return f"stack {one.stack}, id {one.stack_id}"


def _another(stack: str) -> str:
    return f"Give this stack a namespace of its own: `pulumi config set kubernetes.namespace flink-{stack}`"


def _gone(one: Foreign) -> str:
    return f". If that stack is gone for good, take over what it left: `pulumi config set kubernetes.takeOver {one.stack_id}`"


def _has_release(api_server: ApiServer, namespace: str) -> bool:
    return bool(records(api_server, Release(namespace=namespace, name=OPERATOR)))


def _is_claimed(api_server: ApiServer, namespace: str, owner: Owner) -> bool:
    """Tell whether a namespace of somebody else bears this stack's claim, or that of one which it takes over."""
    claim = ObjectName(kind="ConfigMap", namespace=namespace, name=CLAIM)
    metadata = api_server.find_metadata(claim.path)
    return metadata is not None and foreign(claim, metadata, owner) is None


def recorded_objects(resources: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[ObjectName, str]:
    """Return the uid of each recorded object, empty where the state has none. `resources` are types and outputs."""
    found: dict[ObjectName, str] = {}
    for kind, outputs in resources:
        metadata = outputs.get("metadata")
        if kind.startswith(_OBJECT) and isinstance(metadata, Mapping) and metadata.get("name"):
            what = str(outputs.get("kind") or kind.rpartition(":")[2])
            name = ObjectName(kind=what, namespace=str(metadata.get("namespace") or ""), name=str(metadata["name"]))
            found[name] = str(metadata.get("uid") or "")
    return found


def recorded_releases(resources: Iterable[tuple[str, Mapping[str, Any]]]) -> set[tuple[str, str]]:
    """Return namespace and name of each recorded Helm release."""
    return {(str(outputs.get("namespace", "")), str(outputs.get("name", ""))) for kind, outputs in resources if kind == RELEASE_TYPE}
