"""`python -m embedded.push_gateway`: keeps what Flink's reporters pushed last, and hands it to Prometheus at the path it was pushed to.

It speaks the part of the Pushgateway's protocol that Flink's reporter uses: PUT and DELETE of `/metrics/job/flink/instance/<process>`.
Unlike the Pushgateway it forgets: values that are too old are answered with 404, so that `up` is 0 for a process that ended.
Uses the standard library only.
"""

import argparse
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

MOST_BYTES = 32 * 1024 * 1024
"""Of one push. Two jobs with thirty operators are 300 kB."""
_SOCKET_SECONDS = 10
_PLAIN = "text/plain; charset=utf-8"
_FORMAT = "text/plain; version=0.0.4; charset=utf-8"
_LOCAL_NAMES = frozenset({"127.0.0.1", "localhost"})


@dataclass(frozen=True, kw_only=True)
class Push:
    """What a process pushed, in Prometheus' text format, and when: seconds of a monotonic clock."""

    text: bytes
    at: float


class PushStore:
    """The last push of each process. `kept_seconds` is how long it counts. Safe to use from several threads."""

    def __init__(self, processes: Sequence[str], *, kept_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._paths = {f"/metrics/job/flink/instance/{name}": name for name in processes}
        self._kept_seconds, self._clock = kept_seconds, clock
        self._pushes: dict[str, Push] = {}
        self._lock = threading.Lock()

    def knows(self, path: str) -> bool:
        """Return whether a path is a process's."""
        return path in self._paths

    def put(self, path: str, text: bytes) -> None:
        """Keep what was pushed, in place of what was there."""
        with self._lock:
            self._pushes[path] = Push(text=text, at=self._clock())

    def delete(self, path: str) -> None:
        """Forget what a process pushed: it ends."""
        with self._lock:
            self._pushes.pop(path, None)

    def get(self, path: str) -> tuple[bytes, str]:
        """Return the values of a path, or no bytes and why there are none."""
        name = self._paths[path]
        with self._lock:
            push = self._pushes.get(path)
        if push is None:
            return b"", f"{name} has pushed nothing, or has ended"
        age = self._clock() - push.at
        if age > self._kept_seconds:
            return b"", f"{name} pushed {age:.0f} s ago the last time: it has ended, or hangs"
        return push.text, ""


class PushHandler(BaseHTTPRequestHandler):
    """Answers programs of this machine; a page in a browser is turned away."""

    protocol_version = "HTTP/1.1"
    timeout = _SOCKET_SECONDS
    store: PushStore

    def do_GET(self) -> None:
        """Answer Prometheus, and the probe of the supervisor's owner."""
        if self._refused():
            return
        if self.path == "/ready":
            self._answer(HTTPStatus.OK, "{}")
        elif self.store.knows(self.path):
            text, why = self.store.get(self.path)
            if why:
                self._answer(HTTPStatus.NOT_FOUND, f"{why}\n")
            else:
                self._send(HTTPStatus.OK, text, _FORMAT)
        else:
            self._unknown()

    def do_PUT(self) -> None:
        """Take a push."""
        if self._refused():
            return
        length = self.headers.get("content-length", "")
        if not self.store.knows(self.path):
            self._unknown()
        elif not length.isdigit():
            self._answer(HTTPStatus.LENGTH_REQUIRED, "a push needs a Content-Length\n")
        elif int(length) > MOST_BYTES:
            self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a push may have {MOST_BYTES} bytes\n")
        else:
            text = self.rfile.read(int(length))
            if len(text) < int(length):
                self.close_connection = True
                return
            self.store.put(self.path, text)
            self._send(HTTPStatus.ACCEPTED, b"", _PLAIN)

    def do_DELETE(self) -> None:
        """Forget a process that ends."""
        if self._refused():
            return
        if self.store.knows(self.path):
            self.store.delete(self.path)
            self._send(HTTPStatus.ACCEPTED, b"", _PLAIN)
        else:
            self._unknown()

    def log_message(self, *_: object) -> None:
        """Keep quiet: a line for each push would fill the log."""

    def _refused(self) -> bool:
        """Turn away what a page in a browser can send: another site's Origin, or a name that was made to point here."""
        host = urlsplit(f"//{self.headers.get('host', '')}").hostname or ""
        if host not in _LOCAL_NAMES:
            self._answer(HTTPStatus.MISDIRECTED_REQUEST, "ask by 127.0.0.1 or localhost\n")
        elif self.headers.get("origin") or self.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
            self._answer(HTTPStatus.FORBIDDEN, "this address answers programs only\n")
        else:
            return False
        return True

    def _unknown(self) -> None:
        self._answer(HTTPStatus.NOT_FOUND, "known are /ready and /metrics/job/flink/instance/<process>\n")

    def _answer(self, status: HTTPStatus, text: str) -> None:
        if status >= HTTPStatus.BAD_REQUEST and self.command == "PUT":
            # What was sent is not read: the connection cannot be used again.
            self.close_connection = True
        self._send(status, text.encode(), _PLAIN)

    def _send(self, status: HTTPStatus, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(body)))
        if self.close_connection:
            self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(body)


class PushServer(ThreadingHTTPServer):
    """One thread for each connection; Flink's two processes and a Prometheus have three."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], store: PushStore) -> None:
        super().__init__(address, type("Handler", (PushHandler,), {"store": store}))


def main(arguments: Sequence[str]) -> int:
    """Serve until a signal comes. Return an exit code where it cannot, after one line that says why."""
    given = _parser().parse_args(arguments)
    try:
        server = PushServer((given.host, given.port), PushStore(given.processes, kept_seconds=given.kept_seconds))
    except OSError as error:
        sys.stderr.write(f"push_gateway: {given.host}:{given.port} cannot be listened on ({error.strerror})\n")
        return 1
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    sys.stderr.write(f"push_gateway: keeps metrics of {', '.join(given.processes)} on {given.host}:{given.port}\n")
    server.serve_forever()
    server.server_close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m embedded.push_gateway", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--kept-seconds", type=float, default=20, help="older values are not handed out (default: %(default)s)")
    parser.add_argument("processes", nargs="+", help="names of the processes that push")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
