"""Two plans of planners of different Flink lines, made comparable: what one line writes of the same job otherwise is taken out.

Flink promises that a newer line restores what an older one wrote only for compiled plans. For SQL that is planned anew it is so where both
planners make the same operators in the same places. Everything below was found by planning 300 jobs on each line; what is not
listed counts as a change. `tests/verdict/across.py` carries jobs over on real clusters.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from flinksql.statements.compatibility.compiled import SCAN, SINK, Compiled, Operator

MEASURED = frozenset({("2.1", "2.2"), ("2.2", "2.3")})
"""From which line to which jobs were carried with their state."""
_SAME_STATE: Mapping[str, frozenset[str]] = MappingProxyType({SCAN: frozenset({"1", "2"}), SINK: frozenset({"1", "2"})})
"""Versions of operators that keep the same state in the same form: 2.3 only names them otherwise, and a sink can have ON CONFLICT."""
_ONE_VERSION = "1"
_EXPRESSIONS = frozenset({"CALL", "CORREL_VARIABLE", "FIELD_ACCESS", "INPUT_REF", "LITERAL"})
_CAST = "$CAST$1"


def comparable(old: Compiled, new: Compiled) -> tuple[Compiled, Compiled]:
    """Return both plans as one line would have written them; unchanged where one line did."""
    if old.line == new.line:
        return old, new
    return _alike(old), _alike(new)


def unmeasured(old: Compiled, new: Compiled) -> str:
    """Return why nothing is known of a change from one line to the other; empty where it was measured, or is none."""
    if old.line == new.line or (old.line, new.line) in MEASURED:
        return ""
    before, after = (one.line or "of an unknown line" for one in (old, new))
    return f"what Flink {after} does with the state of a job of Flink {before} is not known"


def _alike(compiled: Compiled) -> Compiled:
    return replace(compiled, operators={number: _alike_operator(operator) for number, operator in compiled.operators.items()})


def _alike_operator(operator: Operator) -> Operator:
    content = _alike_part(operator.content)
    if operator.version in _SAME_STATE.get(operator.kind, ()):
        content["type"] = str(content["type"]).removesuffix(f"_{operator.version}") + f"_{_ONE_VERSION}"
    if operator.kind == SCAN:
        _name_rowtime(content)
    return replace(operator, content=content)


def _name_rowtime(scan: dict[str, Any]) -> None:
    """Write the rowtime attribute of a watermark by its name, as the table has it: 2.1 does not write the expression."""
    source = scan.get("scanTableSource") or {}
    schema = source.get("table", {}).get("resolvedTable", {}).get("schema", {})
    names = [each.get("rowtimeAttribute") for each in schema.get("watermarkSpecs") or ()]
    for ability in source.get("abilities") or ():
        if ability.get("type") == "WatermarkPushDown":
            ability["rowtimeExpr"] = {"kind": "LITERAL", "value": names}


def _alike_part(value: Any) -> Any:  # noqa: ANN401 - parts of a plan are of any kind
    """Copy a part of a plan with its expressions alike.

    2.1 casts what is never NULL to the same type that can be, and 2.1 and 2.2 write empty lists of operands for calls that take none.
    Whether a column of a row can be NULL stays as it is: Flink compares that when it restores rows.
    """
    if isinstance(value, list):
        return [_alike_part(each) for each in value]
    if not isinstance(value, Mapping):
        return value
    if value.get("kind") not in _EXPRESSIONS:
        return {key: _alike_part(each) for key, each in value.items()}
    operands = value.get("operands")
    if value.get("internalName") == _CAST and isinstance(operands, list) and len(operands) == 1:
        inner, kind = operands[0], _without_nullability(value.get("type"))
        if isinstance(inner, Mapping) and kind and _without_nullability(inner.get("type")) == kind:
            return _alike_part(inner)
    made = {key: _alike_part(each) for key, each in value.items() if key != "type" and not (key == "operands" and each == [])}
    return {**made, "type": _without_nullability(value["type"])} if "type" in value else made


def _without_nullability(kind: Any) -> Any:  # noqa: ANN401 - a type is a text or an object
    if isinstance(kind, str):
        return kind.replace(" NOT NULL", "")
    if isinstance(kind, list):
        return [_without_nullability(each) for each in kind]
    if isinstance(kind, Mapping):
        return {key: _without_nullability(each) for key, each in kind.items() if key != "nullable"}
    return kind
