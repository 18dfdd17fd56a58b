"""`ui`: one page that shows the stack, for as long as the command runs."""

import json as json_library
from contextlib import ExitStack
from typing import Annotated

import typer

from console.commands.options import Json
from console.screen import write_line
from console.session import Session
from console.stack_outputs import outputs

_LAST_PORT = 65535


def ui(
    context: typer.Context,
    *,
    port: Annotated[int, typer.Option(min=0, max=_LAST_PORT, help="The port on the loopback address. 0: any free one.")] = 0,
    browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in the browser of this machine.")] = False,
    allow_actions: Annotated[
        bool, typer.Option("--allow-actions", help="Let the page run `preview`, `up` and `savepoints take`. Without it, it only shows.")
    ] = False,
    json: Json = False,
) -> None:
    """Show the stack in a page of the browser until Ctrl-C: the pipeline as a graph, and each statement with its SQL, job and rows.

    The page listens on the loopback address only. Its link carries a token, because a local port is open to every user of this machine.
    """
    from console.health.concealed import NOT_SHOWN, redactor  # noqa: PLC0415  # the other commands start sooner without them
    from console.ui.server import link_of, listening, opened_in_browser, serve  # noqa: PLC0415

    session: Session = context.obj
    project = session.project()
    project.settings()
    outputs(project)
    say = session.screen.err.print
    if redactor(project)("x") == NOT_SHOWN:
        say(
            f"[yellow]warning[/] the secrets of stack {project.stack} cannot be read, so no error that may quote one is shown: "
            "check PULUMI_CONFIG_PASSPHRASE",
            highlight=False,
            soft_wrap=True,
        )
    with listening(port) as (listener, guard), ExitStack() as while_open:
        link = link_of(guard)
        if json:
            write_line(json_library.dumps({"event": "serving", "link": link}))
        else:
            session.screen.out.print(f"{link}\nuntil Ctrl-C", highlight=False, soft_wrap=True)
        if browser and not while_open.enter_context(opened_in_browser(link)):
            say("no browser was found: open the link yourself", style="yellow")
        serve(project, listener, guard, allow_actions=allow_actions, say=lambda line: say(line, style="yellow"))
