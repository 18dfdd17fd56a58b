"""Reading plans, and descriptions of operators, whatever stands in them."""

import pytest

from flinksql.statements.compatibility.accumulated_state import parts_of, split
from flinksql.statements.compatibility.plan import SECTION, PlanError, read_plan


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("== Optimized Execution Plan ==\nSink()", id="without the section"),
        pytest.param(f"{SECTION}\nnot JSON", id="no JSON"),
        pytest.param(f"{SECTION}\n[]", id="another shape"),
        pytest.param(f'{SECTION}\n{{"nodes": []}}', id="no operators"),
        pytest.param(f'{SECTION}\n{{"nodes": [{{"id": 1, "contents": "Sink: x", "parallelism": 1}}]}}', id="an unknown operator"),
        pytest.param(
            f'{SECTION}\n{{"nodes": [{{"id": 1, "contents": "[1]:Calc(select=[a])", "parallelism": 1, '
            '"predecessors": [{"id": 7, "ship_strategy": "FORWARD"}]}]}',
            id="an input from nowhere",
        ),
    ],
)
def test_what_is_no_plan_is_not_read_as_one(text: str) -> None:
    with pytest.raises(PlanError):
        read_plan(text)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        pytest.param("a, b", ["a", "b"], id="plain"),
        pytest.param("f(a, b), [c, d], ROW<e, f>", ["f(a, b)", "[c, d]", "ROW<e, f>"], id="brackets"),
        pytest.param("a, ', (', b", ["a", "', ('", "b"], id="quotes"),
        pytest.param("a, 'it''s, so', b", ["a", "'it''s, so'", "b"], id="doubled quotes"),
        pytest.param("start('w$), end('w$)", ["start('w$)", "end('w$)"], id="the name of a window"),
        pytest.param("(a < b), (c > d), e <> f", ["(a < b)", "(c > d)", "e <> f"], id="comparisons"),
        pytest.param(">(a, 3), <(b, 4)", [">(a, 3)", "<(b, 4)"], id="comparisons before their operands"),
    ],
)
def test_commas_within_brackets_and_quotes_do_not_split(text: str, pieces: list[str]) -> None:
    assert split(text) == pieces


def test_a_description_is_read_as_its_parts() -> None:
    found = parts_of("GroupAggregate(groupBy=[k], select=[k, SUM(v) AS EXPR$1])")
    assert found == {"groupBy": "[k]", "select": "[k, SUM(v) AS EXPR$1]"}
