"""The JSON schema of `bundle.yaml` for editors, made from the models: `python -m flinksql.sql.manifest_schema sql/bundle.schema.json`."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flinksql.sql.manifest import Manifest


def schema_text() -> str:
    """Return the schema as it is published."""
    schema = Manifest.model_json_schema(by_alias=True)
    for described in _objects(schema):
        if "patternProperties" in described:
            # pydantic leaves other names open here, and refuses them when it reads.
            described["additionalProperties"] = False
    told = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "bundle.yaml"}
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def _objects(node: object) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for one in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _objects(one)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(schema_text(), encoding="utf-8")
