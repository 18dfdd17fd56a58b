"""What is remarked of a job before it runs: from plans of the real planner, and nothing of bundles that are as they are meant."""

import json
from collections.abc import Mapping
from functools import cache

import pytest

from components.bundle_topics import topics_of
from components.parameters import load_bundle
from flinksql.diagnosis.explained import read_explained
from flinksql.diagnosis.foreseen import foreseen
from flinksql.statement import Definition, Kind, Statement
from platforms.pipeline import definitions
from platforms.registry import endpoints_of
from settings import parse_settings
from tests.support.project import REPOSITORY

EXPLAINED: Mapping[str, list[str]] = json.loads(
    (REPOSITORY / "tests" / "cases" / "foreseen" / "explained-2.2.json").read_text(encoding="utf-8")
)
"""What EXPLAIN says on Flink 2.2 of each job of the project's bundles and of `tests/cases/pipelines`."""
EXPECTED = {
    "joins/track_rider_speed": {"track_rider_speed.sql:3:25: JOIN pings p", "track_rider_speed.sql:4:1: GROUP BY t.rider_id"},
    "lexical/fill_crlf": {"fill_crlf.sql:5:32: GROUP BY `select`"},
    "own_patterns/both": {"both.sql:1:1: a join", "both.sql:6:76: GROUP BY ROLLUP (city, currency)"},
    "topn_dedup/count_city_day": {"count_city_day.sql:4:12: group by city"},
    "unnest_lateral/fill_city_tops": {"rider_counts.sql:1:87: GROUP BY city, rider_id"},
    "views_ctes/fill_sums": {
        "fill_sums.sql:2:62: GROUP BY town",
        "fill_sums.sql:8:54: WHERE EXISTS (SELECT 1 FROM pings p WHERE p.trip_id = t.trip_id)",
        "fill_sums.sql:8:119: GROUP BY city",
    },
}
"""All of it is state without an end, and none is of the project's own bundles. Each of these tables says how long it waits for an idle
partition, were it 0."""
KAFKA = "'connector' = 'kafka', 'topic' = 't', 'properties.bootstrap.servers' = 'k:1', 'properties.group.id' = 'g', 'format' = 'json'"
OTHER = KAFKA.replace("'t'", "'m'")
TABLES = {
    "src": f"CREATE TABLE src (k STRING, v INT, pt AS PROCTIME(), ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ({KAFKA})",
    "more": f"CREATE TABLE more (k STRING, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ({OTHER})",
    "ends": "CREATE TABLE ends (k STRING, v INT) WITH ('connector' = 'datagen', 'number-of-rows' = '3')",
}
SCAN = "TableSourceScan(table=[[default_catalog, default_database, {}, watermark=[ts]]], fields=[k, v, ts])"
SRC, MORE, ENDS = (
    SCAN.format("src"),
    SCAN.format("more"),
    "TableSourceScan(table=[[default_catalog, default_database, ends]], fields=[k, v])",
)
EVENT_TIME = "src.sql:1:71: event time of src begins when each of its 3 partitions has had a record"


@cache
def bundle(name: str) -> tuple[Mapping[str, Definition], Mapping[str, int]]:
    own = REPOSITORY / "sql" / name
    settings = parse_settings({"flink.taskSlots": "100"})
    read = load_bundle(settings, endpoints_of(settings), own if own.is_dir() else REPOSITORY / "tests" / "cases" / "pipelines" / name)
    return definitions(settings, read, "local"), dict.fromkeys(topics_of(read), 2)


@pytest.mark.parametrize("name", sorted(EXPLAINED))
def test_of_a_real_plan_is_said_what_it_proves_and_no_more(name: str) -> None:
    folder, _, statement = name.partition("/")
    found, partitions = bundle(folder)
    remarks = foreseen(found[statement], "\n".join(EXPLAINED[name]), partitions)
    expected = EXPECTED.get(name, set())
    assert {one for one in expected if any(f"/{one}" in remark for remark in remarks)} == expected
    assert len(remarks) == len(expected), remarks


def definition(sql: str, options: Mapping[str, str] | None = None, kind: Kind = Kind.JOB, tables: Mapping[str, str] = TABLES) -> Definition:
    closure = tuple(Statement(name=name, kind=Kind.CATALOG_OBJECT, text=text, file=f"{name}.sql") for name, text in tables.items())
    statement = Statement(name="job", kind=kind, text=sql, file="job.sql")
    return Definition(statement=statement, closure=closure, job_name="p/s/job", options=options or {})


def plan(*lines: str) -> str:
    return "\n".join(["== Abstract Syntax Tree ==", "LogicalSink()", "", "== Optimized Execution Plan ==", *lines])


GROUPED = definition("INSERT INTO snk SELECT k, v, SUM(v) FROM src GROUP BY k, v")
GROUPED_PLAN = plan("GroupAggregate(groupBy=[k, v], select=[k, v, SUM(v) AS s])", f"+- {SRC}")
JOINED = definition("INSERT INTO snk SELECT s.k FROM src s\nJOIN more m ON s.k = m.k")
JOINED_PLAN = plan("Join(joinType=[InnerJoin], where=[(k = k0)])", f":- {SRC}", f"+- {MORE}")


@pytest.mark.parametrize(
    ("job", "explained", "begins"),
    [
        pytest.param(GROUPED, GROUPED_PLAN, "job.sql:1:46: GROUP BY k, v keeps each key for ever", id="a group"),
        pytest.param(JOINED, JOINED_PLAN, "job.sql:2:1: JOIN more m ON s.k = m.k keeps the rows of both sides for ever", id="a join"),
    ],
)
def test_state_without_an_end_is_told_with_its_place(job: Definition, explained: str, begins: str) -> None:
    [remark] = foreseen(job, explained, {})
    assert remark.startswith(begins)
    assert "`-- table.exec.state.ttl: 1 d` at the top of job.sql" in remark


@pytest.mark.parametrize(
    ("job", "explained"),
    [
        pytest.param(definition(GROUPED.statement.text, {"table.exec.state.ttl": "0 s"}), GROUPED_PLAN, id="somebody decided"),
        pytest.param(definition(GROUPED.statement.text, kind=Kind.BOUNDED_JOB), GROUPED_PLAN, id="a job that ends"),
        pytest.param(GROUPED, GROUPED_PLAN.replace("select=", "stateTtlHints=[[[STATE_TTL options:{src=1d}]]], select="), id="a hint"),
        pytest.param(GROUPED, GROUPED_PLAN.replace("groupBy=[k, v], ", ""), id="one group"),
        pytest.param(GROUPED, GROUPED_PLAN.replace("GroupAggregate", "LocalGroupAggregate"), id="the first of two phases"),
        pytest.param(GROUPED, plan("GroupAggregate(groupBy=[k], select=[k])", f"+- {ENDS}"), id="a table that ends"),
        pytest.param(GROUPED, "", id="no plan"),
    ],
)
def test_state_that_ends_or_is_meant_is_not_told(job: Definition, explained: str) -> None:
    assert foreseen(job, explained, {}) == []


WINDOW = (
    "INSERT INTO snk SELECT k, COUNT(*) FROM TUMBLE(TABLE src, DESCRIPTOR(ts), INTERVAL '1' MINUTE) GROUP BY k, window_start, window_end"
)
EVENT_TIME_PLANS = {
    "window": plan("WindowAggregate(groupBy=[k], window=[TUMBLE(time_col=[ts], size=[1 min])])", f"+- {SRC}"),
    "two phases": plan(
        "GlobalWindowAggregate(groupBy=[k], window=[TUMBLE(slice_end=[$slice_end], size=[1 min])])",
        "+- LocalWindowAggregate(groupBy=[k], window=[TUMBLE(time_col=[ts], size=[1 min])])",
        f"   +- {SRC}",
    ),
    "old window": plan("GroupWindowAggregate(groupBy=[k], window=[TumblingGroupWindow('w$, ts, 60000)])", f"+- {SRC}"),
    "join of an interval": plan("IntervalJoin(joinType=[InnerJoin], windowBounds=[isRowTime=true])", f":- {SRC}", f"+- {SRC}"),
    "versions": plan("TemporalJoin(joinType=[InnerJoin], where=[__TEMPORAL_JOIN_CONDITION(ts, ts0)])", f":- {SRC}", f"+- {SRC}"),
    "pattern": plan("Match(partitionBy=[k], orderBy=[ts ASC], pattern=[A])", f"+- {SRC}"),
    "over": plan("OverAggregate(partitionBy=[k], orderBy=[ts ASC], window=[ RANGE BETWEEN 1 PRECEDING AND CURRENT ROW])", f"+- {SRC}"),
    "top of a window": plan(
        "WindowRank(window=[TUMBLE(win_start=[window_start], win_end=[window_end], size=[1 min])])",
        "+- WindowTableFunction(window=[TUMBLE(time_col=[ts], size=[1 min])])",
        f"   +- {SRC}",
    ),
    "read twice": plan(f"{SRC}(reuse_id=[1])", "", "Match(partitionBy=[k], orderBy=[ts ASC])", "+- Reused(reference_id=[1])"),
}


@pytest.mark.parametrize("explained", [pytest.param(text, id=name) for name, text in EVENT_TIME_PLANS.items()])
def test_event_time_that_a_silent_partition_holds_back_is_told_at_the_watermark(explained: str) -> None:
    [remark] = foreseen(definition(WINDOW), explained, {"t": 3})
    assert remark.startswith(EVENT_TIME)
    assert "Write 'scan.watermark.idle-timeout' = '10 s' into src" in remark


def test_a_subtask_without_a_partition_is_told() -> None:
    [remark] = foreseen(definition(WINDOW, {"parallelism.default": "2"}), EVENT_TIME_PLANS["window"], {"t": 1})
    assert remark.startswith("src.sql:1:71: src has 1 partition for 2 subtasks: those without one hold event time back")


TIMED = {**TABLES, "src": TABLES["src"].replace("'connector'", "'scan.watermark.idle-timeout' = '0 s', 'connector'")}
PROCTIME = "Calc(select=[k, PROCTIME() AS pt, v])"


@pytest.mark.parametrize(
    ("job", "explained", "partitions"),
    [
        pytest.param(definition(WINDOW), EVENT_TIME_PLANS["window"], {"t": 1}, id="one partition"),
        pytest.param(definition(WINDOW), EVENT_TIME_PLANS["window"], {}, id="nobody knows how many"),
        pytest.param(definition(WINDOW, tables=TIMED), EVENT_TIME_PLANS["window"], {"t": 3}, id="the table decides"),
        pytest.param(
            definition(WINDOW, {"table.exec.source.idle-timeout": "5 s"}), EVENT_TIME_PLANS["window"], {"t": 3}, id="the job decides"
        ),
        pytest.param(definition(WINDOW), plan("Calc(select=[k])", f"+- {SRC}"), {"t": 3}, id="nobody waits"),
        pytest.param(
            definition(WINDOW), plan("WindowTableFunction(window=[TUMBLE(time_col=[ts])])", f"+- {SRC}"), {"t": 3}, id="a window alone"
        ),
        pytest.param(
            definition(WINDOW),
            plan("WindowAggregate(window=[TUMBLE(time_col=[pt])])", f"+- {PROCTIME}", f"   +- {SRC}"),
            {"t": 3},
            id="processing time",
        ),
        pytest.param(
            definition(WINDOW),
            plan("OverAggregate(orderBy=[now ASC])", "+- Calc(select=[k, pt AS now])", f"   +- {PROCTIME}", f"      +- {SRC}"),
            {"t": 3},
            id="processing time by another name",
        ),
        pytest.param(
            definition(WINDOW),
            plan("IntervalJoin(windowBounds=[isRowTime=false])", f":- {SRC}", f"+- {SRC}"),
            {"t": 3},
            id="an interval of processing time",
        ),
    ],
)
def test_event_time_that_nothing_holds_back_is_not_told(job: Definition, explained: str, partitions: dict[str, int]) -> None:
    assert foreseen(job, explained, partitions) == []


def test_a_tree_that_is_drawn_is_read_with_what_feeds_what() -> None:
    graph = read_explained(JOINED_PLAN)
    assert [(one.kind, one.table, one.inputs) for one in graph.operators] == [
        ("Join", "", (1, 2)),
        ("TableSourceScan", "src", ()),
        ("TableSourceScan", "more", ()),
    ]
