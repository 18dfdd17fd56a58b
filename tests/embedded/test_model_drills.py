"""Long drills of the model gateway: a thousand contexts for each mixture of faults, a server that is away for two minutes, kills among 500.

FLINK_REVIEWS_MODEL_DRILLS=2.2,2.1 names the Flink lines; without it nothing here runs. Some twenty minutes a line.
"""

import json
import os
import random
import re
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from flinksql.sql.lanes import CALLS_OF_A_LANE
from tests.fakes.model_server import SUMMARY, Call, Reply, good, model_server, said, summary
from tests.support.flow import SUMMARIES, SUMMARIES_REJECTED, Flow
from tests.support.model_faults import FAULTS, Stack, behave, reasons, until
from tests.support.project import project_copy
from tests.support.samples import review

LINES = [line for line in os.environ.get("FLINK_REVIEWS_MODEL_DRILLS", "").split(",") if line]
pytestmark = [
    pytest.mark.real,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(not LINES, reason="long: FLINK_REVIEWS_MODEL_DRILLS=2.2,2.1 runs the drills on these Flink lines"),
]
CONTEXTS = 1_000
SHARE = CONTEXTS // 10
KINDS = list(FAULTS)
MIXTURES = [KINDS[:7], KINDS[7:13], KINDS[13:]]
AWAY_SECONDS = 120.0
LANES = 8
LIMIT_SECONDS = 900.0


@pytest.fixture(scope="module", params=LINES)
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("model-drills") / "project"
    folder.mkdir()
    settings = {"bundle__parameters__window_seconds": 5, "flink__checkpointIntervalSeconds": 5, "model__attemptSeconds": 2}
    with model_server(behave) as server, project_copy(folder, model__kind="openai", model__endpoint=server.url, **settings) as copy:
        copy.configure(flink__line=request.param, model__concurrency=LANES * CALLS_OF_A_LANE)
        stack = Stack(copy=copy, server=server)
        # Forty calls at one time: a row that waits out its trouble holds up those behind it in its lane.
        stack.edit(lanes=LANES, lane_key="kafka_offset")
        copy.succeed("up")
        yield stack


def settle(flow: Flow, count: int) -> None:
    until(flow, lambda: len(flow.rows[SUMMARIES]) + len(flow.rows[SUMMARIES_REJECTED]) >= count, LIMIT_SECONDS)


def products(flow: Flow) -> set[str]:
    return {row["product_id"] for row in flow.rows[SUMMARIES]}


@pytest.mark.parametrize("kinds", [pytest.param(kinds, id=", ".join(kinds)) for kinds in MIXTURES])
def test_each_fault_at_a_tenth_of_a_thousand_contexts(stack: Stack, kinds: list[str]) -> None:
    before = stack.restarts()
    flow = stack.begin()
    rows = [review(f"{name}-{number}", f"[{name}] {number}") for number in range(SHARE) for name in kinds]
    good_rows = CONTEXTS - len(rows)
    rows += [review(f"good-{kinds[0]}-{number}", f"good as ever {kinds[0]} {number}") for number in range(good_rows)]
    random.Random(20_261).shuffle(rows)
    flow.feed(rows)
    settle(flow, CONTEXTS)
    expected = Counter({"ok": good_rows})
    for name in kinds:
        expected[FAULTS[name][1]] += SHARE
    print(
        json.dumps({"in": CONTEXTS, "reasons": reasons(flow), "calls": len(stack.server.calls), "most at once": stack.server.most_at_once})
    )
    assert reasons(flow) == expected
    assert stack.restarts() == before


def test_a_server_that_refuses_connections_for_two_minutes_loses_no_context(stack: Stack) -> None:
    before = stack.restarts()
    flow = stack.begin()
    flow.feed([review(f"away-{number}", f"a good {number} while away") for number in range(CONTEXTS)])
    until(flow, lambda: len(flow.rows[SUMMARIES]) >= SHARE, LIMIT_SECONDS)
    with stack.server.away():
        began = time.monotonic()
        until(flow, lambda: time.monotonic() - began > AWAY_SECONDS, LIMIT_SECONDS)
        came = len(flow.rows[SUMMARIES])
    settle(flow, CONTEXTS)
    print(json.dumps({"in": CONTEXTS, "reasons": reasons(flow), "when it came back": came, "calls": len(stack.server.calls)}))
    assert reasons(flow) == {"ok": CONTEXTS}
    assert len(stack.server.seen) == CONTEXTS
    assert stack.restarts() == before


@pytest.mark.parametrize("service", ["taskmanager", "model-gateway"])
def test_after_a_kill_in_the_middle_of_500_contexts_each_was_paid_for_once(stack: Stack, service: str) -> None:
    victim = stack.process_id(service)
    flow = stack.begin()
    # A second an answer: calls are under way when it happens.
    stack.server.behave = lambda _call: Reply(body=summary(), seconds=1.0)
    flow.feed([review(f"kill-{service}-{number}", f"a good {number} of {service}") for number in range(500)])
    until(flow, lambda: len(stack.server.calls) >= 200, LIMIT_SECONDS)
    under_way = stack.server.at_once
    os.kill(victim, signal.SIGKILL)
    until(flow, lambda: len(products(flow)) >= 500, LIMIT_SECONDS)
    print(f"{service}: {len(stack.server.calls)} calls for {len(stack.server.seen)} contexts, {under_way} calls were under way")
    assert len(stack.server.seen) == 500
    assert flow.rows[SUMMARIES_REJECTED] == []
    # Nobody heard the answers of calls that the gateway made when it was killed.
    assert len(stack.server.calls) <= 500 + (LANES * CALLS_OF_A_LANE if service == "model-gateway" else 0)


def test_a_rollback_in_the_middle_of_500_contexts_pays_for_nothing_twice(stack: Stack) -> None:
    flow = stack.begin()
    stack.server.behave = lambda _call: Reply(body=summary(), seconds=1.0)
    flow.feed([review(f"back-{number}", f"a good {number} before a rollback") for number in range(500)])
    until(flow, lambda: len(stack.server.calls) >= 200, LIMIT_SECONDS)
    stack.write(
        "product_review_summary.sql",
        lambda plain: plain.replace("    'value.format'", "    'properties.acks' = 'banana',\n    'value.format'"),
    )
    try:
        refused = stack.copy.run("up")
    finally:
        stack.write("product_review_summary.sql", lambda plain: plain)
    assert refused.code != 0, refused.said
    assert "the old one runs again from" in refused.said, refused.said
    until(flow, lambda: len(products(flow)) >= 500, LIMIT_SECONDS)
    print(f"rollback: {len(stack.server.calls)} calls for {len(stack.server.seen)} contexts")
    assert len(stack.server.calls) == len(stack.server.seen) == 500


def test_fewer_lanes_in_the_middle_of_500_contexts_lose_none_and_pay_for_nothing_twice(stack: Stack) -> None:
    flow = stack.begin()
    stack.server.behave = lambda _call: Reply(body=summary(), seconds=1.0)
    flow.feed([review(f"fewer-{number}", f"a good {number} before fewer lanes") for number in range(500)])
    until(flow, lambda: len(stack.server.calls) >= 200, LIMIT_SECONDS)
    wanted = {f"fewer-{number}" for number in range(500)}
    try:
        stack.edit(lanes=2, lane_key="kafka_offset")
        refused = stack.copy.run("preview")
        stack.edit(lanes=2, lane_key="kafka_offset", upgrade_mode="stateless", allow_state_reset="true")
        stack.copy.succeed("up")
        until(flow, lambda: wanted <= products(flow), LIMIT_SECONDS)
    finally:
        stack.edit(lanes=LANES, lane_key="kafka_offset", upgrade_mode="stateless", allow_state_reset="true")
        stack.copy.succeed("up")
    print(f"{LANES} to 2 lanes: preview ended with {refused.code}: {[line for line in refused.said.splitlines() if 'state' in line][:4]}")
    ours = {text: count for text, count in stack.server.seen.items() if "before fewer lanes" in text}
    print(f"{LANES} to 2 lanes: {sum(ours.values())} calls for {len(ours)} contexts")
    assert refused.code != 0
    assert len(ours) == sum(ours.values()) == 500


def test_a_rewind_to_the_beginning_pays_for_nothing_twice(stack: Stack) -> None:
    flow = stack.begin()
    stack.server.behave = good
    flow.feed([review(f"rewind-{number}", f"a good {number} before a rewind") for number in range(500)])
    until(flow, lambda: len(products(flow)) >= 500, LIMIT_SECONDS)
    calls = len(stack.server.calls)
    stack.write(
        "summaries.sql",
        lambda plain: (
            f"-- upgrade_mode: stateless\n-- allow_state_reset: true\n-- lanes: {LANES}\n-- lane_key: kafka_offset\n"
            + plain.replace("'${model_name}'", "CONCAT('${model_name}', '')")
        ),
    )
    try:
        stack.copy.succeed("up")
    finally:
        stack.edit(lanes=LANES, lane_key="kafka_offset")
    twice = Counter[str]()

    def again() -> bool:
        twice.clear()
        twice.update(row["product_id"] for row in flow.rows[SUMMARIES])
        return all(twice[f"rewind-{number}"] == 2 for number in range(500))

    until(flow, again, LIMIT_SECONDS)
    repeated = {text: count for text, count in stack.server.seen.items() if count > 1}
    print(f"rewind: {calls} calls for 500 contexts before it, {len(repeated)} of them asked again")
    assert calls == 500
    assert not [text for text in repeated if "before a rewind" in text]


def test_a_thousand_contexts_wait_for_a_model_that_takes_half_a_minute(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("slow-drill") / "project"
    folder.mkdir()

    def slow(_call: Call) -> Reply:
        return Reply(body=summary(), seconds=30.0)

    with (
        model_server(slow) as server,
        project_copy(folder, model__kind="openai", model__endpoint=server.url, bundle__parameters__window_seconds=5) as copy,
    ):
        stack = Stack(copy=copy, server=server)
        copy.succeed("up")
        flow = stack.begin()
        server.behave = slow
        flow.feed([review(f"slow-{number}", f"a good {number} of a slow model") for number in range(CONTEXTS)])
        until(flow, lambda: len(flow.rows[SUMMARIES]) >= 5 * CALLS_OF_A_LANE, LIMIT_SECONDS)
        print(f"30 s an answer, one lane: {dict(reasons(flow))}, {len(server.calls)} calls, restarts {stack.restarts()}")
        assert flow.rows[SUMMARIES_REJECTED] == []
        assert max(server.seen.values()) == 1
        assert set(stack.restarts().values()) == {0}


def test_a_budget_for_twenty_of_fifty_and_a_forecast_that_holds(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("budget-drill") / "project"
    folder.mkdir()
    settings = {
        "bundle__parameters__window_seconds": 5,
        "model__attemptSeconds": 10,
        "model__patienceSeconds": 20,
        "model__tokensPerDay": 20 * 150,
    }
    with ExitStack() as entered:
        server = entered.enter_context(model_server(lambda _call: Reply(body=summary(), seconds=0.1)))
        copy = entered.enter_context(project_copy(folder, model__kind="openai", model__endpoint=server.url, **settings))
        stack = Stack(copy=copy, server=server)
        copy.succeed("up")
        flow = Stack.begin(stack)
        server.behave = lambda _call: Reply(body=summary(), seconds=0.1)
        flow.feed([review(f"budget-{number}", f"a good {number}") for number in range(50)])
        settle(flow, 50)
        print(f"budget for 20 of 50: {dict(reasons(flow))}, {len(server.calls)} calls")
        assert reasons(flow) == {"ok": 20, "budget": 30}
        assert len(server.calls) == 20

        server.behave = _varied
        copy.configure(model__tokensPerDay=0, model__inputPrice=1, model__outputPrice=2)
        stack.write(
            "summaries.sql",
            lambda plain: (
                "-- upgrade_mode: stateless\n-- allow_state_reset: true\n" + plain.replace("'${model_name}'", "CONCAT('${model_name}', '')")
            ),
        )
        said_before = copy.succeed("preview").said
        found = re.search(
            r"reads (\d+) contexts again: the ledger answers (\d+), the model is asked (\d+) times, about (\d+) tokens", said_before
        )
        assert found, said_before
        contexts, answered, asked, tokens = (int(number) for number in found.groups())
        assert (contexts, answered, asked) == (50, 20, 30)
        copy.succeed("up")
        settle(flow, 100)
        spent = sum(_tokens(call) for call in server.calls[20:])
        print(f"forecast: {asked} calls, {tokens} tokens; spent: {len(server.calls) - 20} calls, {spent} tokens ({spent / tokens:.3f})")
        assert len(server.calls) == 50
        assert abs(spent / tokens - 1) <= 0.1
        assert reasons(flow) == {"ok": 70, "budget": 30}


def _tokens(call: Call) -> int:
    """Return what a call costs: 150 tokens, give or take twenty."""
    return 150 + sum(call.text.encode()) % 41 - 20


def _varied(call: Call) -> Reply:
    return Reply(body=said(json.dumps(SUMMARY), prompt=_tokens(call) - 50, completion=50))
