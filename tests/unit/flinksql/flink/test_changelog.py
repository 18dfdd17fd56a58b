"""What remains of a result that is a changelog, and when it is sure that nothing is taken back."""

import pytest

from flinksql.flink.changelog import is_append_only, remaining
from flinksql.flink.gateway import StatementResult


def rows(*changes: tuple[str, object]) -> list[object]:
    kinds = {"+I": "INSERT", "-U": "UPDATE_BEFORE", "+U": "UPDATE_AFTER", "-D": "DELETE"}
    result = StatementResult(columns=("n",), rows=tuple((value,) for _, value in changes), kinds=tuple(kinds[kind] for kind, _ in changes))
    return [one["n"] for one in remaining(result)]


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        pytest.param([("+I", 1), ("+I", 1)], [1, 1], id="two that are equal"),
        pytest.param([("+I", 1), ("-U", 1), ("+U", 2)], [2], id="an update"),
        pytest.param([("+I", 1), ("+I", 1), ("-D", 1)], [1], id="one of two deleted"),
        pytest.param([("+I", 1), ("-D", 1), ("+I", 1)], [1], id="deleted and back"),
        pytest.param([("+I", 2), ("+I", 1), ("-D", 2)], [1], id="the other one"),
        pytest.param([("+I", {"a": [1]}), ("-D", {"a": [1]})], [], id="a row in a row"),
    ],
)
def test_what_remains(changes: list[tuple[str, object]], left: list[object]) -> None:
    assert rows(*changes) == left


def plan(first: str) -> list[list[object]]:
    return [[f"== Abstract Syntax Tree ==\nx, changelogMode=[I]\n\n== Optimized Physical Plan ==\n{first}\n+- Scan(changelogMode=[I])\n"]]


@pytest.mark.parametrize(
    ("explained", "append_only"),
    [
        pytest.param(plan("Calc(select=[a], changelogMode=[I])"), True, id="rows only come"),
        pytest.param(plan("GroupAggregate(groupBy=[a], changelogMode=[I,UA])"), False, id="rows are replaced"),
        pytest.param([["something else"]], False, id="not understood"),
        pytest.param([], False, id="nothing"),
    ],
)
def test_only_a_plan_that_says_so_is_append_only(explained: list[list[object]], append_only: bool) -> None:
    assert is_append_only(explained) is append_only
