"""What `COMPILE PLAN` tells: every operator with the type of its rows, its expressions as typed trees, and the names of its states.

It is the planner's own account of a job, so nothing has to be guessed from SQL or from descriptions. It has no parts of sinks and not all
operators that run: those stand in the execution plan (`plan.py`), whose operators carry the same descriptions in the same order.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from pydantic import Field, ValidationError

from flinksql.flink.transport import Wire
from flinksql.statements.compatibility.plan import SOURCE, WITH_SINK, Node, Plan, PlanError

_TYPE = re.compile(r"stream-exec-(?P<kind>[a-z-]+)_(?P<version>\d+)")
SINK = "sink"
SCAN = "table-source-scan"


class WireEdge(Wire):
    """An edge of the plan."""

    source: int
    target: int


class WireCompiled(Wire):
    """The file as JSON. What an operator holds beside its id and type depends on its kind."""

    flink_version: str = Field(default="", alias="flinkVersion")
    nodes: tuple[dict[str, Any], ...] = Field(min_length=1)
    edges: tuple[WireEdge, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Operator:
    """An operator. `kind` is its name in the plan, as `group-aggregate`; `content` everything that the plan says of it."""

    number: int
    kind: str
    version: str
    description: str
    content: Mapping[str, Any] = field(repr=False)
    inputs: tuple[int, ...] = ()

    @cached_property
    def columns(self) -> list[tuple[str, object]]:
        """The name and type of each column that it puts out. Raises PlanError."""
        return columns_of(self.content.get("outputType"))


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """All operators by Flink's number. `line` is the release line of the planner, as `2.2`; empty where the plan does not say."""

    operators: Mapping[int, Operator]
    line: str = ""

    def inputs(self, operator: Operator) -> tuple[Operator, ...]:
        """Return the operators that flow into one, in order."""
        return tuple(self.operators[number] for number in operator.inputs)


def read_compiled(text: str) -> Compiled:
    """Read the file that COMPILE PLAN wrote. Raises PlanError for anything that is not recognised."""
    try:
        wire = WireCompiled.model_validate(json.loads(text))
    except (ValueError, ValidationError) as error:
        raise PlanError("Flink's compiled plan has an unknown shape") from error
    inputs: dict[int, list[int]] = {}
    for edge in wire.edges:
        inputs.setdefault(edge.target, []).append(edge.source)
    operators: dict[int, Operator] = {}
    for content in wire.nodes:
        number, kind, description = content.get("id"), _TYPE.fullmatch(str(content.get("type"))), content.get("description")
        if not isinstance(number, int) or kind is None or not isinstance(description, str):
            raise PlanError(f"an operator of Flink's compiled plan is not known here: {str(content.get('type'))[:80]!r}")
        operators[number] = Operator(
            number=number,
            kind=kind["kind"],
            version=kind["version"],
            description=description,
            content=content,
            inputs=tuple(inputs.get(number, ())),
        )
    if any(each >= number or each not in operators for number, found in inputs.items() for each in found):
        raise PlanError("Flink's compiled plan is malformed")
    return Compiled(operators=operators, line=wire.flink_version)


def with_all_named(plan: Plan, compiled: Compiled) -> Plan:
    """Return the plan with what it does not name: scans of sources, and a sink's parts. Raises PlanError when several could be meant."""
    if all(node.planner_number for node in plan.nodes):
        return plan
    scans = _unnamed_scans(plan, compiled)
    nodes = (replace(node, description=scans[node.number].description) if node.number in scans else node for node in plan.nodes)
    return _with_named_sinks(Plan(nodes=tuple(nodes)), compiled)


def _unnamed_scans(plan: Plan, compiled: Compiled) -> Mapping[int, Operator]:
    """Return the compiled scan of each source that the plan does not describe, by the source's number.

    Both plans name what they scan in the order in which the planner made it. Raises PlanError where there are not as many scans.
    """
    found: dict[int, Operator] = {}
    unnamed = [node for node in plan.nodes if node.kind == SOURCE and not node.planner_number]
    scans = [operator for _, operator in sorted(compiled.operators.items()) if operator.kind == SCAN]
    for table in sorted({node.table for node in unnamed}):
        nodes = [node for node in unnamed if node.table == table]
        meant = [operator for operator in scans if scanned(operator) == table]
        if len(nodes) != len(meant):
            raise PlanError(f"Flink's execution plan reads {table} {len(nodes)} times, its compiled plan {len(meant)} times")
        found |= {node.number: operator for node, operator in zip(nodes, meant, strict=True)}
    return found


def scanned(scan: Operator) -> str:
    """Return the table of a scan as the execution plan names it. Raises PlanError."""
    identifier = scan.content.get("scanTableSource", {}).get("table", {}).get("identifier")
    if not isinstance(identifier, str):
        raise PlanError("a scan of Flink's compiled plan names no table")
    parts = [part.replace("``", "`") for part in re.findall(r"`((?:[^`]|``)*)`", identifier)]
    return parts[-1] if parts[:-1] == ["default_catalog", "default_database"] else ".".join(parts)


def _with_named_sinks(plan: Plan, compiled: Compiled) -> Plan:
    if all(node.planner_number for node in plan.nodes if node.kind != SOURCE):
        return plan
    sinks = [operator for operator in compiled.operators.values() if operator.kind == SINK]
    if len(sinks) != 1:
        raise PlanError("Flink's physical execution plan does not name the sinks of this job, and it has several")
    table = _table_of(sinks[0])
    number = max(node.planner_number + (node.kind not in WITH_SINK) for node in plan.nodes)
    named = (node.planner_number or node.kind == SOURCE for node in plan.nodes)
    return Plan(
        nodes=tuple(
            node if is_named else replace(node, planner_number=number, table=table)
            for node, is_named in zip(plan.nodes, named, strict=True)
        )
    )


def _table_of(sink: Operator) -> str:
    identifier = sink.content.get("dynamicTableSink", {}).get("table", {}).get("identifier")
    if not isinstance(identifier, str):
        raise PlanError("a sink of Flink's compiled plan names no table")
    return identifier.rpartition(".`")[2].removesuffix("`").replace("``", "`")


def matched(plan: Plan, compiled: Compiled) -> Mapping[int, Operator]:
    """Return the compiled operator of each operator of the execution plan by the latter's number.

    Both name operators in the order in which the planner made them, by the same descriptions. Raises PlanError when they are not one job:
    when a description is missing, or the edges differ.
    """
    scans = _unnamed_scans(plan, compiled)
    waiting = iter(sorted(compiled.operators.values(), key=lambda operator: operator.number))
    by_planner_number: dict[int, Operator] = {}
    numbered = [node for node in plan.nodes if node.number not in scans]
    for node in sorted(numbered, key=lambda node: (node.planner_number, node.kind in WITH_SINK)):
        if node.planner_number in by_planner_number:
            continue
        found = next((each for each in waiting if _same(node, each)), None)
        if found is None:
            raise PlanError(f"Flink's compiled plan has no {node.kind} where its execution plan has one")
        by_planner_number[node.planner_number] = found
    pairs = {**scans, **{node.number: by_planner_number[node.planner_number] for node in numbered}}
    for node in plan.nodes:
        own = pairs[node.number]
        running = sorted({pairs[each.node].number for each in node.inputs} - {own.number})
        if running and running != sorted(_running_inputs(compiled, own, {each.number for each in pairs.values()})):
            raise PlanError(f"Flink's compiled plan connects {node.kind} differently from its execution plan")
    return pairs


def _same(node: Node, operator: Operator) -> bool:
    if node.kind in WITH_SINK:
        return operator.kind == SINK
    return operator.description == node.description


def _running_inputs(compiled: Compiled, operator: Operator, running: set[int]) -> set[int]:
    """Return the nearest operators before one that run: exchanges and unions do not."""
    found: set[int] = set()
    for each in operator.inputs:
        found |= {each} if each in running else _running_inputs(compiled, compiled.operators[each], running)
    return found


_NAME = re.compile(r"`((?:[^`]|``)*)` ")
_QUOTED = re.compile(r"'(?:[^']|'')*'|`(?:[^`]|``)*`")
_START = "ROW<"


def columns_of(kind: object) -> list[tuple[str, object]]:
    """Return the name and type of each column. Raises PlanError for anything that is no row type.

    A type whose text says everything is that text: ``ROW<`a` INT, `b` ARRAY<STRING>> NOT NULL``. A type with a time attribute is an object
    with `fields`. A type has no comparisons, so brackets can be counted.
    """
    if isinstance(kind, Mapping) and kind.get("type") == "ROW" and isinstance(kind.get("fields"), list):
        try:
            return [(str(field["name"]), field["fieldType"]) for field in kind["fields"]]
        except (KeyError, TypeError) as error:
            raise PlanError("a row type of Flink's compiled plan has an unknown shape") from error
    if not isinstance(kind, str) or not kind.startswith(_START):
        raise PlanError("an operator of Flink's compiled plan has no row type")
    found: list[tuple[str, object]] = []
    place = len(_START)
    while not kind.startswith(">", place):
        name = _NAME.match(kind, place)
        if name is None:
            raise PlanError("a row type of Flink's compiled plan is not understood")
        end = _end(kind, name.end())
        found.append((name[1].replace("``", "`"), kind[name.end() : end]))
        place = end + 2 if kind.startswith(", ", end) else end
    return found


def _end(kind: str, start: int) -> int:
    """Return where the type ends that begins at `start`: at a comma or at the bracket that closes the row."""
    depth = 0
    place = start
    while place < len(kind):
        quoted = _QUOTED.match(kind, place)
        if quoted:
            place = quoted.end()
            continue
        if depth == 0 and kind[place] in ",>":
            return place
        depth += {"<": 1, "(": 1, ">": -1, ")": -1}.get(kind[place], 0)
        place += 1
    raise PlanError("a row type of Flink's compiled plan does not end")
