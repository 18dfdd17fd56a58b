"""`logs`: the logs of processes or pods, one after the other or as they grow."""

import time
from typing import Annotated

import typer

from console.screen import write_line
from console.session import Session
from platforms.registry import platform_of

_DEFAULT_LINES = 20


def logs(
    context: typer.Context,
    service: Annotated[
        str,
        typer.Argument(
            help="One service: kafka, jobmanager, taskmanager, sql-gateway, model-gateway, model-server; on Kubernetes a workload."
            " Default: all."
        ),
    ] = "",
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Keep showing new lines until Ctrl-C.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="How many of the last lines to show of each file.")] = _DEFAULT_LINES,
) -> None:
    """Show the last lines of the logs of processes or pods, each led by the name of where it comes from."""
    session: Session = context.obj
    tails = platform_of(session.project().settings()).logs(service, lines)
    while True:
        for source, line in tails.read():
            write_line(f"{source} | {line}")
        if not follow:
            return
        time.sleep(tails.poll_seconds)
