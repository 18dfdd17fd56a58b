"""A column's type as its parts."""

from dataclasses import dataclass, replace

_NESTED = ("ARRAY", "MAP", "MULTISET", "ROW")
_NOT, _NULL = "NOT", "NULL"


@dataclass(frozen=True, kw_only=True)
class Type:
    """A type. `numbers` are in its parentheses, `parts` the types in its angle brackets, `fields` those of a ROW."""

    word: str
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


def parse_type(text: str) -> Type:
    """Return a type whose tokens are written with spaces between them."""
    return _parse(text.split(), 0)[0]


def _parse(words: list[str], index: int) -> tuple[Type, int]:
    """Read a type that begins at a word. Return it, and the index after it."""
    start = index
    kind = Type(word=words[index].upper())
    index += 1
    if kind.word in _NESTED and index < len(words) and words[index] in {"<", "("}:
        kind, index = _nested(kind, words, index + 1)
    while index < len(words) and words[index] not in {",", ">", ")"}:
        word = words[index].upper()
        if word == "(":
            end = words.index(")", index)
            kind = replace(kind, numbers=tuple(int(one) for one in words[index + 1 : end] if one.isdigit()))
            index = end
        elif word == _NOT and words[index + 1 : index + 2] and words[index + 1].upper() == _NULL:
            kind = replace(kind, required=True)
        index += 1
    local = kind.word.endswith("_LTZ") or "LOCAL" in (word.upper() for word in words[start:index])
    return replace(kind, is_local=local), index


def _nested(kind: Type, words: list[str], index: int) -> tuple[Type, int]:
    """Read what stands between the brackets of a type. Return the type, and the index after them."""
    parts: list[Type] = []
    fields: list[Field] = []
    while index < len(words) and words[index] not in {">", ")"}:
        if words[index] == ",":
            index += 1
            continue
        if kind.word == "ROW":
            inner, after = _parse(words, index + 1)
            fields.append(Field(name=words[index].strip("`"), type=inner, required=inner.required))
        else:
            inner, after = _parse(words, index)
            parts.append(inner)
        index = after
    return replace(kind, parts=tuple(parts), fields=tuple(fields)), index + 1
