"""From a refusal to a place in a file: where Flink says it is, or where the name that it complains of stands.

Flink gives a line and column for about half of its refusals. The others quote a name or a value; when that stands exactly
once in the statement, or not there and exactly once in those it depends on, its place is shown. A wrong place is worse than none.
"""

import re
from collections.abc import Sequence

from flinksql.bundle import Rendered, TokenKind, excerpt_at, tokenise
from flinksql.bundle.place import offset_at
from flinksql.gateway import ServerProblem
from flinksql.statement import Position

_QUOTED = re.compile(r"'([^'\n]+)'")
_NAMING = (TokenKind.WORD, TokenKind.QUOTED, TokenKind.STRING)
_IDENTIFIER = re.compile(r"`[^`]+`$")


def place_of(problem: ServerProblem, places: Sequence[Rendered], *, lines_before: int) -> tuple[Position, str]:
    """Return the position and the excerpt with a caret. `places[0]` is the statement that was refused; the others are its closure."""
    rendered, offset = _located(problem, places, lines_before)
    position = rendered.position(offset)
    return position, excerpt_at(rendered.text, position)


def _located(problem: ServerProblem, places: Sequence[Rendered], lines_before: int) -> tuple[Rendered, int]:
    refused = places[0]
    line = problem.line - lines_before
    if line > 0:
        return refused, offset_at(refused.sql, line, problem.column)
    for name in _names(problem.message):
        own = _places(name, refused.sql)
        found = [(refused, offset) for offset in own] or [(other, offset) for other in places[1:] for offset in _places(name, other.sql)]
        if len(found) == 1:
            return found[0]
    return refused, _first_word(refused.sql)


def _names(message: str) -> list[str]:
    """Return what the message's first sentence quotes; of a qualified name in backticks, the last part."""
    first = message.split(". ", 1)[0].split("\n", 1)[0]
    names = []
    for quoted in _QUOTED.findall(first):
        identifier = _IDENTIFIER.search(quoted)
        names.append(identifier[0].strip("`") if identifier else quoted)
    return names


def _places(name: str, sql: str) -> list[int]:
    """Return where the name stands as a whole literal or identifier; a part of a longer one does not count, nor does a comment."""
    tokens = tokenise(sql).tokens
    return [token.start for token in tokens if token.kind in _NAMING and token.value == name]


def _first_word(sql: str) -> int:
    match = re.match(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*", sql, re.DOTALL)
    return match.end() if match else 0
