"""Operators of one job that could be given each other's state: several readers of one topic, several calls that keep rows waiting.

Flink finds state by an operator's place in the job. What a source or a call of a model keeps says nothing of the branch that it belongs to:
offsets are numbers, and rows that wait look alike. When two branches change places, each goes on from the offsets or the rows of the other.
"""

from collections.abc import Iterator, Mapping

from flinksql.statements.compatibility.compared_job import ML_PREDICT, SINK_PARTS, ComparedJob
from flinksql.statements.compatibility.plan import SOURCE, Node
from flinksql.statements.compatibility.values import Decision, Finding, Restore

Mark = tuple[str, str]


def swapped_findings(before: ComparedJob, after: ComparedJob) -> Iterator[Finding]:
    """Yield what stands against giving state to an operator that takes over a part of another one's branch. Raises PlanError."""
    for alike in _groups(before).values():
        pairs = [(old, new) for old in alike if (new := after.by_id.get(before.ids[old.number])) and new.kind == old.kind]
        marks = {old.number: _marks(before, old) for old, _ in pairs}
        for old, new in pairs:
            others = set().union(*(marks[each.number] for each, _ in pairs if each is not old))
            if (_marks(after, new) - marks[old.number]) & others:
                yield Finding(decision=Decision.UNKNOWN, operator=old.title, why=_WHY[old.kind], restore=Restore.NONE)


_WHY = {
    SOURCE: "the job reads this topic in several places, and two are exchanged: each would be given the offsets of the other",
    ML_PREDICT: "the job calls models in several places, and two are exchanged: each would be given the rows that wait for the other",
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
