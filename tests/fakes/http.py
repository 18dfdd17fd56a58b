"""A small HTTP server in a thread that answers JSON from a function and can let its caller down."""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import cast

from tests.fakes.faults import Fault, Faults
from tests.fakes.traces import FlinkProblemError, jobmanager_down, operation_unknown, server_side, session_unknown, trace

Answer = tuple[int, object]
Respond = Callable[[str, str, dict[str, object]], Answer]

_HTML = b"<html><body>It works!</body></html>"
_BODIES: Mapping[Fault | None, tuple[int, bytes]] = MappingProxyType(
    {
        Fault.GARBAGE: (200, _HTML),
        Fault.EMPTY: (200, b""),
        Fault.NOT_TEXT: (200, b"\x00\xff\xfe\x80" * 8),
        Fault.OTHER_JSON: (200, b'["another program"]'),
        Fault.TOO_LARGE: (413, b""),
        Fault.UNAVAILABLE: (503, b""),
        Fault.BAD_GATEWAY_PAGE: (502, _HTML),
        Fault.TOO_MANY_REQUESTS: (429, b'{"message": "slow down"}'),
        Fault.REDIRECTED: (302, b""),
        Fault.KUBERNETES_UNAVAILABLE: (
            503,
            b'{"kind": "Status", "status": "Failure", "reason": "ServiceUnavailable", "message": "no endpoints available", "code": 503}',
        ),
    }
)
"""What is sent instead of the answer. The work was done all the same: a proxy loses replies too."""
_HANDLE = "11111111-2222-3333-4444-555555555555"
_TRACES: Mapping[Fault | None, Callable[[], str]] = MappingProxyType(
    {
        Fault.STACK_TRACE: lambda: trace(("java.lang.IllegalStateException", "Something broke inside.")),
        Fault.SESSION_VANISHED: lambda: session_unknown(_HANDLE).trace,
        Fault.OPERATION_LOST: lambda: operation_unknown(_HANDLE).trace,
        Fault.JOBMANAGER_DOWN: lambda: jobmanager_down().trace,
    }
)
"""What an HTTP 500 holds."""
_SLOW_SECONDS = 0.3
_TOO_SLOW_SECONDS = 3.0
_NOT_DONE = {Fault.TOO_LARGE, Fault.UNAVAILABLE, Fault.KUBERNETES_UNAVAILABLE, Fault.TOO_MANY_REQUESTS, Fault.REDIRECTED}
"""With these the server never saw the request."""


class FakeServer(ThreadingHTTPServer):
    """Answers on a free loopback port."""

    daemon_threads = True

    def __init__(self, respond: Respond) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.respond = respond
        self.faults = Faults()
        self.calls: list[str] = []
        self.ended = threading.Event()

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
        if fault in _NOT_DONE:
            self._send(*_BODIES[fault])
            return
        status, answer = self._faulty(fault) or self._worked(server, body)
        self._reply(fault, status, json.dumps(answer).encode())

    def _reply(self, fault: Fault | None, status: int, text: bytes) -> None:
        server = cast("FakeServer", self.server)
        if fault in {Fault.SLOW, Fault.TOO_SLOW}:
            server.ended.wait(_SLOW_SECONDS if fault is Fault.SLOW else _TOO_SLOW_SECONDS)
        if fault is Fault.REPLY_DROPPED:
            self._hang_up()
        elif fault is Fault.TRUNCATED:
            self._send(200, text[: len(text) // 2])
        elif fault is Fault.BODY_CUT:
            self._send(status, text[: len(text) // 2], promised=len(text))
            self._hang_up()
        elif fault in _BODIES:
            self._send(*_BODIES[fault])
        else:
            self._send(status, text)

    def _worked(self, server: FakeServer, body: dict[str, object]) -> Answer:
        try:
            return server.respond(self.command, self.path, body)
        except FlinkProblemError as problem:
            return 500, {"errors": server_side(problem.trace)}

    def _faulty(self, fault: Fault | None) -> Answer | None:
        if fault is Fault.NO_VERSION:
            return 404, {"errors": [f"Not found: {self.path}"]}
        if fault is Fault.NEVER_READY:
            return 200, {"resultType": "NOT_READY", "nextResultUri": self.path}
        return (500, {"errors": server_side(_TRACES[fault]())}) if fault in _TRACES else None

    def _body(self) -> dict[str, object]:
        length = int(self.headers.get("Content-Length") or 0)
        return cast("dict[str, object]", json.loads(self.rfile.read(length))) if length else {}

    def _send(self, status: int, body: bytes, *, promised: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(body) if promised is None else promised))
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
        server.ended.set()
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
