"""The operators of a running job, as its own plan shows them: what each does, and what flows into it.

The JobManager draws each vertex as a tree of operators in HTML, the root first, every operator below the one that feeds it:
`[2]:Calc(select=[id], where=[(id &gt; 3)])<br/>:- [3]:...<br/>+- results[4]: Writer<br/>`. Edges between vertices name vertices only. The
planner numbers operators in the order in which rows flow, so the feeding operator is the last one before (measured on 2.1 to 2.3).
From 2.3 on a source whose connector makes its own stream, as Kafka's does, has a name and no number:
`Source: KafkaSource-default_catalog.default_database.orders`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape

from flinksql.flink.jobmanager.wire import JobDetails, PlanNode

SOURCE, WRITER = "TableSourceScan", "Writer"
_NOT_HANDING_ON = frozenset({WRITER, "Committer", "StreamRecordTimestampInserter"})
"""Kinds below which nothing but the parts of a sink stands."""
_LINE = re.compile(r"(?P<branch>(?:[ :|]  )*(?:\+- |:- )?)(?P<text>.*)", re.DOTALL)
_OPERATOR = re.compile(r"\[(?P<number>\d+)\]:(?P<description>(?P<kind>\w+).*)", re.DOTALL)
_SINK_PART = re.compile(r"(?P<table>.+)\[(?P<number>\d+)\]: (?P<kind>\w+)", re.DOTALL)
_CONNECTORS_SOURCE = re.compile(r"Source: \w+-(?P<path>.+)", re.DOTALL)
_SESSIONS_OWN = "default_catalog.default_database."
_UNNAMED = re.compile(r"(?:Sink: )?(?P<kind>\w+)")
_DEPTH = 3
"""Characters of one level of a drawn tree."""
_PATH_PARTS = 3


@dataclass(frozen=True, kw_only=True)
class Operator:
    """An operator. `inputs` are the indices of those that feed it; `name` is how its metrics begin; `table` that of a source or sink."""

    index: int
    number: int
    kind: str
    description: str
    table: str
    vertex: str
    inputs: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """The operator's name as the task has it."""
        if self.kind == SOURCE:
            return f"Source: {self.table}[{self.number}]" if self.number else self.description
        if self.table:
            return f"{self.table}[{self.number}]: {self.kind}"
        return f"{self.kind}[{self.number}]" if self.number else f"Sink: {self.kind}"

    def attribute(self, name: str) -> str:
        """Return what stands in `name=[...]` of the description; empty when it is not there."""
        start = self.description.find(f"{name}=[")
        if start < 0:
            return ""
        begin = start + len(name) + 2
        depth = 1
        for place in range(begin, len(self.description)):
            depth += {"[": 1, "]": -1}.get(self.description[place], 0)
            if depth == 0:
                return self.description[begin:place]
        return self.description[begin:]


@dataclass(frozen=True, kw_only=True)
class JobGraph:
    """All operators of a job."""

    operators: tuple[Operator, ...]

    def inputs(self, operator: Operator) -> tuple[Operator, ...]:
        """Return what feeds an operator."""
        return tuple(self.operators[index] for index in operator.inputs)

    def outputs(self, operator: Operator) -> tuple[Operator, ...]:
        """Return what an operator feeds."""
        return tuple(one for one in self.operators if operator.index in one.inputs)

    def before(self, operator: Operator) -> tuple[Operator, ...]:
        """Return everything that flows into an operator, the nearest first."""
        found: dict[int, Operator] = {}
        waiting = list(self.inputs(operator))
        while waiting:
            one = waiting.pop(0)
            if one.index not in found:
                found[one.index] = one
                waiting += self.inputs(one)
        return tuple(found.values())

    def sources(self, operator: Operator) -> tuple[Operator, ...]:
        """Return the sources that flow into an operator, or the operator if it is one."""
        return tuple(one for one in (operator, *self.before(operator)) if one.kind == SOURCE)

    @property
    def sinks(self) -> tuple[Operator, ...]:
        """The writers, and whatever else nothing flows out of, such as sinks of other connectors."""
        feeding = {index for one in self.operators for index in one.inputs}
        writers = [one for one in self.operators if one.kind == WRITER]
        others = [one for one in self.operators if one.index not in feeding and one.kind != "Committer"]
        return tuple(sorted({one.index: one for one in (*writers, *others)}.values(), key=lambda one: one.index))


def read_graph(job: JobDetails) -> JobGraph:
    """Read a job's plan. An operator that is not understood keeps its text as kind."""
    operators: list[Operator] = []
    by_vertex: dict[str, list[int]] = {}
    for node in job.plan.nodes:
        for operator in _tree(node, len(operators)):
            operators.append(operator)
            by_vertex.setdefault(node.id, []).append(operator.index)
    for node in job.plan.nodes:
        own = by_vertex.get(node.id)
        if own and node.inputs:
            root = operators[own[0]]
            feeding = tuple(_feeding(operators, by_vertex.get(edge.id, ()), root) for edge in node.inputs)
            operators[own[0]] = _with_inputs(root, tuple(one for one in feeding if one is not None))
    return JobGraph(operators=tuple(operators))


def _tree(node: PlanNode, first: int) -> Iterator[Operator]:
    """Yield the operators of a vertex, its root first."""
    open_at: dict[int, int] = {}
    for index, line in enumerate((one for one in node.description.split("<br/>") if one.strip()), start=first):
        match = _LINE.fullmatch(line)
        branch, text = (match["branch"], match["text"]) if match else ("", line)
        depth = len(branch) // _DEPTH
        parent = open_at.get(depth - 1)
        open_at[depth] = index
        yield _operator(unescape(text).strip(), index, node.id, () if parent is None else (parent,))


def _operator(text: str, index: int, vertex: str, inputs: tuple[int, ...]) -> Operator:
    if match := _OPERATOR.fullmatch(text):
        kind, number, description, table = match["kind"], int(match["number"]), match["description"], ""
        if kind == SOURCE:
            table = scanned_table(description)
    elif match := _SINK_PART.fullmatch(text):
        kind, number, description, table = match["kind"], int(match["number"]), "", match["table"]
    elif match := _CONNECTORS_SOURCE.fullmatch(text):
        kind, number, description, table = SOURCE, 0, text, match["path"].removeprefix(_SESSIONS_OWN)
    else:
        unnamed = _UNNAMED.fullmatch(text)
        kind, number, description, table = (unnamed["kind"] if unnamed else text), 0, "", ""
    return Operator(index=index, number=number, kind=kind, description=description, table=table, vertex=vertex, inputs=inputs)


def scanned_table(description: str) -> str:
    """Return the table of a scan: `table=[[catalog, database, name, ...]]`; of another catalog than the session's the whole path."""
    match = re.match(r"TableSourceScan\(table=\[\[(?P<path>[^\[\]=]+?)(?:, \w+=\[|\]\])", description)
    parts = match["path"].split(", ") if match else []
    if len(parts) < _PATH_PARTS:
        return ""
    return parts[2] if parts[:2] == ["default_catalog", "default_database"] else ".".join(parts[:_PATH_PARTS])


def _feeding(operators: Sequence[Operator], among: Sequence[int], root: Operator) -> int | None:
    """Return which operator of a vertex feeds the root of another one: the last one that the planner made before it."""
    handing_on = [index for index in among if operators[index].kind not in _NOT_HANDING_ON]
    before = [index for index in handing_on if not root.number or operators[index].number < root.number]
    return max(before or handing_on, key=lambda index: operators[index].number, default=None)


def _with_inputs(operator: Operator, inputs: tuple[int, ...]) -> Operator:
    return Operator(
        index=operator.index,
        number=operator.number,
        kind=operator.kind,
        description=operator.description,
        table=operator.table,
        vertex=operator.vertex,
        inputs=inputs,
    )


def metric_prefix(operator: Operator, longest: int) -> str:
    """Return how the names of an operator's metrics begin: Flink cuts long names, and replaces what a scope cannot hold."""
    return operator.name[:longest].translate(_REPLACED)


_REPLACED: Mapping[int, str] = {ord(character): "_" for character in " .:,"}
