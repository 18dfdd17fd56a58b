"""From a refusal to a position in a file: where Flink says it is, or where the name is that it complains about.

Flink gives a line and column for about half of its refusals. For the frequent ones among the others `locators.py` knows where to look. The
rest quote a name or a value; when that stands exactly once in the statement, or not there and exactly once in those it depends on, its
place is shown. A wrong place is worse than none.
"""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from itertools import pairwise

from flinksql.diagnostics.locators import last_part, locate
from flinksql.diagnostics.syntax import refine
from flinksql.flink.gateway import ServerProblem
from flinksql.sql import Rendered, Token, TokenKind, excerpt_at, tokenise
from flinksql.sql.place import offset_at
from flinksql.statement import Position

_QUOTED = re.compile(r"'([^'\n]+)'")
_NAMING = (TokenKind.WORD, TokenKind.QUOTED, TokenKind.STRING)
_IDENTIFIER = re.compile(r"`[^`]+`$")


def position_of(problem: ServerProblem, places: Sequence[Rendered], *, lines_before: int) -> tuple[str, Position, str]:
    """Return the message, the position and the excerpt with a caret.

    `places[0]` is the statement that was refused; the others are its closure.
    """
    rendered, offset = _located(problem, places, lines_before)
    message, offset = refine(problem, rendered.sql, offset)
    message += _missing_keyword(message, rendered.sql, offset)
    position = rendered.position(offset)
    return message, position, excerpt_at(rendered.text, position)


def _missing_keyword(message: str, sql: str, offset: int) -> str:
    """Return the advice for what a call takes for a column of nothing, because the word before it is missing."""
    if not message.startswith("Column "):
        return ""
    tokens = tokenise(sql).tokens
    index = next((number for number, token in enumerate(tokens) if token.start == offset), 0)
    name = tokens[index].text
    alias = any(word.is_word("AS") and after.value == tokens[index].value for word, after in pairwise(tokens))
    if alias and any(token.is_word("WHERE") for token in tokens[:index]):
        return f" {name} is an alias of SELECT, which WHERE does not know: repeat its expression, or filter a subquery"
    if tokens[index - 1].text == "[":
        return f" If it is the key of a map, write it in quotes: ['{name}']"
    return _missing_before(tokens, index)


def _missing_before(tokens: Sequence[Token], index: int) -> str:
    name = tokens[index].text
    function = tokens[max(index - 2, 0)]
    if tokens[index - 1].text == "(" and get_close_matches(function.text.upper(), ["DESCRIPTOR"], cutoff=0.8):
        return f" Did you mean DESCRIPTOR instead of {function.text}?"
    before = [token.text.upper() for token in tokens[max(index - _BEFORE_ARGUMENT, 0) : index]]
    if before[1:2] == ["("] and before[-1:] == [","]:
        if before[0] == "ML_PREDICT":
            return f" If it is a model, write MODEL before it: MODEL {name}"
        if before[0] in _WINDOWS:
            return f" If it is the time, write DESCRIPTOR({name})"
    third = [token.text.upper() for token in tokens[max(index - _BEFORE_THIRD, 0) : index]]
    if third[:2] == ["ML_PREDICT", "("] and third[-1:] == [","]:
        return f" If it is the column for the model, write DESCRIPTOR({name})"
    return ""


_WINDOWS = ("TUMBLE", "HOP", "CUMULATE", "SESSION")
_BEFORE_ARGUMENT = 5
"""Tokens of `ML_PREDICT ( TABLE t ,`."""
_BEFORE_THIRD = 8
"""Tokens of `ML_PREDICT ( TABLE t , MODEL m ,`."""


def _located(problem: ServerProblem, places: Sequence[Rendered], lines_before: int) -> tuple[Rendered, int]:
    refused = places[0]
    line = problem.line - lines_before
    if line > 0:
        return refused, offset_at(refused.sql, line, problem.column)
    for rendered in _by_relevance(problem, places):
        offset = locate(problem, rendered.sql)
        if offset is not None:
            return rendered, offset
    for name in _names(problem.message):
        own = _places(name, refused.sql)
        found = [(refused, offset) for offset in own] or [(other, offset) for other in places[1:] for offset in _places(name, other.sql)]
        if len(found) == 1:
            return found[0]
    return refused, _first_word(refused.sql)


def _by_relevance(problem: ServerProblem, places: Sequence[Rendered]) -> list[Rendered]:
    """Return the statements in which to look: those that create what Flink names in the refusal, else the refused one, then its closure."""
    named = [place for place in places if _created(place) in problem.objects]
    return [*named, *places]


def _created(place: Rendered) -> str:
    """Return the name that a CREATE statement creates, empty for any other."""
    tokens = tokenise(place.sql).tokens
    created = 2
    return tokens[created].value if len(tokens) > created and tokens[0].is_word("CREATE") else ""


def _names(message: str) -> list[str]:
    """Return what the message's first sentence quotes; of a qualified name in backticks, the last part."""
    first = message.split(". ", 1)[0].split("\n", 1)[0]
    names = []
    for quoted in _QUOTED.findall(first):
        qualified = _IDENTIFIER.search(quoted) or quoted.startswith("default_catalog.")
        names.append(last_part(quoted) if qualified else quoted)
    return names


def _places(name: str, sql: str) -> list[int]:
    """Return where the name stands as a whole literal or identifier; a part of a longer one does not count, nor does a comment."""
    tokens = tokenise(sql).tokens
    return [token.start for token in tokens if token.kind in _NAMING and token.value == name]


def _first_word(sql: str) -> int:
    match = re.match(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*", sql, re.DOTALL)
    return match.end() if match else 0
