"""Whatever an upstream does, each row gets one well-formed answer with HTTP 200: a summary, or a record that says why there is none."""

import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import httpx
import pytest

from modelgateway.rejection import RECORD_KEY
from modelgateway.settings import ModelKind
from tests.fakes.model_server import SUMMARY, Call, ModelServer, Reply, error, model_server, said, summary
from tests.support.model_gateway import COMPLETIONS, ask, gateway, reason, served, settings_for, until

FENCED = f"```json\n{json.dumps(SUMMARY)}\n```"
FOR_GOOD = [
    # reply for ever, reason, calls at the upstream
    pytest.param(Reply(body=said("I cannot say.")), "not_json", 2, id="garbage, also when asked to repair it"),
    pytest.param(Reply(body=said(FENCED)), "ok", 1, id="fenced JSON"),
    pytest.param(Reply(body=said(f"Sure! Here it is:\n{json.dumps(SUMMARY)}\nAnything else?")), "ok", 1, id="JSON in a chat"),
    pytest.param(Reply(body=said(f"<think>{{}}, hm</think>{json.dumps(SUMMARY)}")), "ok", 1, id="a train of thought before it"),
    pytest.param(Reply(body=said(json.dumps([SUMMARY]))), "ok", 1, id="an array of one object"),
    pytest.param(Reply(body=said("[1, 2]")), "not_json", 2, id="an array without an object"),
    pytest.param(Reply(body=said(json.dumps({RECORD_KEY: {"reason": "ok"}}))), "schema_mismatch", 2, id="the gateway's own field"),
    pytest.param(Reply(body=b'{"choices": []}'), "no_choices", 1, id="no choices"),
    pytest.param(Reply(body=b"{}"), "no_choices", 1, id="an empty object"),
    pytest.param(Reply(body=b'{"choices": [5]}'), "no_choices", 1, id="a choice that is none"),
    pytest.param(Reply(body=said("")), "empty_answer", 1, id="empty"),
    pytest.param(Reply(body=said(None)), "empty_answer", 1, id="null"),
    pytest.param(Reply(body=said(None, tool_calls=[])), "empty_answer", 1, id="tool calls instead"),
    pytest.param(Reply(body=said(json.dumps(SUMMARY)[:40], finish="length")), "truncated_answer", 1, id="finish_reason length"),
    pytest.param(Reply(body=said("", finish="content_filter")), "content_filter", 1, id="finish_reason content_filter"),
    pytest.param(Reply(body=said(None, refusal="I will not.")), "content_filter", 1, id="a refusal"),
    pytest.param(Reply(status=400, body=error("content policy violation")), "content_filter", 1, id="400 content policy"),
    pytest.param(Reply(status=400, body=error("temperature too high")), "upstream_refused", 1, id="400"),
    pytest.param(Reply(status=400, body=error("exceeds", code="exceed_context_size_error")), "input_too_long", 1, id="400 context size"),
    pytest.param(Reply(status=401, body=error("bad key")), "key_refused", 1, id="401"),
    pytest.param(Reply(status=403, body=error("not yours")), "key_refused", 1, id="403"),
    pytest.param(Reply(status=404, body=error("no such model")), "model_not_found", 1, id="404"),
    pytest.param(Reply(status=413, body=b"<html>too large</html>"), "input_too_long", 1, id="413"),
    pytest.param(Reply(status=422, body=b'{"detail": [{"msg": "x"}]}'), "upstream_refused", 1, id="422 as FastAPI says it"),
    pytest.param(Reply(status=302, headers={"location": "/"}), "upstream_refused", 1, id="a redirect"),
    pytest.param(Reply(status=429, body=error("pay first", "insufficient_quota")), "budget", 1, id="429 without quota"),
]


@pytest.mark.parametrize(("reply", "told", "calls"), FOR_GOOD)
def test_trouble_for_good_is_told_at_once(reply: Reply, told: str, calls: int) -> None:
    with model_server(lambda _call: reply) as server, gateway(settings_for(server.url)) as client:
        assert reason(ask(client)) == told
        assert len(server.calls) == calls
        assert "sk-hidden" not in client.get("/metrics").text


def first(reply: Reply) -> Callable[[Call], Reply]:
    """Give this reply to the first call for a row, and a good one to the next."""
    return lambda call: reply if call.time == 0 else Reply(body=summary())


PASSING = [
    pytest.param(Reply(status=500, body=error("oops")), id="500"),
    pytest.param(Reply(status=502, body=b"<html>bad gateway</html>", headers={"content-type": "text/html"}), id="502 in HTML"),
    pytest.param(Reply(status=503, body=error("Loading model")), id="503, as llama.cpp says while it loads"),
    pytest.param(Reply(status=429, body=error("slow down"), headers={"retry-after": "1"}), id="429 with Retry-After"),
    pytest.param(Reply(status=429, body=error("slow down")), id="429 without"),
    pytest.param(Reply(status=408), id="408"),
    pytest.param(Reply(closes=True), id="closed without a word"),
    pytest.param(Reply(body=summary(), breaks_off=True), id="broken off"),
    pytest.param(Reply(body=b"<html>login</html>", headers={"content-type": "text/html"}), id="200 in HTML"),
    pytest.param(Reply(body=b"", headers={}), id="200 with nothing"),
    pytest.param(Reply(body=error("upstream of the upstream")), id="200 with an error"),
    pytest.param(Reply(hangs=True), id="hanging"),
    pytest.param(Reply(body=summary(), drip_seconds=0.05), id="dripping"),
]


@pytest.mark.parametrize("reply", PASSING)
def test_trouble_that_passes_costs_one_more_call_and_no_row(reply: Reply) -> None:
    with (
        model_server(lambda call: reply if call.time == 0 else Reply(body=summary())) as server,
        gateway(settings_for(server.url)) as client,
    ):
        assert ask(client) == SUMMARY
        assert len(server.calls) == 2


def test_retry_after_is_obeyed() -> None:
    slow = Reply(status=429, headers={"retry-after": "2"}, body=error("slow down"))
    with (
        model_server(lambda call: slow if call.time == 0 else Reply(body=summary())) as server,
        gateway(settings_for(server.url)) as client,
    ):
        began = time.monotonic()
        assert ask(client) == SUMMARY
        assert 2.0 <= time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        pytest.param(Reply(status=500, body=error("boom")), "upstream_error", id="500"),
        pytest.param(Reply(closes=True), "broken_answer", id="closed"),
        pytest.param(Reply(hangs=True), "upstream_timeout", id="hanging"),
    ],
)
def test_trouble_that_does_not_pass_is_told_when_the_patience_ends(reply: Reply, told: str) -> None:
    with model_server(lambda _call: reply) as server, gateway(settings_for(server.url, patience_seconds=3.0)) as client:
        began = time.monotonic()
        assert reason(ask(client)) == told
        assert time.monotonic() - began < 6
        assert len(server.calls) <= 5


def test_a_row_that_fails_where_others_succeed_does_not_wait_for_the_end_of_its_patience() -> None:
    def behave(call: Call) -> Reply:
        return Reply(status=500, body=error("boom")) if call.text == "poison" else Reply(body=summary())

    with model_server(behave) as server, gateway(settings_for(server.url, patience_seconds=100.0)) as client:
        over = threading.Event()

        def others() -> None:
            number = 0
            while not over.wait(0.1):
                number += 1
                ask(client, f"good {number}")

        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(others)
            try:
                began = time.monotonic()
                assert reason(ask(client, "poison")) == "upstream_error"
                assert time.monotonic() - began < 30
            finally:
                over.set()
                running.result()
        assert server.seen["poison"] == 4


def test_an_answer_that_was_paid_for_and_cannot_be_read_is_asked_for_three_times_at_most() -> None:
    with model_server(lambda _call: Reply(body=b"<html>")) as server, gateway(settings_for(server.url, patience_seconds=60.0)) as client:
        assert reason(ask(client)) == "broken_answer"
        assert len(server.calls) == 3


def test_an_upstream_that_refuses_connections_for_a_while_holds_the_row_and_loses_nothing() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with gateway(settings_for(f"http://127.0.0.1:{port}/v1", patience_seconds=60.0)) as client, ThreadPoolExecutor(1) as pool:
            answer = pool.submit(ask, client)
            deadline = time.monotonic() + 30
            while "modelgateway_retries_total 0.0" in client.get("/metrics").text:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            assert client.get("/health").json()["upstream"] == "unreachable"
            assert not answer.done()
            unused.close()
            with model_server(port=port) as server:
                assert answer.result(60) == SUMMARY
                assert len(server.calls) == 1


def test_one_context_of_six_refused_costs_exactly_six_calls() -> None:
    def behave(call: Call) -> Reply:
        return Reply(status=400, body=error("content policy")) if call.text == "row 3" else Reply(body=summary())

    with model_server(behave) as server, gateway(settings_for(server.url)) as client:
        told = Counter(reason(ask(client, f"row {number}")) for number in range(6))
        assert told == {"ok": 5, "content_filter": 1}
        assert len(server.calls) == 6


def test_the_rejection_record_says_what_failed_and_which_request_it_was() -> None:
    quoted = Reply(status=400, body=error("The key sk-hidden is fine, the text is not.", "policy"))
    with model_server(lambda _call: quoted) as server, gateway(settings_for(server.url)) as client:
        response = client.post(
            COMPLETIONS, json={"messages": [{"role": "user", "content": "a review"}]}, headers={"x-request-id": "row-17"}
        ).json()
        record = json.loads(response["choices"][0]["message"]["content"])[RECORD_KEY]
        assert record == {
            "reason": "upstream_refused",
            "status": 400,
            "message": "The model server answers 400: The key (key not shown) is fine, the text is not. / policy",
            "upstream": server.url.split("/")[2],
            "request_id": "row-17",
        }
        assert response["id"] == "chatcmpl-row-17"


def test_every_fault_once_among_good_rows_ends_in_a_table_of_reasons() -> None:
    faults = [cast("tuple[Reply, str, int]", parameter.values) for parameter in FOR_GOOD]
    by_text = {f"row {number}": reply for number, (reply, _told, _calls) in enumerate(faults)}

    def behave(call: Call) -> Reply:
        first = call.body["messages"][1]["content"]
        return by_text.get(first, Reply(body=summary()))

    with model_server(behave) as server, gateway(settings_for(server.url)) as client, ThreadPoolExecutor(5) as pool:
        texts = [*by_text, *(f"good {number}" for number in range(30))]
        told = Counter(pool.map(lambda text: reason(ask(client, text)), texts))
        expected = Counter(told for _reply, told, _calls in faults)
        expected["ok"] += 30
        assert told == expected
        assert sum(told.values()) == len(texts)
        metrics = client.get("/metrics").text
        for name, count in expected.items():
            assert name == "ok" or f'modelgateway_rejections_total{{reason="{name}"}} {count}.0' in metrics


def test_a_body_that_is_far_too_long_is_a_rejected_row_and_no_error() -> None:
    with model_server() as server, gateway(settings_for(server.url, max_body_bytes=10_000)) as client:
        assert reason(ask(client, "x" * 20_000)) == "input_too_long"
        assert server.calls == []


def test_a_defect_of_the_gateway_is_a_rejected_row_and_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def defect(*_arguments: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("modelgateway.backends.upstream.neutralised", defect)
    with model_server() as server, gateway(settings_for(server.url)) as client:
        assert reason(ask(client)) == "internal"


def test_a_client_that_goes_frees_the_model_at_once() -> None:
    with model_server(lambda _call: Reply(hangs=True)) as server:
        settings = settings_for(server.url, kind=ModelKind.OLLAMA, attempt_seconds=100.0)
        with served(settings) as url:
            with pytest.raises(httpx.ReadTimeout):
                httpx.post(f"{url}{COMPLETIONS}", json={"messages": [{"role": "user", "content": "x"}]}, timeout=0.5, trust_env=False)
            until(lambda: server.gone == 1)
            assert len(server.calls) == 1


def test_a_paid_call_whose_client_goes_is_finished_and_met_again() -> None:
    release = threading.Event()

    def behave(_call: Call) -> Reply:
        release.wait(30)
        return Reply(body=summary())

    with model_server(behave) as server, served(settings_for(server.url, attempt_seconds=30.0, patience_seconds=60.0)) as url:
        body = {"messages": [{"role": "user", "content": "x"}]}
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{url}{COMPLETIONS}", json=body, timeout=0.5, trust_env=False)
        with ThreadPoolExecutor(3) as pool:
            again = [pool.submit(httpx.post, f"{url}{COMPLETIONS}", json=body, timeout=30, trust_env=False) for _ in range(3)]
            until(lambda: "modelgateway_in_flight 3.0" in httpx.get(f"{url}/metrics", trust_env=False).text)
            release.set()
            assert all(json.loads(one.result().json()["choices"][0]["message"]["content"]) == SUMMARY for one in again)
        assert len(server.calls) == 1


def test_the_fake_itself_counts() -> None:
    with model_server() as server:
        body = {"messages": [{"role": "user", "content": "x"}]}
        for _ in range(2):
            assert httpx.post(f"{server.url}/chat/completions", json=body, trust_env=False).status_code == 200
        assert isinstance(server, ModelServer)
        assert [call.time for call in server.calls] == [0, 1]
