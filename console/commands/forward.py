"""`forward`: the pages of a stack on Kubernetes, on ports of this machine, for as long as the command runs."""

import json as json_library
import time
from contextlib import ExitStack

import typer

from console.commands.options import Json
from console.screen import write_line
from console.session import Session
from console.show.run_result import print_links
from platforms.registry import platform_of

_FOREVER_SECONDS = 3600.0


def forward(context: typer.Context, *, json: Json = False) -> None:
    """Make Flink's UI, AKHQ, the SQL Gateway and Kafka reachable on this machine's loopback address until Ctrl-C.

    The links carry a token: the SQL Gateway and Flink's UI run code, and a local port is open to every user of this machine. A program
    sends it as `Authorization: Bearer <token>`. Kafka's port has no such lock.
    """
    session: Session = context.obj
    platform = platform_of(session.project().settings())
    with ExitStack() as opened:
        links = platform.forward(opened, lambda words: session.screen.err.print(words, style="yellow"))
        if json:
            write_line(json_library.dumps({"event": "forwarded", "links": links}))
        else:
            print_links(session.screen.out, links)
            session.screen.out.print("until Ctrl-C", style="dim")
        while True:
            time.sleep(_FOREVER_SECONDS)
