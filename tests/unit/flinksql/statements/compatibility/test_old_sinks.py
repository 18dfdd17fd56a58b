"""Sinks in one operator, as `print` and `blackhole` have them: known to keep nothing, unlike those of connectors that nobody knows."""

import json
from dataclasses import replace

import pytest

from flinksql.statement import Definition
from flinksql.statements.compatibility import Decision, Planned, judge, read_compiled, read_plan
from flinksql.statements.compatibility.plan import SECTION
from tests.verdict.by_hand import FIRST, SCAN, SINK_TABLE, calc, definition, operator, row

SINK = operator("sink", "Sink(table=[default_catalog.default_database.snk], fields=[a])", row("a INT"), dynamicTableSink=SINK_TABLE)
SECOND = {"kind": "INPUT_REF", "inputIndex": 1, "type": "INT"}


def planned(connector: str, expression: object) -> Planned:
    operators = [SCAN, calc(expression, output=row("a INT")), SINK]
    nodes = [
        {
            "id": number,
            "contents": f"[{number}]:{one['description']}",
            "parallelism": 1,
            "predecessors": [{"id": number - 1, "ship_strategy": "FORWARD"}] if number > 1 else [],
        }
        for number, one in enumerate(operators, 1)
    ]
    compiled = {
        "nodes": [{"id": number, **one} for number, one in enumerate(operators, 1)],
        "edges": [{"source": 1, "target": 2}, {"source": 2, "target": 3}],
    }
    plan = read_plan(SECTION + json.dumps({"nodes": nodes}))
    return Planned(definition=written_to(connector), plan=plan, compiled=read_compiled(json.dumps(compiled)))


def written_to(connector: str) -> Definition:
    of = definition()
    text = f"CREATE TABLE snk (a INT) WITH ('connector' = '{connector}')"
    return replace(of, closure=tuple(replace(one, text=text) if one.name == "snk" else one for one in of.closure))


@pytest.mark.parametrize(
    ("connector", "decision"),
    [
        pytest.param("print", Decision.KEEPS, id="print"),
        pytest.param("blackhole", Decision.KEEPS, id="blackhole"),
        pytest.param("other", Decision.UNKNOWN, id="a connector that nobody knows"),
    ],
)
def test_other_columns_into_a_sink_lose_state_only_where_it_may_have_some(connector: str, decision: Decision) -> None:
    assert judge(planned(connector, FIRST), planned(connector, SECOND)).decision is decision
