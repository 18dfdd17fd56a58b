from typing import Any

import pytest

from components.providers.detailed_diff import changed_paths, cut_changes, own_parameters_changed


@pytest.mark.parametrize(
    ("olds", "news", "expected"),
    [
        pytest.param({"text": "a", "file": "f"}, {"text": "b", "file": "f"}, ["text"], id="one input"),
        pytest.param({"built_on": {"m": "1", "t": "2"}}, {"built_on": {"m": "3", "t": "2"}}, ["built_on.m"], id="one of a mapping"),
        pytest.param({"options": {"parallelism.default": "1"}}, {"options": {}}, ['options["parallelism.default"]'], id="a key with a dot"),
        pytest.param({"closure": [1], "__provider": "x"}, {"closure": [2], "__provider": "y"}, [], id="what is not shown"),
        pytest.param({}, {"built_on": {"m": "1"}}, ["built_on"], id="an input that is new"),
        pytest.param({"policy": {"running": True}}, {}, ["policy"], id="an input that is gone"),
        pytest.param(
            {"text": "'${p}'", "parameters": {"p": "a", "q": "1"}},
            {"text": "'${p}'", "parameters": {"p": "b", "q": "1"}},
            ["parameters.p"],
            id="a parameter that it reads",
        ),
        pytest.param(
            {"text": "x", "parameters": {"p": "a"}, "built_on": {"m": "1"}},
            {"text": "x", "parameters": {"p": "b"}, "built_on": {"m": "2"}},
            ["built_on.m"],
            id="a parameter of what it is built on",
        ),
        pytest.param(
            {"text": "x", "parameters": {"p": "a"}}, {"text": "x", "parameters": {"p": "b"}}, ["parameters.p"], id="a parameter, otherwise"
        ),
        pytest.param({"text": "a"}, {"text": "a"}, [], id="a drift: no input differs"),
    ],
)
def test_the_engine_is_told_which_inputs_differ(olds: dict[str, Any], news: dict[str, Any], expected: list[str]) -> None:
    assert changed_paths(olds, news) == expected


LONG = "x" * 200


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param("SELECT 1", "SELECT 2", [], id="a short line, which the diff shows"),
        pytest.param(f"a\n'{LONG} a valid JSON {LONG}'", f"a\n'{LONG} one JSON {LONG}'", ["line 2: "], id="a long line"),
        pytest.param(LONG, f"{LONG}x", ["line 1: "], id="one letter more of the same"),
        pytest.param(LONG, LONG, [], id="none"),
        pytest.param(LONG, f"new\n{LONG}", [], id="a line more"),
        pytest.param("", LONG, ["line 1: "][:0], id="a text that is new"),
    ],
)
def test_what_a_diff_cuts_off_is_said(before: str, after: str, expected: list[str]) -> None:
    assert [one[:8] for one in cut_changes(before, after)] == expected


def test_old_and_new_words_are_quoted_with_what_stands_around_them() -> None:
    [change] = cut_changes(f"{LONG} return a valid JSON {LONG}", f"{LONG} return one valid JSON {LONG}")
    before, _, after = change.removeprefix("line 1: ").partition(" => ")
    assert " return a valid JSON " in before
    assert " return one valid JSON " in after
    assert max(len(before), len(after)) < 120


def test_of_changed_parameters_only_those_are_told_that_the_text_reads() -> None:
    olds = {"text": "'${p}' '${same}'", "parameters": {"p": "a", "same": "s", "below": "1"}}
    news = {**olds, "parameters": {"p": "b", "same": "s", "below": "2", "new": "n"}}
    assert own_parameters_changed(olds, news) == {"p": ("a", "b")}
    assert own_parameters_changed({}, news) == {}
