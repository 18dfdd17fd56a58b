"""One operator of the old job against the one of the new job that Flink would give its state to.

Flink finds state by an operator's place in the job. Operators whose state looks alike can therefore be swapped: several readers of one
topic, and several calls of models. Offsets are numbers and waiting rows look alike, so each would restore the state of the other.
"""

from collections.abc import Iterator, Mapping

from flinksql.statements.compatibility.accumulated_state import accumulated_finding, materialised_finding
from flinksql.statements.compatibility.compared_job import ML_PREDICT, SINK_PARTS, ComparedJob
from flinksql.statements.compatibility.connectors import effective_options, sink_finding, source_finding
from flinksql.statements.compatibility.pending_rows import pending_finding
from flinksql.statements.compatibility.plan import SOURCE, Node, PlanError
from flinksql.statements.compatibility.scans import primary_key
from flinksql.statements.compatibility.tables import Table
from flinksql.statements.compatibility.values import Decision, Finding, Restore


def operator_finding(old_job: ComparedJob, old: Node, new_job: ComparedJob, new: Node) -> Finding | None:
    """Return what prevents restoring an operator's state in the operator with the same id; None if nothing does."""
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
    why = f"the new job has {new.title} in its place, which would be restored with state of another operator"
    return Finding(decision=Decision.RESETS, operator=old.title, why=why, restore=Restore.NONE)


def _source(old_job: ComparedJob, old: Node, new_job: ComparedJob, new: Node) -> Finding | None:
    tables = _tables(old_job, old, new_job, new)
    if tables is None:
        return _unknown(old, "its table is not part of the bundle, or inherits options by LIKE")
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
        return _unknown(old, "its table is not part of the bundle, or inherits options by LIKE")
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


Mark = tuple[str, str]


def swapped_findings(before: ComparedJob, after: ComparedJob) -> Iterator[Finding]:
    """Yield a finding for each operator that would be restored with state of another branch. Raises PlanError."""
    for alike in _groups(before).values():
        pairs = [(old, new) for old in alike if (new := after.by_id.get(before.ids[old.number])) and new.kind == old.kind]
        marks = {old.number: _marks(before, old) for old, _ in pairs}
        for old, new in pairs:
            others = set().union(*(marks[each.number] for each, _ in pairs if each is not old))
            if (_marks(after, new) - marks[old.number]) & others:
                yield Finding(decision=Decision.UNKNOWN, operator=old.title, why=_WHY[old.kind], restore=Restore.NONE)


_WHY = {
    SOURCE: "the job reads this topic in several places, and two are swapped: each would be restored with the offsets of the other",
    ML_PREDICT: "the job calls models in several places, and two are swapped: each would be restored with the pending rows of the other",
}


def _groups(job: ComparedJob) -> Mapping[str, list[Node]]:
    """Return the operators whose state looks alike: the readers of each topic, and all calls of models."""
    groups: dict[str, list[Node]] = {}
    for node in job.plan.nodes:
        if node.kind == SOURCE:
            groups.setdefault(job.read_by(node), []).append(node)
        elif node.kind == ML_PREDICT:
            groups.setdefault(ML_PREDICT, []).append(node)
    return {key: nodes for key, nodes in groups.items() if len(nodes) > 1}


def _marks(job: ComparedJob, node: Node) -> set[Mark]:
    """Return all by which the branch of an operator can be told from another: its table, what lets rows through to it, what comes after."""
    own: set[Mark] = {("table", node.table)} if node.kind == SOURCE else {("decided", job.decisions(node))}
    return own | {_mark(each) for each in (node, *job.after(node))}


def _mark(node: Node) -> Mark:
    return (node.kind, node.table) if node.kind in SINK_PARTS else (node.kind, node.description)
