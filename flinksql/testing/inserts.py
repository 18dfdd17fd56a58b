"""The INSERTs of a statement, each with its table and its query, by their places in the text."""

from collections.abc import Sequence
from dataclasses import dataclass

from flinksql.sql.names import name_of
from flinksql.sql.tokens import Token, tokenise


@dataclass(frozen=True, kw_only=True)
class Insert:
    """One INSERT. `start` and `end` are the offsets of its query."""

    table: str
    start: int
    end: int


def inserts_of(sql: str) -> list[Insert]:
    """Return the INSERTs of a job's statement in the order of the text."""
    tokens = tokenise(sql).tokens
    starts = [
        index for index in range(len(tokens) - 1) if tokens[index].is_word("INSERT") and tokens[index + 1].is_word("INTO", "OVERWRITE")
    ]
    return [_insert(tokens, index, _end(tokens, index)) for index in starts]


def _end(tokens: Sequence[Token], index: int) -> int:
    """Return the index after the INSERT that begins at `index`."""
    return next((one for one in range(index, len(tokens)) if tokens[one].text == ";"), len(tokens))


def _insert(tokens: Sequence[Token], index: int, end: int) -> Insert:
    place = index + 2
    parts = [tokens[place].value]
    place += 1
    while tokens[place].text == ".":
        parts.append(tokens[place + 1].value)
        place += 2
    while not tokens[place].is_word("SELECT", "WITH", "VALUES", "TABLE") and not _is_query(tokens, place):
        place = _after_parenthesis(tokens, place) if tokens[place].text == "(" else place + 1
    return Insert(table=name_of(parts).name, start=tokens[place].start, end=tokens[_end_of_query(tokens, end) - 1].end)


def _end_of_query(tokens: Sequence[Token], end: int) -> int:
    """Return the index after the query: an `ON CONFLICT DO DEDUPLICATE` of Flink 2.3 behind it is the INSERT's."""
    conflict = end - 4
    return conflict if tokens[conflict].is_word("ON") and tokens[conflict + 1].is_word("CONFLICT") else end


def _is_query(tokens: Sequence[Token], place: int) -> bool:
    """Return whether a parenthesis opens a query, and not a list of columns."""
    while tokens[place].text == "(":
        place += 1
        if tokens[place].is_word("SELECT", "WITH", "VALUES"):
            return True
    return False


def _after_parenthesis(tokens: Sequence[Token], place: int) -> int:
    depth = 0
    while place < len(tokens):
        depth += {"(": 1, ")": -1}.get(tokens[place].text, 0)
        place += 1
        if depth == 0:
            break
    return place
