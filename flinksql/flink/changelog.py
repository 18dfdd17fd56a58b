"""The rows that remain of a result that is a changelog."""

import json
from collections.abc import Sequence

from flinksql.flink.gateway import StatementResult

_ADDS = frozenset({"INSERT", "UPDATE_AFTER"})
Row = dict[str, object]


def remaining(result: StatementResult) -> list[Row]:
    """Return the rows that are there when every change of a result is applied, in the order in which they came."""
    held: dict[str, list[Row]] = {}
    order: list[str] = []
    for kind, values in zip(result.kinds, result.rows, strict=True):
        key = json.dumps(values, sort_keys=True, default=str)
        if kind in _ADDS:
            held.setdefault(key, []).append(dict(zip(result.columns, values, strict=True)))
            order.append(key)
        elif held.get(key):
            held[key].pop()
    return [held[key].pop(0) for key in order if held[key]]


def is_append_only(explained: Sequence[Sequence[object]]) -> bool:
    """Return whether the plan of EXPLAIN CHANGELOG_MODE says that its result is never taken back. What is not understood may be."""
    text = "\n".join(str(row[0]) for row in explained if row)
    _, found, plan = text.partition("== Optimized Physical Plan ==")
    first = next((line for line in plan.split("\n") if line.strip()), "")
    return bool(found) and "changelogMode=[I]" in first
