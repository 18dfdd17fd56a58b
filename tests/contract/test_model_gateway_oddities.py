"""Answers that no server should give, and some do: each row still gets one well-formed answer, and what was paid for is kept."""

import json
from pathlib import Path

import pytest

from modelgateway.settings import LedgerSettings
from tests.fakes.model_server import SUMMARY, Reply, error, model_server, said, summary
from tests.support.model_gateway import COMPLETIONS, ask, body_for, gateway, reason, settings_for

TEXT = json.dumps(SUMMARY)
EVENTS = b"data: " + summary() + b"\n\ndata: [DONE]\n\n"
BODY = json.loads(summary())


def usage(**fields: object) -> bytes:
    """Return the body of a good answer with this usage."""
    return json.dumps({**BODY, "usage": fields}).encode()


@pytest.mark.parametrize(
    ("reply", "told", "calls"),
    [
        pytest.param(
            Reply(body=EVENTS, headers={"content-type": "text/event-stream"}), "broken_answer", 3, id="events though not asked for"
        ),
        pytest.param(Reply(body=b"\xef\xbb\xbf" + summary()), "ok", 1, id="a byte order mark"),
        pytest.param(Reply(body=summary().decode().encode("utf-16")), "ok", 1, id="UTF-16"),
        pytest.param(Reply(body=summary().decode().encode("utf-32")), "ok", 1, id="UTF-32"),
        pytest.param(Reply(body=summary().replace(b"Keep it.", b"Sch\xf6n.")), "broken_answer", 3, id="Latin-1"),
        pytest.param(Reply(body=said("\ufeff" + TEXT)), "ok", 1, id="a byte order mark in the content"),
        pytest.param(Reply(body=said(TEXT.replace('"Keep it."', "NaN"))), "not_json", 2, id="NaN in the content"),
        pytest.param(Reply(body=said(TEXT.replace('"Keep it."', "-Infinity"))), "not_json", 2, id="Infinity in the content"),
        pytest.param(Reply(body=said(TEXT.replace('"Keep it."', "1e999"))), "not_json", 2, id="a number beyond all numbers"),
        pytest.param(Reply(body=said(TEXT.replace('"Keep it."', "9" * 5_000))), "not_json", 2, id="a number of 5,000 digits"),
        pytest.param(Reply(body=summary(summary="x" * 5_000_000)), "answer_too_long", 2, id="5 MB"),
        pytest.param(Reply(body=said("no JSON " * 700_000)), "answer_too_long", 2, id="5 MB of text"),
        pytest.param(Reply(body=said("[" * 100_000)), "not_json", 2, id="100,000 brackets"),
        pytest.param(Reply(body=said('{"a":' * 15_000)), "not_json", 2, id="15,000 objects in each other"),
        pytest.param(Reply(body=said("{" * 90_000)), "not_json", 2, id="90,000 braces"),
        pytest.param(Reply(status=400, body=error("no " * 1_000_000)), "upstream_refused", 1, id="an error of 3 MB"),
        pytest.param(Reply(body=b"[" * 100_000), "broken_answer", 3, id="a body of 100,000 brackets"),
        pytest.param(Reply(body=said(TEXT.replace("Keep", "\\ud83d"))), "ok", 1, id="half a surrogate pair, escaped in the content"),
        pytest.param(Reply(body=said("\ud83d" + TEXT)), "ok", 1, id="half a surrogate pair in the content"),
        pytest.param(Reply(body=said("\ud83d")), "not_json", 2, id="nothing but half a surrogate pair"),
        pytest.param(Reply(status=400, body=error("no \ud83d")), "upstream_refused", 1, id="half a surrogate pair in an error"),
        pytest.param(Reply(body=json.dumps({**BODY, "model": "\ud83d"}).encode()), "ok", 1, id="half a surrogate pair for a model"),
        pytest.param(Reply(body=usage(prompt_tokens=10**30, completion_tokens=1)), "ok", 1, id="more tokens than there are"),
        pytest.param(Reply(body=usage(prompt_tokens=float("nan"), completion_tokens=1)), "ok", 1, id="NaN tokens"),
        pytest.param(Reply(body=usage(prompt_tokens=-5, completion_tokens=1)), "ok", 1, id="negative tokens"),
        pytest.param(Reply(body=usage(prompt_tokens=True, completion_tokens=[])), "ok", 1, id="tokens that are no numbers"),
        pytest.param(Reply(body=json.dumps({**BODY, "usage": "free"}).encode()), "ok", 1, id="usage that is no object"),
        pytest.param(Reply(status=204), "upstream_refused", 1, id="204"),
        pytest.param(Reply(status=301, headers={"location": "/v2"}), "upstream_refused", 1, id="sent elsewhere"),
    ],
)
def test_an_odd_answer_is_a_summary_or_a_rejected_row_and_is_paid_for_once(reply: Reply, told: str, calls: int, tmp_path: Path) -> None:
    ledger = LedgerSettings(file=tmp_path / "ledger.sqlite")
    with model_server(lambda _call: reply) as server, gateway(settings_for(server.url, ledger=ledger, patience_seconds=60.0)) as client:
        assert reason(ask(client)) == told
        assert len(server.calls) == calls
        assert reason(ask(client)) == told
        # Trouble that may have passed is asked again; everything else is known by now.
        assert len(server.calls) == calls * (2 if told == "broken_answer" else 1)
        spent = client.get("/health").json()["today"]
        assert 0 <= spent["prompt_tokens"] < 1_000_000_000 * len(server.calls)
        assert "modelgateway_ledger_errors_total 0.0" in client.get("/metrics").text


def test_a_field_that_comes_twice_goes_on_once_as_it_was_checked() -> None:
    twice = TEXT.replace('{"sentiment": "positive"', '{"sentiment": "furious", "sentiment": "positive"')
    with model_server(lambda _call: Reply(body=said(twice))) as server, gateway(settings_for(server.url)) as client:
        content = client.post(COMPLETIONS, json=body_for()).json()["choices"][0]["message"]["content"]
        assert json.loads(content, object_pairs_hook=list) == list(SUMMARY.items())


def test_a_server_that_becomes_another_model_goes_on_answering_and_health_tells() -> None:
    with model_server() as server, gateway(settings_for(server.url)) as client:
        assert ask(client, "one") == SUMMARY
        assert client.get("/health").json()["model"] == "ok"
        server.models = ("gemma3",)
        server.behave = lambda _call: Reply(body=json.dumps({**BODY, "model": "gemma3"}).encode())
        assert ask(client, "two") == SUMMARY
        assert client.get("/health").json()["model"] == "missing"


@pytest.mark.parametrize("wish", ["nan", "inf", "-inf", "-5", "soon", ""])
def test_a_wish_that_is_no_time_is_none(wish: str) -> None:
    full = Reply(status=429, body=error("slow down"), headers={"retry-after-ms": wish})
    with model_server(lambda call: Reply(body=summary()) if call.time else full) as server, gateway(settings_for(server.url)) as client:
        assert ask(client) == SUMMARY
        assert len(server.calls) == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be"])
def test_a_key_that_a_server_quotes_is_cut_out_in_every_encoding(encoding: str) -> None:
    quoted = Reply(status=401, body=error("Incorrect key sk-hidden").decode().encode(encoding))
    with model_server(lambda _call: quoted) as server, gateway(settings_for(server.url)) as client:
        record = json.dumps(ask(client))
        assert "key_refused" in record
        assert "key not shown" in record
        assert "sk-hidden" not in record
