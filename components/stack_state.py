"""What the stack's own state holds from earlier runs, as the engine tells it to the program, whatever backend it lies in.

The program of Pulumi cannot see its state; the engine's own functions can read any stack's, so the stack asks for itself.
"""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pulumi

RESOURCES = "pulumi:pulumi:readStackResourceOutputs"
OUTPUTS = "pulumi:pulumi:readStackOutputs"
STACK_TYPE = "pulumi:pulumi:Stack"
IDENTITY_TYPE = "pulumi-python:dynamic/stack:Identity"
_ID_BYTES = 8
_HALF_WRITTEN = "failed to load checkpoint: "
"""The engine writes the state while the program runs, and a folder's backend replaces file and attributes one after the other."""
READ_AGAIN_SECONDS = 5.0
_PAUSE_SECONDS = 0.1


@dataclass(frozen=True, kw_only=True)
class OwnState:
    """`resources` are type and outputs of each resource of the last run."""

    resources: tuple[tuple[str, Mapping[str, Any]], ...] = ()

    def of_type(self, kind: str) -> list[Mapping[str, Any]]:
        """Return the outputs of the resources of a type."""
        return [outputs for type_, outputs in self.resources if type_ == kind]

    @property
    def identity(self) -> Mapping[str, Any]:
        """What the stack knows of itself; empty before its first run."""
        return next(iter(self.of_type(IDENTITY_TYPE)), {})

    @property
    def outputs(self) -> Mapping[str, Any]:
        """The stack's outputs of its last run."""
        return next(iter(self.of_type(STACK_TYPE)), {})

    @cached_property
    def stack_id(self) -> str:
        """The stack's id: the one that the state has, else a new one, which the stack's identity is to record before all else."""
        return str(self.identity.get("stack_id") or "") or secrets.token_hex(_ID_BYTES)


def own_state() -> OwnState:
    """Ask the engine for this stack's state as of before the run; empty on the first one."""
    return OwnState(resources=resources_of(pulumi.get_stack()))


def resources_of(stack: str) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """Ask the engine for type and outputs of each resource of a stack of this project. Raises Exception when there is no such stack."""
    found = stack_function(RESOURCES, {"stackName": full_name(stack)})
    by_urn: Mapping[str, Any] = found.get("outputs") or {}
    return tuple((str(one.get("type", "")), one.get("outputs") or {}) for one in by_urn.values())


def full_name(stack: str) -> str:
    """Return the name by which every backend knows a stack of this project."""
    return f"{pulumi.get_organization()}/{pulumi.get_project()}/{stack}"


def stack_function(token: str, arguments: Mapping[str, str]) -> Mapping[str, Any]:
    """Call one of the engine's functions about stacks. Raises Exception when there is no such stack.

    A state that is being written at this moment is read again; one that stays unreadable raises what the engine says.
    """
    deadline = time.monotonic() + READ_AGAIN_SECONDS
    while True:
        try:
            found: Mapping[str, Any] | None = pulumi.runtime.invoke(token, dict(arguments)).value
        except Exception as error:
            if _HALF_WRITTEN not in str(error) or time.monotonic() >= deadline:
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return found or {}
