"""The dashboard is what Grafana takes, and each panel can be read: a text of its own, a place of its own, known variables."""

import importlib
import json
import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from components.names import PROJECT_FOLDER

DASHBOARD = PROJECT_FOLDER / "docs" / "monitoring" / "dashboard.json"
SCHEMA = Path(__file__).resolve().parents[2] / "cases" / "monitoring" / "dashboard.schema.json"
BUILT_IN = {"__rate_interval"}

_jsonschema: Any = importlib.import_module("jsonschema")


def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    return found


def mistakes(value: dict[str, Any]) -> list[str]:
    validator = _jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in validator.iter_errors(value)]


def panels() -> Iterator[dict[str, Any]]:
    yield from (panel for panel in dashboard()["panels"] if panel["type"] != "row")


def test_it_meets_the_schema() -> None:
    assert mistakes(dashboard()) == []


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda one: one.update(colour="red"), id="unknown field"),
        pytest.param(lambda one: one["panels"][0].update(legend=True), id="unknown field of a panel"),
        pytest.param(lambda one: one["panels"][0]["targets"][0].pop("expr"), id="panel without a query"),
        pytest.param(lambda one: one["panels"][0]["fieldConfig"]["defaults"].update(unit="seconds"), id="unknown unit"),
        pytest.param(lambda one: one["panels"][0]["gridPos"].update(x=24), id="beside the page"),
    ],
)
def test_the_schema_finds_a_mistake(change: Any) -> None:  # noqa: ANN401 - a change of any part
    value = dashboard()
    change(value)
    assert mistakes(value)


def test_panels_have_titles_and_numbers_of_their_own() -> None:
    found = list(panels())
    assert len({panel["title"] for panel in found}) == len(found) >= 20
    assert len({panel["id"] for panel in dashboard()["panels"]}) == len(dashboard()["panels"])


def test_no_panel_lies_on_another() -> None:
    def overlap(one: dict[str, int], other: dict[str, int]) -> bool:
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        below = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        return not (beside or below)

    places = [panel["gridPos"] for panel in dashboard()["panels"]]
    assert [pair for pair in combinations(places, 2) if overlap(*pair)] == []
    assert all(place["x"] + place["w"] <= 24 for place in places)


@pytest.mark.parametrize("panel", [pytest.param(panel, id=panel["title"]) for panel in panels()])
def test_each_query_is_of_the_chosen_stacks_and_knows_its_variables(panel: dict[str, Any]) -> None:
    known = {one["name"] for one in dashboard()["templating"]["list"]} | BUILT_IN
    for target in panel["targets"]:
        assert 'stack=~"$stack"' in target["expr"]
        assert set(re.findall(r"\$(\w+)", target["expr"])) <= known
