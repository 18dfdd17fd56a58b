"""The committed Kubernetes stacks, declared once each: what they name on the machine is made in a folder of the test run."""

import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from components.endpoints import kubernetes_endpoints
from components.names import PROJECT, PROJECT_FOLDER, STATEMENT_TYPE
from components.parameters import load_bundle
from components.providers.definitions import plain_definition
from platforms.kubernetes.ownership import Ground
from settings import parse_settings
from tests.program.recorder import IDENTIFIED, Declaration, State, digest_of_image, run_program, stack_config
from tests.support.kubernetes_stack import stack_values

STACKS = ("dev", "staging", "prod")
EMPTY = Ground()
"""A cluster with nothing of the stack in it."""
BEFORE = {"staging": "dev", "prod": "staging"}
CHOSEN = {"prod": {"flink.volumeAccess": "ReadWriteMany"}}
"""What a committed file leaves to its owner, and is refused without."""


def contract(**changes: object) -> dict[str, Any]:
    """Return what a stage hands on that ran the bundle as it is now, with changes."""
    bundle = load_bundle(SETTINGS, kubernetes_endpoints(SETTINGS))
    images = {"flink": digest_of_image("flink-image"), "modelGateway": digest_of_image("model-gateway-image")}
    fitting = {"contractVersion": 1.0, "bundle": "reviews", "bundleHash": bundle.hash, "flinkLine": "2.1", "images": images}
    return {**fitting, **changes}


def statements(**conditions: str) -> State:
    """Return what the state of a stage has that ran the bundle as it is now; `conditions` are those of statements that are not well."""
    bundle = load_bundle(SETTINGS, kubernetes_endpoints(SETTINGS))
    definitions = [bundle.definition(one.name, f"{PROJECT}/before/{one.name}") for one in bundle.statements]
    return tuple((STATEMENT_TYPE, {**plain_definition(one), "condition": conditions.get(one.name, "running")}) for one in definitions)


SETTINGS = parse_settings({"platform": "kubernetes", "kubernetes.context": "kind-kind"})


def outputs_before(stack: str, promotion: object = None) -> dict[str, dict[str, Any]]:
    """Return the outputs of the stage before, by its full name."""
    before = BEFORE.get(stack)
    return {f"organization/{PROJECT}/{before}": {"promotion": contract() if promotion is None else promotion}} if before else {}


def values_of(stack: str, folder: Path) -> dict[str, str]:
    """Return the keys of a committed stack file, with what they name on this machine."""
    config = stack_config(PROJECT_FOLDER / f"Pulumi.{stack}.yaml")
    return {**config, **CHOSEN.get(stack, {}), **stack_values(folder, config["kubernetes.context"])}


def declare(
    stack: str,
    folder: Path,
    config: Mapping[str, str] | None = None,
    *,
    preview: bool = False,
    concealed: tuple[str, ...] = (),
    promotion: object = None,
    state: State = IDENTIFIED,
    ground: Ground | None = EMPTY,
    seen: list[str] | None = None,
    pushed: Mapping[str, str | None] = MappingProxyType({}),
    ran: State | None = None,
) -> Declaration:
    """Run the program for a committed stack, with changes of its configuration.

    `promotion` is what the stage before hands on, `ran` what its state has of statements.
    `ground` is what a look at the cluster finds; None looks really. `seen` gets the types of all that is declared, also when it fails.
    """
    values = {**values_of(stack, folder), **(config or {})}
    stacks = outputs_before(stack, promotion)
    resources = dict.fromkeys(stacks, statements() if ran is None else ran)
    given = {"stacks": stacks, "resources": resources, "state": state, "ground": ground, "seen": seen, "pushed": pushed}  # type: dict[str, Any]
    return run_program(values, stack=stack, preview=preview, concealed=concealed, **given)


@cache
def declared(stack: str, *, preview: bool = False) -> Declaration:
    """Return what a committed stack declares."""
    return declare(stack, Path(tempfile.mkdtemp(prefix="flink-reviews-stack-")), preview=preview)
