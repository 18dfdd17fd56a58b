"""One operator of the old job against the one of the new job that Flink would give its state to."""

import re
from collections.abc import Mapping

from flinksql.verdict.connectors import effective_options, sink_finding, source_finding
from flinksql.verdict.descriptions import parts_of
from flinksql.verdict.plan import SOURCE, Node
from flinksql.verdict.rows import UnreadColumnsError, described, upstream
from flinksql.verdict.side import ML_PREDICT, SINK_PARTS, Side
from flinksql.verdict.tables import Table
from flinksql.verdict.values import Decision, Finding, Restore

_SHOWN_CHARACTERS = 120
_FREE_SETTING = re.compile(r"(?:_UTF-16LE)?'(?:timeout|max-concurrent-operations)', (?:_UTF-16LE)?'[\w .]*'")
"""Settings of ML_PREDICT that change how rows wait, not which."""
_TYPE = re.compile(r":(?:VAR)?CHAR\(\d+\) CHARACTER SET \"UTF-16LE\"")
"""What stands behind each literal of a MAP whose literals differ in length."""
_PUNCTUATION = re.compile(r"MAP\(|DEFAULT\(|[ ,()]")
_WORDS = {"window": "the window", "groupBy": "the key", "select": "what is gathered", "partitionBy": "the key", "orderBy": "the order"}


def compared(old_side: Side, old: Node, new_side: Side, new: Node) -> Finding | None:
    """Return what stands against giving an operator's state to its successor of the same id; None when nothing does."""
    if old.kind != new.kind:
        return _replaced(old, new)
    if old.kind == SOURCE:
        return _source(old_side, old, new_side, new)
    if old.kind in SINK_PARTS:
        return _sink(old_side, old, new_side, new)
    try:
        rule = _ml_predict if old.kind == ML_PREDICT else _gathered
        return rule(old_side, old, new_side, new)
    except UnreadColumnsError as error:
        return _unknown(old, str(error))


def _replaced(old: Node, new: Node) -> Finding:
    if old.kind in {*SINK_PARTS, ML_PREDICT}:
        # Lists of the operator itself, under names that no other operator asks for: measured, Flink lets them lie.
        why = f"the new job has {new.title} in its place"
        return Finding(decision=Decision.RESETS, operator=old.title, why=why, restore=Restore.IGNORE_UNCLAIMED)
    why = f"the new job has {new.title} in its place, which would be given state that is not its own"
    return Finding(decision=Decision.RESETS, operator=old.title, why=why, restore=Restore.NONE)


def _source(old_side: Side, old: Node, new_side: Side, new: Node) -> Finding | None:
    tables = _tables(old_side, old, new_side, new)
    if tables is None:
        return _unknown(old, "its table is not part of the bundle, or takes columns over by LIKE")
    before, after = tables
    if before.text == after.text and described(old) == described(new) and old.description == new.description:
        return None
    options = effective_options(old, before), effective_options(new, after)
    if options[0] is None or options[1] is None:
        return _unknown(old, "a hint of it is not understood")
    return source_finding(old.title, options[0], options[1])


def _sink(old_side: Side, old: Node, new_side: Side, new: Node) -> Finding | None:
    tables = _tables(old_side, old, new_side, new)
    if tables is None:
        return _unknown(old, "its table is not part of the bundle, or takes columns over by LIKE")
    before, after = tables
    return None if before.text == after.text else sink_finding(old.title, before.options, after.options)


def _tables(old_side: Side, old: Node, new_side: Side, new: Node) -> tuple[Table, Table] | None:
    before, after = old_side.closure.tables.get(old.table), new_side.closure.tables.get(new.table)
    if before is None or after is None:
        return None
    same = before.text == after.text and old_side.closure.tables == new_side.closure.tables
    return (before, after) if same or not (before.opaque or after.opaque) else None


def _ml_predict(old_side: Side, old: Node, new_side: Side, new: Node) -> Finding | None:
    """Rows that wait for their answer are the state: their types must be the same, what becomes of them need not."""
    if old_side.gathered_rows(old) != new_side.gathered_rows(new):
        why = "the columns that go into it change, and with them the rows that wait in its state: they would be taken for others"
        return Finding(decision=Decision.RESETS, operator=old.title, why=why, restore=Restore.NONE)
    if _without_free_settings(old) != _without_free_settings(new):
        return _unknown(old, "its settings change")
    if old_side.models_of(old) != new_side.models_of(new):
        return _unknown(old, "it calls another model, and rows that wait for the old one would be answered by it")
    for model in old_side.models_of(old):
        before, after = old_side.closure.models.get(model), new_side.closure.models.get(model)
        if before is None or after is None:
            return _unknown(old, f"model {model} is not the one that it was")
        if any(before.get(key) != after.get(key) for key in ("", "provider", "task")):
            return _unknown(old, f"model {model} changes its provider, task, input or output")
    return None


def _without_free_settings(node: Node) -> str:
    """Return what stands in the call after its DESCRIPTOR, without the settings that are free."""
    call = node.description.partition("], rowType=")[0]
    _, _, settings = call.partition("DESCRIPTOR(")[2].partition(")")
    return _PUNCTUATION.sub("", _FREE_SETTING.sub("", _TYPE.sub("", settings)))


def _gathered(old_side: Side, old: Node, new_side: Side, new: Node) -> Finding | None:
    """State that was gathered from rows: every word of the operator and of all that leads to it must be the same."""
    before, after = parts_of(described(old)), parts_of(described(new))
    if before != after:
        name = next(name for name in sorted({*before, *after}) if before.get(name) != after.get(name))
        change = f"{_WORDS.get(name, name)} changes from {_shown(before, name)} to {_shown(after, name)}"
        return Finding(decision=Decision.RESETS, operator=old.title, why=change, restore=Restore.NONE)
    if old_side.gathered_rows(old) != new_side.gathered_rows(new):
        return _unknown(old, "the columns that flow into it are not computed as they were, or not of the same types")
    if upstream(old_side.plan, old) != upstream(new_side.plan, new) or old_side.decisions(old) != new_side.decisions(new):
        why = "its state was gathered under another condition, watermark, model or decoding; restored, it goes on from what it has"
        return Finding(decision=Decision.UNKNOWN, operator=old.title, why=why, restore=Restore.STRICT)
    return None


def _unknown(node: Node, why: str) -> Finding:
    return Finding(decision=Decision.UNKNOWN, operator=node.title, why=why, restore=Restore.NONE)


def _shown(parts: Mapping[str, str], name: str) -> str:
    text = parts.get(name, "none")
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]} ..."
