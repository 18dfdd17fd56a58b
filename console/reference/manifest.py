"""The page of a bundle's manifest, from the schema that editors get."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from console.reference.markdown import MADE, table
from flinksql.sql.manifest import Manifest

_HEAD = f"""# bundle.yaml

{MADE}

A bundle needs no manifest. What each part is for: [bundles.md](../bundles.md). Editors take the schema from `sql/bundle.schema.json`.
"""
_REFERENCE = "#/$defs/"


def manifest_page() -> str:
    """Return docs/reference/manifest.md."""
    schema = Manifest.model_json_schema()
    parts = schema["$defs"]
    used = list(_used(schema, parts))
    sections = [f"## {_title(name)}\n\n{_first(parts[name])}\n\n{_keys(parts[name])}" for name in used if "properties" in parts[name]]
    return "\n".join([_HEAD, _keys(schema), *sections])


def _used(part: Mapping[str, Any], parts: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of the parts that a part leads to, in the order in which they are met."""
    seen: set[str] = set()
    waiting = [part]
    while waiting:
        text = json.dumps(waiting.pop(0).get("properties", {}))
        for name in [one.partition('"')[0] for one in text.split(_REFERENCE)[1:]]:
            if name not in seen:
                seen.add(name)
                waiting.append(parts[name])
                yield name


def _title(name: str) -> str:
    return name.removesuffix("Manifest").lower()


def _first(part: Mapping[str, Any]) -> str:
    return " ".join(str(part.get("description", "")).split())


def _keys(part: Mapping[str, Any]) -> str:
    needed = part.get("required", [])
    rows = [[f"`{name}`", _type(one), _default(one, needed=name in needed), _first(one)] for name, one in part["properties"].items()]
    return table(["key", "value", "default", "meaning"], rows)


def _type(one: Mapping[str, Any]) -> str:
    if "$ref" in one:
        return _title(one["$ref"].removeprefix(_REFERENCE)) if "Manifest" in one["$ref"] else "text"
    if "anyOf" in one:
        return ", or ".join(dict.fromkeys(_type(other) for other in one["anyOf"]))
    if "enum" in one or "const" in one:
        return ", ".join(f"`{value}`" for value in one.get("enum", [one.get("const")]))
    kind = one.get("type", "any")
    if kind == "array":
        return f"list of {_type(one.get('items', {}))}"
    if kind == "object":
        inner = one.get("additionalProperties", next(iter(one.get("patternProperties", {}).values()), {}))
        return f"by name: {_type(inner) if isinstance(inner, Mapping) else 'any'}"
    return " or ".join(_plain(word) for word in (kind if isinstance(kind, list) else [kind])) + _bounds(one)


def _plain(word: str) -> str:
    return {"string": "text", "integer": "whole number", "boolean": "true or false", "null": "nothing"}.get(word, word)


def _bounds(one: Mapping[str, Any]) -> str:
    low, high = one.get("minimum"), one.get("maximum")
    if low is None and high is None:
        return ""
    return f" from {low}" + (f" to {high}" if high is not None else "")


def _default(one: Mapping[str, Any], *, needed: bool) -> str:
    if needed:
        return "needed"
    default = one.get("default")
    return "" if default in (None, "", [], {}) or isinstance(default, dict) else f"`{json.dumps(default)}`"
