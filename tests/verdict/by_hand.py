"""Plans made by hand: a chain of operators, known or not, between a source and a sink."""

import json
from typing import Any

from flinksql.statement import Definition, Kind, Statement
from flinksql.statements.compatibility import Planned, Verdict, judge, read_compiled, read_plan
from flinksql.statements.compatibility.plan import SECTION

WITH = "WITH ('connector' = 'kafka', 'topic' = 't', 'properties.bootstrap.servers' = 'b:1', 'format' = 'json')"


TABLE = f"CREATE TABLE src (a INT, b INT) {WITH}"


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


def planned(of: Definition, *operators: dict[str, Any], sink: dict[str, Any] | None = None, materialised: bool = False) -> Planned:
    """Return both plans of these operators one after another, a sink's writer at the end; before it a materializer, if there is one."""
    every = [*operators, sink or SINK]
    last = len(every)
    contents = [f"[{number}]:{content['description']}" for number, content in enumerate(operators, 1)]
    contents += [*([f"[{last}]:SinkMaterializer(..)"] if materialised else []), f"snk[{last}]: Writer"]
    nodes = [
        {
            "id": number,
            "contents": text,
            "parallelism": 1,
            "predecessors": [{"id": number - 1, "ship_strategy": "FORWARD"}] if number > 1 else [],
        }
        for number, text in enumerate(contents, 1)
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
