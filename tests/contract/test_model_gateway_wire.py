"""The gateway's wire contract, in process: what OpenAI's clients, and Flink's among them, send and read."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from modelgateway.app import create_app
from modelgateway.backends.choice import choose_backend
from modelgateway.backends.offline import MODEL_NAME
from modelgateway.connections import Admission
from modelgateway.metrics import Metrics
from modelgateway.rejection import Reason, RejectedError
from modelgateway.settings import ModelKind, Settings, Upstream
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
    yield from running(OFFLINE)


@pytest.fixture
def upstream() -> Iterator[FakeModelServer]:
    with fake_model_server() as server:
        yield server


@pytest.fixture
def forwarding(upstream: FakeModelServer) -> Iterator[TestClient]:
    yield from client_for(upstream.url)


def client_for(base: str, *, timeout: float = 30.0) -> Iterator[TestClient]:
    upstream = Upstream(base=base, api_key="sk-hidden")
    yield from running(
        replace(OFFLINE, kind=ModelKind.OPENAI, upstreams=(upstream,), attempt_seconds=timeout, patience_seconds=timeout, repairs=0)
    )


def running(settings: Settings) -> Iterator[TestClient]:
    metrics = Metrics()
    headers = {"content-type": "application/json"}
    with TestClient(create_app(settings, choose_backend(settings, metrics), metrics), headers=headers) as client:
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


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(json.dumps({**ASKED, "n": 2}).encode(), "unsupported_request", id="two choices"),
        pytest.param(json.dumps({**ASKED, "n": [1]}).encode(), "unsupported_request", id="a list of choices"),
        pytest.param(b" " * 10_001, "input_too_long", id="one byte too long"),
        pytest.param(b" " * 200_000, "input_too_long", id="far too long"),
    ],
)
def test_what_a_statement_can_send_and_the_gateway_cannot_do_is_a_rejected_row(offline: TestClient, body: bytes, reason: str) -> None:
    response = offline.post(COMPLETIONS, content=body)
    assert response.status_code == 200
    assert json.loads(response.json()["choices"][0]["message"]["content"])["gateway_rejection"]["reason"] == reason


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


def test_the_upstream_gets_the_whole_request_with_the_gateways_key(forwarding: TestClient, upstream: FakeModelServer) -> None:
    forwarding.post(
        f"/lanes/a{COMPLETIONS}",
        json={**ASKED, "response_format": {"type": "json_object"}},
        headers={"authorization": "Bearer clients-own"},
    )
    [(path, body, headers)] = [one for one in upstream.asked if one[1]]
    assert path == COMPLETIONS
    assert json.loads(body) == {**ASKED, "response_format": {"type": "json_object"}}
    assert headers["authorization"] == "Bearer sk-hidden"


def test_half_a_surrogate_pair_goes_upstream_as_utf_8(forwarding: TestClient, upstream: FakeModelServer) -> None:
    body = b'{"messages":[{"role":"user","content":"Good \\ud83d thing."}]}'
    assert forwarding.post(COMPLETIONS, content=body).status_code == 200
    assert json.loads(upstream.asked[-1][1].decode("utf-8"))["messages"][0]["content"] == "Good ? thing."


def test_a_request_that_is_refused_never_reaches_the_upstream(forwarding: TestClient, upstream: FakeModelServer) -> None:
    forwarding.post(COMPLETIONS, json={**ASKED, "stream": True})
    assert upstream.asked == []


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
    found = response.json()
    assert (found["process"], found["upstream"], found["model"], found["budget"]) == ("ok", *told, "ok")


def test_a_probe_asks_no_model_server(forwarding: TestClient, upstream: FakeModelServer) -> None:
    assert forwarding.get("/health?only=process").json() == {"process": "ok"}
    assert upstream.asked == []


def test_models_of_the_upstream_are_passed_on(forwarding: TestClient, upstream: FakeModelServer) -> None:
    upstream.body = b'{"object":"list","data":[]}'
    assert forwarding.get("/v1/models").content == upstream.body
    assert upstream.asked[0][0] == "/v1/models"


def test_a_full_gateway_rejects_and_a_place_is_given_back_also_by_a_request_that_fails() -> None:
    admission = Admission(capacity=1)
    for _ in range(3):
        with admission.entered(), pytest.raises(RejectedError) as caught, admission.entered():
            pytest.fail("nobody may be in here")
        assert caught.value.rejection.reason is Reason.OVERLOADED
    with pytest.raises(ZeroDivisionError), admission.entered():
        raise ZeroDivisionError
    assert admission.present == 0
