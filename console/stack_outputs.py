"""What the last `up` exported, read without starting the engine where the backend is a folder."""

from collections.abc import Mapping
from typing import Any

from pulumi.automation import CommandError, StackNotFoundError

from console.driver.backend import file_backend
from console.driver.locks import Lock, owner_lives, read_locks
from console.driver.run import last_lines, read_state
from console.driver.workspace import open_stack
from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.project import Project
from console.toolchain import ensure
from console.toolchain.environment import environment
from platforms.state import StackState

SCHEMA_VERSIONS = (1, 2)
"""The contract between the program's exports and every reader of them. Both versions have the same fields, in other places."""


def stack_state(project: Project) -> StackState | None:
    """Read the stack's state, or None when the stack was never created. Raises ConsoleError when another backend does not answer."""
    backend = file_backend(environment(project)["PULUMI_BACKEND_URL"], project.stack)
    if backend is not None:
        return backend.state()
    try:
        return read_state(open_stack(project, ensure(project.data_folder, lambda _line: None), lambda: None, {}))
    except StackNotFoundError:
        return None
    except CommandError as error:
        raise ConsoleError(f"the state of stack {project.stack} cannot be read: {last_lines(str(error))}") from error


def stack_exists(project: Project) -> bool:
    """Tell whether the stack was ever created. A state that cannot be read counts: something must be done about it."""
    backend = file_backend(environment(project)["PULUMI_BACKEND_URL"], project.stack)
    return backend.exists() if backend is not None else stack_state(project) is not None


def _running(project: Project) -> Lock | None:
    """Return the lock of a run that is under way."""
    backend = file_backend(environment(project)["PULUMI_BACKEND_URL"], project.stack)
    return next((lock for lock in read_locks(backend.locks) if owner_lives(lock)), None) if backend else None


def outputs(project: Project) -> Mapping[str, Any]:
    """Give the exports of the last `up`. Raises ConsoleError when there are none, or when they are of a newer program."""
    return outputs_in(project, stack_state(project))


def outputs_in(project: Project, state: StackState | None) -> Mapping[str, Any]:
    """Give the exports that a state has. Raises what `outputs` raises."""
    if (state is None or not state.outputs) and (lock := _running(project)):
        raise ConsoleError(
            f"stack {project.stack} is not up yet: a run works on it (process {lock.process_id} of {lock.user} on {lock.host})",
            advice="wait until it ends, and run the command again",
            exit_code=ExitCode.LOCKED,
        )
    if state is None or not state.outputs:
        raise ConsoleError(
            f"stack {project.stack} is not up: it has no outputs", advice=f"start it with `python -m console --stack {project.stack} up`"
        )
    version = state.outputs.get("schemaVersion")
    if version not in SCHEMA_VERSIONS:
        raise ConsoleError(
            f"the outputs of stack {project.stack} have schema version {version}; this program reads {SCHEMA_VERSIONS[-1]} and older",
            advice="run `up` with this program, or use the program that made the stack",
        )
    return state.outputs
