# ruff: noqa: S608
"""Scripts as people have them, turned into bundles: what became of each statement, and that the result can be read."""

from pathlib import Path

import pytest

from flinksql.errors import BundleError
from flinksql.script_import import Conversion, Fate, convert
from flinksql.script_import.split import split_script
from flinksql.sql import read_bundle
from flinksql.sql.deferred_errors import deferred_problems
from flinksql.sql.table_usage import Catalog
from flinksql.statement import Kind
from tests.support.project import REPOSITORY

SCRIPT = REPOSITORY / "tests" / "cases" / "scripts" / "city_bikes.sql"
KNOWN = dict.fromkeys(("kafka_bootstrap", "topic_prefix", "job_name"), "value")
TABLES = "CREATE TABLE s (a INT) WITH ('connector' = 'datagen');\nCREATE TABLE t (a INT) WITH ('connector' = 'print');\n"


def converted(text: str) -> Conversion:
    return convert(text, "script.sql", KNOWN, "A script")


def fates(found: Conversion) -> list[tuple[int, str, str]]:
    return [(one.position.line, one.fate.value, one.result) for one in found.outcomes]


def refusal(text: str) -> str:
    with pytest.raises(BundleError) as caught:
        converted(text)
    return str(caught.value)


def test_every_statement_of_a_long_script_is_accounted_for() -> None:
    found = convert(SCRIPT.read_text(encoding="utf-8"), SCRIPT.name, KNOWN, "Bikes")
    assert len(found.outcomes) == 30
    assert {fate: found.count(fate) for fate in Fate} == {Fate.FILE: 11, Fate.OPTION: 2, Fate.NOT_NEEDED: 11, Fate.LEFT_OUT: 6}
    assert all(one.why or one.fate is Fate.FILE for one in found.outcomes)
    assert [one.position.line for one in found.outcomes if one.fate is Fate.LEFT_OUT] == [59, 67, 92, 94, 95, 97]


def test_the_bundle_of_a_long_script_is_read_without_an_error(tmp_path: Path) -> None:
    found = convert(SCRIPT.read_text(encoding="utf-8"), SCRIPT.name, KNOWN, "Bikes")
    folder = tmp_path / "bikes"
    folder.mkdir()
    for name, text in found.files.items():
        (folder / name).write_text(text, encoding="utf-8")
    bundle = read_bundle(folder, KNOWN, tmp_path)
    assert deferred_problems(Catalog(bundle.entries.values())) == []
    assert bundle.header("insert_ride_totals").options == {"table.exec.state.ttl": "1 h", "parallelism.default": "1"}
    assert bundle.header("insert_fares").options == {"table.exec.state.ttl": "1 h"}
    assert bundle.entry("insert_names_2").statement.kind is Kind.BOUNDED_JOB
    assert "-- where money goes" in found.files["fares.sql"]
    assert found.files["bundle.yaml"].startswith("# City bikes: rides, stations and what they earn.")


def test_no_secret_of_a_script_is_in_the_result() -> None:
    found = convert(SCRIPT.read_text(encoding="utf-8"), SCRIPT.name, KNOWN, "Bikes")
    assert found.secrets == ("stations_sasl_jaas_config",)
    assert "hunter2" not in str(found) + "".join(found.files.values())


@pytest.mark.parametrize(
    "change", [pytest.param(lambda text: text.replace("\n", "\r\n"), id="crlf"), pytest.param("\ufeff".__add__, id="bom")]
)
def test_how_lines_end_makes_no_difference(change: object) -> None:
    text = SCRIPT.read_text(encoding="utf-8")
    assert callable(change)
    assert converted(change(text)) == converted(text)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        pytest.param("SET 'a' = ';'; SELECT 1", 2, id="in text"),
        pytest.param("SELECT 1 -- no; end\n; SELECT 2", 2, id="in a comment"),
        pytest.param("SELECT * FROM `a;b` /*+ OPTIONS('x' = 'y;z') */; SELECT 2;;", 2, id="in a name and a hint"),
        pytest.param(
            "EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT CASE WHEN a THEN 1 END FROM s; END; SELECT 1", 2, id="a set with a case"
        ),
        pytest.param("BEGIN STATEMENT SET; INSERT INTO t SELECT 1; INSERT INTO t SELECT 2; END;", 1, id="the older set"),
        pytest.param("EXPLAIN STATEMENT SET BEGIN INSERT INTO t SELECT 1; END; SELECT 1", 2, id="a set that is explained"),
        pytest.param("Flink SQL> SELECT 1;\nFlink SQL> SELECT 2;", 2, id="copied with the prompt"),
        pytest.param("  -- nothing\n;", 0, id="nothing"),
    ],
)
def test_a_script_is_split_at_the_right_places(text: str, count: int) -> None:
    assert len(split_script(text, "s.sql")) == count


@pytest.mark.parametrize(
    ("statement", "fate", "result"),
    [
        pytest.param("SET 'table.exec.state.ttl' = '2 h'", "option", "-- table.exec.state.ttl: 2 h", id="an option"),
        pytest.param("SET table.exec.state.ttl = 2 h", "option", "-- table.exec.state.ttl: 2 h", id="without quotes"),
        pytest.param("SET 'execution.checkpointing.interval' = '1500'", "option", "-- checkpoint_interval_seconds: 2", id="milliseconds"),
        pytest.param("SET 'execution.checkpointing.interval' = '3 min'", "option", "-- checkpoint_interval_seconds: 180", id="minutes"),
        pytest.param("SET 'table.exec.state.ttl' = 'long'", "left out", "", id="a value that is none"),
        pytest.param("SET 'execution.runtime-mode' = 'batch'", "left out", "", id="batch"),
        pytest.param("SET 'execution.savepoint.path' = '/s/1'", "left out", "", id="a savepoint"),
        pytest.param("SET 'no.such.option' = 'x'", "left out", "", id="no option"),
        pytest.param("SET", "not needed", "", id="all options are shown"),
        pytest.param("ADD JAR '/a.jar'", "left out", "", id="a jar"),
        pytest.param("CREATE CATALOG c WITH ('type' = 'jdbc')", "file", "bundle.yaml", id="a catalog"),
        pytest.param("EXECUTE SELECT a FROM s", "left out", "", id="a query"),
        pytest.param("DROP TABLE IF EXISTS old", "not needed", "", id="drop"),
        pytest.param("CREATE TABLE IF NOT EXISTS s (b INT) WITH ('connector' = 'print')", "not needed", "", id="there already"),
        pytest.param("EXECUTE INSERT INTO t SELECT a FROM s", "file", "insert_t.sql", id="an insert that is executed"),
        pytest.param("INSERT INTO t SELECT a FROM missing", "left out", "", id="a table that is not created"),
    ],
)
def test_what_becomes_of_one_statement(statement: str, fate: str, result: str) -> None:
    assert fates(converted(f"{TABLES}{statement};"))[-1] == (3, fate, result)


def test_databases_are_resolved_and_names_that_collide_get_their_database() -> None:
    found = converted(
        f"{TABLES}CREATE DATABASE d; USE d;\nCREATE TABLE t (a INT) WITH ('connector' = 'print');\n"
        "INSERT INTO d.t SELECT a FROM default_database.s;\n"
        "INSERT INTO default_catalog.default_database.t SELECT a FROM default_database.s;\n"
    )
    assert found.files["d_t.sql"].startswith("CREATE TABLE d_t (")
    assert found.files["insert_t.sql"] == "INSERT INTO d_t SELECT a FROM s;\n"
    assert found.files["insert_t_2.sql"] == "INSERT INTO t SELECT a FROM s;\n"


def test_an_edit_before_a_name_on_its_line_moves_nothing() -> None:
    found = converted(
        f"{TABLES}CREATE OR REPLACE VIEW v AS SELECT a FROM default_database.s; INSERT INTO t SELECT a FROM default_database.v;"
    )
    assert found.files["v.sql"] == "CREATE VIEW v AS SELECT a FROM s;\n"
    assert found.files["insert_t.sql"] == "INSERT INTO t SELECT a FROM v;\n"


def test_placeholders_of_a_script_become_parameters_and_topics_are_the_stacks() -> None:
    found = converted(
        "CREATE TABLE k (a INT) WITH ('connector' = 'kafka', 'topic' = '${TOPIC-NAME}', 'properties.bootstrap.servers' = 'b:9092');\n"
        "CREATE TABLE l (a INT) WITH ('connector' = 'kafka', 'topic' = 'x;y', 'properties.bootstrap.servers' = 'b:9092');\n"
    )
    assert found.parameters == ("topic_name",)
    assert "'topic' = '${topic_name}', 'properties.bootstrap.servers' = '${kafka_bootstrap}'" in found.files["k.sql"]
    assert "'${topic_prefix}x;${topic_prefix}y'" in found.files["l.sql"]
    assert "topic_name: {type: string}" in found.files["bundle.yaml"]


@pytest.mark.parametrize(
    "comment",
    [
        pytest.param("-- parallelism: 2", id="an option of ours"),
        pytest.param("-- paralelism: 2", id="nearly one"),
        pytest.param("/* table.exec.state.ttl: 1 h */", id="in a block"),
    ],
)
def test_a_remark_of_a_script_is_no_option(comment: str) -> None:
    found = converted(f"{TABLES}{comment}\nINSERT INTO t SELECT a FROM s;")
    assert found.count(Fate.FILE) == 3
    assert "(" in found.files["insert_t.sql"].partition("\n")[0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(f"{TABLES}INSERT INTO t SELECT 'a", "script.sql:3:22: this text does not end", id="text without an end"),
        pytest.param(f"{TABLES}SELEC a FROM s;", "script.sql:3:1: ", id="no statement"),
        pytest.param(f"{TABLES}INSERT INTO t SELECT (a FROM s;", "script.sql:3:22: this parenthesis is never closed", id="a parenthesis"),
        pytest.param(
            f"{TABLES}BEGIN STATEMENT SET; INSERT INTO t SELECT a FROM s;", "script.sql:3:1: this statement set", id="set without end"
        ),
        pytest.param(f"{TABLES}CREATE TABLE t (b INT) WITH ('connector' = 'print');", "script.sql:3:1: t is created twice", id="twice"),
        pytest.param("SHOW TABLES;", "holds no statement that a bundle can have", id="nothing to write"),
        pytest.param("", "holds no statement that a bundle can have: it is empty", id="empty"),
    ],
)
def test_a_script_that_cannot_be_read_gives_no_bundle(text: str, told: str) -> None:
    assert told in refusal(text)


def test_a_broker_is_the_same_in_whatever_order_its_addresses_are() -> None:
    tables = [
        f"CREATE TABLE {name} (a INT) WITH ('connector' = 'kafka', 'topic' = 't', 'properties.bootstrap.servers' = '{broker}');\n"
        for name, broker in (("k", "b1:9092,b2:9092"), ("l", "b2:9092, b1:9092"), ("m", "b2:9092"), ("n", "elsewhere:9092"))
    ]
    found = converted("".join(tables))
    assert [name for name in "klmn" if "${kafka_bootstrap}" in found.files[f"{name}.sql"]] == ["k", "l", "m"]
