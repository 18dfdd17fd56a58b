"""The last resource of a stack in a cluster, and so the first that a `destroy` asks: whose the objects are that would go.

The Kubernetes provider deletes by name whatever the state names, and asks nobody. An earlier version let two stacks share objects, so that
two states may name the same one. Everything of the stack is made before the guard: while it does not go, nothing else does.
"""

from collections.abc import Collection
from typing import Any

import pulumi
from pulumi.dynamic import ConfigureRequest, CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

from cluster.api_server import connect
from cluster.errors import ClusterError
from cluster.ownership import ObjectName, Owner, find_foreign
from components.kubernetes.belonging import LET_GO, belonging_to_others
from components.names import DESTROY_GUARD as NAME
from components.providers.inputs import DESTROY_GUARD
from components.providers.properties import Properties, inputs_of, text
from components.providers.reporting import plainly, say
from settings.configuration import settings_of_provider


class ForeignObjectsError(ClusterError):
    """Objects that the state names belong to another stack by now."""


class DestroyGuardProvider(ResourceProvider):
    """There is nothing to make: it remembers what to look at."""

    serialize_as_secret_always = False

    def configure(self, req: ConfigureRequest) -> None:
        """Take the cluster from the stack's configuration."""
        with plainly("reading the configuration"):
            self.settings = settings_of_provider(req)

    def diff(self, _id: str, olds: Properties, news: Properties) -> DiffResult:
        """Tell whether something is to be remembered."""
        return DiffResult(changes=inputs_of(DESTROY_GUARD, olds) != inputs_of(DESTROY_GUARD, news))

    def create(self, props: Properties) -> CreateResult:
        """Remember."""
        return CreateResult(NAME, inputs_of(DESTROY_GUARD, props))

    def update(self, _id: str, _olds: Properties, news: Properties) -> UpdateResult:
        """Remember what there is now."""
        return UpdateResult(inputs_of(DESTROY_GUARD, news))

    def delete(self, _id: str, props: Properties) -> None:
        """Refuse while an object of the stack bears another stack's mark. A cluster that is gone keeps nobody from going."""
        with plainly("looking whose the objects are"):
            owner = Owner(stack=text(props, "stack"), stack_id=text(props, "stack_id"))
            try:
                where = self.settings.kubernetes.cluster
                found = find_foreign(connect(where.context, where.kubeconfig), _names(props), owner)
            except ClusterError as error:
                say(f"Whose the objects in the cluster are could not be looked at ({error}).")
                return
            foreign = [one for one in found if one.stack_id]
            if foreign:
                raise ForeignObjectsError(belonging_to_others(foreign), advice=LET_GO)


class DestroyGuard(Resource, module="kubernetes", name="DestroyGuard"):
    """Must be declared after everything else of the stack."""

    def __init__(self, objects: Collection[ObjectName], owner: Owner, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(DestroyGuardProvider(), NAME, guard_inputs(objects, owner), opts)


def guard_inputs(objects: Collection[ObjectName], owner: Owner) -> dict[str, Any]:
    """Return the inputs of the resource."""
    named = sorted(f"{one.kind}/{one.namespace}/{one.name}" for one in objects)
    return {"stack": owner.stack, "stack_id": owner.stack_id, "objects": named}


def _names(props: Properties) -> list[ObjectName]:
    parts = (str(one).split("/") for one in props.get("objects") or ())
    return [ObjectName(kind=kind, namespace=namespace, name=name) for kind, namespace, name in parts]
