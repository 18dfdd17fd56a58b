"""Operators whose state looks alike: each keeps its own as long as no part of another one's branch has come to it."""

from dataclasses import dataclass, replace
from typing import cast

import pytest

from flinksql.statements.compatibility.compared_job import ML_PREDICT, ComparedJob
from flinksql.statements.compatibility.operators import swapped_findings
from flinksql.statements.compatibility.plan import SOURCE, WRITER, Node
from flinksql.statements.compatibility.values import Decision, Restore


@dataclass(frozen=True)
class Branch:
    """An operator with state and what comes after it, as far as it is looked at."""

    node: Node
    topic: str = "t"
    decided: str = "all"
    after: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Sides:
    """A side of branches alone; the id of each operator is its place unless another is given."""

    branches: tuple[Branch, ...]
    ids_from: int = 0

    @property
    def plan(self) -> "Sides":
        return self

    @property
    def nodes(self) -> tuple[Node, ...]:
        return tuple(branch.node for branch in self.branches)

    @property
    def ids(self) -> dict[int, str]:
        return {node.number: str(number) for number, node in enumerate(self.nodes, self.ids_from)}

    @property
    def by_id(self) -> dict[str, Node]:
        return {self.ids[node.number]: node for node in self.nodes}

    def read_by(self, node: Node) -> str:
        return self.branches[node.number].topic

    def decisions(self, node: Node) -> str:
        return self.branches[node.number].decided

    def after(self, node: Node) -> list[Node]:
        return list(self.branches[node.number].after)


def node(kind: str, table: str = "", description: str = "") -> Node:
    return Node(number=0, planner_number=0, kind=kind, table=table, description=description, parallelism=1)


def side(*branches: Branch, ids_from: int = 0) -> Sides:
    numbered = tuple(replace(branch, node=replace(branch.node, number=number)) for number, branch in enumerate(branches))
    return Sides(numbered, ids_from)


def reading(table: str, *after: Node, topic: str = "t", description: str = "Scan(..)") -> Branch:
    return Branch(node(SOURCE, table, description), topic=topic, after=after)


def calling(decided: str, *after: Node) -> Branch:
    return Branch(node(ML_PREDICT, description="MLPredict(..)"), decided=decided, after=after)


CALC, OTHER_CALC, NEW_CALC = (node("Calc", description=f"Calc({text})") for text in ("one", "two", "new"))
SINK, OTHER_SINK = node(WRITER, "a"), node(WRITER, "b")


def found(before: Sides, after: Sides) -> list[str]:
    findings = list(swapped_findings(cast("ComparedJob", before), cast("ComparedJob", after)))
    assert all((each.decision, each.restore) == (Decision.UNKNOWN, Restore.NONE) for each in findings)
    return [each.operator for each in findings]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(reading("x"), reading("y"), id="tables of one topic"),
        pytest.param(reading("x", description="Scan(1)"), reading("x", description="Scan(2)"), id="scans of one table"),
        pytest.param(reading("x", CALC), reading("x", OTHER_CALC), id="what comes after scans"),
        pytest.param(reading("x", SINK), reading("x", OTHER_SINK), id="where scans flow to"),
        pytest.param(calling("even"), calling("odd"), id="the rows that reach calls"),
        pytest.param(calling("all", CALC), calling("all", OTHER_CALC), id="what comes after calls"),
        pytest.param(calling("all", SINK), calling("all", OTHER_SINK), id="where answers go"),
    ],
)
def test_two_that_change_places_are_found(one: Branch, other: Branch) -> None:
    assert len(found(side(one, other), side(other, one))) == 2
    assert found(side(one, other), side(one, other)) == []


def test_one_that_takes_over_a_part_of_another_is_named() -> None:
    assert found(side(reading("x", SINK), reading("y", OTHER_SINK)), side(reading("x", OTHER_SINK), reading("y", OTHER_SINK))) == [
        "source x"
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(side(calling("even")), side(calling("odd")), id="one call alone"),
        pytest.param(side(reading("x", CALC)), side(reading("y", OTHER_CALC)), id="one reader alone"),
        pytest.param(side(reading("x"), reading("y", topic="u")), side(reading("y", topic="u"), reading("x")), id="readers of two topics"),
        pytest.param(
            side(calling("all", CALC), calling("all", SINK)), side(calling("all", NEW_CALC), calling("all", SINK)), id="something new"
        ),
        pytest.param(side(calling("even"), calling("odd")), side(calling("odd"), calling("even"), ids_from=7), id="operators of other ids"),
        pytest.param(side(calling("even"), calling("odd")), side(calling("even")), id="one call less"),
        pytest.param(side(calling("even"), calling("odd")), side(reading("x"), calling("odd")), id="another operator in the place"),
        pytest.param(
            side(calling("a", SINK, CALC), calling("b", SINK, CALC)),
            side(calling("c", SINK, CALC), calling("d", SINK, CALC)),
            id="all calls edited",
        ),
    ],
)
def test_everything_else_is_left_to_the_other_rules(before: Sides, after: Sides) -> None:
    assert found(before, after) == []
