"""Operators that gather more of the same: only what is wider in every way, and nothing else about them, keeps state."""

from typing import Any

import pytest

from flinksql.statements.compatibility.accumulated_state import widened
from flinksql.statements.compatibility.compiled import Operator

WITHIN = {"matchSpec": {"pattern": "A B", "interval": "30"}}


def operator(content: dict[str, Any]) -> Operator:
    return Operator(number=1, kind="any", version="1", description="Any(..)", content=content)


def ranks(start: int = 1, end: int = 3, kind: str = "Constant", strategy: str = "AppendFast") -> dict[str, Any]:
    return {"rankRange": {"type": kind, "start": start, "end": end}, "rankStrategy": {"type": strategy}}


def bounds(lower: int = -5, upper: int = 5, *, event_time: bool = True, join: str = "x") -> dict[str, Any]:
    inner = {"isEventTime": event_time, "leftLowerBound": lower, "leftUpperBound": upper}
    return {"intervalJoinSpec": {"windowBounds": inner, "joinSpec": join}}


@pytest.mark.parametrize(
    ("before", "after", "part"),
    [
        pytest.param(ranks(), ranks(end=4), "rankRange", id="one rank more"),
        pytest.param(ranks(end=2), ranks(end=3), "rankRange", id="one more than the fewest"),
        pytest.param(bounds(), bounds(upper=6), "intervalJoinSpec", id="a later end"),
        pytest.param(bounds(), bounds(lower=-6), "intervalJoinSpec", id="an earlier beginning"),
        pytest.param(WITHIN, {"matchSpec": {"pattern": "A B", "interval": "60"}}, "matchSpec", id="a longer limit"),
        pytest.param(WITHIN, {"matchSpec": {"pattern": "A B", "interval": "9"}}, "matchSpec", id="a shorter limit"),
    ],
)
def test_what_is_only_wider_is_told_with_what_it_dropped_before(before: dict[str, Any], after: dict[str, Any], part: str) -> None:
    assert widened(operator(before), operator(after), [part])


@pytest.mark.parametrize(
    ("before", "after", "parts"),
    [
        pytest.param(ranks(), ranks(end=2), ["rankRange"], id="fewer ranks"),
        pytest.param(ranks(), ranks(), ["rankRange"], id="as many ranks"),
        pytest.param(ranks(end=1), ranks(end=3), ["rankRange"], id="more than the first alone"),
        pytest.param(ranks(start=2), ranks(start=2, end=4), ["rankRange"], id="not from the first"),
        pytest.param(ranks(), ranks(start=2, end=4), ["rankRange"], id="no longer from the first"),
        pytest.param(ranks(), ranks(end=4, kind="Variable"), ["rankRange"], id="as many as a column says"),
        pytest.param(ranks(kind="Variable"), ranks(end=4), ["rankRange"], id="as many as a column said"),
        pytest.param(ranks(strategy="Retract"), ranks(end=4, strategy="Retract"), ["rankRange"], id="rows that are taken back"),
        pytest.param({"rankRange": ranks()["rankRange"]}, {"rankRange": ranks(end=4)["rankRange"]}, ["rankRange"], id="ranks in a window"),
        pytest.param(ranks(), ranks(end=4), ["rankRange", "sortSpec"], id="more ranks in another order"),
        pytest.param(ranks(), ranks(end=4), [], id="nothing"),
        pytest.param(ranks(), ranks(end=4), ["grouping"], id="something else"),
        pytest.param(bounds(), bounds(upper=4), ["intervalJoinSpec"], id="an earlier end"),
        pytest.param(bounds(), bounds(lower=-4), ["intervalJoinSpec"], id="a later beginning"),
        pytest.param(bounds(), bounds(lower=-6, upper=4), ["intervalJoinSpec"], id="moved to the front"),
        pytest.param(bounds(), bounds(lower=-4, upper=6), ["intervalJoinSpec"], id="moved to the back"),
        pytest.param(bounds(), bounds(upper=6, event_time=False), ["intervalJoinSpec"], id="wider in another time"),
        pytest.param(bounds(), bounds(upper=6, join="y"), ["intervalJoinSpec"], id="wider with another condition"),
        pytest.param(WITHIN, {"matchSpec": {"pattern": "A C", "interval": "60"}}, ["matchSpec"], id="a longer limit for another pattern"),
        pytest.param(WITHIN, {"matchSpec": {"pattern": "A B"}}, ["matchSpec"], id="a limit that goes"),
        pytest.param({"matchSpec": {"pattern": "A B"}}, WITHIN, ["matchSpec"], id="a limit that comes"),
    ],
)
def test_everything_else_is_not(before: dict[str, Any], after: dict[str, Any], parts: list[str]) -> None:
    assert widened(operator(before), operator(after), parts) is None
