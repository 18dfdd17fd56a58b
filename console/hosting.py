"""What the stack whose platform a pipeline runs on says, read without the engine, for commands that look before it starts."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from pulumi.automation import CommandError

from components.stack_state import IDENTITY_TYPE
from console.driver.backend import file_backend
from console.process_environment import process_environment
from console.project import PROJECT, Project
from console.toolchain import find
from console.toolchain.backend_url import backend_url
from platforms.hosting import OUTPUT, settings_of_contract


def hosted_settings(project: Project, stack: str) -> Mapping[str, str]:
    """Return what a stack says of its platform, by its full name; what it said last where it says nothing now. Never raises."""
    _, _, name = stack.rpartition("/")
    backend = file_backend(backend_url(replace(project, stack=name), process_environment()), name)
    if backend is None:
        return settings_of_contract(_asked(project, stack))
    if stack.split("/")[-2:-1] != [PROJECT]:
        return {}
    found = backend.state()
    contract = settings_of_contract(found.outputs.get(OUTPUT) if found else None)
    return contract or _kept(project)


def _kept(project: Project) -> Mapping[str, str]:
    backend = file_backend(backend_url(project, process_environment()), project.stack)
    state = backend.state() if backend else None
    identity: Mapping[str, Any] = next((one.outputs for one in state.resources if one.kind == IDENTITY_TYPE), {}) if state else {}
    return settings_of_contract(identity.get("accepted"))


@cache
def _output(root: str, cwd: str, variables: tuple[tuple[str, str], ...], stack: str) -> str:
    from pulumi.automation import PulumiCommand  # noqa: PLC0415  # for backends that are no folder

    command = PulumiCommand(root=root)
    return command.run(["stack", "output", OUTPUT, "--json", "--stack", stack], cwd, dict(variables)).stdout


def _asked(project: Project, stack: str) -> object:
    from console.toolchain.environment import environment  # noqa: PLC0415

    toolchain = find(project.data_folder)
    if toolchain is None:
        return None
    try:
        variables = tuple(sorted(environment(project).items()))
        return json.loads(_output(str(toolchain.root), str(project.root), variables, stack))
    except (CommandError, ValueError):
        return None
