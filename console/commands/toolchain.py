"""`toolchain` and `environment`: the Pulumi CLI, and what a plain `pulumi` needs to work on the same state."""

import json as json_library
import shlex
import shutil
from pathlib import Path

import typer
from pulumi.automation import CommandError

from console.commands.options import Json
from console.driver.run import last_lines
from console.driver.workspace import open_stack
from console.screen import write_line
from console.session import Session
from console.stack_outputs import stack_exists
from console.toolchain import ensure, find
from console.toolchain.command import Toolchain
from console.toolchain.environment import environment as cli_environment
from console.toolchain.environment import prepare


def toolchain(context: typer.Context, *, json: Json = False) -> None:
    """Find a Pulumi CLI, or install or build one, and say which."""
    session: Session = context.obj
    found = ensure(session.project().data_folder, session.observer(json=json).say)
    if json:
        write_line(
            json_library.dumps({"event": "toolchain", "cli": str(found.cli), "version": str(found.version), "origin": str(found.origin)})
        )
    else:
        session.screen.out.print(f"Pulumi {found.version}, {found.origin}: {found.cli.resolve()}", highlight=False, soft_wrap=True)


def _ensure_stack(session: Session, found: Toolchain) -> None:
    """Create the stack if it is not there: `pulumi config set` knows none before the first `up`. The lines are useful without it too."""
    project = session.project()
    try:
        if not stack_exists(project):
            open_stack(project, found, lambda: None, {})
    except CommandError as error:
        session.screen.problem(f"stack {project.stack} cannot be created yet: {last_lines(str(error))}")


def environment(context: typer.Context) -> None:
    """Print shell lines with which a plain `pulumi` is found and works on the same state: eval "$(python -m console environment)".

    The stack is created if it is not there, so that `pulumi config set` works before the first `up`.
    """
    session: Session = context.obj
    project = session.project()
    prepare(project)
    found = find(project.data_folder)
    if found is None:
        session.screen.problem("there is no Pulumi CLI yet", "run `python -m console toolchain`, which finds, installs or builds one")
    else:
        _ensure_stack(session, found)
        # What a plain `pulumi` starts already stays first: before an installation of its own, our link would hide what lies beside it.
        if shutil.which("pulumi") is None or Path(str(shutil.which("pulumi"))).resolve() != found.cli.resolve():
            write_line(f'export PATH={shlex.quote(str(found.cli.resolve().parent))}:"$PATH"')
    for name, value in {"PULUMI_STACK": project.stack, **cli_environment(project)}.items():
        write_line(f"export {name}={shlex.quote(value)}")
