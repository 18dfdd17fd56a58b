"""The operators of a job before it runs, as the text of EXPLAIN draws them: the root first, every operator below the one that it feeds.

A part that several operators read is drawn once: `Calc(...)(reuse_id=[1])`, and then as `Reused(reference_id=[1])` (measured on 2.2).
"""

import re

from flinksql.diagnosis.job_graph import SOURCE, JobGraph, Operator, scanned_table

_HEADING = "== Optimized Execution Plan =="
_NEXT_HEADING = "\n== "
_LINE = re.compile(r"(?P<branch>(?:[ :]  )*(?:\+- |:- )?)(?P<text>(?P<kind>[A-Z]\w*)[(\[].*)")
_REUSED = re.compile(r"Reused\(reference_id=\[(?P<id>\d+)\]\)")
_REUSE_ID = re.compile(r"\(?,? ?reuse_id=\[(?P<id>\d+)\]\)?\Z")
_DEPTH = 3
"""Characters of one level of the tree."""


def read_explained(text: str) -> JobGraph:
    """Read the answer to EXPLAIN. What has no optimized execution plan, or one of another form, has no operators."""
    plan = text.partition(_HEADING)[2].partition(_NEXT_HEADING)[0]
    operators: list[Operator] = []
    shared: dict[str, int] = {}
    open_at: dict[int, int] = {}
    feeding: list[tuple[int, str]] = []
    for line in plan.splitlines():
        match = _LINE.fullmatch(line)
        if match is None:
            continue
        depth = len(match["branch"]) // _DEPTH
        parent = open_at.get(depth - 1)
        reused = _REUSED.fullmatch(match["text"])
        if reused:
            feeding += [(parent, reused["id"])] if parent is not None else []
            continue
        index = len(operators)
        mark = _REUSE_ID.search(match["text"])
        if mark:
            shared[mark["id"]] = index
        operators.append(_operator(index, match["kind"], match["text"]))
        open_at[depth] = index
        if parent is not None:
            operators[parent] = _fed_by(operators[parent], index)
    for parent, reference in feeding:
        if reference in shared:
            operators[parent] = _fed_by(operators[parent], shared[reference])
    return JobGraph(operators=tuple(operators))


def _operator(index: int, kind: str, description: str) -> Operator:
    table = scanned_table(description) if kind == SOURCE else ""
    return Operator(index=index, number=0, kind=kind, description=description, table=table, vertex="")


def _fed_by(operator: Operator, index: int) -> Operator:
    return Operator(**{**vars(operator), "inputs": (*operator.inputs, index)})
