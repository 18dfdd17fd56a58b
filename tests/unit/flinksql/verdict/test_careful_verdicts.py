"""What is not positively recognised never keeps state: operators of any sort, tables of any connector, plans of any shape."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinksql.statement import Definition, Kind, Statement
from flinksql.verdict import Decision, Planned, Verdict, judge, read_compiled, read_plan
from flinksql.verdict.connectors import start_without_state
from flinksql.verdict.plan import SECTION

WITH = "WITH ('connector' = 'kafka', 'topic' = 't', 'properties.bootstrap.servers' = 'b:1', 'format' = 'json')"
TABLE = f"CREATE TABLE src (a INT, b INT) {WITH}"
WORDS = st.text("abcXYZ019$_ ", min_size=1, max_size=12).filter(lambda text: text.strip() == text)
FIRST = {"kind": "INPUT_REF", "inputIndex": 0, "type": "INT"}


def definition(source: str = TABLE, *others: str) -> Definition:
    texts = {"src": source, "snk": f"CREATE TABLE snk (a INT) {WITH}", **{f"more{index}": text for index, text in enumerate(others)}}
    closure = tuple(Statement(name=name, kind=Kind.CATALOG_OBJECT, text=text, file=f"{name}.sql") for name, text in texts.items())
    statement = Statement(name="job", kind=Kind.JOB, text="INSERT INTO snk SELECT a FROM src", file="job.sql")
    return Definition(statement=statement, closure=closure, job_name="p/s/job")


def row(*columns: str) -> str:
    return f"ROW<{', '.join(f'`{name}` {kind}' for name, _, kind in (column.partition(' ') for column in columns))}>"


def scan(*columns: str) -> dict[str, Any]:
    schema = {"columns": [{"name": name, "dataType": kind} for name, _, kind in (column.partition(" ") for column in columns)]}
    table = {"identifier": "`default_catalog`.`default_database`.`src`", "resolvedTable": {"schema": schema}}
    description = "TableSourceScan(table=[[default_catalog, default_database, src]], fields=[a, b])"
    return operator("table-source-scan", description, row(*columns), scanTableSource={"table": table})


def operator(kind: str, description: str, output: str, **content: object) -> dict[str, Any]:
    return {"type": f"stream-exec-{kind}_1", "description": description, "outputType": output, **content}


def calc(*expressions: object, output: str, condition: object = None) -> dict[str, Any]:
    return operator("calc", "Calc(select=[..])", output, projection=list(expressions), condition=condition)


def unheard(word: str = "", output: str = row("a INT"), **content: object) -> dict[str, Any]:
    return operator("unheard", f"Unheard(of=[{word}])", output, word=word, **content)


SCAN = scan("a INT", "b INT")
SINK_TABLE = {"table": {"identifier": "`d`.`d`.`snk`", "resolvedTable": {"schema": {"columns": []}}}}
SINK = operator("sink", "Sink(table=[d.d.snk])", row("a INT"), dynamicTableSink=SINK_TABLE)


def planned(of: Definition, *operators: dict[str, Any]) -> Planned:
    """Return both plans of these operators one after another, a sink's writer at the end."""
    every = [*operators, SINK]
    nodes = [
        {
            "id": number,
            "contents": f"snk[{number}]: Writer" if content is SINK else f"[{number}]:{content['description']}",
            "parallelism": 1,
            "predecessors": [{"id": number - 1, "ship_strategy": "FORWARD"}] if number > 1 else [],
        }
        for number, content in enumerate(every, 1)
    ]
    compiled = {
        "nodes": [{"id": number, **content} for number, content in enumerate(every, 1)],
        "edges": [{"source": number, "target": number + 1} for number in range(1, len(every))],
    }
    return Planned(definition=of, plan=read_plan(SECTION + json.dumps({"nodes": nodes})), compiled=read_compiled(json.dumps(compiled)))


def verdict(
    before: list[dict[str, Any]], after: list[dict[str, Any]], old: Definition | None = None, new: Definition | None = None
) -> Verdict:
    old = old or definition()
    return judge(planned(old, *before), planned(new or old, *after))


@given(before=WORDS, after=WORDS)
def test_an_operator_that_nobody_knows_keeps_state_only_when_every_word_is_the_same(before: str, after: str) -> None:
    found = verdict([SCAN, unheard(before)], [SCAN, unheard(after)])
    assert found.keeps is (before == after)


@given(condition=WORDS)
def test_what_leads_to_an_operator_with_state_counts_too(condition: str) -> None:
    old = [SCAN, calc(FIRST, output=row("a INT")), unheard()]
    new = [SCAN, calc(FIRST, output=row("a INT"), condition={"kind": "LITERAL", "value": condition, "type": "BOOLEAN"}), unheard()]
    assert verdict(old, new).decision is Decision.UNKNOWN


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param([scan("a INT")], [scan("a BIGINT")], id="a column as it is"),
        pytest.param([scan("a INT")], [scan("a INT NOT NULL")], id="a column that is never NULL"),
        pytest.param([scan("a INT")], [scan("c INT")], id="another field of the same type"),
        pytest.param([scan("a INT", "b INT")], [scan("b INT", "a INT")], id="two fields exchanged"),
        pytest.param(
            [SCAN, calc({"kind": "CALL", "internalName": "$-$1", "operands": [FIRST], "type": "INT"}, output=row("x INT"))],
            [SCAN, calc({"kind": "CALL", "internalName": "$+$1", "operands": [FIRST], "type": "INT"}, output=row("x INT"))],
            id="another expression under the same description",
        ),
        pytest.param([scan("a ROW<`x` INT, `y` STRING>")], [scan("a ROW<`x` INT, `z` STRING>")], id="a field within a column"),
    ],
)
def test_what_a_gathered_column_is_counts(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> None:
    assert verdict([*before, unheard()], [*after, unheard()]).decision is Decision.UNKNOWN


def test_an_alias_is_no_part_of_a_column() -> None:
    old, new = ([SCAN, calc(FIRST, output=row(f"{name} INT")), unheard()] for name in ("x", "y"))
    assert verdict(old, new).keeps


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(TABLE.replace("kafka", "other"), TABLE.replace("kafka", "other").replace("json", "csv"), id="an unknown connector"),
        pytest.param(TABLE, TABLE.replace("kafka", "upsert-kafka"), id="another connector"),
        pytest.param(TABLE, TABLE.replace("b:1", "c:1"), id="another address"),
        pytest.param(TABLE, TABLE.replace("'json'", "'debezium-json'"), id="a format of updates"),
        pytest.param(TABLE, TABLE.replace("'topic'", "'scan.bounded.mode' = 'latest-offset', 'topic'"), id="an option nobody knows"),
        pytest.param(TABLE, f"{TABLE} LIKE base", id="options taken over from elsewhere"),
    ],
)
def test_a_source_keeps_its_offsets_only_under_changes_that_are_known(before: str, after: str) -> None:
    same = [SCAN, calc(FIRST, output=row("a INT"))]
    assert verdict(same, same, definition(before), definition(after)).decision is Decision.UNKNOWN


@pytest.mark.parametrize(
    "options",
    [
        pytest.param("'json.ignore-parse-errors' = 'true'", id="what becomes of records that cannot be read"),
        pytest.param("'key.format' = 'raw', 'key.fields' = 'a'", id="where a column comes from"),
        pytest.param("'value.fields-include' = 'EXCEPT_KEY'", id="which columns are in the value"),
    ],
)
def test_how_a_source_decodes_records_decides_what_is_gathered_after_it(options: str) -> None:
    same = [SCAN, unheard()]
    found = verdict(same, same, definition(), definition(TABLE.replace("'topic'", f"{options}, 'topic'")))
    assert found.decision is Decision.UNKNOWN
    assert "gathered under other conditions" in str(found)


def test_a_comparison_with_like_takes_nothing_over() -> None:
    same = [SCAN, calc(FIRST, output=row("a INT"))]
    compares = TABLE.replace("b INT", "b STRING, c AS (b LIKE 'x%')")
    assert verdict(same, same, definition(compares), definition(compares.replace("'topic'", "'properties.x' = 'y', 'topic'"))).keeps


def call(
    *, runtime: dict[str, Any] | None = None, asked: int = 0, model: str = "m", options: dict[str, Any] | None = None
) -> dict[str, Any]:
    return operator(
        "ml-predict-table-function",
        "MLPredictTableFunction(..)",
        row("a INT", "b INT", "c STRING"),
        mlPredictSpec={"features": [{"type": "FieldRef", "index": asked}], "runtimeConfig": runtime or {}},
        modelSpec={"model": {"identifier": f"`default_catalog`.`default_database`.`{model}`"}},
        asyncOptions={"capacity ": 10, "timeout": 180000, "output-mode": "ORDERED", **(options or {})},
    )


MODEL = "CREATE MODEL m INPUT (a INT) OUTPUT (c STRING) WITH ('provider' = 'openai', 'model' = 'one')"


@pytest.mark.parametrize(
    ("after", "decision"),
    [
        pytest.param(call(runtime={"timeout": "9 s"}, options={"timeout": 9000}), Decision.KEEPS, id="the time-out"),
        pytest.param(call(runtime={"max-concurrent-operations": "5"}, options={"capacity ": 5}), Decision.KEEPS, id="calls at once"),
        pytest.param(call(asked=1), Decision.KEEPS, id="another column asked"),
        pytest.param(call(options={"output-mode": "ALLOW_UNORDERED"}), Decision.UNKNOWN, id="the order"),
        pytest.param(call(runtime={"async": "false"}), Decision.UNKNOWN, id="waiting for each call"),
        pytest.param(call(runtime={"unheard": "of"}), Decision.UNKNOWN, id="a setting that nobody knows"),
        pytest.param(call(model="n"), Decision.UNKNOWN, id="another model"),
        pytest.param(call(model="twin"), Decision.KEEPS, id="the same model by another name"),
        pytest.param(call(model="elsewhere"), Decision.UNKNOWN, id="a model of nobody knows where"),
    ],
)
def test_a_call_of_a_model_keeps_its_rows_only_under_changes_that_are_known(after: dict[str, Any], decision: Decision) -> None:
    known = definition(TABLE, MODEL, MODEL.replace(" m ", " twin "), MODEL.replace(" m ", " n ").replace("one", "two"))
    assert verdict([SCAN, call()], [SCAN, after], known, known).decision is decision


@pytest.mark.parametrize(
    ("after", "decision"),
    [
        pytest.param(MODEL.replace("one", "two"), Decision.KEEPS, id="its options"),
        pytest.param(MODEL.replace("openai", "other"), Decision.UNKNOWN, id="its provider"),
        pytest.param(MODEL.replace("c STRING", "d STRING"), Decision.UNKNOWN, id="its output"),
    ],
)
def test_a_model_may_change_behind_rows_that_wait(after: str, decision: Decision) -> None:
    same = [SCAN, call()]
    assert verdict(same, same, definition(TABLE, MODEL), definition(TABLE, after)).decision is decision


def test_a_model_decides_what_is_gathered_after_it() -> None:
    same = [SCAN, call(), unheard()]
    found = verdict(same, same, definition(TABLE, MODEL), definition(TABLE, MODEL.replace("one", "two")))
    assert found.decision is Decision.UNKNOWN
    assert "model" in str(found)


def test_a_table_that_only_an_operator_names_decides_what_is_gathered_after_it() -> None:
    lookup = operator("lookup-join", "LookupJoin(table=[dim])", row("a INT"), temporalTable={"identifier": "`c`.`d`.`dim`"})
    dimension = f"CREATE TABLE dim (a INT, price INT) {WITH}"
    same = [SCAN, lookup, unheard()]
    found = verdict(same, same, definition(TABLE, dimension), definition(TABLE, dimension.replace("price INT", "price SMALLINT")))
    assert found.decision is Decision.UNKNOWN


def test_a_table_that_stands_elsewhere_is_not_known() -> None:
    same = [SCAN, calc(FIRST, output=row("a INT"))]
    empty = replace(definition(), closure=())
    assert verdict(same, same, empty, empty).decision is Decision.UNKNOWN


def test_a_function_that_changes_is_not_known() -> None:
    same = [SCAN, calc(FIRST, output=row("a INT"))]
    old, new = (definition(TABLE, f"CREATE FUNCTION shout AS 'example.{name}'") for name in ("Shout", "Cry"))
    assert verdict(same, same, old, new).decision is Decision.UNKNOWN


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param({"outputType": "INT"}, id="rows of no row type"),
        pytest.param({"outputType": "ROW<`a` INT"}, id="a row type that does not end"),
        pytest.param({"outputType": "ROW<a INT>"}, id="names without quotes"),
        pytest.param({"outputType": {"type": "ROW", "fields": [{"name": "a"}]}}, id="a column without a type"),
        pytest.param({"projection": None}, id="no projection"),
        pytest.param({"projection": []}, id="columns that do not add up"),
    ],
)
def test_a_plan_that_is_not_understood_makes_the_verdict_unknown(broken: dict[str, Any]) -> None:
    same = [SCAN, {**calc(FIRST, output=row("a INT")), **broken}, unheard()]
    assert verdict(same, same).decision is Decision.UNKNOWN


def test_plans_of_two_jobs_are_not_taken_for_those_of_one() -> None:
    one, other = planned(definition(), SCAN, unheard("x")), planned(definition(), SCAN, unheard("y"))
    mixed = replace(one, compiled=other.compiled)
    found = judge(mixed, mixed)
    assert found.decision is Decision.UNKNOWN
    assert "has no Unheard where its execution plan has one" in str(found)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param({"connector": "datagen"}, "table t is read from where its connector datagen begins", id="no topic"),
        pytest.param(
            {"connector": "kafka", "topic": "in"}, "topic in is read from nowhere: its table names no properties.group.id", id="no group"
        ),
        pytest.param(
            {"connector": "kafka", "topic": "in", "properties.group.id": "g"},
            "topic in is read from the offsets that group g last committed",
            id="a group",
        ),
        pytest.param(
            {"connector": "upsert-kafka", "topic": "in"},
            "topic in is read again from its beginning, and what was written for it is written again",
            id="a table of newest rows",
        ),
        pytest.param(
            {"connector": "kafka", "topic": "in", "scan.startup.mode": "latest-offset"},
            "topic in is read from its end: records that arrive during the change are never read",
            id="from the end",
        ),
    ],
)
def test_a_source_without_state_begins_where_its_table_says(options: dict[str, str], words: str) -> None:
    assert start_without_state("t", options) == words
