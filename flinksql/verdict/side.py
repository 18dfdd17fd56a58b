"""One of the two jobs that are compared: its plan, its closure, and what follows from both."""

import re
from dataclasses import dataclass
from functools import cached_property

from flinksql.verdict.connectors import keeps_nothing
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

    def waiting_rows(self, node: Node) -> list[list[str]]:
        """Return the signatures of all columns that flow into an operator, by the types alone."""
        return [self._typed.of(each) for each in self.plan.inputs(node)]

    def models_of(self, node: Node) -> set[str]:
        """Return the names of the models that an operator calls."""
        return {match["path"].rpartition(".")[2] for match in _MODEL.finditer(node.description)}

    def sources(self) -> list[Node]:
        """Return the operators that read tables."""
        return [node for node in self.plan.nodes if node.kind == SOURCE]

    @cached_property
    def _named(self) -> Rows:
        return Rows(plan=self.plan, tables=self.closure.tables, named=True)

    @cached_property
    def _typed(self) -> Rows:
        return Rows(plan=self.plan, tables=self.closure.tables, named=False)
