"""A gateway in this process for tests of its behaviour, in front of `tests.fakes.model_server`."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TypedDict, Unpack

import uvicorn
from starlette.testclient import TestClient

from modelgateway.app import create_app
from modelgateway.backends.choice import choose_backend
from modelgateway.metrics import Metrics
from modelgateway.rejection import RECORD_KEY
from modelgateway.settings import Budget, LedgerSettings, ModelKind, Settings, Upstream

PROMPT = (
    "You are a product analyst. Return a valid JSON only with fields: sentiment, key_strengths, key_complaints, summary,"
    " recommended_action."
)
COMPLETIONS = "/lanes/reviews/v1/chat/completions"


class Changed(TypedDict, total=False):
    """Fields of Settings that a test sets."""

    kind: ModelKind
    attempt_seconds: float
    patience_seconds: float
    max_body_bytes: int
    concurrency: int
    context_tokens: int
    repairs: int
    budget: Budget
    ledger: LedgerSettings


def settings_for(*bases: str, **changed: Unpack[Changed]) -> Settings:
    """Return settings of a gateway in front of these servers, with little patience."""
    plain = Settings(
        host="127.0.0.1",
        port=0,
        kind=ModelKind.OPENAI,
        model="llama3.1",
        upstreams=tuple(Upstream(base=base, api_key="sk-hidden") for base in bases),
        attempt_seconds=1.0,
        patience_seconds=20.0,
    )
    return replace(plain, **changed)


@contextmanager
def gateway(settings: Settings) -> Iterator[TestClient]:
    """Run a gateway without a socket."""
    metrics = Metrics()
    headers = {"content-type": "application/json"}
    with TestClient(create_app(settings, choose_backend(settings, metrics), metrics), headers=headers) as client:
        yield client


def body_for(text: str = "a review", prompt: str = PROMPT, **fields: object) -> dict[str, object]:
    """Return a request as Flink's client sends it."""
    messages = [{"role": "system", "content": prompt}, {"role": "user", "content": text}]
    return {"model": "llama3.1", "messages": messages, "max_tokens": 600, **fields}


def ask(client: TestClient, text: str = "a review", prompt: str = PROMPT, **fields: object) -> dict[str, object]:
    """Return the content of the answer, which must be well formed, as an object."""
    response = client.post(COMPLETIONS, json=body_for(text, prompt, **fields))
    assert response.status_code == 200, response.text
    [choice] = response.json()["choices"]
    assert choice["finish_reason"] == "stop"
    content: dict[str, object] = json.loads(choice["message"]["content"])
    return content


def reason(content: dict[str, object]) -> str:
    """Return why there is no summary, `ok` when there is one."""
    record = content.get(RECORD_KEY)
    return str(record["reason"]) if isinstance(record, dict) else "ok"


def until(true: Callable[[], bool], seconds: float = 30.0, *, every: float = 0.02) -> None:
    """Wait until something is true; `every` is the pause between two looks in seconds."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(every)


@contextmanager
def served(settings: Settings) -> Iterator[str]:
    """Serve a gateway on a real socket: the test client cannot go away in mid-request."""
    metrics = Metrics()
    app = create_app(settings, choose_backend(settings, metrics), metrics)
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        until(lambda: server.started)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
