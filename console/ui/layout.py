"""Where the nodes of a graph are drawn: in layers along the way of the rows, the parts of a graph that hang together one below another.

Edges that close a cycle do not count: topics may well feed a statement that writes into them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter

_SWEEPS = 4
"""So often the layers are put in order, there and back. More changes little."""

Edge = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a node is: `layer` counts along the way of the rows, `slot` across it. Slots may be halves.

    `part` counts the parts of the graph that hang together, for who draws them in another way.
    """

    layer: int
    slot: float
    part: int = 0


def layout(nodes: Sequence[str], edges: Iterable[Edge]) -> dict[str, Place]:
    """Return a place for each node; no two have the same. Edges with ends that are no nodes are left out.

    A cycle without a way in begins with the one of its nodes that comes first.
    """
    known = set(nodes)
    kept = [(a, b) for a, b in dict.fromkeys(edges) if a in known and b in known and a != b]
    places: dict[str, Place] = {}
    top = 0.0
    for number, part in enumerate(_parts(nodes, kept)):
        inside = set(part)
        drawn = _part(part, _acyclic(part, [(a, b) for a, b in kept if a in inside]))
        places |= {name: Place(layer=one.layer, slot=one.slot + top, part=number) for name, one in drawn.items()}
        top = max(one.slot for one in places.values()) + 1
    return places


def _parts(nodes: Sequence[str], edges: Sequence[Edge]) -> list[list[str]]:
    """Return the weakly connected components, each in the order of the nodes, the largest first."""
    near: dict[str, list[str]] = defaultdict(list)
    for a, b in edges:
        near[a].append(b)
        near[b].append(a)
    part_of: dict[str, int] = {}
    count = 0
    for node in nodes:
        if node in part_of:
            continue
        waiting = [node]
        while waiting:
            one = waiting.pop()
            if one not in part_of:
                part_of[one] = count
                waiting += near[one]
        count += 1
    parts: list[list[str]] = [[] for _ in range(count)]
    for node in nodes:
        parts[part_of[node]].append(node)
    return sorted(parts, key=len, reverse=True)


def _acyclic(nodes: Sequence[str], edges: Sequence[Edge]) -> list[Edge]:
    """Return the edges without those that lead back to a node on the way to themselves."""
    after: dict[str, list[str]] = defaultdict(list)
    entered = {b for _, b in edges}
    for a, b in edges:
        after[a].append(b)
    open_, done, back = set[str](), set[str](), set[Edge]()
    # From the sources first, so that an edge back towards them is the one that is left out.
    for start in sorted(nodes, key=lambda name: name in entered):
        if start in done:
            continue
        open_.add(start)
        stack = [(start, iter(after[start]))]
        while stack:
            node, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                stack.pop()
                open_.discard(node)
                done.add(node)
            elif following in open_:
                back.add((node, following))
            elif following not in done:
                open_.add(following)
                stack.append((following, iter(after[following])))
    return [edge for edge in edges if edge not in back]


def _part(nodes: Sequence[str], edges: Sequence[Edge]) -> dict[str, Place]:
    before: dict[str, list[str]] = {name: [] for name in nodes}
    after: dict[str, list[str]] = {name: [] for name in nodes}
    for a, b in edges:
        before[b].append(a)
        after[a].append(b)
    layer = _layers(before, after)
    rows: list[list[str]] = [[] for _ in range(max(layer.values()) + 1)]
    for node in nodes:
        rows[layer[node]].append(node)
    for sweep in range(_SWEEPS):
        forth = sweep % 2 == 0
        for number in range(len(rows)) if forth else reversed(range(len(rows))):
            rows[number] = _ordered(rows[number], before if forth else after, rows)
    widest = max(map(len, rows))
    return {
        name: Place(layer=number, slot=slot + (widest - len(row)) / 2) for number, row in enumerate(rows) for slot, name in enumerate(row)
    }


def _layers(before: Mapping[str, Sequence[str]], after: Mapping[str, Sequence[str]]) -> dict[str, int]:
    layer: dict[str, int] = {}
    for name in TopologicalSorter(before).static_order():
        layer[name] = max((layer[one] + 1 for one in before[name]), default=0)
    for name, entered in before.items():
        # What nothing flows into stands beside its first reader: a model is called in the middle of a pipeline.
        if not entered and after[name]:
            layer[name] = min(layer[one] for one in after[name]) - 1
    return layer


def _ordered(row: Sequence[str], near: Mapping[str, Sequence[str]], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a layer ordered by the middle of its neighbours; who has none keeps its place."""
    relative = {name: (index + 0.5) / len(other) for other in rows for index, name in enumerate(other)}

    def middle(name: str) -> float:
        found = near[name]
        return sum(relative[one] for one in found) / len(found) if found else relative[name]

    return sorted(row, key=middle)
