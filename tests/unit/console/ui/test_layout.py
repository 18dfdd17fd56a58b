"""Where nodes are drawn: a table of graphs, and what holds for any graph."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.ui.layout import Place, layout

NAMES = st.integers(0, 30).map(str)


def at(layer: int, slot: float, part: int = 0) -> Place:
    return Place(layer=layer, slot=slot, part=part)


@pytest.mark.parametrize(
    ("edges", "expected"),
    [
        pytest.param([], {"a": at(0, 0)}, id="one node"),
        pytest.param(["ab", "bc"], {"a": at(0, 0), "b": at(1, 0), "c": at(2, 0)}, id="a chain"),
        pytest.param(["ab", "bc", "ac"], {"a": at(0, 0), "b": at(1, 0), "c": at(2, 0)}, id="a short cut is no shorter way"),
        pytest.param(["ab", "ac"], {"a": at(0, 0.5), "b": at(1, 0), "c": at(1, 1)}, id="the source of two stands between them"),
        pytest.param(["ab", "bc", "mc"], {"a": at(0, 0.5), "b": at(1, 0), "m": at(1, 1), "c": at(2, 0.5)}, id="a model beside its reader"),
        pytest.param(["ab", "ba"], {"a": at(0, 0), "b": at(1, 0)}, id="a cycle of two"),
        pytest.param(["sa", "ab", "bc", "ca"], {"s": at(0, 0), "a": at(1, 0), "b": at(2, 0), "c": at(3, 0)}, id="back to the second"),
        pytest.param(["aa"], {"a": at(0, 0)}, id="into itself"),
        pytest.param(
            ["ab", "cd", "de"], {"c": at(0, 0), "d": at(1, 0), "e": at(2, 0), "a": at(0, 1, 1), "b": at(1, 1, 1)}, id="largest part first"
        ),
        pytest.param(["ax", "by", "ay"], {"a": at(0, 0), "b": at(0, 1), "x": at(1, 0), "y": at(1, 1)}, id="without crossing"),
    ],
)
def test_where_nodes_stand(edges: list[str], expected: dict[str, Place]) -> None:
    nodes = sorted({end for edge in edges for end in edge} | {"a"})
    assert layout(nodes, [(edge[0], edge[1]) for edge in edges]) == expected


def test_an_edge_to_a_node_that_is_not_there_is_left_out() -> None:
    assert layout(["a"], [("a", "gone")]) == {"a": at(0, 0)}


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(NAMES, NAMES), max_size=60))
def test_of_any_graph_each_node_has_a_place_of_its_own(edges: list[tuple[str, str]]) -> None:
    nodes = sorted({end for edge in edges for end in edge})
    places = layout(nodes, edges)
    assert places.keys() == set(nodes)
    assert len(set(places.values())) == len(nodes)
    assert all(one.layer >= 0 and one.slot >= 0 for one in places.values())
    assert layout(nodes, edges) == places, "the same graph is drawn the same way"


def test_a_thousand_chains_are_placed() -> None:
    edges = [(f"{number}-{step}", f"{number}-{step + 1}") for number in range(1000) for step in range(2)]
    nodes = sorted({end for edge in edges for end in edge})
    places = layout(nodes, edges)
    assert max(one.slot for one in places.values()) == 999
    assert max(one.layer for one in places.values()) == 2
