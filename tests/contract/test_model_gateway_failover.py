"""More than one model server: which one is asked, which one is left alone, and which rows wait for it."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from modelgateway.upstreams.breaker import OPEN_SECONDS, THRESHOLD
from tests.fakes.model_server import SUMMARY, Call, Reply, error, model_server, summary
from tests.support.model_gateway import ask, gateway, reason, settings_for, until


def test_a_server_that_fails_is_replaced_by_the_next_one_and_comes_back() -> None:
    broken = Reply(status=503, body=error("away"))
    with model_server(lambda _call: broken) as first, model_server() as second, gateway(settings_for(first.url, second.url)) as client:
        for number in range(8):
            assert ask(client, f"row {number}") == SUMMARY
        assert len(second.calls) == 8
        assert len(first.calls) == 5, "its circuit breaker is open"
        assert [one["circuit"] for one in client.get("/health").json()["upstreams"]] == ["open", "closed"]
        first.behave = lambda _call: Reply(body=summary())
        number = 100
        while len(first.calls) == 5:
            number += 1
            assert ask(client, f"row {number}") == SUMMARY
        asked_second = len(second.calls)
        ask(client, "back again")
        assert len(second.calls) == asked_second


def test_a_refusal_of_the_text_is_not_taken_to_the_next_server() -> None:
    refused = Reply(status=400, body=error("content policy"))
    with model_server(lambda _call: refused) as first, model_server() as second, gateway(settings_for(first.url, second.url)) as client:
        assert reason(ask(client)) == "content_filter"
        assert second.calls == []


def test_a_server_that_refuses_the_key_is_replaced() -> None:
    refused = Reply(status=401, body=error("bad key"))
    with model_server(lambda _call: refused) as first, model_server() as second, gateway(settings_for(first.url, second.url)) as client:
        assert ask(client) == SUMMARY
        assert second.calls[0].headers["authorization"] == "Bearer sk-hidden"


@pytest.mark.parametrize("servers", [1, 2])
def test_rows_that_fail_for_their_own_sake_hold_up_no_other_where_no_server_is_left(servers: int) -> None:
    def behave(call: Call) -> Reply:
        return Reply(status=500, body=error("boom")) if "poison" in call.text else Reply(body=summary())

    with ExitStack() as entered:
        urls = [entered.enter_context(model_server(behave)).url for _ in range(servers)]
        # Less than a circuit breaker stays open.
        client = entered.enter_context(gateway(settings_for(*urls, patience_seconds=OPEN_SECONDS - 1)))
        pool = entered.enter_context(ThreadPoolExecutor(THRESHOLD))
        poisoned = [pool.submit(ask, client, f"poison {number}") for number in range(THRESHOLD)]
        until(lambda: all(one["circuit"] == "open" for one in client.get("/health").json()["upstreams"]))
        assert ask(client, "good") == SUMMARY
        assert {reason(one.result()) for one in poisoned} == {"upstream_error"}
