"""From a refusal to a place in a file: where Flink says it is, or where the name that it complains of stands.

Flink gives a line and column for about half of its refusals. The others quote a name or a value; when that occurs
exactly once in the statement (or in one it depends on), its place is shown.
"""

import re
from collections.abc import Sequence

from flinksql.bundle import Rendered, excerpt_at
from flinksql.bundle.place import offset_at
from flinksql.gateway import ServerProblem
from flinksql.statement import Position

_QUOTED = re.compile(r"'([^'\n]+)'")
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
        for rendered in places:
            offset = _only_place(name, rendered.sql)
            if offset is not None:
                return rendered, offset
    return refused, _first_word(refused.sql)


def _names(message: str) -> list[str]:
    """Return what the message's first sentence quotes; of a qualified name in backticks, the last part."""
    first = message.split(". ", 1)[0].split("\n", 1)[0]
    names = []
    for quoted in _QUOTED.findall(first):
        identifier = _IDENTIFIER.search(quoted)
        names.append(identifier[0].strip("`") if identifier else quoted)
    return names


def _only_place(name: str, sql: str) -> int | None:
    """Return where the name stands as a whole word, if it stands there once only, comments not counted."""
    code = re.sub(r"--[^\n]*", lambda match: " " * len(match[0]), sql)
    found = [match.start() for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", code)]
    return found[0] if len(found) == 1 else None


def _first_word(sql: str) -> int:
    match = re.match(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*", sql, re.DOTALL)
    return match.end() if match else 0
