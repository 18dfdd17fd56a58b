"""Who makes the resources of a program: an id that the stack's state keeps, by which a topic is known as its own on any broker."""

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import pulumi

from components.providers.stack_identity import Identity
from components.stack_state import own_state
from flinksql.kafka.ownership import TopicOwner


@dataclass(frozen=True, kw_only=True)
class StackOwner:
    """The running program's stack. `identity` keeps the id, and comes before everything that bears it."""

    owner: TopicOwner
    identity: pulumi.Resource


_MADE: "WeakKeyDictionary[pulumi.Resource, StackOwner]" = WeakKeyDictionary()
"""By the root resource of the program: one process may run several."""


def stack_owner() -> StackOwner:
    """Return the owner of what the running program declares. The first call declares the resource that keeps the id."""
    root = pulumi.runtime.get_root_resource()
    found = _MADE.get(root) if root is not None else None
    if found is None:
        mark = f"{pulumi.get_project()}/{pulumi.get_stack()}"
        stack_id = own_state().stack_id
        found = StackOwner(owner=TopicOwner(stack=mark, stack_id=stack_id), identity=Identity(mark, stack_id))
        if root is not None:
            _MADE[root] = found
    return found
