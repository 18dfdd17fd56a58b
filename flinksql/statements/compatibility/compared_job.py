"""One of the two jobs that are compared: its plans, its closure, and what follows from them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from flinksql.sql.connectors import connector_of
from flinksql.statements.compatibility.column_lineage import ColumnLineage
from flinksql.statements.compatibility.compiled import Compiled, Operator, matched
from flinksql.statements.compatibility.connectors import decoding, decoding_of, effective_options, keeps_nothing
from flinksql.statements.compatibility.operator_content import Column, digest
from flinksql.statements.compatibility.operator_ids import operator_ids
from flinksql.statements.compatibility.plan import COMMITTER, SOURCE, WRITER, Node, Plan
from flinksql.statements.compatibility.scans import Decoding
from flinksql.statements.compatibility.tables import Closure

ML_PREDICT = "MLPredictTableFunction"
SINK_PARTS = frozenset({WRITER, COMMITTER})
STATELESS = frozenset(
    {
        "Calc",
        "ConstraintEnforcer",
        "Correlate",
        "DropUpdateBefore",
        "Expand",
        "LocalGroupAggregate",
        "LocalWindowAggregate",
        "MiniBatchAssigner",
        "StreamRecordTimestampInserter",
        "WatermarkAssigner",
    }
)
"""Operators of Flink's planner that keep nothing between two rows, or hand over all of it before each checkpoint.

One that is missing here only makes a verdict more careful.
"""
_ALIGNED_WINDOWS = ("TumblingWindow", "HoppingWindow", "CumulativeWindow")


@dataclass(frozen=True)
class ComparedJob:
    """The old or the new job."""

    plan: Plan
    compiled: Compiled
    closure: Closure

    @cached_property
    def ids(self) -> Mapping[int, str]:
        """The id under which Flink keeps an operator's state by the operator's number."""
        return operator_ids(self.plan, self._legacy_sources)

    @property
    def _legacy_sources(self) -> frozenset[int]:
        tables = self.closure.tables
        return frozenset(
            node.number
            for node in self.plan.nodes
            if node.kind == SOURCE and node.table in tables and connector_of(tables[node.table].options).has_source_function
        )

    @cached_property
    def by_id(self) -> dict[str, Node]:
        """The operators by the id under which Flink keeps their state."""
        return {operator_id: self.plan.nodes[number] for number, operator_id in self.ids.items()}

    @cached_property
    def pairs(self) -> Mapping[int, Operator]:
        """The compiled operator of each operator by its number. Raises PlanError."""
        return matched(self.plan, self.compiled)

    @cached_property
    def lineage(self) -> ColumnLineage:
        """What the columns of each operator are."""
        return ColumnLineage(compiled=self.compiled, source=self._source, decoding=self._decoding, definitions=self._definitions)

    def keeps_state(self, node: Node) -> bool:
        """Return whether an operator has state, as far as is known: what is not known to have none has some."""
        if node.kind == "WindowTableFunction":
            # Session windows are merged, so they are kept; the others follow from a row's time alone.
            windowing = self.pairs[node.number].content.get("windowing", {})
            return windowing.get("window", {}).get("type") not in _ALIGNED_WINDOWS
        return node.kind not in STATELESS and not keeps_nothing(node, self.closure.tables)

    def rows(self, node: Node) -> tuple[tuple[Column, ...], ...]:
        """Return what the columns are that flow into an operator. Raises PlanError."""
        return self.lineage.flowing_in(self.pairs[node.number])

    def decisions(self, node: Node) -> str:
        """Return what decides which rows reach an operator. Raises PlanError."""
        return self.lineage.decisions(self.pairs[node.number])

    def origins(self, node: Node) -> list[object]:
        """Return for each source before an operator from where in a record its columns come, and in which format."""
        found: list[object] = []
        waiting = list(self.plan.inputs(node))
        seen: set[int] = set()
        while waiting:
            each = waiting.pop()
            if each.number in seen:
                continue
            seen.add(each.number)
            waiting += self.plan.inputs(each)
            table = self.closure.tables.get(each.table)
            if each.kind == SOURCE and table is not None:
                options = decoding(effective_options(each, table) or table.options)
                found.append(sorted((key, value) for key, value in options.items() if not key.startswith(_OF_FORMATS)))
        return found

    def after(self, node: Node) -> list[Node]:
        """Return the operators that an operator flows into, however far behind it."""
        reached = {node.number}
        for each in self.plan.nodes:
            if any(one.node in reached for one in each.inputs):
                reached.add(each.number)
        return [each for each in self.plan.nodes if each.number in reached and each is not node]

    def read_by(self, node: Node) -> str:
        """Return what a source reads, as a text that is the same for all readers of one topic. Raises PlanError."""
        return digest(self._source(self.pairs[node.number]))

    def model_of(self, node: Node) -> str:
        """Return the name of the model that an operator calls, empty when it is not known."""
        names = list(_identifiers(self.pairs[node.number].content.get("modelSpec")))
        return names[0] if len(names) == 1 else ""

    def sources(self) -> list[Node]:
        """Return the operators that read tables."""
        return [node for node in self.plan.nodes if node.kind == SOURCE]

    @cached_property
    def _scans(self) -> Mapping[int, Node]:
        return {self.pairs[node.number].number: node for node in self.sources()}

    def _options(self, operator: Operator) -> Mapping[str, str] | None:
        node = self._scans.get(operator.number)
        table = self.closure.tables.get(node.table) if node else None
        return effective_options(node, table) if node and table and not table.opaque else None

    def _decoding(self, operator: Operator) -> Decoding:
        options = self._options(operator)
        return decoding_of(options) if options else Decoding.UNKNOWN

    def _source(self, operator: Operator) -> object:
        """Return what a scan reads: the topic, or the whole table where it is no topic that is read."""
        node = self._scans.get(operator.number)
        table = self.closure.tables.get(node.table) if node else None
        options = self._options(operator)
        topic = [(options or {}).get(key, "") for key in ("topic", "topic-pattern")]
        if any(topic):
            return topic
        return [operator.description, table.text if table else ""]

    def _definitions(self, operator: Operator) -> object:
        """Return what the closure says of the tables and models that an operator names, as far as it decides on rows."""
        node = self._scans.get(operator.number)
        if node is not None:
            table = self.closure.tables.get(node.table)
            options = effective_options(node, table) if table and not table.opaque else None
            return sorted(decoding(options).items()) if options else [operator.description, table.text if table else ""]
        named = sorted(set(_identifiers(operator.content)))
        tables = [table.text for name in named if (table := self.closure.tables.get(name))]
        models = [sorted(model.items()) for name in named if (model := self.closure.models.get(name))]
        return [tables, models]


_OF_FORMATS = ("avro.", "csv.", "json.", "properties.", "raw.", "scan.")


def _identifiers(value: object) -> Iterable[str]:
    """Yield the last part of each name of a catalog object in a part of a plan."""
    if isinstance(value, list):
        for each in value:
            yield from _identifiers(each)
    elif isinstance(value, Mapping):
        for key, each in value.items():
            if key == "identifier" and isinstance(each, str):
                yield each.rpartition(".`")[2].removesuffix("`").replace("``", "`")
            else:
                yield from _identifiers(each)
