"""What an operator's rows are made of, so that equal means: the same columns of the same types, computed in the same way.

State holds rows or what was gathered from them, and Flink's plan names no types. So each column is followed back to the columns of the
source tables, whose types are written in their CREATE TABLE: the same expression over the same types has the same type.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from flinksql.verdict.descriptions import HINTS, items_of, parts_of
from flinksql.verdict.plan import SOURCE, Node, Plan
from flinksql.verdict.tables import Table

CALC = "Calc"
_SAME_ROWS = frozenset({"ConstraintEnforcer", "DropUpdateBefore", "WatermarkAssigner"})
_WORD = re.compile(r"[\w$]+")


class UnreadColumnsError(Exception):
    """A table's columns could not be read from its definition."""


@dataclass(kw_only=True)
class Rows:
    """Signatures over one plan. `named` tells whether the names of source columns count: to state that was gathered from them they do."""

    plan: Plan
    tables: Mapping[str, Table]
    named: bool
    _known: dict[int, list[tuple[str, str]]] = field(default_factory=dict)

    def of(self, node: Node) -> list[str]:
        """Return a signature for each column that an operator puts out, in order."""
        return [signature for _, signature in self._columns(node)]

    def _columns(self, node: Node) -> list[tuple[str, str]]:
        """Return the name and signature of each column; the name is empty for an operator whose columns are only known as a whole."""
        if node.number not in self._known:
            self._known[node.number] = self._read(node)
        return self._known[node.number]

    def _read(self, node: Node) -> list[tuple[str, str]]:
        inputs = self.plan.inputs(node)
        if node.kind == SOURCE:
            return self._scanned(node)
        if node.kind in _SAME_ROWS and len(inputs) == 1:
            return self._columns(inputs[0])
        if node.kind == CALC and len(inputs) == 1:
            return self._computed(node, inputs[0])
        # A lookup join's rows hold columns of a table that is no node of the plan.
        words = set(_WORD.findall(node.description))
        named = [table.text for name, table in sorted(self.tables.items()) if name in words]
        return [("", _digest("whole", node.description, named, *(self.of(each) for each in inputs)))]

    def _scanned(self, node: Node) -> list[tuple[str, str]]:
        parts = parts_of(node.description)
        table = self.tables.get(node.table)
        if table is None or table.opaque:
            text = table.text if table else ""
            return [("", _digest("table", node.description, text))]
        names = [item.expression for item in items_of(parts.get("fields", ""))]
        if any(name not in table.columns for name in names):
            raise UnreadColumnsError(f"the columns of table {node.table} are not understood")
        return [(name, self._column(table, name)) for name in names]

    def _column(self, table: Table, name: str) -> str:
        definition = table.columns[name]
        # A column of the primary key is NOT NULL without saying so.
        kept = [constraint for constraint in table.constraints if name in constraint] if not self.named else list(table.constraints)
        return _digest("column", definition, kept != [], *((table.name, name, kept) if self.named else ()))

    def _computed(self, node: Node, below: Node) -> list[tuple[str, str]]:
        columns = self._columns(below)
        known = {name: signature for name, signature in columns if name}
        # What cannot be found in an expression by its name counts for every expression.
        whole = [signature for name, signature in columns if _WORD.fullmatch(name) is None]
        made = []
        for item in items_of(parts_of(node.description).get("select", "")):
            if item.expression in known:
                made.append((item.name, known[item.expression]))
                continue
            expression = _WORD.sub(lambda match: known.get(match[0], match[0]), item.expression)
            made.append((item.name, _digest("expression", expression, whole)))
        return made


def upstream(plan: Plan, node: Node) -> list[str]:
    """Return the descriptions of everything that leads to an operator, itself not included: conditions and watermarks stand there."""
    found: dict[int, str] = {}
    waiting = list(plan.inputs(node))
    while waiting:
        each = waiting.pop()
        if each.number not in found:
            edges = " ".join(f"{edge.node}" for edge in each.inputs)
            found[each.number] = f"{described(each)} <- {edges}"
            waiting += plan.inputs(each)
    return [found[number] for number in sorted(found)]


def described(node: Node) -> str:
    """Return an operator's description without what has no meaning for state: aliases, and the hints of a source, which are options."""
    parts = parts_of(node.description)
    if node.kind == SOURCE:
        parts.pop(HINTS, None)
    if "select" in parts:
        parts["select"] = f"[{', '.join(item.expression for item in items_of(parts['select']))}]"
    return f"{node.kind}({', '.join(f'{name}={value}' for name, value in parts.items())})"


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:24]
