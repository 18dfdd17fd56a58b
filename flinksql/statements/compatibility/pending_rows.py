"""Rows that wait for a model's answer: whole rows, and what their columns are counts as much as how wide they are."""

from collections.abc import Mapping
from typing import Any

from flinksql.statements.compatibility.compared_job import ComparedJob
from flinksql.statements.compatibility.operator_content import Column
from flinksql.statements.compatibility.plan import Node
from flinksql.statements.compatibility.values import Decision, Finding, Restore

_OF_WAITING = frozenset({"capacity", "timeout", "max-concurrent-operations"})
"""Settings that change how many rows wait and for how long, not which."""


def pending_finding(old_job: ComparedJob, old: Node, new_job: ComparedJob, new: Node) -> Finding | None:
    """Return what prevents restoring pending rows in the new call, or a remark if they are asked differently."""
    before, after = old_job.rows(old)[0], new_job.rows(new)[0]
    if [column.kind for column in before] != [column.kind for column in after]:
        why = "the types of the columns that go into it change: Flink would fail for ever on the pending rows in its state"
        return Finding(decision=Decision.RESETS, operator=old.title, why=why, restore=Restore.NONE)
    finding = _other_call(old_job, old, new_job, new)
    if finding:
        return finding
    if old_job.origins(old) != new_job.origins(new):
        return _unknown(old, "its source reads the columns from elsewhere, and the pending rows were read as before")
    return _other_columns(old_job, old, new_job, new)


def _other_columns(old_job: ComparedJob, old: Node, new_job: ComparedJob, new: Node) -> Finding | None:
    before, after = old_job.rows(old)[0], new_job.rows(new)[0]
    asked = {*_asked_columns(old_job, old), *_asked_columns(new_job, new)}
    changed = [number for number, pair in enumerate(zip(before, after, strict=True)) if pair[0].meaning != pair[1].meaning]
    if any(number not in asked or not _reworded(before[number], after[number]) for number in changed):
        return _unknown(old, "the columns that go into it are not what they were: the pending rows would be taken for other rows")
    if changed:
        return _remark(old, "the pending rows are sent with the old prompt")
    if _asked_columns(old_job, old) != _asked_columns(new_job, new):
        return _remark(old, "the pending rows are asked about the new columns")
    if old_job.decisions(old) != new_job.decisions(new):
        return _remark(old, "the pending rows were let through under the old conditions, and are answered all the same")
    return None


def _other_call(old_job: ComparedJob, old: Node, new_job: ComparedJob, new: Node) -> Finding | None:
    if _settings(old_job, old) != _settings(new_job, new):
        return _unknown(old, "its settings change")
    names = old_job.model_of(old), new_job.model_of(new)
    before, after = old_job.closure.models.get(names[0]), new_job.closure.models.get(names[1])
    if before is None or after is None:
        return _unknown(old, "its model is not part of the bundle")
    if names[0] != names[1] and before != after:
        return _unknown(old, f"it calls model {names[1]} instead of {names[0]}, which would answer the pending rows")
    if any(before.get(key) != after.get(key) for key in ("", "provider", "task")):
        return _unknown(old, f"model {names[0]} changes its provider, task, input or output")
    return None


def _reworded(before: Column, after: Column) -> bool:
    """Return whether two texts are made of the same columns in the same way, but for the words between."""
    return before.shape == after.shape


def _asked_columns(job: ComparedJob, node: Node) -> list[int]:
    features = _specification(job, node).get("features") or ()
    return [each.get("index", -1) for each in features if isinstance(each, Mapping)]


def _settings(job: ComparedJob, node: Node) -> dict[str, Any]:
    """Return the settings of a call, without those that are free. Flink writes `capacity ` with a space."""
    content = job.pairs[node.number].content
    every = {**(_specification(job, node).get("runtimeConfig") or {}), **(content.get("asyncOptions") or {})}
    return {key: value for key, value in every.items() if key.strip() not in _OF_WAITING} | {"": "asyncOptions" in content}


def _specification(job: ComparedJob, node: Node) -> Mapping[str, Any]:
    found = job.pairs[node.number].content.get("mlPredictSpec")
    return found if isinstance(found, Mapping) else {}


def _unknown(node: Node, why: str) -> Finding:
    return Finding(decision=Decision.UNKNOWN, operator=node.title, why=why, restore=Restore.NONE)


def _remark(node: Node, why: str) -> Finding:
    return Finding(decision=Decision.KEEPS, operator=node.title, why=why, restore=Restore.STRICT)
