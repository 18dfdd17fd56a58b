"""What is said of objects that a state names and that bear another stack's mark."""

from collections.abc import Sequence

from cluster.ownership import Foreign, ObjectName

_SHOWN = 10
LET_GO = (
    "let this stack's state forget them, then try again: `pulumi state delete --target-dependents <urn>` for each "
    '(`pulumi stack --show-urns` lists them); docs/operations.md, "Whose things are"'
)


def belonging_to_others(found: Sequence[Foreign]) -> str:
    """Name the objects and whose they are."""
    stacks = ", ".join(sorted({f"{one.stack} (id {one.stack_id})" for one in found}))
    names = ", ".join(_named(one.what) for one in found[:_SHOWN])
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return f"this stack's state names objects that belong to stack {stacks} by now: {names}{more}. Nothing was deleted"


def _named(what: ObjectName) -> str:
    return f"{what} in namespace {what.namespace}" if what.namespace else str(what)
