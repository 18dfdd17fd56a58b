"""An OpenAI-compatible model server that misbehaves as told, row by row, and counts what it was asked.

`ModelServer.behave` decides by the user's text and by how often that text came before. Each reply is written to a real socket, so that it
can drip, hang, break off or never come.
"""

import json
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

HANG_SECONDS = 300.0
SUMMARY = {
    "sentiment": "positive",
    "key_strengths": ["sound"],
    "key_complaints": [],
    "summary": "People like it.",
    "recommended_action": "Keep it.",
}


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What goes over the wire. `hangs`: nothing ever comes; `closes`: the connection ends at once; `breaks_off`: in the middle of the body.

    `drip_seconds` passes before each byte; `seconds` before the first one.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/json"})
    seconds: float = 0.0
    drip_seconds: float = 0.0
    hangs: bool = False
    closes: bool = False
    breaks_off: bool = False


@dataclass(frozen=True, kw_only=True)
class Call:
    """One chat completion that was asked for. `text` is the last user message, `time` how often the same text came before."""

    text: str
    time: int
    body: Mapping[str, Any]
    headers: Mapping[str, str]


def said(content: str | None, *, finish: str = "stop", prompt: int = 100, completion: int = 50, **message: object) -> bytes:
    """Return the body of a chat completion with this content."""
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": content, **message}}
    usage = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    return json.dumps({"id": "1", "object": "chat.completion", "created": 1, "model": "fake", "choices": [choice], "usage": usage}).encode()


def summary(**fields: object) -> bytes:
    """Return the body of a chat completion with a good summary."""
    return said(json.dumps({**SUMMARY, **fields}))


def error(message: str, kind: str = "invalid_request_error", code: str | None = None) -> bytes:
    """Return an error body in OpenAI's shape."""
    return json.dumps({"error": {"message": message, "type": kind, "param": None, "code": code}}).encode()


def good(_call: Call) -> Reply:
    """Behave well."""
    return Reply(body=summary())


@dataclass(kw_only=True)
class ModelServer:
    """The running fake. `calls` are in the order of their coming; `gone` counts clients that went away before their answer."""

    url: str = ""
    behave: Callable[[Call], Reply] = good
    models: tuple[str, ...] = ("llama3.1",)
    others: dict[str, Reply] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    most_at_once: int = 0
    at_once: int = 0
    gone: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    over: threading.Event = field(default_factory=threading.Event)
    tls: ssl.SSLContext | None = None
    refusing: bool = False
    listen: Callable[[], None] = field(default=lambda: None)
    stop_listening: Callable[[], None] = field(default=lambda: None)

    @contextmanager
    def away(self) -> Iterator[None]:
        """Refuse connections during the block; one that is open is closed when it is used."""
        self.refusing = True
        self.stop_listening()
        try:
            yield
        finally:
            self.refusing = False
            self.listen()

    def speak_tls(self) -> ssl.SSLContext:
        """Speak TLS from the next connection on, and return the context that takes the certificate."""
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        return self.tls

    def arrive(self, body: bytes, headers: Mapping[str, str]) -> Call:
        """Take a call down."""
        asked = json.loads(body)
        text = next(message["content"] for message in reversed(asked["messages"]) if message["role"] == "user")
        with self.lock:
            call = Call(text=text, time=self.seen[text], body=asked, headers=headers)
            self.seen[text] += 1
            self.calls.append(call)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        return call


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    fake: ModelServer

    def setup(self) -> None:
        if self.fake.tls is not None:
            self.request = self.fake.tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def parse_request(self) -> bool:
        if self.fake.refusing:
            self.close_connection = True
            return False
        return super().parse_request()

    def do_GET(self) -> None:
        if self.path in self.fake.others:
            self._write(self.fake.others[self.path])
        elif self.path.endswith("/models"):
            self._write(Reply(body=json.dumps({"object": "list", "data": [{"id": name} for name in self.fake.models]}).encode()))
        else:
            self._write(Reply(status=404, body=error("no such path")))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        if not self.path.endswith("/chat/completions"):
            self._write(self.fake.others.get(self.path, Reply(status=404, body=error("no such path"))))
            return
        call = self.fake.arrive(body, {name.lower(): value for name, value in self.headers.items()})
        try:
            self._write(self.fake.behave(call))
        finally:
            with self.fake.lock:
                self.fake.at_once -= 1

    def log_message(self, *_arguments: object) -> None:
        pass

    def _write(self, reply: Reply) -> None:
        try:
            if reply.seconds and not self._still_there(reply.seconds):
                return
            if reply.hangs:
                self._still_there(HANG_SECONDS)
                self.close_connection = True
                return
            if reply.closes:
                self.close_connection = True
                return
            self._send(reply)
        except OSError:
            self._went()

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(reply.body) + (100 if reply.breaks_off else 0)))
        self.end_headers()
        if reply.drip_seconds:
            for byte in reply.body:
                if not self._still_there(reply.drip_seconds):
                    return
                self.wfile.write(bytes([byte]))
        else:
            self.wfile.write(reply.body)
        if reply.breaks_off:
            self.close_connection = True

    def _still_there(self, seconds: float) -> bool:
        """Wait, and tell whether the client is still there."""
        deadline = time.monotonic() + seconds
        self.connection.settimeout(0.02)
        try:
            while (rest := deadline - time.monotonic()) > 0 and not self.fake.over.wait(min(0.02, rest)):
                try:
                    if self.connection.recv(1) == b"":
                        self._went()
                        return False
                except TimeoutError:
                    continue
        finally:
            self.connection.settimeout(None)
        return not self.fake.over.is_set()

    def _went(self) -> None:
        self.close_connection = True
        with self.fake.lock:
            self.fake.gone += 1


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, *_arguments: object) -> None:
        """A client that goes away is no news here."""


@contextmanager
def model_server(behave: Callable[[Call], Reply] = good, *, port: int = 0, host: str = "127.0.0.1") -> Iterator[ModelServer]:
    """Run a model server on a free port until the end of the block."""
    fake = ModelServer(behave=behave)
    handler = type("Handler", (_Handler,), {"fake": fake})
    running: list[tuple[_Server, threading.Thread]] = []

    def listen() -> None:
        place = urlsplit(fake.url).port if fake.url else port
        server = _Server((host, place or 0), handler)
        fake.url = f"http://{host}:{server.server_address[1]}/v1"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        running.append((server, thread))

    def stop_listening() -> None:
        server, thread = running.pop()
        server.shutdown()
        thread.join()
        server.server_close()

    fake.listen, fake.stop_listening = listen, stop_listening
    listen()
    try:
        yield fake
    finally:
        fake.over.set()
        stop_listening()
