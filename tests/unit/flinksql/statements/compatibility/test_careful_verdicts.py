"""What is not positively recognised never keeps state: operators of any sort, tables of any connector, plans of any shape."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinksql.statements.compatibility import Decision, judge
from tests.verdict.by_hand import FIRST, SCAN, TABLE, WITH, calc, definition, operator, planned, row, scan, unheard, verdict

WORDS = st.text("abcXYZ019$_ ", min_size=1, max_size=12).filter(lambda text: text.strip() == text)


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
