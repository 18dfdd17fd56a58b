"""A server that speaks as much of Ollama's own API as pulling a model needs, with the answers that a real one was seen to give."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class FakeOllama:
    """`models` are there. `failure` is the error in the last line of a pull, which is answered with 200 all the same.

    `cut` ends a pull before its last line, as a connection that breaks does. Without `keeps` a pulled model is not there all the same.
    """

    def __init__(self, *models: str, failure: str = "", cut: bool = False, keeps: bool = True) -> None:
        self.models = list(models)
        self.failure = failure
        self.cut = cut
        self.keeps = keeps
        self.asked: list[str] = []
        self.pulled: list[str] = []
        self.endpoint = ""

    def lines(self, model: str) -> list[dict[str, object]]:
        """Return the answer to a pull, line by line."""
        self.pulled.append(model)
        fetching = [
            {"status": "pulling 8eeb52dfb3bb", "digest": "sha256:8e", "total": 4_900_000_000, "completed": done * 490_000_000}
            for done in range(11)
        ]
        if self.failure:
            return [{"status": "pulling manifest"}, {"error": self.failure}]
        if self.keeps:
            self.models.append(model if ":" in model else f"{model}:latest")
        done: list[dict[str, object]] = [] if self.cut else [{"status": "success"}]
        return [{"status": "pulling manifest"}, *fetching, *done]

    def completion(self, model: str) -> tuple[int, dict[str, object]]:
        """Return status and body of the answer to a chat."""
        self.asked.append(model)
        if {model, f"{model}:latest"} & set(self.models):
            return 200, {"choices": [{"index": 0, "finish_reason": "length", "message": {"role": "assistant", "content": "Yes"}}]}
        return 404, {"error": {"message": f'model "{model}" not found, try pulling it first', "type": "api_error"}}


@contextmanager
def fake_ollama(*models: str, failure: str = "", cut: bool = False, keeps: bool = True) -> Iterator[FakeOllama]:
    """Serve on a free port; `endpoint` is the base URL that ends in `/v1`."""
    fake = FakeOllama(*models, failure=failure, cut=cut, keeps=keeps)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name is http.server's
            self._answer([{"models": [{"model": model, "name": model} for model in fake.models]}])

        def do_POST(self) -> None:  # the name is http.server's
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path.endswith("/chat/completions"):
                status, body = fake.completion(asked["model"])
                self._answer([body], status)
            else:
                self._answer(fake.lines(asked["model"]))

        def log_message(self, *_: object) -> None:
            return

        def _answer(self, lines: list[dict[str, object]], status: int = 200) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write("\n".join(json.dumps(line) for line in lines).encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    fake.endpoint = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
