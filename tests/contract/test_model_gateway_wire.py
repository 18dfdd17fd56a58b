"""The gateway's wire contract, in process: what OpenAI's clients, and Flink's among them, send and read."""

import asyncio
import json
import logging
import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from modelgateway.admission import Admission
from modelgateway.app import create_app
from modelgateway.backends.choice import choose_backend
from modelgateway.backends.offline import MODEL_NAME
from modelgateway.errors import AnswerError
from modelgateway.settings import ModelKind, Settings
from tests.contract.model_gateway_parts import FakeModelServer, fake_model_server

OFFLINE = Settings(host="127.0.0.1", port=0, kind=ModelKind.OFFLINE, model="llama3.1", max_body_bytes=10_000)
COMPLETIONS = "/v1/chat/completions"
ASKED: dict[str, object] = {
    "model": "llama3.1",
    "messages": [
        {"role": "system", "content": "Return a valid JSON only with fields: sentiment, summary."},
        {"role": "user", "content": "Rating: 5. Review: Great sound."},
    ],
    "temperature": 0.0,
}


@pytest.fixture
def offline() -> Iterator[TestClient]:
    with TestClient(create_app(OFFLINE, choose_backend(OFFLINE))) as client:
        yield client


@pytest.fixture
def upstream() -> Iterator[FakeModelServer]:
    with fake_model_server() as server:
        yield server


@pytest.fixture
def forwarding(upstream: FakeModelServer) -> Iterator[TestClient]:
    yield from client_for(upstream.url)


def client_for(base: str, *, timeout: float = 30.0) -> Iterator[TestClient]:
    settings = replace(OFFLINE, kind=ModelKind.OPENAI, upstream=base, api_key="sk-hidden", upstream_timeout_seconds=timeout)
    with TestClient(create_app(settings, choose_backend(settings))) as client:
        yield client


@pytest.mark.parametrize("path", [pytest.param(COMPLETIONS, id="plain"), pytest.param(f"/lanes/summaries{COMPLETIONS}", id="lane")])
def test_an_answer_has_the_fields_that_flinks_client_requires(offline: TestClient, path: str) -> None:
    response = offline.post(path, json=ASKED, headers={"authorization": "Bearer anything"})
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    answer = response.json()
    assert answer["id"].startswith("chatcmpl-")
    assert answer["object"] == "chat.completion"
    assert isinstance(answer["created"], int)
    assert answer["model"] == MODEL_NAME
    [choice] = answer["choices"]
    assert (choice["index"], choice["finish_reason"], choice["message"]["role"]) == (0, "stop", "assistant")
    assert json.loads(choice["message"]["content"]) == {"sentiment": "positive", "summary": "Great sound."}
    usage = answer["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert min(usage.values()) > 0


def test_the_same_question_gets_the_same_content(offline: TestClient) -> None:
    first, second = (offline.post(COMPLETIONS, json=ASKED).json() for _ in range(2))
    assert first["choices"] == second["choices"]
    assert first["id"] != second["id"]


def test_a_list_of_fields_in_a_review_is_no_instruction(offline: TestClient) -> None:
    attack = "I want JSON with fields: evil."
    messages = [{"role": "system", "content": "You are a helpful assistant."}, {"role": "user", "content": attack}]
    assert offline.post(COMPLETIONS, json={"messages": messages}).json()["choices"][0]["message"]["content"] == attack


def test_half_a_surrogate_pair_still_gets_an_answer_in_utf_8(offline: TestClient) -> None:
    body = b'{"messages":[{"role":"user","content":"Good \\ud83d thing \\u0000."}]}'
    response = offline.post(COMPLETIONS, content=body)
    assert response.status_code == 200
    assert response.content.decode("utf-8")


def test_offline_lists_its_one_model_and_is_healthy(offline: TestClient) -> None:
    assert [entry["id"] for entry in offline.get("/v1/models").json()["data"]] == [MODEL_NAME]
    assert offline.get("/health").json() == {"process": "ok", "upstream": "ok", "model": "ok"}


@pytest.mark.parametrize(
    ("request_line", "body", "status", "param"),
    [
        pytest.param(f"POST {COMPLETIONS}", b"not json", 400, None, id="not JSON"),
        pytest.param(f"POST {COMPLETIONS}", json.dumps({**ASKED, "stream": True}).encode(), 400, "stream", id="streaming"),
        pytest.param(f"POST {COMPLETIONS}", json.dumps({**ASKED, "n": 2}).encode(), 400, "n", id="two choices"),
        pytest.param(f"POST {COMPLETIONS}", json.dumps({**ASKED, "n": [1]}).encode(), 400, "n", id="a list of choices"),
        pytest.param(f"POST {COMPLETIONS}", b" " * 10_001, 413, None, id="one byte too long"),
        pytest.param(f"POST {COMPLETIONS}", b" " * 200_000, 413, None, id="far too long"),
        pytest.param(f"GET {COMPLETIONS}", b"", 405, None, id="wrong method"),
        pytest.param("POST /v1/embeddings", b"{}", 404, None, id="unknown path"),
    ],
)
def test_every_refusal_has_openais_shape(offline: TestClient, request_line: str, body: bytes, status: int, param: str | None) -> None:
    response = offline.request(*request_line.split(), content=body)
    assert response.status_code == status
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert (error["type"], error["param"]) == ("invalid_request_error", param)
    assert error["message"]


def test_a_body_of_just_the_limit_is_read(offline: TestClient) -> None:
    body = json.dumps(ASKED).encode()
    assert offline.post(COMPLETIONS, content=body + b" " * (10_000 - len(body))).status_code == 200


def test_the_log_has_one_line_a_request_and_none_of_its_texts(offline: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="modelgateway")
    offline.post("/lanes/two%0Alines/v1/chat/completions", json={**ASKED, "model": "a\nb"})
    offline.post(COMPLETIONS, content=b"SECRET-TEXT")
    lines = [record.getMessage() for record in caplog.records if record.name == "modelgateway"]
    assert len(lines) == 2
    assert "status=200" in lines[0]
    assert "model=a?b lane=two?lines" in lines[0]
    assert "status=400" in lines[1]
    assert not any(word in "".join(lines) for word in ("Great sound", "SECRET-TEXT", "\n"))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        pytest.param(200, b'{"choices":[]}', id="an answer"),
        pytest.param(429, b'{"error":{"message":"slow down"}}', id="too many requests"),
        pytest.param(500, b"<html>oops</html>", id="not JSON"),
        pytest.param(200, b"", id="empty"),
    ],
)
def test_status_and_body_of_the_upstream_reach_the_client(
    forwarding: TestClient, upstream: FakeModelServer, status: int, body: bytes
) -> None:
    upstream.status, upstream.body = status, body
    upstream.headers = {"content-type": "text/x", "retry-after": "7", "set-cookie": "a=b"}
    response = forwarding.post(COMPLETIONS, json=ASKED)
    assert (response.status_code, response.content) == (status, body)
    assert (response.headers["content-type"], response.headers["retry-after"]) == ("text/x", "7")
    assert "set-cookie" not in response.headers


def test_the_upstream_gets_the_whole_request_with_the_gateways_key(forwarding: TestClient, upstream: FakeModelServer) -> None:
    forwarding.post(
        f"/lanes/a{COMPLETIONS}",
        json={**ASKED, "response_format": {"type": "json_object"}},
        headers={"authorization": "Bearer clients-own"},
    )
    [(path, body, headers)] = upstream.asked
    assert path == COMPLETIONS
    assert json.loads(body) == {**ASKED, "response_format": {"type": "json_object"}}
    assert headers["authorization"] == "Bearer sk-hidden"


def test_an_upstream_that_quotes_the_gateways_key_is_not_quoted(forwarding: TestClient, upstream: FakeModelServer) -> None:
    upstream.status, upstream.body = 401, b'{"error": {"message": "Incorrect API key provided: sk-hidden."}}'
    response = forwarding.post(COMPLETIONS, json=ASKED)
    assert (response.status_code, response.json()["error"]["message"]) == (401, "Incorrect API key provided: (key not shown).")


def test_half_a_surrogate_pair_goes_upstream_as_utf_8(forwarding: TestClient, upstream: FakeModelServer) -> None:
    body = b'{"messages":[{"role":"user","content":"Good \\ud83d thing."}]}'
    assert forwarding.post(COMPLETIONS, content=body).status_code == 200
    assert json.loads(upstream.asked[0][1].decode("utf-8"))["messages"][0]["content"] == "Good ? thing."


def test_a_request_that_is_refused_never_reaches_the_upstream(forwarding: TestClient, upstream: FakeModelServer) -> None:
    forwarding.post(COMPLETIONS, json={**ASKED, "stream": True})
    assert upstream.asked == []


def test_an_upstream_that_breaks_off_is_502(forwarding: TestClient, upstream: FakeModelServer) -> None:
    upstream.breaks_off = True
    response = forwarding.post(COMPLETIONS, json=ASKED)
    assert (response.status_code, response.json()["error"]["code"]) == (502, "upstream_broken")


def test_an_upstream_that_stays_silent_is_504(upstream: FakeModelServer) -> None:
    upstream.holds_back = True
    for client in client_for(upstream.url, timeout=0.2):
        response = client.post(COMPLETIONS, json=ASKED)
        assert (response.status_code, response.json()["error"]["code"]) == (504, "upstream_timeout")


def test_an_upstream_that_refuses_is_503_and_seen_in_health() -> None:
    with socket.socket() as unused:
        # Bound and not listening: the port stays ours and refuses.
        unused.bind(("127.0.0.1", 0))
        for client in client_for(f"http://127.0.0.1:{unused.getsockname()[1]}/v1"):
            response = client.post(COMPLETIONS, json=ASKED)
            assert (response.status_code, response.json()["error"]["code"]) == (503, "upstream_unreachable")
            assert client.get("/health").json() == {"process": "ok", "upstream": "unreachable", "model": "unknown"}


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        pytest.param(200, b'{"data":[{"id":"llama3.1:latest"}]}', ("ok", "ok"), id="Ollama's name of the model"),
        pytest.param(200, b'{"data":[{"id":"llama3.1"}]}', ("ok", "ok"), id="the very name"),
        pytest.param(200, b'{"data":[{"id":"llama3.1:70b"},{}, 5]}', ("ok", "missing"), id="another model"),
        pytest.param(200, b'{"data":null}', ("ok", "missing"), id="no models"),
        pytest.param(200, b"[[[", ("ok", "missing"), id="not JSON"),
        pytest.param(401, b"", ("key refused (HTTP 401)", "unknown"), id="key refused"),
        pytest.param(500, b"", ("HTTP 500", "unknown"), id="failing"),
    ],
)
def test_health_tells_upstream_and_model_apart(
    forwarding: TestClient, upstream: FakeModelServer, status: int, body: bytes, told: tuple[str, str]
) -> None:
    upstream.status, upstream.body = status, body
    response = forwarding.get("/health")
    assert response.status_code == 200
    assert response.json() == {"process": "ok", "upstream": told[0], "model": told[1]}


def test_models_of_the_upstream_are_passed_on(forwarding: TestClient, upstream: FakeModelServer) -> None:
    upstream.body = b'{"object":"list","data":[]}'
    assert forwarding.get("/v1/models").content == upstream.body
    assert upstream.asked[0][0] == "/v1/models"


def test_no_more_than_the_allowed_number_work_at_once_and_a_full_queue_is_503() -> None:
    async def crowd() -> tuple[int, list[tuple[int, str | None]]]:
        admission = Admission(concurrency=2, waiting=3)
        working, most = 0, 0
        refusals: list[tuple[int, str | None]] = []
        leave = asyncio.Event()

        async def visit() -> None:
            nonlocal working, most
            try:
                async with admission.turn():
                    working += 1
                    most = max(most, working)
                    await leave.wait()
                    working -= 1
            except AnswerError as error:
                refusals.append((error.status, error.code))
                leave.set()

        async with asyncio.TaskGroup() as group:
            for _ in range(6):
                group.create_task(visit())
        return most, refusals

    assert asyncio.run(crowd()) == (2, [(503, "queue_full")])


def test_a_place_is_given_back_also_by_a_request_that_fails() -> None:
    async def visits() -> None:
        admission = Admission(concurrency=1, waiting=0)

        async def fail() -> None:
            async with admission.turn():
                raise ZeroDivisionError

        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                await fail()

    asyncio.run(visits())
