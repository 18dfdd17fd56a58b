"""One of the two jobs that are compared: its plan, its closure, and what follows from both."""

import re
from dataclasses import dataclass
from functools import cached_property

from flinksql.verdict.connectors import decoding, effective_options, keeps_nothing
from flinksql.verdict.operator_ids import operator_ids
from flinksql.verdict.plan import COMMITTER, SOURCE, WRITER, Node, Plan
from flinksql.verdict.rows import CALC, Rows
from flinksql.verdict.tables import Closure

ML_PREDICT = "MLPredictTableFunction"
SINK_PARTS = frozenset({WRITER, COMMITTER})
STATELESS = frozenset(
    {
        CALC,
        "ConstraintEnforcer",
        "Correlate",
        "DropUpdateBefore",
        "LocalGroupAggregate",
        "LocalWindowAggregate",
        "StreamRecordTimestampInserter",
        "WatermarkAssigner",
    }
)
"""Operators of Flink's planner that keep nothing between two rows, or hand over all of it before each checkpoint.

One that is missing here only makes a verdict more careful.
"""
_MODEL = re.compile(r"Model\(MODEL (?P<path>[^)]*)\)")


@dataclass(frozen=True)
class Side:
    """The old or the new job."""

    plan: Plan
    closure: Closure

    @cached_property
    def by_id(self) -> dict[str, Node]:
        """The operators by the id under which Flink keeps their state."""
        return {operator_id: self.plan.nodes[number] for number, operator_id in operator_ids(self.plan).items()}

    def keeps_state(self, node: Node) -> bool:
        """Whether an operator has state, as far as is known: what is not known to have none has some."""
        return node.kind not in STATELESS and not keeps_nothing(node, self.closure.tables)

    def gathered_rows(self, node: Node) -> list[list[str]]:
        """Return the signatures of all columns that flow into an operator, by the names and types of the source columns behind them."""
        return [self._named.of(each) for each in self.plan.inputs(node)]

    def decisions(self, node: Node) -> list[str]:
        """Return what plans do not show and yet decides which rows reach an operator: models, and how sources decode their records."""
        found: list[str] = []
        waiting = list(self.plan.inputs(node))
        seen: set[int] = set()
        while waiting:
            each = waiting.pop()
            if each.number in seen:
                continue
            seen.add(each.number)
            waiting += self.plan.inputs(each)
            found += [f"{each.number} {sorted(self.closure.models.get(model, {}).items())}" for model in sorted(self.models_of(each))]
            table = self.closure.tables.get(each.table)
            if each.kind == SOURCE and table is not None:
                found.append(f"{each.number} {sorted(decoding(effective_options(each, table) or table.options).items())}")
        return sorted(found)

    def models_of(self, node: Node) -> set[str]:
        """Return the names of the models that an operator calls."""
        return {match["path"].rpartition(".")[2] for match in _MODEL.finditer(node.description)}

    def sources(self) -> list[Node]:
        """Return the operators that read tables."""
        return [node for node in self.plan.nodes if node.kind == SOURCE]

    @cached_property
    def _named(self) -> Rows:
        return Rows(plan=self.plan, tables=self.closure.tables, named=True)
