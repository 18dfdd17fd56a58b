"""One operator of the old job against the one of the new job that Flink would give its state to."""

from flinksql.statements.compatibility.accumulated_state import accumulated_finding, materialised_finding
from flinksql.statements.compatibility.compared_job import ML_PREDICT, SINK_PARTS, ComparedJob
from flinksql.statements.compatibility.connectors import effective_options, sink_finding, source_finding
from flinksql.statements.compatibility.errors import PlanError
from flinksql.statements.compatibility.pending_rows import pending_finding
from flinksql.statements.compatibility.plan import SOURCE, Node
from flinksql.statements.compatibility.scans import primary_key
from flinksql.statements.compatibility.tables import Table
from flinksql.statements.compatibility.values import Decision, Finding, Restore


def operator_finding(old_job: ComparedJob, old: Node, new_job: ComparedJob, new: Node) -> Finding | None:
    """Return what stands against giving an operator's state to its successor of the same id; None when nothing does."""
    if old.kind != new.kind:
        return _replaced(old, new)
    try:
        if old.kind == SOURCE:
            return _source(old_job, old, new_job, new)
        if old.kind in SINK_PARTS:
            return _sink(old_job, old, new_job, new)
        if old.kind == ML_PREDICT:
            return pending_finding(old_job, old, new_job, new)
        rule = materialised_finding if old.kind == "SinkMaterializer" else accumulated_finding
        return rule(old_job, old, new_job, new)
    except PlanError as error:
        return _unknown(old, str(error))


def _replaced(old: Node, new: Node) -> Finding:
    if old.kind in {*SINK_PARTS, ML_PREDICT}:
        # Lists of the operator itself, under names that no other operator asks for: measured, Flink lets them lie.
        why = f"the new job has other operators before it: {new.title} stands in its place, and Flink finds state by an operator's place"
        return Finding(decision=Decision.RESETS, operator=old.title, why=why, restore=Restore.IGNORE_UNCLAIMED)
    why = f"the new job has {new.title} in its place, which would be given state that is not its own"
    return Finding(decision=Decision.RESETS, operator=old.title, why=why, restore=Restore.NONE)


def _source(old_job: ComparedJob, old: Node, new_job: ComparedJob, new: Node) -> Finding | None:
    tables = _tables(old_job, old, new_job, new)
    if tables is None:
        return _unknown(old, "its table is not part of the bundle, or takes options over by LIKE")
    before, after = tables
    if before.text == after.text and old.description == new.description:
        return None
    options = effective_options(old, before), effective_options(new, after)
    if options[0] is None or options[1] is None:
        return _unknown(old, "a hint of it is not understood")
    return source_finding(old.title, options[0], options[1])


def _sink(old_job: ComparedJob, old: Node, new_job: ComparedJob, new: Node) -> Finding | None:
    tables = _tables(old_job, old, new_job, new)
    if tables is None:
        return _unknown(old, "its table is not part of the bundle, or takes options over by LIKE")
    before, after = tables
    if before.text == after.text:
        return None
    return sink_finding(old.title, before.options, after.options) or _keys(old_job, old, new_job, new)


def _keys(old_job: ComparedJob, old: Node, new_job: ComparedJob, new: Node) -> Finding | None:
    """Return the remark on a sink whose primary key changes: it goes on, and what it wrote under the old key stays."""
    before, after = (primary_key(job.pairs[node.number]) for job, node in ((old_job, old), (new_job, new)))
    if before == after:
        return None
    why = f"its primary key changes from {_listed(before)} to {_listed(after)}: what was written under the old keys stays in the topic"
    return Finding(decision=Decision.KEEPS, operator=old.title, why=why, restore=Restore.STRICT)


def _tables(old_job: ComparedJob, old: Node, new_job: ComparedJob, new: Node) -> tuple[Table, Table] | None:
    before, after = old_job.closure.tables.get(old.table), new_job.closure.tables.get(new.table)
    if before is None or after is None:
        return None
    same = before.text == after.text and old_job.closure.tables == new_job.closure.tables
    return (before, after) if same or not (before.opaque or after.opaque) else None


def _listed(names: tuple[str, ...]) -> str:
    return f"({', '.join(names)})" if names else "none"


def _unknown(node: Node, why: str) -> Finding:
    return Finding(decision=Decision.UNKNOWN, operator=node.title, why=why, restore=Restore.NONE)
