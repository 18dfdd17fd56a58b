"""The header of a statement's file: `-- key: value` lines among the comments before the statement.

A new option is one line in KEYS and one function.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from flinksql.bundle.tokens import TokenisedText
from flinksql.errors import StatementError

LINE = re.compile(r"--[ \t]*(?P<key>[a-z][a-z_-]*)[ \t]*:[ \t]*(?P<value>.*?)[ \t]*")
LARGEST_PARALLELISM = 32768
"""Flink's upper bound of the maximum parallelism."""


@dataclass(frozen=True, kw_only=True)
class Header:
    """What a file says about its statement. `options` are Flink configuration keys for the submission."""

    bounded: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    offsets: Mapping[str, int] = field(default_factory=dict)


def _kind(header: Header, value: str) -> Header:
    if value != "bounded":
        raise ValueError("the only value is `bounded` (a job that ends by itself); leave the line out for a job that runs until stopped")
    return replace(header, bounded=True)


def _parallelism(header: Header, value: str) -> Header:
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= LARGEST_PARALLELISM):
        raise ValueError(f"it must be a whole number from 1 to {LARGEST_PARALLELISM}, for example `-- parallelism: 2`")
    return replace(header, options={**header.options, "parallelism.default": str(int(value))})


KEYS: Mapping[str, Callable[[Header, str], Header]] = MappingProxyType({"kind": _kind, "parallelism": _parallelism})


def read_header(tokenised: TokenisedText) -> Header:
    """Read the header of a file.

    A line with a known key is an option. An unknown key with one single word is taken for a mistyped option; everything else is prose.
    Raises StatementError for an unknown key, a key given twice and a value that its key does not have.
    """
    header = Header()
    first = tokenised.tokens[0].start if tokenised.tokens else len(tokenised.text)
    for comment in tokenised.comments:
        match = LINE.fullmatch(comment.text)
        if comment.start > first or match is None:
            continue
        key, value = match["key"], match["value"]
        if key in KEYS:
            header = _with(header, tokenised, comment.start, key, value)
        elif len(value.split()) == 1:
            raise _unknown(tokenised, comment.start, key)
    return header


def _with(header: Header, tokenised: TokenisedText, offset: int, key: str, value: str) -> Header:
    if key in header.offsets:
        raise tokenised.problem(offset, f"the header gives {key} twice: keep one of the lines")
    try:
        changed = KEYS[key](header, value)
    except ValueError as error:
        raise tokenised.problem(offset, f"the header's {key} cannot be {value!r}: {error}") from None
    return replace(changed, offsets={**header.offsets, key: offset})


def _unknown(tokenised: TokenisedText, offset: int, key: str) -> StatementError:
    known = ", ".join(KEYS)
    return tokenised.problem(
        offset, f"the header has no option {key!r}; there are: {known}. A remark is free to begin with a capital letter"
    )
