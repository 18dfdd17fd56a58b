from typing import Any

import pytest

from components.providers.detailed_diff import changed_paths


@pytest.mark.parametrize(
    ("olds", "news", "expected"),
    [
        pytest.param({"text": "a", "file": "f"}, {"text": "b", "file": "f"}, ["text"], id="one input"),
        pytest.param({"built_on": {"m": "1", "t": "2"}}, {"built_on": {"m": "3", "t": "2"}}, ["built_on.m"], id="one of a mapping"),
        pytest.param({"options": {"parallelism.default": "1"}}, {"options": {}}, ['options["parallelism.default"]'], id="a key with a dot"),
        pytest.param({"closure": [1], "__provider": "x"}, {"closure": [2], "__provider": "y"}, [], id="what is not shown"),
        pytest.param({}, {"built_on": {"m": "1"}}, ["built_on"], id="an input that is new"),
        pytest.param({"policy": {"running": True}}, {}, ["policy"], id="an input that is gone"),
        pytest.param({"text": "a"}, {"text": "a"}, [], id="a drift: no input differs"),
    ],
)
def test_the_engine_is_told_which_inputs_differ(olds: dict[str, Any], news: dict[str, Any], expected: list[str]) -> None:
    assert changed_paths(olds, news) == expected
