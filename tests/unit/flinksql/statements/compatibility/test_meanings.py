"""What a column is, in the forms in which plans write it: metadata, correlations, texts with lengths, rows that a sink keeps."""

from dataclasses import replace
from typing import Any

import pytest

from flinksql.statements.compatibility import Decision, judge
from flinksql.statements.compatibility.compared_job import ComparedJob
from flinksql.statements.compatibility.compiled import Operator
from flinksql.statements.compatibility.operator_content import Column, content_of, expression_of
from flinksql.statements.compatibility.tables import closure_of
from tests.verdict.by_hand import FIRST, MODEL, SCAN, TABLE, calc, call, definition, operator, planned, row, scan, unheard, verdict


def with_metadata(name: str, key: str | None) -> dict[str, Any]:
    """Return a scan whose second column is metadata."""
    made = scan("a INT", f"{name} BIGINT")
    made["scanTableSource"]["table"]["resolvedTable"]["schema"]["columns"][1] |= {"kind": "METADATA", "metadataKey": key}
    return made


@pytest.mark.parametrize(
    ("before", "after", "decision"),
    [
        pytest.param(with_metadata("m", "offset"), with_metadata("n", "offset"), Decision.KEEPS, id="the same by another name"),
        pytest.param(with_metadata("offset", None), with_metadata("n", "offset"), Decision.KEEPS, id="the same by its own name"),
        pytest.param(with_metadata("m", "offset"), with_metadata("m", "partition"), Decision.UNKNOWN, id="other metadata by the same name"),
        pytest.param(with_metadata("offset", "offset"), scan("a INT", "offset BIGINT"), Decision.UNKNOWN, id="a field instead of metadata"),
    ],
)
def test_metadata_is_what_the_record_calls_it(before: dict[str, Any], after: dict[str, Any], decision: Decision) -> None:
    assert verdict([before, unheard()], [after, unheard()]).decision is decision


COLUMNS = (Column(meaning="m0", shape="s0", kind="k0"), Column(meaning="m1", shape="s1", kind="k1"))


def meant(name: str, names: tuple[str, ...]) -> object:
    return expression_of({"kind": "FIELD_ACCESS", "name": name, "expr": {"kind": "CORREL_VARIABLE"}}, COLUMNS, names=names)


def test_a_column_of_a_correlation_is_meant_by_its_name() -> None:
    assert meant("b", ("a", "b")) == {"column": "m1", "kind": "k1"}


@pytest.mark.parametrize("names", [pytest.param(("b", "b"), id="two of the name"), pytest.param(("a", "c"), id="none of the name")])
def test_a_name_that_says_nothing_stays_as_it_is(names: tuple[str, ...]) -> None:
    assert meant("b", names) == {"kind": "FIELD_ACCESS", "name": "b", "expr": {"kind": "CORREL_VARIABLE"}}


def words(text: str, kind: str) -> dict[str, Any]:
    return {"kind": "CALL", "type": kind, "operands": [{"kind": "LITERAL", "value": text, "type": f"CHAR({len(text)}) NOT NULL"}, FIRST]}


@pytest.mark.parametrize(
    ("other", "same"),
    [
        pytest.param(words("more words", "VARCHAR(30)"), True, id="longer words"),
        pytest.param(words("few", "VARCHAR(30) NOT NULL"), False, id="never NULL"),
        pytest.param(words("few", "INT"), False, id="another type"),
        pytest.param({**words("few", "VARCHAR(20)"), "operands": [words("few", "x")["operands"][0]]}, False, id="a column less"),
        pytest.param({**words("few", "VARCHAR(20)"), "internalName": "$UPPER$1"}, False, id="another function"),
    ],
)
def test_the_shape_of_a_text_is_free_of_its_words_alone(other: dict[str, Any], same: bool) -> None:
    shapes = [expression_of(each, COLUMNS, blank=True) for each in (words("few", "VARCHAR(20)"), other)]
    assert (shapes[0] == shapes[1]) is same
    assert expression_of(words("few", "VARCHAR(20)"), COLUMNS) != expression_of(other, COLUMNS)


@pytest.mark.parametrize(
    ("kind", "content", "free"),
    [
        pytest.param("group-aggregate", {}, True, id="an aggregate"),
        pytest.param("rank", {"rankStrategy": {"type": "AppendFast"}}, True, id="ranks of rows that are only added"),
        pytest.param("rank", {"rankStrategy": {"type": "Retract"}}, False, id="ranks of rows that are taken back"),
        pytest.param("rank", {}, False, id="ranks of no known sort"),
        pytest.param("deduplicate", {"isRowtime": True}, True, id="the newest row by the record's time"),
        pytest.param("deduplicate", {"isRowtime": False}, False, id="the newest row by the clock"),
        pytest.param("other", {"rankStrategy": {"type": "AppendFast"}}, False, id="another operator"),
    ],
)
def test_who_keeps_the_same_whether_or_not_it_takes_rows_back(kind: str, content: dict[str, Any], free: bool) -> None:
    made = Operator(number=1, kind=kind, version="1", description="X(..)", content={**content, "generateUpdateBefore": True})
    assert ("generateUpdateBefore" not in content_of(made, (), (), referring=False)) is free


def test_what_comes_after_an_operator_does_not_hold_itself_nor_what_is_before() -> None:
    job = planned(definition(), SCAN, calc(FIRST, output=row("a INT")), unheard())
    side = ComparedJob(job.plan, job.compiled, closure_of(job.definition))
    assert [node.kind for node in side.after(side.plan.nodes[1])] == ["Unheard", "Writer"]


@pytest.mark.parametrize(
    "options",
    [
        pytest.param("'key.fields' = 'a', 'key.format' = 'raw'", id="a column from the key"),
        pytest.param("'value.fields-include' = 'EXCEPT_KEY'", id="columns of the value"),
    ],
)
def test_rows_that_wait_were_read_from_where_the_source_read_them(options: str) -> None:
    old, new = definition(TABLE, MODEL), definition(TABLE.replace("'topic'", f"{options}, 'topic'"), MODEL)
    found = verdict([SCAN, call()], [SCAN, call()], old, new)
    assert found.decision is Decision.UNKNOWN
    assert "its source reads the columns from elsewhere, and the pending rows were read as before" in str(found)


def test_how_a_source_parses_text_is_nothing_to_rows_that_wait() -> None:
    old, new = definition(TABLE, MODEL), definition(TABLE.replace("'topic'", "'json.ignore-parse-errors' = 'true', 'topic'"), MODEL)
    assert verdict([SCAN, call()], [SCAN, call()], old, new).keeps


def test_a_job_that_is_what_its_definition_plans_to_is_judged_by_the_plan() -> None:
    job = planned(definition(), SCAN, unheard())
    side = ComparedJob(job.plan, job.compiled, closure_of(job.definition))
    assert judge(job, job, tuple(side.by_id)).keeps
    assert judge(job, job, (*side.by_id, "0" * 32)).decision is Decision.UNKNOWN


def test_a_format_that_goes_is_as_plain_as_none() -> None:
    old = definition(TABLE.replace("'format'", "'key.format' = 'json', 'format'"))
    passing = [SCAN, calc(FIRST, output=row("a INT"))]
    assert verdict(passing, passing, old, definition()).keeps
    assert verdict(passing, passing, definition(), old).keeps


def test_a_function_that_changes_is_named() -> None:
    same = [SCAN, calc(FIRST, output=row("a INT"))]
    old, new = (definition(TABLE, f"CREATE FUNCTION shout AS 'example.{name}'") for name in ("Shout", "Cry"))
    found = verdict(same, same, old, new)
    assert str(found) == "unknown: the definition of function shout changes"
    assert found.findings[0].decision is Decision.UNKNOWN
    unused = replace(old, closure=old.closure[:-1])
    assert verdict(same, same, unused, old).keeps, "a function that is new was in no job"


def materialiser(table: str = "a INT", **content: object) -> dict[str, Any]:
    """Return the sink with which a materializer goes."""
    schema = {"columns": [{"name": "a", "dataType": table}], "primaryKey": {"columns": ["a"]}}
    spec = {"table": {"identifier": "`d`.`d`.`snk`", "resolvedTable": {"schema": schema}}}
    basis: dict[str, object] = {"inputChangelogMode": ["INSERT"], "inputUpsertKey": [0], "requireUpsertMaterialize": True, "state": []}
    return operator("sink", "Sink(..)", row("a INT"), dynamicTableSink=spec, **{**basis, **content})


@pytest.mark.parametrize(
    ("after", "kept"),
    [
        pytest.param(materialiser(), True, id="nothing"),
        pytest.param(materialiser("b INT"), False, id="another column of the table"),
        pytest.param(materialiser(inputChangelogMode=["INSERT", "DELETE"]), False, id="rows that are taken back"),
        pytest.param(materialiser(inputUpsertKey=[1]), False, id="another key of the rows"),
        pytest.param(materialiser(configuration={"x": "y"}), False, id="a setting"),
        pytest.param(materialiser(state=[{"ttl": "1 d"}]), False, id="a time to live"),
    ],
)
def test_the_rows_that_a_sink_keeps_are_whole_rows_of_its_table(after: dict[str, Any], kept: bool) -> None:
    old, new = (planned(definition(), SCAN, unheard(), sink=sink, materialised=True) for sink in (materialiser(), after))
    found = judge(old, new)
    assert found.keeps is kept
    assert kept or "the columns or the key of its table change, and with them the rows in its state" in str(found)
