"""A model server that misbehaves, behind real Kafka and Flink: in = summaries + rejected, no job restarts, each answer is paid for once."""

import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.fakes.model_server import Reply, good, model_server, summary
from tests.support.flow import SUMMARIES, SUMMARIES_REJECTED
from tests.support.model_faults import FAULTS, Stack, behave, reasons, until
from tests.support.project import project_copy
from tests.support.samples import review

pytestmark = [pytest.mark.real, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("model-faults") / "project"
    folder.mkdir()
    settings = {
        "bundle__parameters__window_seconds": 5,
        "flink__checkpointIntervalSeconds": 5,
        "model__attemptSeconds": 2,
        "model__patienceSeconds": 30,
    }
    with model_server(behave) as server, project_copy(folder, model__kind="openai", model__endpoint=server.url, **settings) as copy:
        copy.succeed("up")
        yield Stack(copy=copy, server=server)


def test_one_context_of_six_refused_is_five_summaries_one_rejected_row_and_six_calls(stack: Stack) -> None:
    before = stack.restarts()
    flow = stack.begin()
    flow.feed([review(f"six-{number}", "[400] no" if number == 3 else f"good {number}") for number in range(6)])
    flow.settle()
    assert reasons(flow) == {"ok": 5, "upstream_refused": 1}
    [row] = flow.rows[SUMMARIES_REJECTED]
    assert (row["upstream_status"], row["error_text"]) == (400, "The model server answers 400: temperature / invalid_request_error")
    assert row["request_id"]
    assert len(stack.server.calls) == 6
    assert stack.restarts() == before


def test_every_fault_among_good_rows_ends_in_a_summary_or_a_rejected_row_and_no_restart(stack: Stack) -> None:
    before = stack.restarts()
    flow = stack.begin()
    of_each, unspoilt = 3, 120
    rows = [review(f"mix-{name}-{number}", f"[{name}] {number}") for number in range(of_each) for name in FAULTS]
    rows += [review(f"mix-good-{number}", f"good as ever {number}") for number in range(unspoilt)]
    # Faults between good rows: one that fails where others succeed is known for its own trouble.
    random.Random(20_261).shuffle(rows)
    flow.feed(rows)
    flow.settle()
    expected: Counter[str] = Counter({"ok": unspoilt})
    for _reply, reason in FAULTS.values():
        expected[reason] += of_each
    print(json.dumps(reasons(flow), indent=2))
    assert reasons(flow) == expected
    assert sum(expected.values()) == len(rows)
    assert stack.restarts() == before


@pytest.mark.parametrize("service", ["taskmanager", "model-gateway"])
def test_after_a_kill_in_the_middle_each_answer_was_paid_for_once(stack: Stack, service: str) -> None:
    victim = stack.process_id(service)
    flow = stack.begin()
    flow.feed([review(f"{service}-{number}", f"a good {number} of {service}") for number in range(300)])
    deadline = time.monotonic() + 120
    while len(stack.server.calls) < 100:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(victim, signal.SIGKILL)
    products = {f"{service}-{number}" for number in range(300)}
    # Not `settle`: delivery is at-least-once, so a replay writes some summaries twice. What it must not do is to pay for them twice.
    deadline = time.monotonic() + 240
    while True:
        flow.look()
        if products <= {row["product_id"] for row in flow.rows[SUMMARIES]}:
            break
        assert time.monotonic() < deadline
        time.sleep(0.5)
    again = len(flow.rows[SUMMARIES]) - len(products)
    in_flight = 5 if service == "model-gateway" else 0
    print(f"{service}: {len(stack.server.calls)} calls for {len(stack.server.seen)} contexts, {again} summaries written again")
    assert len(stack.server.seen) == 300
    # What was under way when the gateway died nobody heard the answer of.
    assert len(stack.server.calls) <= 300 + in_flight
    assert flow.rows[SUMMARIES_REJECTED] == []


def test_lanes_have_more_calls_in_flight_and_each_row_is_asked_about_once(stack: Stack) -> None:
    stack.copy.configure(model__concurrency=20)
    stack.edit(lanes=4, lane_key="kafka_offset", allow_state_reset="true")
    try:
        stack.copy.succeed("up")
        flow = stack.begin()
        stack.server.behave = lambda _call: Reply(body=summary(), seconds=0.5)
        stack.server.most_at_once = 0
        flow.feed([review(f"lane-{number}", f"a good {number} in its lane") for number in range(100)])
        # Not `settle`: the state was reset, so that older contexts are read again as well.
        wanted = {f"lane-{number}" for number in range(100)}
        until(flow, lambda: wanted <= {row["product_id"] for row in flow.rows[SUMMARIES]}, 240.0)
        most = stack.server.most_at_once
    finally:
        stack.edit(allow_state_reset="true")
        stack.copy.succeed("up")
        stack.edit()
    ours = [call.text for call in stack.server.calls if "in its lane" in call.text]
    print(f"4 lanes: {most} calls at one time, {len(ours)} calls for {len(set(ours))} contexts")
    assert most > 5
    assert len(ours) == len(set(ours)) == 100
    written = Counter(row["product_id"] for row in flow.rows[SUMMARIES] if row["product_id"].startswith("lane-"))
    assert written == {f"lane-{number}": 1 for number in range(100)}


def test_a_rewind_to_the_beginning_costs_nothing(stack: Stack) -> None:
    flow = stack.begin()
    contexts = sum(topic["messages"] for topic in _topics(stack, "product_review_context"))
    file = stack.copy.folder / "sql" / "reviews" / "summaries.sql"
    plain = file.read_text(encoding="utf-8")
    changed = plain.replace("'${model_name}'", "CONCAT('${model_name}', '')")
    file.write_text(f"-- upgrade_mode: stateless\n-- allow_state_reset: true\n{changed}", encoding="utf-8")
    # Well again: a row whose trouble stays would wait out its patience, as the ledger answers those that could show the server's health.
    stack.server.behave = good
    try:
        stack.copy.succeed("up")
        deadline = time.monotonic() + 240
        while True:
            flow.look()
            if len(flow.rows[SUMMARIES]) + len(flow.rows[SUMMARIES_REJECTED]) >= contexts:
                break
            assert time.monotonic() < deadline
            time.sleep(0.5)
    finally:
        file.write_text(plain, encoding="utf-8")
    again = Counter(name for call in stack.server.calls for name in FAULTS if f"[{name}]" in call.text)
    print(f"{contexts} contexts again: {len(stack.server.calls)} calls, {dict(again)}")
    # Rows whose trouble was the server's are asked again: it may be gone by now. What had an answer, or was refused for good, is not.
    assert len(stack.server.calls) == again.total()
    assert set(again) <= {"401", "404", "500", "truncated body", "HTML", "slow drip", "hanging", "reset"}


def _topics(stack: Stack, name: str) -> list[dict[str, int]]:
    return [topic for topic in stack.copy.succeed("status", "--json").json()["topics"] if topic["name"] == name]
