"""The WITH options of a catalog object, for callers that must know its connector or topic."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from flinksql.errors import StatementError
from flinksql.sql.placeholders import render
from flinksql.sql.rendered import Rendered
from flinksql.sql.tokens import Token, TokenKind, tokenise
from flinksql.statement import Statement


def table_options(statement: Statement, parameters: Mapping[str, str]) -> dict[str, str]:
    """Return the options in `WITH ('key' = 'value', ...)` of a CREATE TABLE or CREATE MODEL; {} when it has none.

    Placeholders of secrets stay as they are. Options that a table takes over by LIKE are not among them.
    Raises StatementError when the statement cannot be rendered or an option is malformed.
    """
    return {key: value.value for key, value in option_tokens(render(statement.text, statement.file, parameters)).items()}


def option_tokens(rendered: Rendered) -> dict[str, Token]:
    """Return the options of a CREATE statement, each with the token of its value. Raises StatementError for a malformed one."""
    tokens = tokenise(rendered.sql, rendered.file).tokens
    if not tokens or not tokens[0].is_word("CREATE"):
        return {}
    depth = 0
    for index, token in enumerate(tokens):
        if depth == 0 and token.is_word("WITH") and index + 1 < len(tokens) and tokens[index + 1].text == "(":
            return _pairs(rendered, tokens, index + 2)
        depth += {"(": 1, ")": -1}.get(token.text, 0)
    return {}


def _pairs(rendered: Rendered, tokens: Sequence[Token], index: int) -> dict[str, Token]:
    options: dict[str, Token] = {}
    while index + 3 < len(tokens):
        key, equals, value, following = tokens[index : index + 4]
        if key.kind is not TokenKind.STRING or equals.text != "=" or value.kind is not TokenKind.STRING or following.text not in {",", ")"}:
            break
        options[key.value] = value
        if following.text == ")":
            return options
        index += 4
    raise rendered.problem(tokens[min(index, len(tokens) - 1)].start, "an option is written 'key' = 'value', with a comma between two")


def option_problems(statements: Iterable[Rendered]) -> list[StatementError]:
    """Return an error for each CREATE statement whose options are malformed."""
    problems: list[StatementError] = []
    for rendered in statements:
        try:
            option_tokens(rendered)
        except StatementError as problem:
            problems.append(problem)
    return problems


def keeps_options_of_like(rendered: Rendered) -> bool:
    """Return whether a CREATE TABLE takes over the options of the table after LIKE. What stands in its own WITH wins."""
    tokens = tokenise(rendered.sql, rendered.file).tokens
    like = next((index for index, token in enumerate(tokens) if token.is_word("LIKE")), len(tokens))
    directives = {feature.text.upper(): rule.text.upper() for rule, feature in pairwise(tokens[like:]) if feature.is_word("ALL", "OPTIONS")}
    return directives.get("OPTIONS", directives.get("ALL", "INCLUDING")) != "EXCLUDING"


OPENING = "/*+"
CLOSING = "*/"
OPTIONS = "OPTIONS"


def hint_end(tokens: Sequence[Token], index: int) -> int:
    """Return the index after the hint that begins at `index`."""
    while index < len(tokens) and tokens[index].text != CLOSING:
        index += 1
    return index + 1


def table_hints(tokens: Sequence[Token], index: int) -> tuple[tuple[str, str], ...]:
    """Return the options that a hint at `index` sets; none where no such hint begins."""
    if index >= len(tokens) or tokens[index].text != OPENING:
        return ()
    inside = tokens[index : hint_end(tokens, index)]
    start = next((position for position, token in enumerate(inside) if token.is_word(OPTIONS)), len(inside))
    end = next((position for position in range(start, len(inside)) if inside[position].text == ")"), len(inside))
    return tuple(
        (key.value, value.value)
        for key, equals, value in zip(inside[start:end], inside[start + 1 : end], inside[start + 2 : end], strict=False)
        if (key.kind is TokenKind.STRING or key.is_name) and equals.text == "=" and value.kind is TokenKind.STRING
    )
