"""What was expected of a table beside what came."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from flinksql.testing.cases import ExpectedRows
from flinksql.testing.changes import Change, as_debezium, came, final_rows, written_change
from flinksql.testing.comparison import compare, expectation
from flinksql.testing.tables import Column, Table

TABLE = Table(
    name="totals",
    columns=(
        Column(name="city", type="STRING"),
        Column(name="n", type="BIGINT"),
        Column(name="average", type="DOUBLE"),
        Column(name="seen_at", type="TIMESTAMP_LTZ(3)"),
        Column(name="payload", type="BYTES"),
        Column(name="tags", type="ARRAY<STRING>"),
    ),
    key=("city",),
)
Rows = Sequence[dict[str, Any]]


def differences(expected: Rows, rows: Rows, *, changelog: bool = False, **spec: Any) -> list[str]:  # noqa: ANN401
    read = expectation(ExpectedRows(rows=tuple(expected), **spec), expected, TABLE, changelog=changelog)
    return [one.message for one in compare(read, [written_change(one) for one in rows])]


A, B = {"city": "a", "n": 1}, {"city": "b", "n": 2}


@pytest.mark.parametrize(
    ("expected", "rows", "spec", "fits"),
    [
        pytest.param([A, B], [B, A], {}, True, id="any order"),
        pytest.param([A, B], [A], {}, False, id="one did not come"),
        pytest.param([A], [A, A], {}, False, id="one came twice"),
        pytest.param([A, A], [A, A], {}, True, id="equal rows are counted"),
        pytest.param([], [A], {}, False, id="none expected"),
        pytest.param([], [], {}, True, id="none came"),
        pytest.param([A, B], [B, A], {"match": "exact"}, False, id="exact, another order"),
        pytest.param([A, B], [A, B], {"match": "exact"}, True, id="exact"),
        pytest.param([A], [B, A], {"match": "subset"}, True, id="subset"),
        pytest.param([A], [B], {"match": "subset"}, False, id="subset without it"),
        pytest.param([{"city": "a"}], [A], {}, True, id="a column that no row names"),
        pytest.param([{"city": "a", "n": 9}], [A], {"ignore": ["n"]}, True, id="a column that does not matter"),
        pytest.param([{"city": "a", "n": 1}, {"city": "b"}], [A, B], {}, False, id="a column that one row leaves out is NULL"),
        pytest.param([{"average": 0.3}], [{"average": Decimal("0.30000000000000004")}], {}, False, id="a number nearly equal"),
        pytest.param([{"average": 0.3}], [{"average": Decimal("0.30000000000000004")}], {"approximate": 0.001}, True, id="approximate"),
        pytest.param([{"average": 1}, {"average": 1.5}], [{"average": 1.4}, {"average": 1.9}], {"approximate": 0.5}, True, id="pairing"),
        pytest.param([{"n": 1}], [{"n": True}], {}, False, id="true is no number"),
        pytest.param([{"city": {"a": [1]}}], [{"city": '{"a": [1]}'}], {}, True, id="JSON in a text"),
        pytest.param([{"payload": "ab"}], [{"payload": "YWI="}], {}, True, id="bytes of a text"),
        pytest.param([{"payload": {"$base64": "/w=="}}], [{"payload": "/w=="}], {}, True, id="bytes that are no text"),
        pytest.param([{"seen_at": "2026-01-01T01:00:00+01:00"}], [{"seen_at": "2026-01-01 00:00:00.000Z"}], {}, True, id="one moment"),
        pytest.param([{"seen_at": 10}], [{"seen_at": "2026-01-01T00:00:10Z"}], {}, True, id="seconds since the start"),
        pytest.param([{"tags": ["x", "y"]}], [{"tags": ["y", "x"]}], {}, False, id="order within an array"),
        pytest.param([{"city": {"$repeat": ["x", 3]}}], [{"city": "xxx"}], {}, True, id="a repeated text"),
        pytest.param([{"city": None}], [{"city": ""}], {}, False, id="NULL is no empty text"),
    ],
)
def test_rows_fit_or_not(expected: Rows, rows: Rows, spec: dict[str, Any], fits: bool) -> None:
    assert (differences(expected, rows, **spec) == []) is fits


CHANGES: Rows = [{"+I": A}, {"-D": A}, {"+I": {"city": "a", "n": 2}}, {"+I": B}, {"-D": B}]


@pytest.mark.parametrize(
    ("expected", "spec", "fits"),
    [
        pytest.param([{"city": "a", "n": 2}], {}, True, id="final state"),
        pytest.param([A], {}, False, id="a state before"),
        pytest.param(CHANGES, {"match": "changelog"}, True, id="changelog"),
        pytest.param([CHANGES[0], *CHANGES[2:]], {"match": "changelog"}, False, id="a change is missing"),
        pytest.param([*CHANGES[:1], CHANGES[2], CHANGES[1], *CHANGES[3:]], {"match": "changelog"}, False, id="another order"),
        pytest.param([A, {"city": "a", "n": 2}, B], {"match": "any order"}, True, id="all that was ever inserted"),
    ],
)
def test_changes_fit_or_not(expected: Rows, spec: dict[str, Any], fits: bool) -> None:
    assert (differences(expected, CHANGES, changelog=True, **spec) == []) is fits


def test_the_nearest_row_is_told_with_the_columns_that_differ() -> None:
    expected = [{"city": "a", "n": 1, "average": 2.0}, B]
    read = expectation(ExpectedRows(rows=tuple(expected)), expected, TABLE, changelog=False)
    [wrong] = compare(read, [Change(row={"city": "x", "n": 9}), Change(row={"city": "a", "n": 3, "average": 2.0}), Change(row=B)])[:1]
    assert wrong.index == 0
    assert wrong.columns == {"n": (1, 3)}
    assert wrong.came == {"city": "a", "n": 3, "average": 2.0}


def test_ten_thousand_rows_are_compared_at_once() -> None:
    rows = [{"city": f"c{index}", "n": index} for index in range(10_000)]
    assert differences(rows, rows[::-1]) == []
    assert len(differences(rows, rows[1:])) == 1


def test_a_column_that_is_none_is_known() -> None:
    read = expectation(ExpectedRows(rows=({"town": "a"},)), [{"town": "a"}], TABLE, changelog=False)
    assert read.unknown_columns() == [(0, "town")]


def test_what_debeziums_format_writes_is_read_back() -> None:
    lines = ['{"before":null,"after":{"city":"a","n":1.50},"op":"c"}', '{"before":{"city":"a","n":1.50},"after":null,"op":"d"}']
    assert [(one.kind, one.row["n"]) for one in came(lines, changelog=True)] == [("+I", Decimal("1.50")), ("-D", Decimal("1.50"))]


@pytest.mark.parametrize(
    ("changes", "operations"),
    [
        pytest.param([("+I", A), ("+I", {**A, "n": 2})], ["c", "u"], id="a known key is updated"),
        pytest.param([("+I", A), ("-U", A), ("+U", {**A, "n": 2})], ["c", "u"], id="written as an update"),
        pytest.param([("+I", A), ("-D", {"city": "a"})], ["c", "d"], id="a key alone deletes"),
        pytest.param([("+I", A), ("-D", A), ("+I", A)], ["c", "d", "c"], id="after a deletion it is new"),
    ],
)
def test_changes_are_written_as_a_source_reads_them(changes: list[tuple[str, dict[str, Any]]], operations: list[str]) -> None:
    lines = as_debezium([Change(kind=kind, row=row) for kind, row in changes], TABLE)
    assert [line.rsplit('"op": ', 1)[1] for line in lines] == [f'"{one}"}}' for one in operations]


def test_without_a_key_equal_rows_remain_as_often_as_they_came() -> None:
    keyless = Table(name="t", columns=TABLE.columns)
    changes = [Change(row=A), Change(row=A), Change(kind="-D", row=A)]
    assert final_rows(changes, keyless) == [A]
