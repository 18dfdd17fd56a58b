"""The JSON lines of a preview, read back: the last line of a resource counts, and what is not known is never called safe."""

import json

import pytest

from console.comment.plan import Change, Problem, State, read_plan
from console.errors import ConsoleError


def lines(*events: dict[str, object]) -> list[str]:
    return [json.dumps(one) for one in events]


def row(name: str, operation: str, verdict: str | None = None, kind: str = "statement") -> dict[str, object]:
    return {"event": "resource", "kind": kind, "name": name, "operation": operation, "verdict": verdict}


def test_the_last_line_of_a_resource_counts() -> None:
    plan = read_plan(lines(row("a", ""), row("a", "update"), row("a", "update", "keeps state"), row("b", ""), row("b", "same")))
    assert plan.changes == [Change(kind="statement", name="a", operation="update", verdict="keeps state")]
    assert plan.unchanged == 1


def test_resources_of_one_name_and_two_kinds_are_two() -> None:
    plan = read_plan(lines(row("orders", "create"), row("orders", "create", kind="topic")))
    assert [(one.kind, one.name) for one in plan.changes] == [("statement", "orders"), ("topic", "orders")]


@pytest.mark.parametrize(
    ("verdict", "state"),
    [
        pytest.param("keeps state", State.KEEPS, id="keeps"),
        pytest.param("keeps state: no operator changes", State.KEEPS, id="keeps, with a reason"),
        pytest.param("resets state: the key changes", State.RESETS, id="resets"),
        pytest.param("unknown (Flink did not answer)", State.UNKNOWN, id="unknown"),
        pytest.param("goes back to its version before", State.GOES_BACK, id="goes back"),
        pytest.param("a verdict of another version", State.UNKNOWN, id="a word that is not known"),
        pytest.param("", State.NONE, id="none"),
    ],
)
def test_a_verdict_that_is_not_known_is_unknown(verdict: str, state: State) -> None:
    assert Change(kind="statement", name="a", operation="update", verdict=verdict).state is state


def test_a_refused_change_has_the_verdict_of_its_refusal() -> None:
    """The engine refuses when all rows are over, so no row says it."""
    refusal: dict[str, object] = {
        "event": "problem",
        "severity": "error",
        "resource": "a",
        "message": "no",
        "verdict": "resets state: the key changes",
    }
    plan = read_plan(lines(row("a", "update"), row("b", "update", "keeps state"), row("a", "update", kind="topic"), refusal))
    assert [(one.kind, one.name, one.verdict) for one in plan.changes] == [
        ("statement", "a", "resets state: the key changes"),
        ("statement", "b", "keeps state"),
        ("topic", "a", ""),
    ]


def test_problems_forecasts_and_the_end_are_read() -> None:
    plan = read_plan(
        lines(
            {"event": "say", "message": "looking"},
            {"event": "problem", "severity": "error", "resource": "a", "message": "no", "approvals": ["c0123456789a"]},
            {"event": "problem", "severity": "warning", "resource": "", "message": "hm", "approvals": None},
            {"event": "forecast", "text": "a reads 3 records again"},
            {"event": "of another version"},
            {"event": "end", "succeeded": False},
        )
    )
    assert plan.errors == [Problem(severity="error", resource="a", message="no", approvals=("c0123456789a",))]
    assert plan.warnings == [Problem(severity="warning", resource="", message="hm")]
    assert (plan.forecasts, plan.ended, plan.succeeded) == (["a reads 3 records again"], True, False)


def test_a_run_that_was_cut_off_has_no_end() -> None:
    assert not read_plan(lines(row("a", "update"))).ended
    assert not read_plan([]).ended


@pytest.mark.parametrize("text", ["error: no such stack", '["a"]', '"a"', '{"event": "end"'])
def test_a_line_that_is_no_object_is_named(text: str) -> None:
    with pytest.raises(ConsoleError, match=r"^line 3 is not a JSON object: "):
        read_plan([*lines(row("a", "same")), "", text])
