"""What the scan of a table reads, and which key a sink's table has: the parts of a compiled plan that come from CREATE TABLE."""

from collections.abc import Mapping, Sequence
from typing import Any

from flinksql.statements.compatibility.compiled import Operator, columns_of
from flinksql.statements.compatibility.operator_content import digest, reference
from flinksql.statements.compatibility.plan import PlanError

SCAN = "table-source-scan"
_METADATA = "ReadingMetadata"
_WATERMARK = "WatermarkPushDown"
_AS_TIME_ATTRIBUTE = "$REINTERPRET$1"


def scanned_columns(operator: Operator, source: object) -> list[str]:
    """Return what each column of a scan is: the field or the metadata of the source that it is read from, and its type."""
    keys = _metadata(operator)
    # A scan that reads a part of its columns or rows names them by what it was given to do.
    others = [each for each in abilities(operator) if each.get("type") != _WATERMARK]
    return [digest([source, others, _field(name, keys), kind]) for name, kind in operator.columns]


def abilities(operator: Operator) -> list[Mapping[str, Any]]:
    """Return what a scan was given to do, with columns named instead of numbered. Which metadata it reads follows from its columns."""
    keys = _metadata(operator)
    found: list[Mapping[str, Any]] = []
    for ability in operator.content.get("scanTableSource", {}).get("abilities") or ():
        if ability.get("type") == _WATERMARK:
            names = [_field(name, keys) for name, _ in columns_of(ability.get("producedType"))]
            found.append({key: _named(value, names) for key, value in ability.items() if key != "producedType"})
        elif ability.get("type") != _METADATA:
            found.append(ability)
    return found


def primary_key(operator: Operator) -> tuple[str, ...]:
    """Return the columns of the primary key of a sink's table. Raises PlanError."""
    key = _schema(operator, "dynamicTableSink").get("primaryKey") or {}
    return tuple(str(each) for each in key.get("columns", ()))


def _metadata(operator: Operator) -> Mapping[str, str]:
    columns = _schema(operator, "scanTableSource").get("columns", [])
    return {each["name"]: each.get("metadataKey") or each["name"] for each in columns if each.get("kind") == "METADATA"}


def _schema(operator: Operator, part: str) -> Mapping[str, Any]:
    table = operator.content.get(part, {}).get("table", {})
    schema = table.get("resolvedTable", {}).get("schema")
    if not isinstance(schema, Mapping):
        raise PlanError(f"a table of Flink's compiled plan has no schema: {operator.description[:80]}")
    return schema


def _field(name: str, keys: Mapping[str, str]) -> list[str]:
    return ["metadata", keys[name]] if name in keys else ["field", name]


def _named(value: object, names: Sequence[list[str]]) -> object:
    if isinstance(value, list):
        return [_named(each, names) for each in value]
    if not isinstance(value, Mapping):
        return value
    index = reference(value)
    if index is not None and index < len(names):
        return {"field": names[index]}
    operands = value.get("operands")
    if value.get("internalName") == _AS_TIME_ATTRIBUTE and isinstance(operands, list) and len(operands) == 1:
        # Written or not by whether the table has computed columns; the value is the same.
        return _named(operands[0], names)
    return {key: _named(each, names) for key, each in value.items()}
