"""What the scan of a table reads, and which key a sink's table has: the parts of a compiled plan that come from CREATE TABLE."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from flinksql.statements.compatibility.compiled import Operator, columns_of
from flinksql.statements.compatibility.operator_content import digest, reference
from flinksql.statements.compatibility.plan import PlanError

SCAN = "table-source-scan"
_PHYSICAL = "PHYSICAL"
_METADATA = "ReadingMetadata"
_WATERMARK = "WatermarkPushDown"
_AS_TIME_ATTRIBUTE = "$REINTERPRET$1"


class Decoding(StrEnum):
    """By what a format finds the field of a record that a column is."""

    BY_NAME = "by name"
    BY_PLACE = "by its place among the columns"
    UNKNOWN = "unknown"
    """Any change of the table's columns can make another field of each."""


def scanned_columns(operator: Operator, source: object, decoding: Decoding) -> list[str]:
    """Return what each column of a scan is: the field or the metadata of the source that it is read from, and its type."""
    fields = _fields(operator, decoding)
    # A scan that reads a part of its columns or rows names them by what it was given to do.
    others = [each for each in abilities(operator, decoding) if each.get("type") != _WATERMARK]
    return [digest([source, others, fields.get(name, ["field", name]), kind]) for name, kind in operator.columns]


def abilities(operator: Operator, decoding: Decoding) -> list[Mapping[str, Any]]:
    """Return what a scan was given to do, with columns named instead of numbered. Which metadata it reads follows from its columns."""
    fields = _fields(operator, decoding)
    found: list[Mapping[str, Any]] = []
    for ability in operator.content.get("scanTableSource", {}).get("abilities") or ():
        if ability.get("type") == _WATERMARK:
            names = [fields.get(name, ["field", name]) for name, _ in columns_of(ability.get("producedType"))]
            found.append({key: _named(value, names) for key, value in ability.items() if key != "producedType"})
        elif ability.get("type") != _METADATA:
            found.append(ability)
    return found


def primary_key(operator: Operator) -> tuple[str, ...]:
    """Return the columns of the primary key of a sink's table. Raises PlanError."""
    key = _schema(operator, "dynamicTableSink").get("primaryKey") or {}
    return tuple(str(each) for each in key.get("columns", ()))


def _fields(operator: Operator, decoding: Decoding) -> Mapping[str, list[object]]:
    """Return for each column of a scanned table from where in a record it is read."""
    columns = _schema(operator, "scanTableSource").get("columns", [])
    physical = [each for each in columns if each.get("kind", _PHYSICAL) == _PHYSICAL]
    whole = digest([[each["name"], each.get("dataType")] for each in physical]) if decoding is Decoding.UNKNOWN else ""
    found: dict[str, list[object]] = {}
    for place, each in enumerate(physical):
        # By name, columns may come and go; by place, a name is only an alias.
        found[each["name"]] = ["place", place] if decoding is Decoding.BY_PLACE else ["field", each["name"], *([whole] if whole else [])]
    metadata = {each["name"]: each.get("metadataKey") or each["name"] for each in columns if each.get("kind") == "METADATA"}
    return {**found, **{name: ["metadata", key] for name, key in metadata.items()}}


def _schema(operator: Operator, part: str) -> Mapping[str, Any]:
    table = operator.content.get(part, {}).get("table", {})
    schema = table.get("resolvedTable", {}).get("schema")
    if not isinstance(schema, Mapping):
        raise PlanError(f"a table of Flink's compiled plan has no schema: {operator.description[:80]}")
    return schema


def _named(value: object, names: Sequence[list[object]]) -> object:
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
