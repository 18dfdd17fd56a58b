"""The JSON schema of files of tests for editors, made from the models: `python -m flinksql.testing.schema sql/testing.schema.json`."""

import json
import sys
from pathlib import Path
from typing import Any

from flinksql.testing.cases import TestFile

_LISTS = {"GivenRows": "rows", "ExpectedRows": "rows", "ModelAnswers": "answers"}
"""Objects that may be written as the list of one of their keys."""


def schema_text() -> str:
    """Return the schema as it is published."""
    schema = TestFile.model_json_schema()
    told = {"$schema": "https://json-schema.org/draft/2020-12/schema", **_with_lists(schema, schema["$defs"]), "title": "tests"}
    # A statement alone is a list of one, and so is a condition.
    for noun, key in (("Case", "statement"), ("ExpectedRows", "holds")):
        properties = told["$defs"][noun]["properties"]
        properties[key] = {"anyOf": [{"type": "string"}, properties[key]]}
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def _with_lists(node: Any, definitions: dict[str, Any]) -> Any:  # noqa: ANN401  # JSON
    if isinstance(node, list):
        return [_with_lists(one, definitions) for one in node]
    if not isinstance(node, dict):
        return node
    noun = str(node.get("$ref", "")).rpartition("/")[2]
    if noun in _LISTS:
        rows = definitions[noun]["properties"][_LISTS[noun]]
        listed = next((one for one in rows.get("anyOf", [rows]) if one.get("type") == "array"), rows)
        return {"anyOf": [{"type": "array", "items": listed["items"]}, dict(node)]}
    return {key: _with_lists(one, definitions) for key, one in node.items()}


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(schema_text(), encoding="utf-8")
