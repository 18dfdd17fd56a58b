"""A model whose answers say what was asked, by which model and under which system prompt; it can keep everybody waiting."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread

_LONGEST_WAIT = 240.0
SUFFIX = "/v1/chat/completions"


@dataclass(kw_only=True)
class ModelServer:
    """Serves one endpoint for each trial. Requests to a trial that is held get their answers when it is let go."""

    port: int = 0
    _held: dict[str, Event] = field(default_factory=dict)
    _asked: dict[str, int] = field(default_factory=dict)
    _answered: dict[str, int] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def endpoint(self, trial: str) -> str:
        """Return the URL of a trial's endpoint."""
        return f"http://127.0.0.1:{self.port}/{trial}{SUFFIX}"

    def hold(self, trial: str) -> None:
        """Keep the answers of a trial back."""
        with self._lock:
            self._held[trial] = Event()

    def let_go(self, trial: str) -> None:
        """Give the answers of a trial, those that wait and those to come."""
        with self._lock:
            held = self._held.pop(trial, None)
        if held:
            held.set()

    def asked(self, trial: str) -> int:
        """Return how many requests came in for a trial."""
        with self._lock:
            return self._asked.get(trial, 0)

    def idle(self, trial: str) -> bool:
        """Tell whether every request of a trial has its answer."""
        with self._lock:
            return self._asked.get(trial, 0) == self._answered.get(trial, 0)

    def answer(self, path: str, body: bytes) -> bytes:
        """Return the answer to a request, when it may be given."""
        trial = path.removesuffix(SUFFIX).strip("/")
        with self._lock:
            self._asked[trial] = self._asked.get(trial, 0) + 1
            held = self._held.get(trial)
        if held:
            held.wait(_LONGEST_WAIT)
        request = json.loads(body)
        said = {message["role"]: message["content"] for message in request["messages"]}
        content = f"{said.get('system', '')} {request['model']}: {said['user']}"
        message = {"role": "assistant", "content": content}
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        with self._lock:
            self._answered[trial] = self._answered.get(trial, 0) + 1
        reply = {"id": "x", "object": "chat.completion", "created": 1, "model": request["model"], "choices": [choice], "usage": usage}
        return json.dumps(reply).encode()


@contextmanager
def model_server() -> Iterator[ModelServer]:
    """Run a model server for a while."""
    model = ModelServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:  # the name is http.server's
            reply = model.answer(self.path, self.rfile.read(int(self.headers["Content-Length"])))
            try:
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)
            except OSError:
                # Whoever asked was cancelled meanwhile.
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    model.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield model
    finally:
        for trial in list(model._held):
            model.let_go(trial)
        server.shutdown()
        server.server_close()
        thread.join()
