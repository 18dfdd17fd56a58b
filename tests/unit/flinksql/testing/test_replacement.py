"""What stands in for a bundle's definitions: the same names and columns."""

from pathlib import Path

import pytest

from flinksql.sql import render
from flinksql.testing.inserts import inserts_of
from flinksql.testing.replacement import goes_by_processing_time, model, sink, source, takes_updates
from flinksql.testing.tables import Column, Table

KAFKA = {"connector": "kafka", "topic": "t", "format": "json"}
PT = Column(name="pt", type="TIMESTAMP_LTZ(3)", nullable=False, extras="AS PROCTIME()")
RT = Column(
    name="rt", type="TIMESTAMP_LTZ(3)", nullable=False, extras="METADATA FROM `timestamp` VIRTUAL", watermark="`rt` - INTERVAL '1' SECOND"
)
PLAIN = Table(name="t", columns=(Column(name="a", type="STRING"), PT))
WITH_EVENT_TIME = Table(name="t", columns=(Column(name="a", type="STRING"), RT, PT))


def test_a_metadata_column_becomes_one_that_rows_give() -> None:
    made = source(WITH_EVENT_TIME, KAFKA, Path("/x"), controlled=False)
    assert "`rt` TIMESTAMP_LTZ(3) NOT NULL,\n" in made.text
    assert "WATERMARK FOR `rt` AS `rt` - INTERVAL '1' SECOND" in made.text
    assert "`pt` AS PROCTIME()" in made.text


def test_controlled_processing_time_is_event_time_by_arrival() -> None:
    made = source(PLAIN, KAFKA, Path("/x"), controlled=True)
    assert "PROCTIME" not in made.text
    assert "WATERMARK FOR `pt` AS `pt` - INTERVAL '0.001' SECOND" in made.text
    assert [one.name for one in made.table.columns] == ["a", "pt"]


def test_beside_a_watermark_controlled_processing_time_follows_event_time() -> None:
    made = source(WITH_EVENT_TIME, KAFKA, Path("/x"), controlled=True)
    assert made.ddl[1] == "CREATE VIEW `t` AS SELECT `a`, `rt`, `rt` AS `pt` FROM `t__rows`"


def test_an_append_only_sink_stays_one() -> None:
    assert "'format' = 'json'" in sink(PLAIN, KAFKA, Path("/x")).text
    assert "'format' = 'debezium-json'" in sink(PLAIN, {"connector": "upsert-kafka"}, Path("/x")).text


@pytest.mark.parametrize(
    ("options", "takes"),
    [
        pytest.param(KAFKA, False, id="kafka"),
        pytest.param({"connector": "kafka", "value.format": "debezium-json"}, True, id="kafka with a changelog format"),
        pytest.param({"connector": "upsert-kafka", "value.format": "json"}, True, id="upsert-kafka"),
        pytest.param({"connector": "print"}, True, id="print"),
    ],
)
def test_a_sink_takes_updates_where_the_real_one_does(options: dict[str, str], takes: bool) -> None:
    assert takes_updates(options) is takes


def test_a_sink_has_only_the_columns_that_are_written() -> None:
    assert [one.name for one in sink(WITH_EVENT_TIME, KAFKA, Path("/x")).table.columns] == ["a"]


def test_a_model_keeps_all_but_its_address_and_its_key() -> None:
    text = (
        "CREATE MODEL m INPUT (a STRING) OUTPUT (b STRING) "
        "WITH ('provider' = 'openai', 'endpoint' = 'http://x', 'api-key' = 'k', 'model' = 'y')"
    )
    made = model(render(text, "m.sql", {}), "http://test")
    assert made == text.replace("http://x", "http://test").replace("'k'", "'test'")


@pytest.mark.parametrize(
    ("text", "waits"),
    [
        pytest.param("SELECT * FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(pt), INTERVAL '1' MINUTE))", True, id="window"),
        pytest.param("SELECT ROW_NUMBER() OVER (PARTITION BY a ORDER BY pt) FROM t", False, id="deduplication"),
        pytest.param("SELECT 'TUMBLE' FROM t -- TUMBLE", False, id="a word in a text"),
    ],
)
def test_what_waits_on_the_clock_is_known(text: str, waits: bool) -> None:
    assert goes_by_processing_time([text]) is waits


@pytest.mark.parametrize(
    ("sql", "queries"),
    [
        pytest.param("INSERT INTO t SELECT 1", [("t", "SELECT 1")], id="plain"),
        pytest.param("INSERT INTO `a b` (x, y) SELECT 1, 2", [("a b", "SELECT 1, 2")], id="columns"),
        pytest.param("INSERT INTO c.d.t (SELECT 1)", [("t", "(SELECT 1)")], id="a query in parentheses"),
        pytest.param("INSERT INTO t WITH q AS (SELECT 1) SELECT * FROM q", [("t", "WITH q AS (SELECT 1) SELECT * FROM q")], id="with"),
        pytest.param(
            "EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT 1; INSERT INTO u VALUES (2); END",
            [("t", "SELECT 1"), ("u", "VALUES (2)")],
            id="statement set",
        ),
        pytest.param(
            "EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT 1 ON CONFLICT DO DEDUPLICATE; INSERT INTO u SELECT 2; END",
            [("t", "SELECT 1"), ("u", "SELECT 2")],
            id="on conflict",
        ),
    ],
)
def test_inserts_are_found_with_their_queries(sql: str, queries: list[tuple[str, str]]) -> None:
    assert [(one.table, sql[one.start : one.end]) for one in inserts_of(sql)] == queries
