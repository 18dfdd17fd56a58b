"""What a stack's state has, as values: what a run of the engine left, and what is on disk without one."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from components.stack_state import IDENTITY_TYPE, STACK_TYPE

Recorded = tuple[tuple[str, Mapping[str, Any]], ...]
"""Type and outputs of each resource."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource of the state. `kind` is the type token; `definition_hash` is that of a statement, empty for everything else.

    `inputs` and `outputs` are as the state has them: secrets encrypted.
    """

    urn: str
    kind: str
    custom: bool
    definition_hash: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    outputs: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def name(self) -> str:
        """The logical name."""
        return self.urn.rsplit("::", 1)[-1]


@dataclass(frozen=True, kw_only=True)
class StackState:
    """What the last run left. The pending are URNs of resources whose creation, change or deletion was interrupted."""

    resources: tuple[Resource, ...] = ()
    pending_creates: tuple[str, ...] = ()
    pending_updates: tuple[str, ...] = ()
    pending_deletes: tuple[str, ...] = ()
    outputs: Mapping[str, Any]

    @property
    def root(self) -> Resource | None:
        """The resource that stands for the stack itself."""
        return next((resource for resource in self.resources if resource.kind == STACK_TYPE), None)


@dataclass(frozen=True, kw_only=True)
class StackOnDisk:
    """A stack as a command knows it.

    `recorded` reads its resources: none before the first `up`, None where the state is not in a folder here.
    """

    name: str
    data_folder: Path
    recorded: Callable[[], Recorded | None]


def stack_id_in(resources: Iterable[tuple[str, Mapping[str, Any]]]) -> str:
    """Return the id by which the stack marks its objects; before the first `up` a text that no object bears."""
    identity = next((outputs for kind, outputs in resources if kind == IDENTITY_TYPE), {})
    return str(identity.get("stack_id") or "none yet")
