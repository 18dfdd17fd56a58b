"""State accumulated from rows: what the operator does, what its columns are, and what decided which rows reached it.

A widened operator accumulates more of the same: the old state is restored, and rows that were dropped before stay dropped.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from flinksql.statements.compatibility.column_lineage import REFERRING
from flinksql.statements.compatibility.compared_job import ComparedJob
from flinksql.statements.compatibility.compiled import Operator
from flinksql.statements.compatibility.plan import Node
from flinksql.statements.compatibility.values import Decision, Finding, Restore

_SHOWN_CHARACTERS = 120
_PARTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "windowing": ("the window", ("window",)),
    "leftWindowing": ("the window", ("leftWindow",)),
    "rightWindowing": ("the window", ("rightWindow",)),
    "window": ("the window", ("window",)),
    "grouping": ("the key", ("groupBy",)),
    "partition": ("the key", ("partitionBy", "key")),
    "partitionSpec": ("the key", ("partitionBy",)),
    "uniqueKeys": ("the key", ("key",)),
    "orderBy": ("the order", ("orderBy",)),
    "sortSpec": ("the order", ("orderBy",)),
    "rankRange": ("the range of ranks", ("rankRange",)),
    "aggCalls": ("what is aggregated", ("select",)),
    "overSpec": ("what is aggregated, or over which rows", ("window", "select")),
    "joinSpec": ("the join", ("where", "joinType")),
    "intervalJoinSpec": ("the join", ("windowBounds", "where", "joinType")),
    "matchSpec": ("the pattern", ("pattern", "define", "measures")),
}
"""For each part of a compiled operator how people call it, and under which names its description shows it."""
_SETTINGS = frozenset({"state", "configuration", "generateUpdateBefore", "needRetraction", "aggCallNeedRetractions", "type"})
"""Parts that are settings of the operator, not what it does."""


def accumulated_finding(old_job: ComparedJob, old: Node, new_job: ComparedJob, new: Node) -> Finding | None:
    """Return what prevents restoring accumulated state, or a remark if the new operator accumulates more of the same."""
    before, after = (job.lineage.content(job.pairs[node.number]) for job, node in ((old_job, old), (new_job, new)))
    differing = sorted(key for key in {*before, *after} if _text(before.get(key)) != _text(after.get(key)))
    remark = None
    if differing:
        why = widened(old_job.pairs[old.number], new_job.pairs[new.number], differing)
        if why is None:
            return _changed(old, new, differing)
        remark = Finding(decision=Decision.KEEPS, operator=old.title, why=why, restore=Restore.STRICT)
    return _input_finding(old_job, old, new_job, new) or remark


def materialised_finding(old_job: ComparedJob, old: Node, new_job: ComparedJob, new: Node) -> Finding | None:
    """Return what prevents restoring the rows that a sink has written under each key: they are whole rows."""
    before, after = ({**job.pairs[node.number].content} for job, node in ((old_job, old), (new_job, new)))
    tables = [each.get("dynamicTableSink", {}).get("table", {}).get("resolvedTable") for each in (before, after)]
    parts = ("configuration", "inputChangelogMode", "inputUpsertKey", "requireUpsertMaterialize", "state", "type")
    if tables[0] != tables[1] or any(before.get(key) != after.get(key) for key in parts):
        return _unknown(old, "the columns or the key of its table change, and with them the rows in its state")
    return _input_finding(old_job, old, new_job, new)


def _input_finding(old_job: ComparedJob, old: Node, new_job: ComparedJob, new: Node) -> Finding | None:
    """Return what changes for incoming rows: their columns, or what decides which of them arrive."""
    if old_job.pairs[old.number].kind not in REFERRING:
        before, after = (
            [[(each.meaning, each.kind) for each in one] for one in job.rows(node)] for job, node in _both(old_job, old, new_job, new)
        )
        if before != after:
            return _unknown(old, _input_change(old_job, old, new_job, new))
    if old_job.decisions(old) != new_job.decisions(new):
        why = "its state was accumulated under other conditions: a filter, join, watermark, model or decoding before it changes"
        return Finding(decision=Decision.UNKNOWN, operator=old.title, why=why, restore=Restore.STRICT)
    return None


def _both(old_job: ComparedJob, old: Node, new_job: ComparedJob, new: Node) -> tuple[tuple[ComparedJob, Node], tuple[ComparedJob, Node]]:
    return (old_job, old), (new_job, new)


def _input_change(old_job: ComparedJob, old: Node, new_job: ComparedJob, new: Node) -> str:
    before, after = ([each.kind for one in job.rows(node) for each in one] for job, node in _both(old_job, old, new_job, new))
    if before != after:
        return "the types of the columns that flow into it change, and its state holds them"
    return "the columns that flow into it are not computed as they were"


def _changed(old: Node, new: Node, differing: list[str]) -> Finding:
    """Return the finding for an operator that does something else."""
    before, after = parts_of(old.description), parts_of(new.description)
    named = [_PARTS[key] for key in differing if key in _PARTS]
    shown = [(noun, part) for noun, parts in named for part in parts if before.get(part) != after.get(part)]
    if shown:
        noun, part = shown[0]
        change = f"{noun} changes from {_shown(before, part)} to {_shown(after, part)}"
        return Finding(decision=Decision.RESETS, operator=old.title, why=change, restore=Restore.NONE)
    if not set(differing) <= _SETTINGS and named:
        # The description is the same: other columns or other types under the same names.
        return _unknown(old, f"{named[0][0]} is not over the same columns, or not over the same types")
    if differing == ["state"]:
        return _unknown(old, "the time to live of its state changes")
    return _unknown(old, f"its {', '.join(differing)} changes, and what that does to its state is not known")


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True)


def _unknown(node: Node, why: str) -> Finding:
    return Finding(decision=Decision.UNKNOWN, operator=node.title, why=why, restore=Restore.NONE)


def _shown(parts: Mapping[str, str], name: str) -> str:
    text = parts.get(name, "none")
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]} ..."


_OPENING, _CLOSING = "([{<", ")]}>"
_PART = re.compile(r"(?P<name>\w+)=(?P<value>.*)", re.DOTALL)
_WINDOW_NAME = "'w$"
"""How plans refer to a window: `start('w$)`. That apostrophe closes nowhere."""


def parts_of(description: str) -> dict[str, str]:
    """Return the parts between an operator's outer parentheses by name; what has no name goes under its place."""
    opening = description.find("(")
    if opening < 0 or not description.endswith(")"):
        return {"": description}
    parts: dict[str, str] = {}
    for index, text in enumerate(split(description[opening + 1 : -1])):
        match = _PART.fullmatch(text)
        parts[match["name"] if match else str(index)] = match["value"] if match else text
    return parts


def split(text: str) -> list[str]:
    """Split at commas that stand outside brackets and quotes."""
    pieces: list[str] = []
    start = 0
    for index in _commas(text):
        pieces.append(text[start:index].strip())
        start = index + 1
    last = text[start:].strip()
    return [*pieces, last] if last else pieces


def _commas(text: str) -> Iterator[int]:
    depth = 0
    quoted = False
    for index, character in enumerate(text):
        if character == "'" and not text.startswith(_WINDOW_NAME, index):
            quoted = not quoted
        elif quoted:
            continue
        elif character in _OPENING and not _compares(text, index):
            depth += 1
        elif character in _CLOSING and not _compares(text, index):
            depth -= 1
        elif character == "," and depth == 0:
            yield index


def _compares(text: str, index: int) -> bool:
    """Return whether `<` or `>` at a place is a comparison: those stand between spaces or next to `=`, `<>` is one too."""
    if text[index] not in "<>":
        return False
    around = text[max(index - 1, 0) : index] + text[index + 1 : index + 2]
    return any(character in " =<>(" for character in around)


_LEAST_RANKS = 2
"""The first row alone is kept by another function, in a state of another form."""


def widened(old: Operator, new: Operator, differing: list[str]) -> str | None:
    """Return what the old rows can still give when an operator is only widened; None when it does something else."""
    rules = {"rankRange": _ranks, "intervalJoinSpec": _bounds, "matchSpec": _within}
    rule = rules.get(differing[0]) if len(differing) == 1 else None
    return rule(old.content, new.content) if rule else None


def _ranks(old: Mapping[str, Any], new: Mapping[str, Any]) -> str | None:
    before, after = old["rankRange"], new["rankRange"]
    constant = all(each.get("type") == "Constant" for each in (before, after)) and before.get("start") == after.get("start") == 1
    # The ranks of a window come out once: those of the windows that are open would be wrong for good.
    append = old.get("rankStrategy", {}).get("type") == "AppendFast"
    if constant and append and _LEAST_RANKS <= before["end"] < after["end"]:
        return f"rows that were ranked beyond {before['end']} before the change are gone: ranks fill up with rows that come after it"
    return None


def _bounds(old: Mapping[str, Any], new: Mapping[str, Any]) -> str | None:
    before, after = dict(old["intervalJoinSpec"]), dict(new["intervalJoinSpec"])
    bounds = dict(before.pop("windowBounds")), dict(after.pop("windowBounds"))
    lower, upper = ([each.pop(key) for each in bounds] for key in ("leftLowerBound", "leftUpperBound"))
    if before == after and bounds[0] == bounds[1] and lower[1] <= lower[0] and upper[1] >= upper[0]:
        return "rows that were dropped under the narrower interval before the change find no partner any more"
    return None


def _within(old: Mapping[str, Any], new: Mapping[str, Any]) -> str | None:
    before, after = dict(old["matchSpec"]), dict(new["matchSpec"])
    limits = before.pop("interval", None), after.pop("interval", None)
    if before == after and None not in limits:
        return "WITHIN changes: matches that have begun end by the new limit, and what the old one dropped stays dropped"
    return None
