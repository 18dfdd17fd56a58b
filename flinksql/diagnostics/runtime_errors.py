"""Where in the SQL a job's failure comes from. Flink gives no position for what goes wrong while a job runs.

The failure names an option or a value, or is of a kind that only one operation can cause. When that stands exactly once in the statement
and what it depends on, its place is shown; a wrong place is worse than none.
"""

import re
from collections.abc import Mapping

from flinksql.diagnostics.symptoms import ADVICE_SEPARATOR
from flinksql.errors import JobFailedError, StatementError
from flinksql.sql import Rendered, Token, TokenKind, excerpt_at, redact, tokenise
from flinksql.statement import Definition
from flinksql.statements.script import script_of

_OPERATIONS: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = (
    (re.compile(r"ArithmeticException"), frozenset({"/", "%", "MOD"})),
    (re.compile(r"NumberFormatException|DateTimeException|DateTimeParseException"), frozenset({"CAST"})),
)
"""Exceptions and the operations that throw them. TRY_CAST does not, and is another word."""
_NAMED = (re.compile(r"'([^'\n]+)'"), re.compile(r"for configuration ([\w.-]+)"), re.compile(r"[Cc]onfiguration \"([\w.-]+)\""))
_PREFIX = "properties."
"""What stands before a Kafka client's own option in a table's."""


def runtime_problem(message: str, definition: Definition, secrets: Mapping[str, str]) -> JobFailedError:
    """Return the error of a job that failed while it ran, with the place in the SQL where there is one, and without secrets."""
    text = redact(message, secrets)
    script = script_of(definition, secrets)
    places = [step.rendered for step in (script.target, *script.closure)]
    # The advice names options too, and those are not what failed.
    failure = text.partition(ADVICE_SEPARATOR)[0]
    found = _by_name(failure, places) or _by_operation(failure, places)
    if found is None:
        return JobFailedError(f"statement {definition.name}: {text}")
    rendered, token = found
    position = rendered.position(token.start)
    excerpt = excerpt_at(rendered.text, position)
    return JobFailedError(str(StatementError(text, statement=definition.name, position=position, excerpt=excerpt)))


def _by_name(message: str, places: list[Rendered]) -> tuple[Rendered, Token] | None:
    for pattern in _NAMED:
        for name in pattern.findall(message):
            wanted = {name, _PREFIX + name}
            found = [(place, token) for place in places for token in _tokens(place) if _is_name(token) and token.value in wanted]
            if len(found) == 1:
                return found[0]
    return None


def _by_operation(message: str, places: list[Rendered]) -> tuple[Rendered, Token] | None:
    for exception, operations in _OPERATIONS:
        if exception.search(message):
            found = [(place, token) for place in places for token in _tokens(place) if _is_operation(token, operations)]
            return found[0] if len(found) == 1 else None
    return None


def _tokens(place: Rendered) -> tuple[Token, ...]:
    return tuple(tokenise(place.sql).tokens)


def _is_operation(token: Token, operations: frozenset[str]) -> bool:
    return token.kind in {TokenKind.WORD, TokenKind.SYMBOL} and token.text.upper() in operations


def _is_name(token: Token) -> bool:
    return token.kind in {TokenKind.WORD, TokenKind.QUOTED, TokenKind.STRING}
