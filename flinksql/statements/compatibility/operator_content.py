"""What an operator of a compiled plan does, in a form in which equal means equal: numbers of columns replaced by what the columns are."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flinksql.statements.compatibility.compiled import Operator

_FREE_PARTS = frozenset({"id", "description", "outputType", "inputProperties", "localAggInputRowType"})
"""Types of rows are compared column by column, and where rows come from is compared by what is there."""
_ALIASED = frozenset({"aggCalls", "namedWindowProperties"})
_LISTS = frozenset({"grouping", "argList", "partitionKeyIndices"})
_NUMBERS = frozenset({"fieldIndex", "filterArg", "sliceEnd", "timeAttributeIndex", "windowEnd", "windowStart"})
_TEXTS = ("CHAR", "VARCHAR")
_GLOBAL = frozenset({"global-group-aggregate", "global-window-aggregate"})
"""The second of two phases: what flows into it is what the first one gathered."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """What a column is. `shape` is the same with the texts of literals left out; `kind` stands for its type."""

    meaning: str
    shape: str
    kind: str


def content_of(operator: Operator, columns: Sequence[Column], names: Sequence[str], *, referring: bool) -> Mapping[str, object]:
    """Return what an operator does. `referring` operators have their numbers of columns replaced, not only their expressions."""
    parts = {key: value for key, value in operator.content.items() if key not in _FREE_PARTS}
    if operator.kind == "ml-predict-table-function":
        parts = _call_of(parts, columns)
    if _keeps_the_same_either_way(operator):
        # Whether it sends what it takes back follows from what comes after it: a condition on its results asks for it.
        parts.pop("generateUpdateBefore", None)
    if operator.kind in _GLOBAL and isinstance(parts.get("aggCalls"), list):
        # Its numbers of arguments are those of the local aggregate's input, whose columns it does not have.
        parts["aggCalls"] = [
            {key: value for key, value in call.items() if key not in {"argList", "filterArg"}} for call in parts["aggCalls"]
        ]
    for key in _ALIASED & parts.keys():
        parts[key] = [{inner: value for inner, value in each.items() if inner != "name"} for each in parts[key]]
    made = {key: expression_of(value, columns, names=names) for key, value in parts.items()}
    return {key: _referred(value, columns, key) for key, value in made.items()} if referring else made


def expression_of(value: object, columns: Sequence[Column], *, names: Sequence[str] = (), blank: bool = False) -> object:
    """Return an expression over what columns are. `blank` leaves out texts of literals, and lengths of texts, which follow from them."""
    if isinstance(value, list):
        return [expression_of(each, columns, names=names, blank=blank) for each in value]
    if not isinstance(value, Mapping):
        return value
    index = _referenced_column(value, names)
    if index is not None and index < len(columns):
        return {"column": columns[index].shape if blank else columns[index].meaning, "kind": columns[index].kind}
    if blank and value.get("kind") == "LITERAL" and str(value.get("type")).startswith(_TEXTS):
        return {"kind": "LITERAL"}
    return {
        key: _without_length(each) if blank and key == "type" else expression_of(each, columns, names=names, blank=blank)
        for key, each in value.items()
    }


def reference(value: object) -> int | None:
    """Return the number of the column that an expression is, when it is nothing but a column."""
    index = value.get("inputIndex") if isinstance(value, Mapping) and value.get("kind") == "INPUT_REF" else None
    return index if isinstance(index, int) and index >= 0 else None


def digest(value: object) -> str:
    """Return a short text that is the same for the same value only."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:32]


def _referenced_column(value: Mapping[str, object], names: Sequence[str]) -> int | None:
    """Return the number of the column that is meant, by number or, within a correlation, by name."""
    inner = value.get("expr")
    if value.get("kind") == "FIELD_ACCESS" and isinstance(inner, Mapping) and inner.get("kind") == "CORREL_VARIABLE":
        name = value.get("name")
        return names.index(name) if isinstance(name, str) and names.count(name) == 1 else None
    return reference(value)


def _keeps_the_same_either_way(operator: Operator) -> bool:
    """Return whether an operator keeps the same whether or not it sends what it takes back.

    One that keeps the newest row by processing time does not: it keeps no row at all when nobody asks for the one before.
    """
    if operator.kind == "deduplicate":
        return operator.content.get("isRowtime") is True
    strategy = operator.content.get("rankStrategy")
    appends = isinstance(strategy, Mapping) and strategy.get("type") == "AppendFast"
    return operator.kind == "group-aggregate" or (operator.kind == "rank" and appends)


def _call_of(parts: Mapping[str, object], columns: Sequence[Column]) -> dict[str, object]:
    """Return what a call of a model asks: which columns, with which settings that decide on its answers."""
    specification = parts.get("mlPredictSpec")
    features = specification.get("features") if isinstance(specification, Mapping) else None
    asked = [_feature(each, columns) for each in features] if isinstance(features, list) else features
    return {"type": parts.get("type"), "features": asked}


def _feature(value: object, columns: Sequence[Column]) -> object:
    index = value.get("index") if isinstance(value, Mapping) and value.get("type") == "FieldRef" else None
    return columns[index].meaning if isinstance(index, int) and 0 <= index < len(columns) else value


def _referred(value: object, columns: Sequence[Column], key: str) -> object:
    """Return a part with numbers of columns replaced, wherever a key is known to hold them."""
    if key in _LISTS and isinstance(value, list):
        return [_column(each, columns) for each in value]
    if key in _NUMBERS:
        return _column(value, columns)
    if isinstance(value, list):
        return [_referred(each, columns, "") for each in value]
    if isinstance(value, Mapping):
        # Which column it is says all; what it is called is an alias.
        kept = {inner: each for inner, each in value.items() if not (inner in {"fieldName", "alias"} and key in {"timeField", "window"})}
        return {inner: _referred(each, columns, inner) for inner, each in kept.items()}
    return value


def _column(value: object, columns: Sequence[Column]) -> object:
    if isinstance(value, int) and 0 <= value < len(columns):
        return [columns[value].meaning, columns[value].kind]
    return value


def _without_length(kind: object) -> object:
    text = str(kind)
    return text.partition("(")[0] + (" NOT NULL" if text.endswith(" NOT NULL") else "") if text.startswith(_TEXTS) else kind
