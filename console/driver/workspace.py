"""The Automation API's workspace and stack, without the CLI calls that we do not need.

Measured: asking for the version, selecting the stack, and asking for outputs (twice) and history after every run, are CLI starts of a
third of a second each, more than the engine needs for a run without changes. Every command of ours names its stack, the tool chain knows
its version, and the events bring the outputs.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from pulumi.automation import (
    CommandResult,
    LocalWorkspace,
    OutputMap,
    Stack,
    StackNotFoundError,
    UpdateSummary,
)

# Not exported; the only way to construct a subclass of Stack (its class methods make a plain Stack).
from pulumi.automation._stack import StackInitMode

from console.driver.backend import FileBackend, file_backend
from console.driver.known_command import KnownCommand
from console.driver.wrapped_program import Program
from console.project import Project
from console.toolchain.command import Toolchain
from console.toolchain.environment import environment, prepare


class QuickWorkspace(LocalWorkspace):
    """On a file backend a stack's existence is a file's existence; other backends are asked through the CLI."""

    backend: FileBackend | None = None

    def select_stack(self, stack_name: str) -> None:
        """Raise StackNotFoundError when there is no such stack; the caller then creates it."""
        if self.backend is None:
            super().select_stack(stack_name)
        elif not self.backend.exists():
            raise StackNotFoundError(CommandResult(stdout="", stderr=f"no stack named '{stack_name}' found", code=1))


class QuickStack(Stack):
    """A stack whose runs end when the engine ends. Outputs and changes come from the events (see console.driver.events)."""

    backend: FileBackend | None = None

    def outputs(self) -> OutputMap:
        """Nothing: the run's events have brought them already."""
        return {}

    def info(self, show_secrets: bool = True) -> UpdateSummary:  # noqa: ARG002, FBT001, FBT002  # the signature of the base class
        """Give a placeholder that says when it was asked for; the Automation API insists on one after each run."""
        return UpdateSummary(kind="update", start_time=datetime.now(UTC), message="", environment={}, config={}, result="succeeded")


def open_stack(project: Project, toolchain: Toolchain, program: Program, variables: Mapping[str, str]) -> QuickStack:
    """Select the stack, or creates it. Creating keeps Pulumi.<stack>.yaml as it is, byte for byte, when it carries its encryptionsalt.

    `variables` are set on top of the CLI's environment.
    """
    prepare(project)
    variables = {**environment(project), **variables}
    workspace = QuickWorkspace(
        work_dir=str(project.root),
        pulumi_home=variables["PULUMI_HOME"],
        program=program,
        env_vars=variables,
        pulumi_command=KnownCommand(toolchain),
    )
    workspace.backend = file_backend(variables["PULUMI_BACKEND_URL"], project.stack)
    stack = QuickStack(project.stack, workspace, StackInitMode.CREATE_OR_SELECT)
    stack.backend = workspace.backend
    return stack


def log_file(project: Project) -> Path:
    """Where tracebacks of our own defects go."""
    return project.data_folder / "logs" / "console.log"
