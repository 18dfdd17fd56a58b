"""A small HTTP server in a thread that answers JSON from a function and can let its caller down."""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast

from tests.fakes.faults import Fault, Faults
from tests.fakes.traces import FlinkProblemError, jobmanager_down, server_side, session_unknown, trace

Answer = tuple[int, object]
Respond = Callable[[str, str, dict[str, object]], Answer]

_BODIES = {Fault.GARBAGE: b"<html><body>It works!</body></html>", Fault.EMPTY: b""}


class FakeServer(ThreadingHTTPServer):
    """Answers on a free loopback port."""

    daemon_threads = True

    def __init__(self, respond: Respond) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.respond = respond
        self.faults = Faults()
        self.calls: list[str] = []

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent: callers that hang up are part of the play."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Answer every method alike: the base class looks for `do_GET`, `do_PATCH` and so on."""
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Stay silent."""

    def _answer(self) -> None:
        server = cast("FakeServer", self.server)
        body = self._body()
        call = f"{self.command} {self.path}"
        server.calls.append(call)
        fault = server.faults.next_for(call)
        if fault is Fault.RESET:
            self._hang_up()
            return
        status, answer = self._faulty(fault) or self._worked(server, body)
        text = json.dumps(answer).encode()
        if fault is Fault.REPLY_DROPPED:
            self._hang_up()
        elif fault is Fault.TRUNCATED:
            self._send(200, text[: len(text) // 2])
        elif fault in _BODIES:
            self._send(200, _BODIES[fault])
        else:
            self._send(status, b"" if fault in {Fault.TOO_LARGE, Fault.UNAVAILABLE} else text)

    def _worked(self, server: FakeServer, body: dict[str, object]) -> Answer:
        try:
            return server.respond(self.command, self.path, body)
        except FlinkProblemError as problem:
            return 500, {"errors": server_side(problem.trace)}

    def _faulty(self, fault: Fault | None) -> Answer | None:
        match fault:
            case Fault.TOO_LARGE:
                return 413, None
            case Fault.UNAVAILABLE:
                return 503, None
            case Fault.STACK_TRACE:
                return 500, {"errors": server_side(trace(("java.lang.IllegalStateException", "Something broke inside.")))}
            case Fault.SESSION_VANISHED:
                return 500, {"errors": server_side(session_unknown("11111111-2222-3333-4444-555555555555").trace)}
            case Fault.JOBMANAGER_DOWN:
                return 500, {"errors": server_side(jobmanager_down().trace)}
            case _:
                return None

    def _body(self) -> dict[str, object]:
        length = int(self.headers.get("Content-Length") or 0)
        return cast("dict[str, object]", json.loads(self.rfile.read(length))) if length else {}

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _hang_up(self) -> None:
        self.close_connection = True
        # Linger of zero seconds: the peer sees a reset instead of an orderly end.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


@contextmanager
def serving(respond: Respond) -> Iterator[FakeServer]:
    """Run a server for a while."""
    server = FakeServer(respond)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
