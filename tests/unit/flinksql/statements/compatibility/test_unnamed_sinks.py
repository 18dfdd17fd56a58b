"""Sinks whose parts stand in the execution plan without a name: those that hold rows back."""

import json
from typing import Any

import pytest

from flinksql.statements.compatibility.compiled import Compiled, matched, read_compiled, with_all_named
from flinksql.statements.compatibility.plan import SECTION, Plan, PlanError, read_plan
from tests.verdict.by_hand import SCAN, operator, row


def sink(identifier: str | None = "`c`.`d`.`s``k`") -> dict[str, Any]:
    table: dict[str, Any] = {"resolvedTable": {"schema": {"columns": []}}} | ({"identifier": identifier} if identifier else {})
    return operator("sink", "Sink(..)", row("a INT"), dynamicTableSink={"table": table})


def plans(*contents: str, sinks: int = 1, identifier: str | None = "`c`.`d`.`s``k`") -> tuple[Plan, Compiled]:
    every = [f"[1]:{SCAN['description']}", *contents]
    nodes = [
        {"id": one, "contents": text, "parallelism": 1, "predecessors": [{"id": one - 1, "ship_strategy": "FORWARD"}] if one > 1 else []}
        for one, text in enumerate(every, 1)
    ]
    compiled = [{"id": 1, **SCAN}, *({"id": one, **sink(identifier)} for one in range(2, 2 + sinks))]
    edges = [{"source": 1, "target": one} for one in range(2, 2 + sinks)]
    return read_plan(SECTION + json.dumps({"nodes": nodes})), read_compiled(json.dumps({"nodes": compiled, "edges": edges}))


@pytest.mark.parametrize(
    "contents",
    [
        pytest.param(("Sink: Writer",), id="a writer"),
        pytest.param(("Sink: Writer", "Sink: Committer"), id="and a committer"),
        pytest.param(("[2]:ConstraintEnforcer[NotNullEnforcer(fields=[a])]", "Sink: Writer"), id="after a part with a name"),
    ],
)
def test_the_only_sink_of_a_job_is_the_one(contents: tuple[str, ...]) -> None:
    plan, compiled = plans(*contents)
    named = with_all_named(plan, compiled)
    assert [node.table for node in named.nodes if node.kind in {"Writer", "Committer"}] == ["s`k"] * sum(
        "Sink:" in each for each in contents
    )
    assert [operator.kind for operator in matched(named, compiled).values()] == ["table-source-scan", *["sink"] * len(contents)]


def test_a_plan_that_names_its_sinks_stays_as_it_is() -> None:
    plan, compiled = plans("x[2]: Writer", sinks=2)
    assert with_all_named(plan, compiled) is plan


@pytest.mark.parametrize(
    ("sinks", "identifier"),
    [pytest.param(2, "`c`.`d`.`s`", id="two sinks"), pytest.param(0, "", id="no sink"), pytest.param(1, None, id="a sink without a table")],
)
def test_where_several_could_be_meant_nothing_is_known(sinks: int, identifier: str | None) -> None:
    plan, compiled = plans("Sink: Writer", sinks=sinks, identifier=identifier)
    with pytest.raises(PlanError):
        with_all_named(plan, compiled)
