"""What each column of each operator is, followed back to the columns of the sources, and what decides which rows come.

Two columns mean the same when they are computed by the same expression over columns of the same topic that mean the same. Aliases, names
of tables and views, and columns that nobody reads are not part of it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from flinksql.statements.compatibility.compiled import Compiled, Operator
from flinksql.statements.compatibility.operator_content import Column, content_of, digest, expression_of, reference
from flinksql.statements.compatibility.plan import PlanError
from flinksql.statements.compatibility.scans import SCAN, Decoding, abilities, scanned_columns

CALC = "calc"
ML_PREDICT = "ml-predict-table-function"
REFERRING = frozenset({"group-aggregate", "group-window-aggregate", "local-group-aggregate", "local-window-aggregate", "window-aggregate"})
"""Operators that depend on the columns that they refer to, and on no other column of their input."""
_PASSING = frozenset({"exchange", "mini-batch-assigner"})
_SAME_ROWS = _PASSING | {"drop-update-before", "watermark-assigner"}
_ADDING = frozenset({"correlate", ML_PREDICT, "window-table-function"})
"""Operators that put out the columns that they take in, then some of their own."""
_JOINING = frozenset({"interval-join", "join", "temporal-join", "window-join"})

Describe = Callable[[Operator], object]


@dataclass(kw_only=True)
class ColumnLineage:
    """The columns and decisions of one compiled plan.

    `source` tells what a scan reads (its topic), `decoding` how its format finds fields, `definitions` what decides on an operator's rows
    beside the plan: options of tables and models.
    """

    compiled: Compiled
    source: Describe
    decoding: Callable[[Operator], Decoding]
    definitions: Describe
    _columns: dict[int, tuple[Column, ...]] = field(default_factory=dict)
    _decisions: dict[int, str] = field(default_factory=dict)

    def columns(self, operator: Operator) -> tuple[Column, ...]:
        """Return what each column is that an operator puts out. Raises PlanError."""
        if operator.number not in self._columns:
            found = self._columns_of(operator)
            kinds = [digest(kind) for _, kind in operator.columns]
            if len(found) != len(kinds):
                raise PlanError(f"the columns of {operator.kind} in Flink's compiled plan do not add up")
            self._columns[operator.number] = tuple(
                Column(meaning=meaning, shape=shape, kind=kind) for (meaning, shape), kind in zip(found, kinds, strict=True)
            )
        return self._columns[operator.number]

    def flowing_in(self, operator: Operator) -> tuple[tuple[Column, ...], ...]:
        """Return what the columns are that flow into an operator, for each input."""
        return tuple(self.columns(each) for each in self.compiled.inputs(operator))

    def content(self, operator: Operator) -> Mapping[str, object]:
        """Return what an operator does, each column that it names replaced by what that column is."""
        inputs = self.compiled.inputs(operator)
        names = [name for each in inputs for name, _ in each.columns]
        columns = [column for each in self.flowing_in(operator) for column in each]
        return content_of(operator, columns, names, referring=operator.kind in REFERRING)

    def decisions(self, operator: Operator) -> str:
        """Return what decides which rows reach an operator and with which values: everything before it but projections."""
        found = [self._decided(each) for each in self.compiled.inputs(operator)]
        return found[0] if len(found) == 1 else digest(found)

    def _decided(self, operator: Operator) -> str:
        if operator.number not in self._decisions:
            before, own = self.decisions(operator), self._own_decision(operator)
            self._decisions[operator.number] = before if own is None else digest([own, before])
        return self._decisions[operator.number]

    def _own_decision(self, operator: Operator) -> object:
        """Return what one operator decides on its rows; None for one that lets all of them through."""
        if operator.kind == SCAN:
            return [self.definitions(operator), abilities(operator, self.decoding(operator))]
        if operator.kind == CALC:
            condition = operator.content.get("condition")
            return None if condition is None else expression_of(condition, self._only_input(operator))
        return None if operator.kind in _PASSING else [self.content(operator), self.definitions(operator)]

    def _columns_of(self, operator: Operator) -> list[tuple[str, str]]:
        if operator.kind == SCAN:
            return [(each, each) for each in scanned_columns(operator, self.source(operator), self.decoding(operator))]
        if operator.kind in _SAME_ROWS:
            return [(column.meaning, column.shape) for column in self._only_input(operator)]
        if operator.kind == CALC:
            return self._projected_columns(operator)
        if operator.kind == "union":
            return _union_columns(self.flowing_in(operator))
        if operator.kind in _JOINING:
            sides = [[(digest([side, each.meaning]),) * 2 for each in columns] for side, columns in enumerate(self.flowing_in(operator))]
            # A semi-join puts out its left side only.
            return [pair for side in sides for pair in side][: len(operator.columns)]
        return self._derived_columns(operator)

    def _projected_columns(self, operator: Operator) -> list[tuple[str, str]]:
        columns = self._only_input(operator)
        expressions = operator.content.get("projection")
        if not isinstance(expressions, list):
            raise PlanError("a calculation of Flink's compiled plan has no projection")
        return [_computed(each, columns) for each in expressions]

    def _derived_columns(self, operator: Operator) -> list[tuple[str, str]]:
        inputs = self.flowing_in(operator)
        through = [(each.meaning, each.shape) for each in inputs[0]] if operator.kind in _ADDING and len(inputs) == 1 else []
        read = [] if operator.kind in REFERRING or through else [[column.meaning for column in columns] for columns in inputs]
        # A condition decides which rows come, not what their columns are.
        content = {key: value for key, value in self.content(operator).items() if key != "condition"}
        whole = digest([content, read])
        own = [(digest([whole, index]),) * 2 for index in range(len(operator.columns) - len(through))]
        return through + own

    def _only_input(self, operator: Operator) -> tuple[Column, ...]:
        inputs = self.flowing_in(operator)
        if len(inputs) != 1:
            raise PlanError(f"{operator.kind} in Flink's compiled plan has {len(inputs)} inputs")
        return inputs[0]


def _computed(expression: object, columns: Sequence[Column]) -> tuple[str, str]:
    index = reference(expression)
    if index is not None and index < len(columns):
        return columns[index].meaning, columns[index].shape
    return digest(expression_of(expression, columns)), digest(expression_of(expression, columns, blank=True))


def _union_columns(inputs: Sequence[Sequence[Column]]) -> list[tuple[str, str]]:
    if len({len(each) for each in inputs}) != 1:
        raise PlanError("a union of Flink's compiled plan has inputs of different widths")
    return [(digest([each.meaning for each in same]), digest([each.shape for each in same])) for same in zip(*inputs, strict=True)]
