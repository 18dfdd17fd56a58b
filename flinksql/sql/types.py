"""SQL types as texts, taken apart as far as values need it. What is no type is one whose `word` is its first word."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

TEXTS = ("STRING", "VARCHAR", "CHAR")
BYTES = ("BYTES", "VARBINARY", "BINARY")
NUMBERS = ("TINYINT", "SMALLINT", "INT", "INTEGER", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL", "NUMERIC", "DEC")
MOMENT = "TIMESTAMP_LTZ"
"""A point in time."""
LOCAL = "TIMESTAMP"
"""A date and time without a zone."""
_NESTED = ("ARRAY", "MAP", "MULTISET", "ROW")
_AFTER = ("ARRAY", "MULTISET")
"""Of what the elements can stand before it: `INT ARRAY`."""
_NOT, _NULL = "NOT", "NULL"
_BRACKETS = {"<": ">", "(": ")"}
_TOKEN = re.compile(r"`(?:[^`]|``)*`|'(?:[^']|'')*'|\w+|\S")
_KNOWN = 10_000


@dataclass(frozen=True, kw_only=True)
class Type:
    """A type. `text` is as written, without NOT NULL and comment.

    `numbers` are in its parentheses, `parts` the types of its elements, or of its keys and values; `fields` those of a ROW.
    """

    word: str
    text: str = ""
    numbers: tuple[int, ...] = ()
    parts: tuple["Type", ...] = ()
    fields: tuple["Field", ...] = ()
    is_local: bool = False
    """A time with the session's zone: TIMESTAMP_LTZ, or WITH LOCAL TIME ZONE."""
    required: bool = False
    """NOT NULL."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """A named type: a column, or a field of a ROW."""

    name: str
    type: Type
    required: bool = False


@lru_cache(maxsize=_KNOWN)
def parse_type(text: str) -> Type:
    """Return a type as its parts. Any white space may stand between its tokens."""
    tokens = list(_TOKEN.finditer(text))
    return _Reader(text, tokens).read(0)[0] if tokens else Type(word="")


def root_of(kind: str) -> str:
    """Return the type's first word in capitals: `DECIMAL` of `DECIMAL(10, 2) NOT NULL`. Times with the session's zone are all MOMENT."""
    found = parse_type(kind)
    return MOMENT if found.word == LOCAL and found.is_local else found.word


def arguments_of(kind: str) -> list[str]:
    """Return the types of a type's elements, or of its keys and values."""
    return [one.text for one in parse_type(kind).parts]


def fields_of(kind: str) -> dict[str, str]:
    """Return the types of a ROW's fields by name."""
    return {one.name: one.type.text for one in parse_type(kind).fields}


@dataclass(frozen=True)
class _Reader:
    text: str
    tokens: Sequence[re.Match[str]]

    def read(self, first: int) -> tuple[Type, int]:
        """Read a type that begins at a token. Return it, and the index after it."""
        kind, index = self._simple(first)
        while self._word(index) in _AFTER:
            inner = replace(kind, text=self._slice(first, index - 1 - (2 * kind.required)))
            kind, index = self._rest(Type(word=self._word(index), parts=(inner,)), first, index + 1)
        return kind, index

    def _simple(self, first: int) -> tuple[Type, int]:
        kind = Type(word=self._word(first))
        index = first + 1
        if kind.word in _NESTED and self._at(index) in _BRACKETS:
            kind, index = self._elements(kind, index)
        elif self._at(index) == "(":
            end = self._closing(index)
            numbers = tuple(int(one) for one in map(self._at, range(index + 1, end)) if one.isdigit())
            kind, index = replace(kind, numbers=numbers), end + 1
        return self._rest(kind, first, index)

    def _elements(self, kind: Type, opening: int) -> tuple[Type, int]:
        """Read what stands between the brackets of a type. Return the type, and the index after the closing one."""
        parts: list[Type] = []
        fields: list[Field] = []
        index, closing = opening + 1, _BRACKETS[self._at(opening)]
        while self._at(index) not in {"", closing}:
            if self._at(index) == ",":
                index += 1
                continue
            start = index + 1 if kind.word == "ROW" else index
            inner, after = self.read(start)
            if kind.word == "ROW":
                fields.append(Field(name=_plain_name(self._at(index)), type=inner, required=inner.required))
            else:
                parts.append(inner)
            # A bracket that closes nothing is left out, so that no text holds the reader up.
            index = max(after, start + 1)
        return replace(kind, parts=tuple(parts), fields=tuple(fields)), index + 1

    def _rest(self, kind: Type, first: int, index: int) -> tuple[Type, int]:
        """Read what may follow: WITH LOCAL TIME ZONE, NOT NULL, a comment. Return the type, and the index after it."""
        last = index - 1
        required, words = False, [kind.word]
        while self._at(index) not in {"", ",", ">", ")"} and self._word(index) not in _AFTER:
            word = self._word(index)
            if word == _NOT and self._word(index + 1) == _NULL:
                required = True
                index += 1
            elif word == "(":
                last = index = self._closing(index)
            elif word != _NULL and not word.startswith("'"):
                words.append(word)
                last = index
            index += 1
        local = kind.word.endswith("_LTZ") or "LOCAL" in words
        return replace(kind, text=self._slice(first, last), is_local=local, required=required), index

    def _closing(self, opening: int) -> int:
        return next((index for index in range(opening, len(self.tokens)) if self._at(index) == ")"), len(self.tokens) - 1)

    def _slice(self, first: int, last: int) -> str:
        last = min(last, len(self.tokens) - 1)
        return self.text[self.tokens[first].start() : self.tokens[last].end()] if first <= last else ""

    def _at(self, index: int) -> str:
        return self.tokens[index].group() if index < len(self.tokens) else ""

    def _word(self, index: int) -> str:
        return self._at(index).upper()


def _plain_name(token: str) -> str:
    return token[1:-1].replace("``", "`") if token.startswith("`") else token
