"""The real llama.cpp server with SmolLM2, alone and behind the gateway: what the fakes of the other modules pretend."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import httpx
import pytest

from embedded.llamacpp import model_file
from modelgateway.settings import ModelKind, Settings, Upstream
from tests.support.llamacpp import KEY, LlamaServer, command, environment, installed, llama_server
from tests.support.model_gateway import COMPLETIONS, ask, body_for, gateway, reason, served, until
from tests.support.ports import free_ports

pytestmark = [pytest.mark.timeout(600), pytest.mark.xdist_group("llama server")]

CONTEXT = 1024
PLAIN = "Answer in one sentence."
ENDLESS = {"max_tokens": 900, "temperature": 0, "ignore_eos": True}
"""Keeps a slot busy for longer than any test looks."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlamaServer]:
    with llama_server(tmp_path_factory.mktemp("llama"), "--slots", "2", "--context-tokens", str(CONTEXT)) as running:
        yield running


def behind(server: LlamaServer, *, key: str = KEY, model: str = "smollm2", patience: float = 120.0) -> Settings:
    return Settings(
        host="127.0.0.1",
        port=0,
        kind=ModelKind.LLAMACPP,
        model=model,
        upstreams=(Upstream(base=f"{server.url}/v1", api_key=key),),
        concurrency=2,
        patience_seconds=patience,
    )


def written(answer: httpx.Response) -> bool:
    """Tell whether the model wrote something, be it that its few tokens were not enough."""
    text = answer.json()["choices"][0]["message"]["content"]
    return "gateway_rejection" not in text or "truncated_answer" in text


def test_it_lists_its_alias_and_no_path(server: LlamaServer) -> None:
    told = server.ask("GET", "/v1/models")
    assert [one["id"] for one in told.json()["data"]] == ["smollm2"]
    assert str(model_file(installed()).parent) not in told.text


def test_the_gateway_makes_a_summary_of_what_the_model_writes(server: LlamaServer) -> None:
    prompt = 'Judge the review. JSON schema: {"type":"object","properties":{"good":{"type":"boolean"}},"required":["good"]}'
    with gateway(behind(server)) as client:
        content = ask(client, "The sound is great.", prompt, max_tokens=40)
        health = client.get("/health").json()
    assert isinstance(content["good"], bool)
    assert (health["upstream"], health["model"]) == ("ok", "ok")
    assert health["upstreams"][0]["answers"] == "json_schema"
    assert health["today"]["prompt_tokens"] > 20


@pytest.mark.parametrize(
    ("path", "request_body"),
    [
        pytest.param("/v1/models", {}, id="models"),
        pytest.param("/slots", {}, id="slots"),
        pytest.param("/props", {}, id="properties"),
        pytest.param("/v1/chat/completions", {"messages": [{"role": "user", "content": "hi"}]}, id="completion"),
        pytest.param("/tokenize", {"content": "hi"}, id="tokens"),
    ],
)
@pytest.mark.parametrize("key", [pytest.param("", id="no key"), pytest.param("wrong", id="wrong key")])
def test_without_the_key_nobody_is_answered(server: LlamaServer, path: str, request_body: dict[str, object], key: str) -> None:
    found = server.ask("POST" if request_body else "GET", path, request_body, key=key)
    assert found.status_code == httpx.codes.UNAUTHORIZED


def test_a_wrong_key_is_told_as_that(server: LlamaServer) -> None:
    with gateway(behind(server, key="another")) as client:
        assert reason(ask(client, prompt=PLAIN, max_tokens=5)) == "key_refused"
        assert client.get("/health").json()["upstream"] in {"ok", "key refused (HTTP 401)"}


def test_an_unknown_model_is_missing_in_the_health(server: LlamaServer) -> None:
    # The server answers whatever name it is asked for, so only its list tells.
    with gateway(behind(server, model="llama3.1")) as client:
        assert client.get("/health").json()["model"] == "missing"


def test_a_text_beyond_the_context_is_cut_and_one_that_cannot_be_is_rejected(server: LlamaServer) -> None:
    reviews = json.dumps([{"rating": 5, "review": f"Number {number} is a good product."} for number in range(150)])
    with gateway(behind(server)) as client:
        cut = client.post(COMPLETIONS, json=body_for(reviews, PLAIN, max_tokens=10)).json()
        assert "modelgateway_inputs_cut_total 1.0" in client.get("/metrics").text
        refused = ask(client, "hi", "Summarise. " + "word " * (2 * CONTEXT), max_tokens=10)
    assert cut["usage"]["prompt_tokens"] < CONTEXT
    assert reason(refused) == "input_too_long"


def test_the_servers_own_words_for_a_context_that_is_too_long_are_understood(server: LlamaServer) -> None:
    body = {"messages": [{"role": "user", "content": "word " * (2 * CONTEXT)}], "max_tokens": 5}
    found = server.ask("POST", "/v1/chat/completions", body)
    assert found.status_code == httpx.codes.BAD_REQUEST
    assert found.json()["error"]["type"] == "exceed_context_size_error"


def test_eight_at_once_are_all_answered_and_never_more_than_the_slots_are_busy(server: LlamaServer) -> None:
    busiest = 0
    with served(behind(server)) as url, ThreadPoolExecutor(8) as callers:

        def one(number: int) -> bool:
            body = body_for(f"Say the number {number}.", PLAIN, max_tokens=12)
            answer = httpx.post(f"{url}{COMPLETIONS}", json=body, timeout=150, trust_env=False)
            return written(answer)

        answers = [callers.submit(one, number) for number in range(8)]
        while not all(answer.done() for answer in answers):
            busiest = max(busiest, server.busy())
        assert [answer.result() for answer in answers] == [True] * 8
    assert 1 <= busiest <= 2


def test_a_client_that_goes_frees_its_slot(server: LlamaServer) -> None:
    with served(behind(server)) as url:
        client = HTTPConnection("127.0.0.1", httpx.URL(url).port, timeout=60)
        body = json.dumps(body_for("Tell a story.", PLAIN, **ENDLESS))
        client.request("POST", COMPLETIONS, body, {"content-type": "application/json"})
        until(lambda: server.busy() == 1, 60.0)
        client.close()
        written = 0

        def freed() -> bool:
            nonlocal written
            written = max(written, server.written())
            return server.busy() == 0

        # The server looks whether a client is still there when nothing else of it has been answered for a second, so whoever asks it
        # more often keeps it from looking. How soon depends on the machine, which may be busy; that it was before the end does not.
        until(freed, 300.0, every=3.0)
        assert written < ENDLESS["max_tokens"] * 2 // 3


def test_a_request_while_the_server_starts_waits_for_it(tmp_path: Path) -> None:
    with llama_server(tmp_path, "--context-tokens", "512", waits=False) as starting:
        # A quiet machine would have started it before the first request comes.
        starting.process.send_signal(signal.SIGSTOP)
        with served(behind(starting)) as url, ThreadPoolExecutor(1) as caller:
            body = body_for("hi", PLAIN, max_tokens=60)
            answer = caller.submit(httpx.post, f"{url}{COMPLETIONS}", json=body, timeout=150, trust_env=False)
            until(lambda: "modelgateway_retries_total 0.0" not in httpx.get(f"{url}/metrics", timeout=30, trust_env=False).text, 60.0)
            starting.process.send_signal(signal.SIGCONT)
            assert written(answer.result())
            assert httpx.get(f"{url}/health", timeout=30, trust_env=False).json()["upstream"] == "ok"


def test_a_server_that_is_killed_in_the_middle_of_an_answer_is_asked_again(tmp_path: Path) -> None:
    port = free_ports(1)[0]
    more = ("--context-tokens", "1024")
    with llama_server(tmp_path, *more, port=port) as first, served(behind(first)) as url, ThreadPoolExecutor(1) as caller:
        body = body_for("Tell a long story.", PLAIN, max_tokens=150, temperature=0)
        answer = caller.submit(httpx.post, f"{url}{COMPLETIONS}", json=body, timeout=200, trust_env=False)
        until(lambda: first.busy() == 1)
        first.kill()
        with llama_server(tmp_path, *more, port=port, waits=False) as second:
            assert written(answer.result())
            assert second.answers()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(None, "cannot be read", id="no file"),
        pytest.param(b"PK\x03\x04 no model", "is not a GGUF file", id="another format"),
        pytest.param(b"GGUF" + bytes(64), "cannot be served", id="a broken file"),
    ],
)
def test_a_file_that_is_no_model_ends_the_start_with_its_reason(content: bytes | None, told: str, tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    if content is not None:
        file.write_bytes(content)
    found = _run(command(tmp_path, free_ports(1)[0], model=file))
    assert found.returncode in (1, 2)
    assert told in found.stderr.splitlines()[-1]
    assert "Traceback" not in found.stderr


def test_a_taken_port_ends_the_start_with_its_reason(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        found = _run(command(tmp_path, taken.getsockname()[1]))
    assert found.returncode == 2
    assert "cannot be opened" in found.stderr.splitlines()[-1]


def test_it_ends_at_once_though_an_answer_is_being_written(tmp_path: Path) -> None:
    with llama_server(tmp_path, "--context-tokens", "1024") as server, ThreadPoolExecutor(1) as caller:
        asked = {"messages": [{"role": "user", "content": "Tell a story."}], **ENDLESS}
        answer = caller.submit(server.ask, "POST", "/v1/chat/completions", asked)
        until(lambda: server.busy() == 1, 30.0)
        server.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        assert server.process.wait(30) == 0
        assert time.monotonic() - began < 10
        with pytest.raises(httpx.HTTPError):
            answer.result()


def test_neither_the_key_nor_a_text_stands_in_its_log_or_its_arguments(server: LlamaServer) -> None:
    server.ask("POST", "/v1/chat/completions", {"messages": [{"role": "user", "content": "PLANTED-TEXT"}], "max_tokens": 2})
    log = server.log.read_text()
    assert "processing task" in log
    assert "PLANTED-TEXT" not in log
    assert KEY not in log + str(server.process.args)


def _run(arguments: list[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(arguments, env=environment(), capture_output=True, text=True, timeout=120, check=False, cwd=os.sep)
