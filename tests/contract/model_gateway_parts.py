"""Parts for the gateway's tests: a model server that behaves as told, and the gateway as a real process."""

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DEADLINE_SECONDS = 60.0


@dataclass(kw_only=True)
class FakeModelServer:
    """An OpenAI-compatible server that answers with what is set here, and keeps what it was asked."""

    url: str = ""
    status: int = 200
    body: bytes = b'{"from":"upstream"}'
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": "application/json"})
    asked: list[tuple[str, bytes, dict[str, str]]] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)
    holds_back: bool = False
    breaks_off: bool = False


@contextmanager
def fake_model_server() -> Iterator[FakeModelServer]:
    """Run a model server on a free port until the end of the block."""
    behaviour = FakeModelServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def log_message(self, *_arguments: object) -> None:
            pass

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            behaviour.asked.append((self.path, body, {name.lower(): value for name, value in self.headers.items()}))
            behaviour.arrived.set()
            if behaviour.holds_back:
                behaviour.release.wait(DEADLINE_SECONDS)
            self.send_response(behaviour.status)
            for name, value in behaviour.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(behaviour.body) + (100 if behaviour.breaks_off else 0)))
            self.end_headers()
            self.wfile.write(behaviour.body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    behaviour.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield behaviour
    finally:
        behaviour.release.set()
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(kw_only=True)
class GatewayProcess:
    """A running `python -m modelgateway`. `log` grows while it runs."""

    process: subprocess.Popen[str]
    url: str
    log: list[str]
    reader: threading.Thread

    def wait(self) -> int:
        """Wait for its end; the log is complete then."""
        code = self.process.wait(DEADLINE_SECONDS)
        self.reader.join(DEADLINE_SECONDS)
        return code


@contextmanager
def gateway_process(*arguments: str) -> Iterator[GatewayProcess]:
    """Start a gateway on a free port unless told otherwise, and end it at the end of the block."""
    command = [sys.executable, "-m", "modelgateway", "--port", "0", *arguments]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    log: list[str] = []
    ready = threading.Event()
    reader = threading.Thread(target=_collect, args=(process, log, ready))
    reader.start()
    try:
        assert ready.wait(DEADLINE_SECONDS)
        found = re.search(r"listening on (http://\S+)", "".join(log))
        assert found, f"the gateway did not start: {log}"
        yield GatewayProcess(process=process, url=found[1], log=log, reader=reader)
    finally:
        process.kill()
        process.wait()
        reader.join()
        if process.stderr:
            process.stderr.close()


def _collect(process: subprocess.Popen[str], log: list[str], ready: threading.Event) -> None:
    for line in process.stderr or ():
        log.append(line)
        if "listening on" in line:
            ready.set()
    ready.set()
