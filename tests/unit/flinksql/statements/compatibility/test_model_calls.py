"""Calls of models: what a call keeps, and what a model decides for those after it."""

from typing import Any

import pytest

from flinksql.statements.compatibility import Decision
from tests.verdict.by_hand import MODEL, SCAN, TABLE, call, definition, unheard, verdict


@pytest.mark.parametrize(
    ("after", "decision"),
    [
        pytest.param(call(runtime={"timeout": "9 s"}, options={"timeout": 9000}), Decision.KEEPS, id="the time-out"),
        pytest.param(call(runtime={"max-concurrent-operations": "5"}, options={"capacity ": 5}), Decision.KEEPS, id="calls at once"),
        pytest.param(call(asked=1), Decision.KEEPS, id="another column asked"),
        pytest.param(call(options={"output-mode": "ALLOW_UNORDERED"}), Decision.UNKNOWN, id="the order"),
        pytest.param(call(runtime={"async": "false"}), Decision.UNKNOWN, id="waiting for each call"),
        pytest.param(call(runtime={"unheard": "of"}), Decision.UNKNOWN, id="a setting that nobody knows"),
        pytest.param(call(model="n"), Decision.UNKNOWN, id="another model"),
        pytest.param(call(model="twin"), Decision.KEEPS, id="the same model by another name"),
        pytest.param(call(model="elsewhere"), Decision.UNKNOWN, id="a model of nobody knows where"),
    ],
)
def test_a_call_of_a_model_keeps_its_rows_only_under_changes_that_are_known(after: dict[str, Any], decision: Decision) -> None:
    known = definition(TABLE, MODEL, MODEL.replace(" m ", " twin "), MODEL.replace(" m ", " n ").replace("one", "two"))
    assert verdict([SCAN, call()], [SCAN, after], known, known).decision is decision


def test_a_call_that_is_no_longer_asynchronous_is_not_known() -> None:
    known, waits_for_each = definition(TABLE, MODEL), {key: value for key, value in call().items() if key != "asyncOptions"}
    options = call()["asyncOptions"]
    inline = {**waits_for_each, "mlPredictSpec": {**waits_for_each["mlPredictSpec"], "runtimeConfig": options}}
    assert verdict([SCAN, call()], [SCAN, inline], known, known).decision is Decision.UNKNOWN


@pytest.mark.parametrize("gone", [pytest.param(0, id="before"), pytest.param(1, id="after")])
def test_a_model_that_is_known_on_one_side_only_is_not_known(gone: int) -> None:
    sides = [definition(TABLE, MODEL), definition(TABLE, MODEL)]
    sides[gone] = definition(TABLE)
    found = verdict([SCAN, call()], [SCAN, call()], *sides)
    assert found.decision is Decision.UNKNOWN
    assert "its model is not part of the bundle" in str(found)


@pytest.mark.parametrize(
    ("after", "decision"),
    [
        pytest.param(MODEL.replace("one", "two"), Decision.KEEPS, id="its options"),
        pytest.param(MODEL.replace("openai", "other"), Decision.UNKNOWN, id="its provider"),
        pytest.param(MODEL.replace("'model'", "'task' = 'embedding', 'model'"), Decision.UNKNOWN, id="its task"),
        pytest.param(MODEL.replace("c STRING", "d STRING"), Decision.UNKNOWN, id="its output"),
    ],
)
def test_a_model_may_change_behind_rows_that_wait(after: str, decision: Decision) -> None:
    same = [SCAN, call()]
    assert verdict(same, same, definition(TABLE, MODEL), definition(TABLE, after)).decision is decision


def test_a_model_decides_what_is_gathered_after_it() -> None:
    same = [SCAN, call(), unheard()]
    found = verdict(same, same, definition(TABLE, MODEL), definition(TABLE, MODEL.replace("one", "two")))
    assert found.decision is Decision.UNKNOWN
    assert "model" in str(found)
