"""The ids under which Flink keeps the state of a job's operators, worked out from the plan.

SQL that is submitted as text gives operators no names of their own: Flink derives each id from the operator's place in the graph (its
position in a walk from the sources, how many of its outputs are chained to it, and the ids of what flows into it), never from what it does.
That is why one WHERE more can make state unclaimed, and why another window takes over the old one's state without a word. The rules are
those of Flink's default stream graph hasher; compared with the vertex ids of running jobs they agree on 2.1 and 2.2.
"""

import re
from collections import deque
from collections.abc import Collection, Mapping

import mmh3

from flinksql.statements.compatibility.plan import Node, Plan

_FORWARD = "FORWARD"
_WRITER = "Writer"
_PREDICTION = "MLPredictTableFunction"
_ASYNCHRONOUS = "Async"
_WAITS = re.compile(r"\basync=\[")
"""How a lookup join with a table that answers later is described."""
_ONE_AT_A_TIME = re.compile(r"'async'[^,]*, [^,]*'false'")
_INT_BYTES = 4
_PRIME = 37


def operator_ids(plan: Plan, legacy_sources: Collection[int] = ()) -> Mapping[int, str]:
    """Return the id (32 hexadecimal digits) of each operator by its number.

    `legacy_sources` are the numbers of sources that still run as a SourceFunction: Flink chains nothing to them
    that gives way to other work of its task.
    """
    found: dict[int, bytes] = {}
    outputs = _outputs(plan)
    waiting = deque(node.number for node in plan.nodes if not node.inputs)
    seen = set(waiting)
    while waiting:
        number = waiting.popleft()
        sources = [each.node for each in plan.nodes[number].inputs]
        if any(source not in found for source in sources):
            # Reached before all that flows into it: the last of those brings it back.
            seen.discard(number)
            continue
        position = len(found).to_bytes(_INT_BYTES, "little")
        chained = sum(is_chained(plan, number, other, legacy_sources) for other in outputs[number])
        found[number] = _with_inputs(mmh3.hash_bytes(position * (1 + chained), x64arch=True), [found[source] for source in sources])
        for other in outputs[number]:
            if other not in seen:
                seen.add(other)
                waiting.append(other)
    return {number: digest.hex() for number, digest in found.items()}


def is_chained(plan: Plan, number: int, following: int, legacy_sources: Collection[int] = ()) -> bool:
    """Return whether Flink runs two neighbours in one task: a single FORWARD input and the same parallelism.

    What waits for answers, and a writer, give way to other work of the task, which a SourceFunction at its head does not bear.
    """
    inputs = plan.nodes[following].inputs
    alike = plan.nodes[number].parallelism == plan.nodes[following].parallelism
    if len(inputs) != 1 or inputs[0].ship_strategy != _FORWARD or not alike:
        return False
    return not _gives_way(plan.nodes[following]) or _head(plan, number, legacy_sources) not in legacy_sources


def _gives_way(node: Node) -> bool:
    """Return whether an operator lets other work of its task run while it waits.

    Of a model that is asked, the plan tells only when it was said to be asked one row at a time: without a word it is not.
    """
    if node.kind == _PREDICTION:
        return _ONE_AT_A_TIME.search(node.description) is None
    return node.kind == _WRITER or node.kind.startswith(_ASYNCHRONOUS) or _WAITS.search(node.description) is not None


def _head(plan: Plan, number: int, legacy_sources: Collection[int]) -> int:
    """Return the first operator of the task in which an operator runs."""
    inputs = plan.nodes[number].inputs
    while inputs and is_chained(plan, inputs[0].node, number, legacy_sources):
        number = inputs[0].node
        inputs = plan.nodes[number].inputs
    return number


def _outputs(plan: Plan) -> Mapping[int, list[int]]:
    outputs: dict[int, list[int]] = {node.number: [] for node in plan.nodes}
    for node in plan.nodes:
        for each in node.inputs:
            outputs[each.node].append(node.number)
    return outputs


def _with_inputs(own: bytes, inputs: list[bytes]) -> bytes:
    mixed = bytearray(own)
    for other in inputs:
        for index, byte in enumerate(other):
            mixed[index] = mixed[index] * _PRIME & 0xFF ^ byte
    return bytes(mixed)
