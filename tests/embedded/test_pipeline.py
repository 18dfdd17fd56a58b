"""The production pipeline on real Kafka and Flink: nothing is lost, nothing stalls, every number is right."""

import json

import pytest

from tests.oracle.records import MALFORMATIONS, generate
from tests.support.flow import CONTEXTS, REJECTED, SUMMARIES, SUMMARIES_REJECTED, Flow, begin
from tests.support.kafka import send
from tests.support.project import ProjectCopy
from tests.support.samples import MALFORMED, PLAIN

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]

SEED = 20_261
"""Printed by pytest with a failing assertion, and fixed: the same records every time."""


@pytest.fixture
def flow(real_stack: ProjectCopy) -> Flow:
    return begin(str(real_stack.outputs()["kafkaBootstrap"]))


def test_counts_and_averages_of_the_samples_are_those_of_the_input(flow: Flow) -> None:
    flow.feed([*PLAIN, *MALFORMED])
    flow.settle()
    assert flow.totals(CONTEXTS) == flow.expected_totals()
    assert flow.totals(SUMMARIES) == flow.expected_totals()
    assert flow.reasons() == flow.expected.rejected
    assert all(row["product_name"] in flow.expected.products[row["product_id"]].names for row in flow.rows[CONTEXTS])


def test_a_summary_has_its_window_the_fields_of_the_answer_and_where_it_came_from(flow: Flow) -> None:
    flow.feed(PLAIN)
    flow.settle()
    for row in flow.rows[SUMMARIES]:
        assert row["sentiment"] in {"positive", "negative", "mixed", "neutral"}
        assert row["window_start"] < row["window_end"]
        assert row["summary"] == json.loads(row["llm_summary"])["summary"]
        assert row["model"] == "llama3.1"
        assert row["prompt_version"]


def test_ten_thousand_reviews_with_one_in_a_hundred_malformed_all_come_out_somewhere(flow: Flow, real_stack: ProjectCopy) -> None:
    restarts = _restarts(real_stack)
    records = generate(SEED, 10_000, 0.01)
    assert len({record.kind for record in records if not record.is_valid} & MALFORMATIONS.keys()) >= 8
    flow.feed([record.value for record in records])
    flow.settle()
    assert flow.reviewed + len(flow.rows[REJECTED]) == len(records)
    assert flow.reasons() == flow.expected.rejected
    assert flow.totals(CONTEXTS) == flow.expected_totals()
    assert len(flow.rows[CONTEXTS]) == len(flow.rows[SUMMARIES]) + len(flow.rows[SUMMARIES_REJECTED])
    assert flow.totals(SUMMARIES) == flow.expected_totals()
    assert _restarts(real_stack) == restarts


def test_a_foreign_record_among_the_contexts_is_set_aside(flow: Flow) -> None:
    send(flow.bootstrap, [b"not a context", b'{"product_id": "P1"}', b"\xff\xfe"], CONTEXTS)
    flow.feed(PLAIN[:5])
    flow.settle()
    assert [row["reason"] for row in flow.rows[SUMMARIES_REJECTED]] == ["not_a_context"] * 3
    assert flow.totals(SUMMARIES) == flow.expected_totals()


def test_a_second_up_changes_nothing_and_says_so(real_stack: ProjectCopy) -> None:
    jobs = {name: one["jobId"] for name, one in real_stack.outputs()["statements"].items()}
    again = real_stack.succeed("up")
    assert "nothing changed" in again.output
    assert {name: one["jobId"] for name, one in real_stack.outputs()["statements"].items()} == jobs


def test_a_preview_of_a_running_stack_is_empty(real_stack: ProjectCopy) -> None:
    assert "nothing" in real_stack.succeed("preview").output


def test_status_is_healthy_and_knows_every_part(real_stack: ProjectCopy) -> None:
    status = real_stack.succeed("status", "--json").json()
    assert status["healthy"] is True
    names = {service["name"] for service in status["services"]}
    assert names == {"kafka", "jobmanager", "taskmanager", "sql-gateway", "flink-ui", "model-gateway"}
    assert {job["statement"] for job in status["jobs"]} == {"contexts", "summaries"}


def _restarts(stack: ProjectCopy) -> list[int]:
    return [job["restarts"] for job in stack.succeed("status", "--json").json()["jobs"]]
