"""The process: a port of the loopback address, the threads that ask, uvicorn until Ctrl-C."""

import errno
import os
import secrets
import signal
import socket
import tempfile
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from html import escape
from pathlib import Path
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.project import Project
from console.ui.actions import ActionRunner
from console.ui.collector import Collector
from console.ui.explanations import Explanations
from console.ui.routes import Parts, create_app
from console.ui.rows import RowReaders
from console.ui.snapshot import lags_of
from console.ui.sources import JOBS, KAFKA, KafkaFacts, sources_of
from console.ui.stack import StackReader
from console.ui.topic_readers import topic_opener
from console.ui.trends import Trends
from options.infrastructure import LOOPBACK
from webproxy.guard import AccessGuard

_TOKEN_BYTES = 24
_BACKLOG = 64
_END_SECONDS = 2
"""So long answers that are under way are given at the end."""


@contextmanager
def listening(port: int) -> Iterator[tuple[socket.socket, AccessGuard]]:
    """Hold a port of the loopback address (0: any free one), with a token made up for it. Raises ConsoleError for a port that is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
            listener.listen(_BACKLOG)
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            reason = "is taken" if taken else f"cannot be used: {os.strerror(error.errno or 0)}"
            raise ConsoleError(
                f"port {port} of {LOOPBACK} {reason}", advice="leave `--port` out to take a free one", exit_code=ExitCode.USAGE
            ) from None
        number = int(listener.getsockname()[1])
        yield listener, AccessGuard(port=number, token=secrets.token_urlsafe(_TOKEN_BYTES), how="`python -m console ui` prints it.")
    finally:
        listener.close()


def link_of(guard: AccessGuard) -> str:
    """Return the page's address. The token is its fragment: browsers send that to no server, and the page takes it out of the address."""
    return f"http://{LOOPBACK}:{guard.port}/#token={guard.token}"


def serve(project: Project, listener: socket.socket, guard: AccessGuard, *, allow_actions: bool, say: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM, which is raised again at the end."""
    reader = StackReader(project)
    reader.refresh()
    with page_of(reader, guard, allow_actions=allow_actions, say=say) as app:
        run_app(app, listener)


@contextmanager
def page_of(reader: StackReader, guard: AccessGuard, *, allow_actions: bool, say: Callable[[str], None]) -> Iterator[ASGIApp]:
    """Give the page's application, with everything that asks for it in the background."""
    project = reader.facts.project
    trends = Trends()
    lags: dict[str, int | None] = {}

    def listener(name: str, value: object, at: float) -> None:
        if name == KAFKA and isinstance(value, KafkaFacts):
            lags.clear()
            lags.update(lags_of(reader.facts, value.groups))
        if name == JOBS and isinstance(value, tuple):
            trends.add(at, value, dict(lags))

    collector = Collector(sources_of(reader), listener)
    rows = RowReaders(topic_opener(reader))
    actions = ActionRunner(project.root, project.stack) if allow_actions else None
    parts = Parts(reader=reader, collector=collector, trends=trends, rows=rows, explanations=Explanations(reader), actions=actions)
    collector.start()
    try:
        yield create_app(parts, guard)
    finally:
        collector.stop()
        rows.stop()
        if actions is not None and (ended := actions.stop()):
            say(f"ended `{ended}`, which was still running")


def run_app(app: ASGIApp, listener: socket.socket) -> None:
    """Answer requests until SIGINT or SIGTERM, which is raised again at the end."""
    config = uvicorn.Config(
        app,
        log_config=None,
        # It would have nothing to tell but paths.
        access_log=False,
        lifespan="off",
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=_END_SECONDS,
    )
    server = uvicorn.Server(config)
    asked: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        asked.append(number)
        server.should_exit = True

    # Before the server has its own handlers too, and without an exception, which its event loop would report as its own.
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        server.run(sockets=[listener])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if asked:
        signal.raise_signal(asked[0])


@contextmanager
def opened_in_browser(link: str) -> Iterator[bool]:
    """Open the page in the user's browser; give whether one was found.

    The browser is given a file that only this user reads, not the link: other users see the arguments of a process.
    """
    page = f'<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url={escape(link, quote=True)}">'
    descriptor, name = tempfile.mkstemp(prefix="console-ui-", suffix=".html")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(f"<title>console ui</title>{page}\n")
        yield webbrowser.open(Path(name).as_uri())
    finally:
        with suppress(OSError):
            Path(name).unlink()
