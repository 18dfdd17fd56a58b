"""How an upstream is asked for JSON: by schema where it can, else as a JSON object, else by the prompt alone.

It is found out with the first request: a server that does not know a `response_format` refuses it by name. That costs no call of its own.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from modelgateway.answers.expectation import Expectation, Schema
from modelgateway.upstreams.exchange import Exchange

_ABOUT_FORMAT = re.compile(r"response[_ ]?format|json[_ ]?(schema|object)|structured|grammar|guided", re.IGNORECASE)
_REFUSALS = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.NOT_IMPLEMENTED})


class Format(StrEnum):
    """From the strictest on."""

    JSON_SCHEMA = "json_schema"
    JSON_OBJECT = "json_object"
    PLAIN = "plain"


def response_format(level: Format, expected: Expectation) -> Mapping[str, object] | None:
    """Return the `response_format` that asks for what is expected, None for none."""
    if not expected.json_object or level is Format.PLAIN:
        return None
    if level is Format.JSON_SCHEMA and expected.schema is not None:
        wrapped = {"name": "answer", "schema": dict(expected.schema), "strict": _is_strict(expected.schema)}
        return {"type": "json_schema", "json_schema": wrapped}
    return {"type": "json_object"}


def next_lower(level: Format, asked: Mapping[str, object] | None, exchange: Exchange) -> Format | None:
    """Return the level to try after a refusal of the format that was asked for, None when that is not what the server refuses."""
    if asked is None or exchange.status not in _REFUSALS or not _ABOUT_FORMAT.search(exchange.body[:4096].decode("utf-8", "replace")):
        return None
    return Format.JSON_OBJECT if level is Format.JSON_SCHEMA and asked["type"] == "json_schema" else Format.PLAIN


def _is_strict(schema: Schema) -> bool:
    """Return whether OpenAI's strict mode takes the schema: closed, with every property required."""
    properties, required = schema.get("properties"), schema.get("required")
    if not isinstance(properties, dict) or not isinstance(required, list):
        return False
    return schema.get("additionalProperties") is False and set(required) == set(properties)


_MOST_ITEMS = 5
_LONGEST_TEXT = 400
"""Characters; half of it for a text in a list. All of it together is about what 600 tokens hold."""
_HAS_AN_END = frozenset({"enum", "const", "pattern", "format", "maxLength"})


def bounded(schema: Schema) -> Schema:
    """Return the schema with an end to every list and text that has none.

    For a server whose grammar enforces it: a small model that repeats itself would otherwise write until its tokens are used up (4 of 7
    contexts with SmolLM2). It is asked for only; the answer is checked against the schema as it was given.
    """
    found: Schema = _bounded(schema, _LONGEST_TEXT)
    return found


def _bounded(node: Any, longest: int) -> Any:  # noqa: ANN401  # JSON
    if isinstance(node, list):
        return [_bounded(one, longest) for one in node]
    if not isinstance(node, dict):
        return node
    within = longest // 2 if node.get("type") == "array" else longest
    made = {name: value if name in {"enum", "const", "required"} else _bounded(value, within) for name, value in node.items()}
    if node.get("type") == "array":
        made.setdefault("maxItems", _MOST_ITEMS)
    if node.get("type") == "string" and not _HAS_AN_END & node.keys():
        made.setdefault("maxLength", longest)
    return made
