"""What `EXPLAIN JSON_EXECUTION_PLAN` tells: the operators that would run, each with its description, and what flows into each.

The section "Physical Execution Plan" is the stream graph itself: every operator that can hold state is one of its nodes (measured on 2.1
to 2.3). A node's `contents` is `[9]:GroupAggregate(groupBy=[k], ...)` for what the SQL planner made, `snk[13]: Writer` for a sink's parts.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import Field, ValidationError

from flinksql.flink.transport import Wire


class PlanError(Exception):
    """The text is no plan of the form that is understood here."""


SECTION = "== Physical Execution Plan =="
_OPERATOR = re.compile(r"\[(?P<number>\d+)\]:(?P<description>(?P<kind>[A-Za-z]\w*)\b.*)", re.DOTALL)
_UNNAMED_SINK_PART = re.compile(r"Sink: (?P<kind>Writer|Committer)")
"""How a sink's parts stand there when it holds rows back (`sink.buffer-flush.*`)."""
_SINK_PART = re.compile(r"(?P<table>.+)\[(?P<number>\d+)\]: (?P<kind>Writer|Committer)", re.DOTALL)
_UNNAMED_SOURCE = re.compile(r"Source: \w+-(?P<path>.+)", re.DOTALL)
"""How a source stands there whose connector makes its own stream, as Kafka's does: from 2.3 on the planner no longer names it."""

_SESSIONS_OWN = "default_catalog.default_database."
SOURCE = "TableSourceScan"
SINK = "Sink"
"""A sink of the old kind, in one operator."""
WRITER = "Writer"
COMMITTER = "Committer"
WITH_SINK = frozenset({WRITER, COMMITTER, "ConstraintEnforcer", "SinkMaterializer", "StreamRecordTimestampInserter"})
"""What Flink makes of one sink of the compiled plan."""


class WireInput(Wire):
    """An edge of the graph."""

    id: int
    ship_strategy: str


class WireNode(Wire):
    """A node of the graph."""

    id: int
    contents: str
    parallelism: int
    predecessors: tuple[WireInput, ...] = ()


class WirePlan(Wire):
    """The section as JSON."""

    nodes: tuple[WireNode, ...] = Field(min_length=1)


@dataclass(frozen=True, kw_only=True)
class Input:
    """What flows into an operator: from which one, and how it is distributed (FORWARD, HASH, REBALANCE ...)."""

    node: int
    ship_strategy: str


@dataclass(frozen=True, kw_only=True)
class Node:
    """An operator. `kind` is its name in the plan; `table` is set for sources and parts of sinks, as the plan names it.

    `number` counts from 0 in the order in which the planner made the operators; Flink's own numbers go on from statement to statement.
    `planner_number` is Flink's, which the parts of one sink have in common. Sources and parts of sinks that the plan does not name have 0;
    what they are, the compiled plan tells.
    """

    number: int
    planner_number: int
    kind: str
    description: str
    table: str = ""
    parallelism: int
    inputs: tuple[Input, ...] = ()

    @property
    def title(self) -> str:
        """The operator for people."""
        if self.kind == SOURCE:
            return f"source {self.table}"
        return f"sink {self.table} ({self.kind})" if self.kind in {WRITER, COMMITTER} else self.kind


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All operators of a job by number; inputs come before what they flow into."""

    nodes: tuple[Node, ...]

    def inputs(self, node: Node) -> tuple[Node, ...]:
        """Return the operators that flow into one."""
        return tuple(self.nodes[each.node] for each in node.inputs)


def read_plan(text: str) -> Plan:
    """Read the answer to `EXPLAIN JSON_EXECUTION_PLAN`. Raises PlanError for anything that is not recognised."""
    _, found, section = text.partition(SECTION)
    if not found:
        raise PlanError("Flink's answer holds no physical execution plan")
    try:
        wire = WirePlan.model_validate(json.loads(section))
    except (ValueError, ValidationError) as error:
        raise PlanError("Flink's physical execution plan has an unknown shape") from error
    ordered = sorted(wire.nodes, key=lambda node: node.id)
    numbers = {node.id: number for number, node in enumerate(ordered)}
    return Plan(nodes=tuple(_node(node, numbers) for node in ordered))


def _node(wire: WireNode, numbers: Mapping[int, int]) -> Node:
    number = numbers[wire.id]
    if any(numbers.get(edge.id, number) >= number for edge in wire.predecessors):
        raise PlanError("Flink's physical execution plan is malformed")
    inputs = tuple(Input(node=numbers[edge.id], ship_strategy=edge.ship_strategy) for edge in wire.predecessors)
    sink = _SINK_PART.fullmatch(wire.contents)
    if sink:
        return Node(
            number=number,
            planner_number=int(sink["number"]),
            kind=sink["kind"],
            description="",
            table=sink["table"],
            parallelism=wire.parallelism,
            inputs=inputs,
        )
    unnamed = _UNNAMED_SINK_PART.fullmatch(wire.contents)
    if unnamed:
        return Node(number=number, planner_number=0, kind=unnamed["kind"], description="", parallelism=wire.parallelism, inputs=inputs)
    source = _UNNAMED_SOURCE.fullmatch(wire.contents)
    if source and not inputs:
        table = source["path"].removeprefix(_SESSIONS_OWN)
        return Node(number=number, planner_number=0, kind=SOURCE, description="", table=table, parallelism=wire.parallelism, inputs=())
    operator = _OPERATOR.fullmatch(wire.contents)
    if operator is None:
        raise PlanError(f"an operator of Flink's plan is not known here: {wire.contents[:80]!r}")
    kind, description = operator["kind"], operator["description"]
    table = _table_of(description) if kind == SOURCE else _written_table(description) if kind == SINK else ""
    return Node(
        number=number,
        planner_number=int(operator["number"]),
        kind=kind,
        description=description,
        table=table,
        parallelism=wire.parallelism,
        inputs=inputs,
    )


def _table_of(description: str) -> str:
    """Return the scanned table's name: the third part of `table=[[catalog, database, name, ...]]`; other catalogs keep their path."""
    match = re.match(r"TableSourceScan\(table=\[\[(?P<path>[^\[\]=]+?)(?:, \w+=\[|\]\])", description)
    parts = match["path"].split(", ") if match else []
    path_parts = 3
    if len(parts) < path_parts:
        raise PlanError("a source of Flink's plan names no table")
    return parts[2] if parts[:2] == ["default_catalog", "default_database"] else ".".join(parts[:path_parts])


def _written_table(description: str) -> str:
    """Return the table that a sink in one operator writes, as `_table_of` names it; empty where it is not recognised."""
    match = re.match(r"Sink\(table=\[(?P<path>[^\[\]]+)\]", description)
    return match["path"].removeprefix(_SESSIONS_OWN) if match else ""
