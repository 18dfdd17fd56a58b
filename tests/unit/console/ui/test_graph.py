"""What a deployed statement reads and writes."""

import pytest

from console.ui.graph import Links, Node, NodeKind, links_of, pipeline_graph
from console.ui.layout import layout
from flinksql.statement import Definition, Kind, Statement
from tests.support.ui import MODEL_SQL, job, table


def catalog(name: str, text: str) -> Statement:
    return Statement(name=name, kind=Kind.CATALOG_OBJECT, text=text, file=f"sql/x/{name}.sql")


def definition(text: str, *closure: Statement, parameters: dict[str, str] | None = None) -> Definition:
    statement = Statement(name="work", kind=Kind.JOB, text=text, file="sql/x/work.sql")
    return Definition(statement=statement, closure=closure, job_name="flink-reviews/local/work", parameters=parameters or {})


def topic(name: str, table_name: str = "") -> Node:
    return Node(kind=NodeKind.TOPIC, name=name, label=table_name or name)


ORDERS, OUT = table("orders"), table("out")
VIEW = catalog("large", "CREATE VIEW large AS SELECT * FROM orders WHERE amount > 100")
VIEW_OF_VIEW = catalog("larger", "CREATE VIEW larger AS SELECT * FROM large")
PREFIXED = catalog("raw", "CREATE TABLE raw (a STRING) WITH ('connector' = 'kafka', 'topic' = '${topic_prefix}raw', 'format' = 'raw')")
TWO = catalog("two", "CREATE TABLE two (id STRING, amount INT) WITH ('connector' = 'kafka', 'topic' = 'x;y', 'format' = 'json')")
GENERATED = catalog("made", "CREATE TABLE made (id STRING, amount INT) WITH ('connector' = 'datagen')")
LIKE = catalog("copy", "CREATE TABLE copy WITH ('topic' = 'copied') LIKE orders")
SUMMARISER = catalog("summariser", MODEL_SQL)


@pytest.mark.parametrize(
    ("found", "reads", "writes"),
    [
        pytest.param(job("work", "orders", "out"), [topic("orders")], [topic("out")], id="topic to topic"),
        pytest.param(
            definition("INSERT INTO out SELECT * FROM larger", ORDERS, VIEW, VIEW_OF_VIEW, OUT),
            [topic("orders")],
            [topic("out")],
            id="through views",
        ),
        pytest.param(
            definition("INSERT INTO out SELECT a, 1 FROM raw", PREFIXED, OUT, parameters={"topic_prefix": "dev-"}),
            [topic("dev-raw", "raw")],
            [topic("out")],
            id="a prefix is filled in",
        ),
        pytest.param(
            definition("INSERT INTO out SELECT * FROM two", TWO, OUT),
            [topic("x", "two"), topic("y", "two")],
            [topic("out")],
            id="two topics",
        ),
        pytest.param(
            definition("INSERT INTO out SELECT * FROM orders /*+ OPTIONS('topic' = 'other') */", ORDERS, OUT),
            [topic("other", "orders")],
            [topic("out")],
            id="a hint counts",
        ),
        pytest.param(
            definition("INSERT INTO copy SELECT * FROM orders", ORDERS, LIKE),
            [topic("orders")],
            [topic("copied", "copy")],
            id="a table like another",
        ),
        pytest.param(
            definition("INSERT INTO out SELECT * FROM made", GENERATED, OUT),
            [Node(kind=NodeKind.TABLE, name="made", label="datagen")],
            [topic("out")],
            id="a table without a topic",
        ),
        pytest.param(
            definition("INSERT INTO out SELECT * FROM shop.sales.orders", OUT),
            [Node(kind=NodeKind.TABLE, name="shop.sales.orders", label="external catalog")],
            [topic("out")],
            id="another catalog",
        ),
        pytest.param(
            definition(
                "INSERT INTO out SELECT id, 1 FROM ML_PREDICT(TABLE orders, MODEL summariser, DESCRIPTOR(id))", ORDERS, SUMMARISER, OUT
            ),
            [topic("orders"), Node(kind=NodeKind.MODEL, name="summariser")],
            [topic("out")],
            id="a model",
        ),
        pytest.param(
            definition(
                "EXECUTE STATEMENT SET BEGIN INSERT INTO out SELECT * FROM orders; INSERT INTO two SELECT * FROM orders; END;",
                ORDERS,
                OUT,
                TWO,
            ),
            [topic("orders")],
            [topic("out"), topic("x", "two"), topic("y", "two")],
            id="two inserts",
        ),
    ],
)
def test_what_a_statement_reads_and_writes(found: Definition, reads: list[Node], writes: list[Node]) -> None:
    links = links_of(found)
    assert links.problem == ""
    assert set(links.reads) == set(reads)
    assert list(links.writes) == writes


def test_sql_that_cannot_be_read_is_a_problem_and_no_failure() -> None:
    links = links_of(definition("INSERT INTO ${nothing} SELECT 1 FROM orders", ORDERS))
    assert (links.reads, links.writes) == ((), ())
    assert "nothing" in links.problem


def test_the_links_of_all_jobs_make_one_graph() -> None:
    orders, out, end = topic("orders"), topic("out"), topic("end")
    graph = pipeline_graph({"b": Links(reads=(out,), writes=(end,)), "a": Links(reads=(orders,), writes=(out,)), "c": Links(problem="?")})
    assert [node.id for node in graph.nodes] == ["topic:orders", "statement:a", "topic:out", "statement:b", "topic:end", "statement:c"]
    assert set(graph.edges) == {
        ("topic:orders", "statement:a"),
        ("statement:a", "topic:out"),
        ("topic:out", "statement:b"),
        ("statement:b", "topic:end"),
    }


def test_a_statement_that_writes_into_its_own_source_is_drawn_behind_it() -> None:
    orders, out = topic("orders"), topic("out")
    graph = pipeline_graph({"a": Links(reads=(orders,), writes=(orders, out))})
    places = layout([node.id for node in graph.nodes], graph.edges)
    assert {name: place.layer for name, place in places.items()} == {"topic:orders": 0, "statement:a": 1, "topic:out": 2}
