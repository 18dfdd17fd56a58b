"""Whether an answer is what was expected. What merely wraps it (a fence, a preface, a train of thought) is taken off."""

import json
import re
from functools import lru_cache
from typing import NoReturn

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from modelgateway.answers.expectation import Expectation, Schema
from modelgateway.answers.record import storable
from modelgateway.rejection import RECORD_KEY, Reason

_THOUGHT = re.compile(r"^\s*<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE)
MAX_CHARACTERS = 100_000
"""Of an answer: a record that holds more may be one that no topic takes, and a job that cannot write it restarts for ever."""

_MOST_STARTS = 100
"""Braces at which an object is looked for: a model that repeats `{` for ever would keep the gateway busy for seconds."""


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_constant=_no_number)


class UnfitAnswerError(Exception):
    """The answer cannot be used. `reason` is for the rejected row; the text says what is wrong, without quoting the answer."""

    def __init__(self, reason: Reason, problem: str) -> None:
        super().__init__(problem)
        self.reason = reason


def checked(content: str, expected: Expectation) -> str:
    """Return the content as it goes on to Flink: JSON is written anew. Raises UnfitAnswerError."""
    if len(content) > MAX_CHARACTERS:
        raise UnfitAnswerError(Reason.ANSWER_TOO_LONG, f"The answer has {len(content)} characters; {MAX_CHARACTERS} are allowed.")
    if not expected.json_object:
        if RECORD_KEY in content:
            raise UnfitAnswerError(Reason.SCHEMA_MISMATCH, f"The answer has the gateway's own field {RECORD_KEY}.")
        return content
    text, value = _object_in(_THOUGHT.sub("", content))
    if RECORD_KEY in value:
        raise UnfitAnswerError(Reason.SCHEMA_MISMATCH, f"The answer has the gateway's own field {RECORD_KEY}.")
    if expected.schema is not None and (problem := schema_problem(value, expected.schema)):
        raise UnfitAnswerError(Reason.SCHEMA_MISMATCH, problem)
    return text


def schema_problem(value: object, schema: Schema) -> str:
    """Return in one line where a value violates its schema, without quoting it; empty if it does not."""
    validator = _validator(json.dumps(schema, sort_keys=True))
    if validator is None:
        # A prompt's mistake, not the model's: no answer could pass.
        return ""
    for error in validator.iter_errors(value):
        place = "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)
        missing = f": {', '.join(_missing(error.validator_value, error.instance))}" if error.validator == "required" else ""
        return f"The answer does not match its schema at {place[:80]}: {error.validator}{missing}."
    return ""


@lru_cache(maxsize=64)
def _validator(schema: str) -> Draft202012Validator | None:
    """Return the validator of a schema, None for one that is no schema. Checking a schema takes milliseconds, so it is done once."""
    plain = json.loads(schema)
    try:
        Draft202012Validator.check_schema(plain)
    except SchemaError:
        return None
    return Draft202012Validator(plain)


def _missing(required: object, instance: object) -> list[str]:
    names = required if isinstance(required, list) else []
    return [str(name) for name in names if isinstance(instance, dict) and name not in instance]


def _object_in(text: str) -> tuple[str, dict[str, object]]:
    """Find the JSON object of an answer: the whole of it, or the first one in it that spans more than an empty pair of braces."""
    start = text.find("{")
    for _ in range(_MOST_STARTS):
        if start < 0:
            break
        try:
            value, end = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            start = text.find("{", start + 1)
            continue
        if isinstance(value, dict) and value:
            return _written(value), value
        start = text.find("{", end)
    raise UnfitAnswerError(Reason.NOT_JSON, "The answer holds no JSON object.")


def _written(value: dict[str, object]) -> str:
    """Write down what was checked: readers differ on a field that comes twice, and half a surrogate pair is no UTF-8."""
    try:
        return storable(json.dumps(value, ensure_ascii=False, allow_nan=False))
    except (ValueError, RecursionError):
        raise UnfitAnswerError(Reason.NOT_JSON, "The answer holds a number beyond all numbers.") from None
