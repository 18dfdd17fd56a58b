"""What the page is sent of a stack."""

import json
from dataclasses import replace

import pytest

from components.statement_history import Action, Entry, Outcome
from console.health.report import GroupHealth, JobHealth
from console.ui.collector import Reading
from console.ui.details import UnknownStatementError, details, last_error, topics_in
from console.ui.snapshot import lags_of, snapshot
from console.ui.sources import CHECKS, DEPLOYMENT, JOBS, KAFKA, MODEL, SERVICES, STACK
from console.ui.trends import MOST_SAMPLES, Trends
from tests.support.ui import World, done, job, many, running, world_of


def readings(world: World) -> dict[str, Reading]:
    values = {
        STACK: world.facts,
        SERVICES: world.services,
        JOBS: world.jobs,
        KAFKA: world.kafka,
        MODEL: world.model,
        DEPLOYMENT: world.deployment,
        CHECKS: world.checks,
    }
    return {name: Reading(value=value, at=1000.0) for name, value in values.items()}


def test_it_is_plain_json_with_everything_of_each_statement() -> None:
    world = world_of(many(7))
    data = json.loads(json.dumps(snapshot(world.facts, readings(world), Trends())))
    assert (data["stack"], data["platform"], data["bundle"], data["flinkLine"]) == ("local", "embedded", "many", "2.2")
    row = data["statements"][3]
    assert (row["statement"], row["state"], row["lag"], row["restarts"], row["healthy"]) == ("statement_0003", "RUNNING", 3, 0, True)
    assert {"recordsInPerSecond", "recordsOutPerSecond", "checkpointAgeSeconds", "lastError"} <= row.keys()
    assert data["model"]["today"] == "120 calls, 41000 + 9000 tokens, cost 0.12"
    assert len(data["graph"]["nodes"]) == 7 + 9
    assert ["topic:orders_0000_0", "statement:statement_0000"] in data["graph"]["edges"]


def test_before_anything_is_known_the_statements_are_there_without_a_state() -> None:
    world = world_of(many(2))
    data = snapshot(world.facts, {name: Reading() for name in readings(world)}, Trends())
    assert [(one["statement"], one["state"], one["healthy"]) for one in data["statements"]] == [
        ("statement_0000", "", None),
        ("statement_0001", "", None),
    ]
    assert data["topics"] == []


def test_a_graph_that_the_page_has_is_not_sent_again() -> None:
    world = world_of(many(2))
    assert snapshot(world.facts, readings(world), Trends(), drawn=1)["graph"] is None
    assert snapshot(world.facts, readings(world), Trends(), drawn=2)["graph"] is not None, "of another server's time"


def test_a_job_that_no_statement_has_is_shown() -> None:
    world = world_of(many(1))
    stray = JobHealth(statement="stray", state="RUNNING", healthy=False, last_error="no statement of the stack has this job")
    world.jobs = (running("statement_0000"), stray)
    rows = snapshot(world.facts, readings(world), Trends())["statements"]
    assert [(row["statement"], row["isOwn"]) for row in rows] == [("statement_0000", True), ("stray", False)]


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        pytest.param([("work", 3)], {"work": 3}, id="the job's own group"),
        pytest.param([("work", 3), ("work/orders", 4)], {"work": 7}, id="several groups"),
        pytest.param([("work", 3), ("work/orders", None)], {"work": None}, id="a part that is not known"),
        pytest.param([("workshop", 3), ("other", 4)], {}, id="other people's"),
        pytest.param([], {}, id="none"),
    ],
)
def test_the_lag_of_a_statement_is_that_of_its_groups(groups: list[tuple[str, int | None]], expected: dict[str, int | None]) -> None:
    world = world_of([job("work", "orders", "out")])
    found = [GroupHealth(group=f"flink-reviews/local/{name}", topic="orders", lag=lag) for name, lag in groups]
    assert lags_of(world.facts, found) == expected


def test_trends_are_bounded_and_forget_what_is_gone() -> None:
    trends = Trends()
    for at in range(MOST_SAMPLES + 50):
        trends.add(float(at), [running("a", records_out_per_second=1.234)], {"a": 5})
    assert len(trends.of("a")) == MOST_SAMPLES
    assert trends.of("a")[-1][2:] == [1.23, 5]
    trends.add(1.0, [running("b")], {})
    assert trends.of("a") == []
    assert trends.of("b")[0][3] is None


def test_a_statement_is_shown_with_sql_history_and_the_line_of_its_error() -> None:
    failed = done("statement_0001", Action.CHANGED, outcome=Outcome.FAILED, error="sql/many/statement_0001.sql:5:7: no column amunt")
    history = (done("statement_0001"), replace(failed, at="2026-11-29T10:00:00.000Z"))
    world = world_of(many(2), history=history)
    data = json.loads(json.dumps(details(world.facts, readings(world), Trends(), "statement_0001")))
    assert data["sql"]["text"].startswith("-- parallelism: 1\nINSERT INTO")
    assert [one["name"] for one in data["behind"]] == ["orders_0000_1", "orders_0000_2"]
    assert [one["action"] for one in data["history"]] == ["changed", "created"], "the newest first"
    assert data["places"] == [{"file": "sql/many/statement_0001.sql", "line": 5, "column": 7}]
    assert (data["error"], data["errorAt"]) == (failed.error, "2026-11-29T10:00:00.000Z")
    assert (data["reads"][0]["name"], data["writes"][0]["name"], data["lag"]) == ("orders_0000_1", "orders_0000_2", 1)


@pytest.mark.parametrize(
    ("found", "entries", "expected"),
    [
        pytest.param(running("a"), (), ("", ""), id="well"),
        pytest.param(running("a", last_error="cast failed"), (), ("cast failed", ""), id="the job says it"),
        pytest.param(running("a", no_output="nothing comes out: no records"), (), ("nothing comes out: no records", ""), id="silent"),
        pytest.param(
            None, (done("a", outcome=Outcome.FAILED, error="refused"),), ("refused", "2026-11-28T10:00:00.000Z"), id="no job came up"
        ),
        pytest.param(running("a"), (done("a", outcome=Outcome.FAILED, error="x"), done("a", Action.CHANGED)), ("", ""), id="over"),
        pytest.param(
            running("a"),
            (done("a", outcome=Outcome.FAILED, error="x"), done("a", Action.SAVEPOINT_TAKEN)),
            ("x", "2026-11-28T10:00:00.000Z"),
            id="a savepoint ends nothing",
        ),
    ],
)
def test_which_error_is_the_last_one(found: JobHealth | None, entries: tuple[Entry, ...], expected: tuple[str, str]) -> None:
    assert last_error(found, entries) == expected


def test_a_place_in_a_file_of_another_statement_is_none_of_this_one() -> None:
    world = world_of(many(1))
    world.jobs = (running("statement_0000", last_error="sql/many/other.sql:1:1: x and sql/many/orders_0000_0.sql:2:3"),)
    data = details(world.facts, readings(world), Trends(), "statement_0000")
    assert data["places"] == [{"file": "sql/many/orders_0000_0.sql", "line": 2, "column": 3}]


def test_a_statement_that_is_not_there_is_named() -> None:
    world = world_of(many(1))
    with pytest.raises(UnknownStatementError, match="has no statement nope"):
        details(world.facts, readings(world), Trends(), "nope")


def test_only_topics_of_the_graph_may_be_read() -> None:
    world = world_of(many(1))
    assert topics_in(world.facts) == {"orders_0000_0", "orders_0000_1"}
