"""The model of a test: a server on this machine that speaks the chat API and answers from the test's table."""

import json
import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

from flinksql.testing.cases import Answer, ModelAnswers
from flinksql.testing.values import as_text

_LOOPBACK = "127.0.0.1"
_EXCERPT = 200


@dataclass(kw_only=True)
class Asked:
    """What one model of one test answers, and what it was asked."""

    answers: ModelAnswers
    inputs: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)

    def answer(self, text: str) -> Answer | None:
        """Return the answer to an input and note the call."""
        self.inputs.append(text)
        found = next((one for one in self.answers.answers if re.search(one.when, text)), None)
        if found is None:
            self.unanswered.append(text[:_EXCERPT])
        return found


class ModelServer:
    """The models of all tests of a run, each with a path of its own. Safe to share between threads."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self._server = server
        self._lock = threading.Lock()
        self._models: dict[str, Asked] = {}

    def add(self, answers: ModelAnswers) -> tuple[str, Asked]:
        """Return the address of a model with these answers, and what it is asked."""
        asked = Asked(answers=answers)
        with self._lock:
            path = f"/models/{len(self._models) + 1}"
            self._models[path] = asked
        return f"http://{_LOOPBACK}:{self._server.server_address[1]}{path}/chat/completions", asked

    def asked(self, path: str, text: str) -> Answer | None:
        """Return the answer of the model at a path."""
        with self._lock:
            model = self._models.get(path.removesuffix("/chat/completions"))
            return model.answer(text) if model else None


@contextmanager
def model_server() -> Iterator[ModelServer]:
    """Serve models as long as the block lasts."""
    server = _Server((_LOOPBACK, 0), _Handler)
    models = ModelServer(server)
    server.models = models
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield models
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    models: ModelServer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:  # a name of http.server's
        """Answer a chat completion."""
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        answer = cast("_Server", self.server).models.asked(self.path, _input(body.get("messages") or ()))
        if answer is None:
            # A status that Flink's client does not try again.
            self._send(400, {"error": {"message": "the test gives no answer to this input"}})
            return
        if answer.delay_seconds:
            time.sleep(answer.delay_seconds)
        if answer.error is not None:
            self._send(answer.error, {"error": {"message": f"the test answers with status {answer.error}"}})
            return
        content = "" if answer.answer is None else as_text(answer.answer)
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content, "refusal": None}}
        self._send(200, {"id": "test", "object": "chat.completion", "created": 0, "model": body.get("model", ""), "choices": [choice]})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # a signature of http.server's
        """Say nothing: what was asked is told with the test."""

    def _send(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        except (BrokenPipeError, ConnectionResetError):
            # A client that no longer waits for a delayed answer.
            self.close_connection = True


def _input(messages: Sequence[dict[str, Any]]) -> str:
    return next((str(one.get("content", "")) for one in reversed(messages) if one.get("role") == "user"), "")
