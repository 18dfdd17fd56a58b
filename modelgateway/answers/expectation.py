"""What a request expects: text, a JSON object, or one that a JSON schema describes.

The schema stands in the system prompt, after the words `JSON schema:`. So it is part of the statement: a changed schema is an upgrade of
the jobs that use the model, seen in preview, and the model can read it where the server cannot enforce it.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from modelgateway.extractive.prompt import fields_asked_for
from modelgateway.request import CompletionRequest

_SCHEMA = re.compile(r"\bJSON schema\s*:\s*(?=\{)", re.IGNORECASE)
_JSON = re.compile(r"\bJSON\b", re.IGNORECASE)
Schema = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """`schema` is None where only a JSON object is asked for, or nothing."""

    json_object: bool = False
    schema: Schema | None = None


def expectation_of(request: CompletionRequest) -> Expectation:
    """Find what the answer has to be: from `response_format`, from a schema in the system prompt, from a list of fields in it."""
    given = request.fields.get("response_format")
    kind = given.get("type") if isinstance(given, dict) else None
    if isinstance(given, dict) and kind == "json_schema":
        wrapped = given.get("json_schema")
        schema = wrapped.get("schema") if isinstance(wrapped, dict) else None
        return Expectation(json_object=True, schema=schema if isinstance(schema, dict) else None)
    instructions = request.instructions
    schema = schema_in(instructions)
    if schema is not None:
        return Expectation(json_object=True, schema=schema)
    asks = bool(_JSON.search(instructions)) and bool(fields_asked_for(instructions))
    return Expectation(json_object=kind == "json_object" or asks)


@lru_cache(maxsize=64)
def schema_in(instructions: str) -> Schema | None:
    """Return the JSON schema that a system prompt holds, None if there is none. Every statement has one prompt, so few are kept."""
    found = _SCHEMA.search(instructions)
    if found is None:
        return None
    try:
        value, _end = json.JSONDecoder().raw_decode(instructions, found.end())
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
