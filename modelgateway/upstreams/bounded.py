"""A schema in which every list and text has an end."""

from typing import Any

from modelgateway.answers.expectation import Schema

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
