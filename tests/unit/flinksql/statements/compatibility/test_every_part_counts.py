"""Whatever the planner writes of an operator that gathers, or of one before it, counts: a changed part never keeps state silently.

Each kind of part of the recorded plans is changed once, by itself. What may change is listed with its reason.
"""

import copy
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from flinksql.statements.compatibility import Planned, judge, read_compiled
from flinksql.statements.compatibility.comparison import _compared_job
from tests.verdict.edits import EDITS
from tests.verdict.recorded import planned, recorded

LINE = "2.2"
FREE = {
    "a name for people": r"(\.|^)(name|fieldName|description|correl)$|^window\.alias\.",
    "follows from what the column is that is meant": r"^(outputType|inputProperties)(\.|$)",
    "compared with what flows in from the first phase": r"^(localAggInputRowType|aggCalls\.#\.(argList|filterArg))",
    "follows from what comes after it": r"^generateUpdateBefore$",
    "the time that a batch takes": r"^miniBatchInterval\.",
    "columns that nobody reads: the others flow on": r"^scanTableSource\.(table\.|abilities\.#\.(producedType|metadataKeys))",
    "a rowtime attribute is its column": r"^scanTableSource\.abilities\.#\.(rowtimeExpr\.(kind|syntax|type)|watermarkExpr\.(syntax|type))",
    "compared as the bundle defines the model": r"^modelSpec\.model\.resolvedModel\.",
    "how many rows wait, and for how long": r"^asyncOptions\.(capacity |timeout)$",
}
NOT_GATHERING = {"TableSourceScan", "MLPredictTableFunction", "Writer", "Committer"}
OTHERWISE_JUDGED = ("stream-exec-sink", "stream-exec-ml-predict", "stream-exec-table-source-scan")
TWO_PHASES = ("stream-exec-global-group-aggregate", "stream-exec-global-window-aggregate")
Path = tuple[str | int, ...]


def parts(value: object, path: Path = ()) -> Iterator[Path]:
    """Yield the place of each leaf, but for what a reference says beside the number of its column: that follows from the column."""
    if isinstance(value, dict):
        meant = {"INPUT_REF": "inputIndex", "FIELD_ACCESS": "name"}.get(str(value.get("kind")))
        for key, inner in value.items():
            if meant in {None, key}:
                yield from parts(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from parts(inner, (*path, index))
    else:
        yield path


def changed(content: dict[str, Any], path: Path) -> dict[str, Any]:
    copied = copy.deepcopy(content)
    inner: Any = copied
    for step in path[:-1]:
        inner = inner[step]
    value = inner[path[-1]]
    inner[path[-1]] = not value if isinstance(value, bool) else value + 1 if isinstance(value, int) else "changed"
    return copied


def gathering(old: Planned) -> tuple[set[int], set[int]]:
    """Return the numbers of the operators that gather, and of all that lead to them."""
    side = _compared_job(old)
    found = {side.pairs[node.number].number for node in side.plan.nodes if node.kind not in NOT_GATHERING and side.keeps_state(node)}
    leading, waiting = set(found), list(found)
    while waiting:
        inputs = old.compiled.operators[waiting.pop()].inputs
        waiting += [each for each in inputs if each not in leading]
        leading |= set(inputs)
    return found, leading


def is_free(kind: str, path: str) -> bool:
    if (
        path.startswith(("localAggInputRowType", "aggCalls.#.argList", "aggCalls.#.filterArg"))
        and kind.rpartition("_")[0] not in TWO_PHASES
    ):
        return False
    return any(re.search(pattern, path) for pattern in FREE.values())


def test_every_part_counts() -> None:
    seen: set[tuple[str, str]] = set()
    silent: list[str] = []
    for edit in EDITS:
        old, _ = planned(edit, LINE)
        plans = recorded(LINE)["plans"][recorded(LINE)["edits"][edit.name][0]]["compiled"]
        gathers, leads = gathering(old)
        for index, content in enumerate(plans["nodes"]):
            kind = content["type"]
            if content["id"] not in leads or (kind.startswith(OTHERWISE_JUDGED) and content["id"] in gathers):
                continue
            for path in parts({key: value for key, value in content.items() if key not in {"id", "type"}}):
                name = ".".join("#" if isinstance(step, int) else step for step in path)
                if (kind, name) in seen or is_free(kind, name):
                    continue
                seen.add((kind, name))
                nodes = [*plans["nodes"][:index], changed(content, path), *plans["nodes"][index + 1 :]]
                new = replace(old, compiled=read_compiled(json.dumps({**plans, "nodes": nodes})))
                if str(judge(old, new)) == "keeps state":
                    silent.append(f"{kind} {name} ({edit.name})")
    assert silent == []
    assert len(seen) > 200
