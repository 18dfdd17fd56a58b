"""Rows that wait for a model's answer: whole rows, and what their columns are counts as much as how wide they are."""

from collections.abc import Mapping
from typing import Any

from flinksql.statements.compatibility.compared_job import Side
from flinksql.statements.compatibility.operator_content import Column
from flinksql.statements.compatibility.plan import Node
from flinksql.statements.compatibility.values import Decision, Finding, Restore

_OF_WAITING = frozenset({"capacity", "timeout", "max-concurrent-operations"})
"""Settings that change how many rows wait and for how long, not which."""


def waiting(old_side: Side, old: Node, new_side: Side, new: Node) -> Finding | None:
    """Return what stands against giving the rows that wait to the new call; a remark when they are asked otherwise than they were."""
    before, after = old_side.rows(old)[0], new_side.rows(new)[0]
    if [column.kind for column in before] != [column.kind for column in after]:
        why = "the types of the columns that go into it change: Flink would fail for ever on the rows that wait in its state"
        return Finding(decision=Decision.RESETS, operator=old.title, why=why, restore=Restore.NONE)
    finding = _other_call(old_side, old, new_side, new)
    if finding:
        return finding
    if old_side.origins(old) != new_side.origins(new):
        return _unknown(old, "its source reads the columns from elsewhere, and the rows that wait were read as before")
    return _other_columns(old_side, old, new_side, new)


def _other_columns(old_side: Side, old: Node, new_side: Side, new: Node) -> Finding | None:
    before, after = old_side.rows(old)[0], new_side.rows(new)[0]
    asked = {*_asked(old_side, old), *_asked(new_side, new)}
    changed = [number for number, pair in enumerate(zip(before, after, strict=True)) if pair[0].meaning != pair[1].meaning]
    if any(number not in asked or not _reworded(before[number], after[number]) for number in changed):
        return _unknown(old, "the columns that go into it are not what they were: the rows that wait would be taken for other rows")
    if changed:
        return _remark(old, "the rows that wait are asked in the old words")
    if _asked(old_side, old) != _asked(new_side, new):
        return _remark(old, "the rows that wait are asked about the new columns")
    if old_side.decisions(old) != new_side.decisions(new):
        return _remark(old, "the rows that wait were let through under the old conditions, and are answered all the same")
    return None


def _other_call(old_side: Side, old: Node, new_side: Side, new: Node) -> Finding | None:
    if _settings(old_side, old) != _settings(new_side, new):
        return _unknown(old, "its settings change")
    names = old_side.model_of(old), new_side.model_of(new)
    before, after = old_side.closure.models.get(names[0]), new_side.closure.models.get(names[1])
    if before is None or after is None:
        return _unknown(old, "its model is not part of the bundle")
    if names[0] != names[1] and before != after:
        return _unknown(old, f"it calls model {names[1]} instead of {names[0]}, which would answer the rows that wait")
    if any(before.get(key) != after.get(key) for key in ("", "provider", "task")):
        return _unknown(old, f"model {names[0]} changes its provider, task, input or output")
    return None


def _reworded(before: Column, after: Column) -> bool:
    """Whether two texts are made of the same columns in the same way, but for the words between."""
    return before.shape == after.shape


def _asked(side: Side, node: Node) -> list[int]:
    features = _specification(side, node).get("features") or ()
    return [each.get("index", -1) for each in features if isinstance(each, Mapping)]


def _settings(side: Side, node: Node) -> dict[str, Any]:
    """Return the settings of a call, without those that are free. Flink writes `capacity ` with a space."""
    content = side.pairs[node.number].content
    every = {**(_specification(side, node).get("runtimeConfig") or {}), **(content.get("asyncOptions") or {})}
    return {key: value for key, value in every.items() if key.strip() not in _OF_WAITING} | {"": "asyncOptions" in content}


def _specification(side: Side, node: Node) -> Mapping[str, Any]:
    found = side.pairs[node.number].content.get("mlPredictSpec")
    return found if isinstance(found, Mapping) else {}


def _unknown(node: Node, why: str) -> Finding:
    return Finding(decision=Decision.UNKNOWN, operator=node.title, why=why, restore=Restore.NONE)


def _remark(node: Node, why: str) -> Finding:
    return Finding(decision=Decision.KEEPS, operator=node.title, why=why, restore=Restore.STRICT)
