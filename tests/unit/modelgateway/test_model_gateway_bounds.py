"""Bounds that a schema gets for a server of our own."""

from typing import Any

import pytest

from modelgateway.upstreams.format import bounded

TEXT = {"type": "string"}


@pytest.mark.parametrize(
    ("schema", "found"),
    [
        pytest.param(TEXT, {"type": "string", "maxLength": 400}, id="text"),
        pytest.param(
            {"type": "array", "items": TEXT},
            {"type": "array", "items": {"type": "string", "maxLength": 200}, "maxItems": 5},
            id="list of texts",
        ),
        pytest.param({"type": "string", "maxLength": 9}, {"type": "string", "maxLength": 9}, id="text with an end"),
        pytest.param({"type": "array", "maxItems": 40}, {"type": "array", "maxItems": 40}, id="list with an end"),
        pytest.param({"type": "string", "enum": ["a"]}, {"type": "string", "enum": ["a"]}, id="choices"),
        pytest.param({"type": "string", "pattern": "a"}, {"type": "string", "pattern": "a"}, id="pattern"),
        pytest.param({"type": "integer"}, {"type": "integer"}, id="number"),
        pytest.param(
            {"type": "object", "properties": {"type": TEXT, "enum": TEXT}, "required": ["type"]},
            {"type": "object", "properties": {"type": {**TEXT, "maxLength": 400}, "enum": TEXT}, "required": ["type"]},
            id="properties that are called like keywords",
        ),
        pytest.param({"anyOf": [TEXT, {"type": "null"}]}, {"anyOf": [{**TEXT, "maxLength": 400}, {"type": "null"}]}, id="one of several"),
    ],
)
def test_every_list_and_text_gets_an_end_and_nothing_else_changes(schema: dict[str, Any], found: dict[str, Any]) -> None:
    assert bounded(schema) == found
