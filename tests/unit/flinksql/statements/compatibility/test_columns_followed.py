"""How columns, hints and closures are followed to what they are: each test fails for a mutant that gave another answer."""

import json
from dataclasses import replace
from typing import Any

import pytest

from flinksql.statement import Kind, Statement
from flinksql.statements.compatibility import Decision, Planned, judge, read_compiled
from flinksql.statements.compatibility.column_lineage import ColumnLineage
from flinksql.statements.compatibility.compared_job import ComparedJob
from flinksql.statements.compatibility.compiled import Operator
from flinksql.statements.compatibility.operator_content import content_of
from flinksql.statements.compatibility.scans import Decoding
from flinksql.statements.compatibility.tables import closure_of
from tests.verdict.by_hand import FIRST, MODEL, SCAN, TABLE, calc, call, definition, operator, planned, row, scan, unheard, verdict

SECOND = {"kind": "INPUT_REF", "inputIndex": 1, "type": "INT"}


def lineage(nodes: list[dict[str, Any]], edges: list[tuple[int, int]]) -> ColumnLineage:
    numbered = [{"id": number, **content} for number, content in enumerate(nodes, 1)]
    text = json.dumps({"nodes": numbered, "edges": [{"source": source, "target": target} for source, target in edges]})
    return ColumnLineage(
        compiled=read_compiled(text), source=lambda _: "the topic", decoding=lambda _: Decoding.BY_NAME, definitions=lambda _: None
    )


@pytest.mark.parametrize("kind", ["join", "interval-join", "temporal-join", "window-join"])
def test_each_column_of_a_join_is_itself(kind: str) -> None:
    joined = operator(kind, "Join(..)", row("a INT", "b INT", "a0 INT", "b0 INT"))
    found = lineage([SCAN, SCAN, joined], [(1, 3), (2, 3)])
    assert len({column.meaning for column in found.columns(found.compiled.operators[3])}) == 4


def test_what_is_gathered_behind_a_join_is_the_column_of_its_side() -> None:
    joined = operator("join", "Join(..)", row("a INT", "b INT", "a0 INT", "b0 INT"))
    sums = [calc({"kind": "INPUT_REF", "inputIndex": index, "type": "INT"}, output=row("x INT")) for index in range(4)]
    made = [lineage([SCAN, SCAN, joined, one], [(1, 3), (2, 3), (3, 4)]) for one in sums]
    assert len({each.columns(each.compiled.operators[4])[0].meaning for each in made}) == 4


def asked(first: object, second: object, index: int) -> object:
    made = lineage([SCAN, calc(first, second, output=row("a INT", "b INT")), call(asked=index)], [(1, 2), (2, 3)])
    return made.content(made.compiled.operators[3])


def test_a_model_is_asked_about_a_column_not_about_its_number() -> None:
    assert asked(FIRST, SECOND, 0) == asked(SECOND, FIRST, 1)
    assert asked(FIRST, SECOND, 0) != asked(SECOND, FIRST, 0)


def over_hash(job: Planned) -> Planned:
    """Return a job whose first operator hands its rows on by key, which changes the id of that operator."""
    nodes = list(job.plan.nodes)
    nodes[1] = replace(nodes[1], inputs=tuple(replace(each, ship_strategy="HASH") for each in nodes[1].inputs))
    return replace(job, plan=replace(job.plan, nodes=tuple(nodes)))


def test_a_source_that_is_read_in_another_place_loses_its_offsets() -> None:
    job = planned(definition(), SCAN, calc(FIRST, output=row("a INT")))
    found = judge(job, over_hash(job))
    lost = [each for each in found.findings if each.operator.startswith("source ")]
    assert [each.decision for each in lost] == [Decision.RESETS]
    assert "so its offsets are lost" in str(found)


def hinted(hint: str) -> dict[str, Any]:
    made = scan("a INT", "b INT")
    return {**made, "description": f"{made['description'][:-1]}, hints={hint})"}


@pytest.mark.parametrize("side", [pytest.param(0, id="before"), pytest.param(1, id="after")])
def test_a_hint_that_is_not_understood_on_either_side_is_not_known(side: int) -> None:
    jobs = [[SCAN], [SCAN]]
    jobs[side] = [hinted("[[[UNHEARD of]]]")]
    found = verdict(
        jobs[0], jobs[1], definition(), definition(TABLE.replace("'format'", "'json.fail-on-missing-field' = 'true', 'format'"))
    )
    assert found.decision is Decision.UNKNOWN
    assert "a hint of it is not understood" in str(found)


def test_a_hint_decides_from_where_rows_that_wait_were_read() -> None:
    known = definition(TABLE, MODEL)
    hint = "[[[OPTIONS options:{value.fields-include=EXCEPT_KEY}]]]"
    found = verdict([SCAN, call()], [hinted(hint), call()], known, known)
    assert found.decision is Decision.UNKNOWN
    assert "its source reads the columns from elsewhere" in str(found)


def test_what_stands_after_a_view_is_in_the_closure_too() -> None:
    of = definition(TABLE, MODEL)
    view = Statement(name="view", kind=Kind.CATALOG_OBJECT, text="CREATE VIEW v AS SELECT a FROM src", file="view.sql")
    closure = closure_of(replace(of, closure=(view, *of.closure)))
    assert (set(closure.tables), set(closure.models)) == ({"src", "snk"}, {"m"})


@pytest.mark.parametrize("kind", ["global-group-aggregate", "global-window-aggregate"])
def test_the_second_of_two_phases_is_free_of_numbers_of_columns(kind: str) -> None:
    calls = [{"name": f"n{number}", "argList": [number], "filterArg": number, "internalName": "$SUM$1"} for number in (0, 3)]
    made = [Operator(number=1, kind=kind, version="1", description="X(..)", content={"aggCalls": [each]}) for each in calls]
    first, second = (content_of(each, (), (), referring=False) for each in made)
    assert first == second == {"aggCalls": [{"internalName": "$SUM$1"}]}


@pytest.mark.parametrize("where", ["INTO", "OVERWRITE"])
def test_options_of_a_sink_by_hint_are_not_known_though_a_source_shows_the_same(where: str) -> None:
    hint = "/*+ OPTIONS('scan.startup.mode' = 'latest-offset') */"
    seen = [hinted("[[[OPTIONS options:{scan.startup.mode=latest-offset}]]]")]
    form = "INSERT {} snk {} SELECT a FROM src"
    texts = (form.format(where, each) for each in ("", hint))
    old, new = (replace(definition(), statement=replace(definition().statement, text=text)) for text in texts)
    assert verdict(seen, seen, old, new).decision is Decision.UNKNOWN


def watermarked(index: int) -> dict[str, Any]:
    """Return a scan whose watermark is one of two columns."""
    produced = row("a INT", "t TIMESTAMP(3)", "u TIMESTAMP(3)")
    ability = {
        "type": "WatermarkPushDown",
        "watermarkExpr": {"kind": "INPUT_REF", "inputIndex": index, "type": "TIMESTAMP(3)"},
        "producedType": produced,
    }
    made = scan("a INT", "t TIMESTAMP(3)", "u TIMESTAMP(3)")
    return {**made, "scanTableSource": {**made["scanTableSource"], "abilities": [ability]}}


def test_the_column_of_a_watermark_decides_what_is_gathered() -> None:
    behind = unheard(output=row("a INT", "t TIMESTAMP(3)", "u TIMESTAMP(3)"))
    assert verdict([watermarked(1), behind], [watermarked(1), behind]).keeps
    assert verdict([watermarked(1), behind], [watermarked(2), behind]).decision is Decision.UNKNOWN


def test_what_an_aggregate_puts_out_is_free_of_columns_that_it_does_not_refer_to() -> None:
    sums = [{"name": "x", "argList": [0], "internalName": "$SUM$1"}]
    found = []
    for columns in (("a INT", "b INT"), ("a INT", "c STRING")):
        aggregate = operator("group-aggregate", "GroupAggregate(..)", row("x INT"), grouping=[], aggCalls=sums)
        made = lineage([scan(*columns), aggregate], [(1, 2)])
        found.append(made.columns(made.compiled.operators[2])[0].meaning)
    assert found[0] == found[1]


def test_two_tables_of_one_pattern_of_topics_are_one_source() -> None:
    pattern = TABLE.replace("'topic' = 't'", "'topic-pattern' = 't.*'")
    jobs = [planned(definition(text), SCAN) for text in (pattern, pattern.replace("b INT", "b INT, c INT"))]
    sides = [ComparedJob(job.plan, job.compiled, closure_of(job.definition)) for job in jobs]
    assert len({side.read_by(side.plan.nodes[0]) for side in sides}) == 1
