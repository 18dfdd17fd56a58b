"""SQL types as texts, taken apart as far as values need it."""

import re
from collections.abc import Iterator

_OPENING = "<(["
_CLOSING = ">)]"
_FIELD = re.compile(r"\s*(?:`(?P<quoted>(?:[^`]|``)+)`|(?P<plain>[A-Za-z_]\w*))\s+(?P<type>.+?)(?:\s+'(?:[^']|'')*')?\s*\Z", re.DOTALL)
_NOT_NULL = " NOT NULL"
TEXTS = ("STRING", "VARCHAR", "CHAR")
BYTES = ("BYTES", "VARBINARY", "BINARY")
NUMBERS = ("TINYINT", "SMALLINT", "INT", "INTEGER", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL", "NUMERIC", "DEC")
MOMENT = "TIMESTAMP_LTZ"
"""A point in time."""
LOCAL = "TIMESTAMP"
"""A date and time without a zone."""


def root_of(kind: str) -> str:
    """Return the type's first word in capitals: `DECIMAL` of `DECIMAL(10, 2) NOT NULL`."""
    word = re.match(r"\w+", kind.strip())
    root = word.group().upper() if word else ""
    return MOMENT if root == LOCAL and "LOCAL TIME ZONE" in kind.upper() else root


def arguments_of(kind: str) -> list[str]:
    """Return what stands between the outermost `<` and `>`, divided at commas."""
    start, end = kind.find("<"), kind.rfind(">")
    return [part.strip().removesuffix(_NOT_NULL) for part in _divided(kind[start + 1 : end])] if 0 <= start < end else []


def fields_of(kind: str) -> dict[str, str]:
    """Return the fields of a ROW type by name."""
    fields = (_FIELD.match(part) for part in arguments_of(kind))
    return {(one["quoted"] or one["plain"]).replace("``", "`"): one["type"].removesuffix(_NOT_NULL) for one in fields if one}


def _divided(text: str) -> Iterator[str]:
    depth, start = 0, 0
    for index, letter in enumerate(text):
        depth += (letter in _OPENING) - (letter in _CLOSING)
        if letter == "," and depth == 0:
            yield text[start:index]
            start = index + 1
    if text[start:].strip():
        yield text[start:]
