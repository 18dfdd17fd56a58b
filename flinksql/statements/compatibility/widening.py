"""Changes under which an operator gathers more of the same: Flink goes on from what is there, and what was dropped before stays dropped."""

from collections.abc import Mapping
from typing import Any

from flinksql.statements.compatibility.compiled import Operator

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
