"""The columns that a CREATE TABLE writes down, with their types as written. What Flink makes of a type, its planner decides."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from flinksql.sql.entry import Entry
from flinksql.sql.tokens import Token, tokenise

_NO_COLUMN = {"WATERMARK": "FOR", "PRIMARY": "KEY", "UNIQUE": "(", "CONSTRAINT": "", "PERIOD": "FOR"}
"""What an element begins with that is no column, and what follows then: each of the words can be a column's name too."""
_END_OF_TYPE = ("NOT", "NULL", "METADATA", "PRIMARY", "COMMENT", "CONSTRAINT", "UNIQUE")
_WITH_ELEMENTS = ("ARRAY", "MAP", "MULTISET", "ROW")
_OPENING, _CLOSING = "(", ")"


class ColumnKind(StrEnum):
    """Where a column's value comes from."""

    PHYSICAL = "physical"
    METADATA = "metadata"
    """From the record's frame, as its time or its headers."""
    COMPUTED = "computed"


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column. `type` is as written, each token after a space: `DECIMAL ( 8 , 2 )`; empty for a computed one."""

    name: str
    type: str = ""
    kind: ColumnKind = ColumnKind.PHYSICAL
    required: bool = False
    """NOT NULL, or a part of the primary key."""

    @property
    def word(self) -> str:
        """The type's first word, in capitals."""
        return self.type.partition(" ")[0].upper()


def table_columns(chain: Sequence[Entry]) -> tuple[Column, ...]:
    """Return the columns of a table: its own after those of the tables that it is LIKE. `chain` has the table first."""
    columns: dict[str, Column] = {}
    for entry in reversed(chain):
        elements = list(_elements(entry))
        keys = {name for element in elements for name in _primary_key(element)}
        for element in elements:
            column = _column(element, keys)
            if column is not None:
                columns[column.name] = column
    return tuple(columns.values())


def primary_key(chain: Sequence[Entry]) -> tuple[str, ...]:
    """Return the columns of a table's primary key; none where it has none."""
    for entry in chain:
        elements = list(_elements(entry))
        for element in elements:
            if names := _primary_key(element):
                return tuple(names)
        own = [element[0].value for element in elements if not _is_no_column(element) and _says(element, "PRIMARY", "KEY")]
        if own:
            return tuple(own)
    return ()


def _elements(entry: Entry) -> Iterator[list[Token]]:
    """Yield the tokens of what stands between the commas in the parentheses after a table's name."""
    tokens = tokenise(entry.rendered.sql, entry.rendered.file).tokens
    element: list[Token] = []
    depth = angle = 0
    for index in range(_first(entry, tokens), len(tokens)):
        token = tokens[index]
        if depth == 0 and angle == 0 and token.text in {",", _CLOSING}:
            yield from [element] if element else []
            element = []
            if token.text == _CLOSING:
                return
            continue
        depth += {_OPENING: 1, _CLOSING: -1}.get(token.text, 0)
        angle += 1 if token.text == "<" and tokens[index - 1].is_word(*_WITH_ELEMENTS) else 0
        angle -= 1 if token.text == ">" and angle else 0
        element.append(token)


def _first(entry: Entry, tokens: Sequence[Token]) -> int:
    """Return the index of the first column's name; the end where a table names none."""
    created = entry.references.creates
    index = next((number for number, token in enumerate(tokens) if created and token.start >= created.offset), len(tokens)) + 1
    while index + 1 < len(tokens) and tokens[index].text == ".":
        index += 2
    return index + 1 if index < len(tokens) and tokens[index].text == _OPENING else len(tokens)


def _is_no_column(element: Sequence[Token]) -> bool:
    following = _NO_COLUMN.get(element[0].text.upper()) if not element[0].text.startswith("`") else None
    if following is None:
        return False
    return not following or (len(element) > 1 and element[1].text.upper() == following)


def _primary_key(element: Sequence[Token]) -> list[str]:
    """Return the columns that a PRIMARY KEY (...) names."""
    for index, token in enumerate(element[:-2]):
        if token.is_word("PRIMARY") and element[index + 1].is_word("KEY") and element[index + 2].text == _OPENING:
            return [one.value for one in element[index + 3 :] if one.is_name and not one.is_word("NOT", "ENFORCED")]
    return []


def _column(element: Sequence[Token], keys: set[str]) -> Column | None:
    if _is_no_column(element) or not element[0].is_name or len(element) == 1:
        return None
    name = element[0].value
    if element[1].is_word("AS"):
        return Column(name=name, kind=ColumnKind.COMPUTED)
    end = _type_end(element)
    kind = ColumnKind.METADATA if any(token.is_word("METADATA") for token in element[end:]) else ColumnKind.PHYSICAL
    required = name in keys or _says(element[end:], "NOT", "NULL") or _says(element[end:], "PRIMARY", "KEY")
    return Column(name=name, type=" ".join(token.text for token in element[1:end]), kind=kind, required=required)


def _type_end(element: Sequence[Token]) -> int:
    """Return the index after a column's type. What stands in brackets is of the type: a field of a ROW may say NOT NULL too."""
    depth = 0
    for index, token in enumerate(element[1:], 1):
        depth += {_OPENING: 1, "<": 1, _CLOSING: -1, ">": -1}.get(token.text, 0)
        if depth == 0 and token.is_word(*_END_OF_TYPE):
            return index
    return len(element)


def _says(element: Sequence[Token], *words: str) -> bool:
    return any([token.text.upper() for token in element[index : index + len(words)]] == list(words) for index in range(len(element)))
