"""What is not positively recognised never keeps state: operators of any sort, tables of any connector, columns of any name."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinksql.statement import Definition, Kind, Statement
from flinksql.verdict import Decision, Plan, Planned, judge
from flinksql.verdict.connectors import start_without_state
from flinksql.verdict.plan import SOURCE, WRITER, Input, Node

WITH = "WITH ('connector' = 'kafka', 'topic' = 't', 'properties.bootstrap.servers' = 'b:1', 'format' = 'json')"
TABLE = f"CREATE TABLE src (a INT, `odd-name` INT) {WITH}"
WORDS = st.text("abcXYZ019$_ ", min_size=1, max_size=12).filter(lambda text: text.strip() == text)


def definition(source: str = TABLE, *others: str) -> Definition:
    texts = {"src": source, "snk": f"CREATE TABLE snk (a INT) {WITH}", **{f"more{index}": text for index, text in enumerate(others)}}
    closure = tuple(Statement(name=name, kind=Kind.CATALOG_OBJECT, text=text, file=f"{name}.sql") for name, text in texts.items())
    statement = Statement(name="job", kind=Kind.JOB, text="INSERT INTO snk SELECT a FROM src", file="job.sql")
    return Definition(statement=statement, closure=closure, job_name="p/s/job")


def plan(*descriptions: str) -> Plan:
    """Return a scan, these operators one after another, and a writer."""
    scan = f"{SOURCE}(table=[[default_catalog, default_database, src]], fields=[a, odd-name])"
    made = [(SOURCE, scan, "src"), *((text.partition("(")[0], text, "") for text in descriptions), (WRITER, "", "snk")]
    return Plan(
        nodes=tuple(
            Node(
                number=number,
                kind=kind,
                description=text,
                table=table,
                parallelism=1,
                inputs=(Input(node=number - 1, ship_strategy="FORWARD"),) if number else (),
            )
            for number, (kind, text, table) in enumerate(made)
        )
    )


def decided(old: Plan, new: Plan, before: Definition | None = None, after: Definition | None = None) -> Decision:
    before = before or definition()
    return judge(Planned(definition=before, plan=old), Planned(definition=after or before, plan=new)).decision


@given(before=WORDS, after=WORDS)
def test_an_operator_that_nobody_knows_keeps_state_only_when_every_word_is_the_same(before: str, after: str) -> None:
    old, new = plan(f"Unheard(of=[{before}])"), plan(f"Unheard(of=[{after}])")
    assert (decided(old, new) is Decision.KEEPS) is (before == after)


@given(condition=WORDS)
def test_what_leads_to_an_operator_with_state_counts_too(condition: str) -> None:
    old = plan("Calc(select=[a])", "Unheard(of=[a])")
    new = plan(f"Calc(select=[a], where=[{condition}])", "Unheard(of=[a])")
    assert decided(old, new) is not Decision.KEEPS


@pytest.mark.parametrize(
    ("select", "source"),
    [
        pytest.param("a", TABLE.replace("a INT", "a BIGINT"), id="a column as it is"),
        pytest.param("(a + 1) AS b", TABLE.replace("a INT", "a BIGINT"), id="an expression over it"),
        pytest.param("(odd-name + 1) AS b", TABLE.replace("`odd-name` INT", "`odd-name` BIGINT"), id="over a name that is no word"),
        pytest.param("a", TABLE.replace("a INT,", "a INT NOT NULL,"), id="a column that is never NULL"),
        pytest.param("a", TABLE.replace("INT) WITH", "INT, PRIMARY KEY (a) NOT ENFORCED) WITH"), id="a column of the primary key"),
    ],
)
def test_the_type_of_a_gathered_column_counts(select: str, source: str) -> None:
    same = plan(f"Calc(select=[{select}])", "Unheard(of=[a])")
    assert decided(same, same, definition(), definition(source)) is Decision.UNKNOWN


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(TABLE.replace("kafka", "other"), TABLE.replace("kafka", "other").replace("json", "csv"), id="an unknown connector"),
        pytest.param(TABLE, TABLE.replace("kafka", "upsert-kafka"), id="another connector"),
        pytest.param(TABLE, TABLE.replace("b:1", "c:1"), id="another address"),
        pytest.param(TABLE, TABLE.replace("'json'", "'debezium-json'"), id="a format of updates"),
        pytest.param(TABLE, TABLE.replace("'topic'", "'scan.bounded.mode' = 'latest-offset', 'topic'"), id="an option nobody knows"),
        pytest.param(TABLE, f"{TABLE} LIKE base", id="columns taken over from elsewhere"),
    ],
)
def test_a_source_keeps_its_offsets_only_under_changes_that_are_known(before: str, after: str) -> None:
    same = plan("Calc(select=[a])")
    assert decided(same, same, definition(before), definition(after)) is Decision.UNKNOWN


@pytest.mark.parametrize(
    ("setting", "decision"),
    [
        pytest.param("'timeout', _UTF-16LE'9 s'", Decision.KEEPS, id="the time-out"),
        pytest.param("'max-concurrent-operations', _UTF-16LE'5'", Decision.KEEPS, id="calls at once"),
        pytest.param(
            "'timeout':VARCHAR(25) CHARACTER SET \"UTF-16LE\", _UTF-16LE'9 s':VARCHAR(3) CHARACTER SET \"UTF-16LE\"",
            Decision.KEEPS,
            id="literals with their types",
        ),
        pytest.param("'output-mode', _UTF-16LE'ALLOW_UNORDERED'", Decision.UNKNOWN, id="the order"),
        pytest.param("'async', _UTF-16LE'false'", Decision.UNKNOWN, id="waiting for each call"),
        pytest.param("'timeout', _UTF-16LE'9 (s), x'", Decision.UNKNOWN, id="a value that is not understood"),
    ],
)
def test_a_call_of_a_model_keeps_its_rows_only_under_settings_that_are_known(setting: str, decision: Decision) -> None:
    def call(settings: str) -> Plan:
        model = "Model(MODEL default_catalog.default_database.m)"
        return plan(
            "Calc(select=[a])",
            f"MLPredictTableFunction(invocation=[ML_PREDICT(TABLE(#0), {model}, DESCRIPTOR(_UTF-16LE'a'), {settings})], rowType=[R])",
        )

    model = "CREATE MODEL m INPUT (a INT) OUTPUT (c STRING) WITH ('provider' = 'openai')"
    known = definition(TABLE, model)
    assert decided(call("DEFAULT()"), call(f"MAP(_UTF-16LE{setting})"), known, known) is decision


def test_a_table_that_stands_elsewhere_is_not_known() -> None:
    same = plan("Calc(select=[a])")
    empty = replace(definition(), closure=())
    assert decided(same, same, empty, empty) is Decision.UNKNOWN


def test_a_function_that_changes_is_not_known() -> None:
    same = plan("Calc(select=[a])")
    old, new = (definition(TABLE, f"CREATE FUNCTION shout AS 'example.{name}'") for name in ("Shout", "Cry"))
    assert decided(same, same, old, new) is Decision.UNKNOWN


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param({"connector": "datagen"}, "table t is read from where its connector datagen begins", id="no topic"),
        pytest.param({"connector": "kafka", "topic": "in"}, "topic in is read from where group (none) last committed", id="no group"),
        pytest.param(
            {"connector": "kafka", "topic": "in", "scan.startup.mode": "latest-offset"},
            "topic in is read from its end: records that arrive during the change are never read",
            id="from the end",
        ),
    ],
)
def test_a_source_without_state_begins_where_its_table_says(options: dict[str, str], words: str) -> None:
    assert start_without_state("t", options) == words
