"""The WITH options of a catalog object, for callers that must know its connector or topic."""

from collections.abc import Mapping, Sequence

from flinksql.bundle.placeholders import render
from flinksql.bundle.rendered import Rendered
from flinksql.bundle.tokens import Token, TokenKind, tokenise
from flinksql.statement import Statement


def table_options(statement: Statement, parameters: Mapping[str, str]) -> dict[str, str]:
    """Return the options in `WITH ('key' = 'value', ...)` of a CREATE TABLE or CREATE MODEL; {} when it has none.

    Placeholders of secrets stay as they are. Options that a table takes over by LIKE are not among them.
    Raises StatementError when the statement cannot be rendered or an option is malformed.
    """
    rendered = render(statement.text, statement.file, parameters)
    tokens = tokenise(rendered.sql, statement.file).tokens
    if not tokens or not tokens[0].is_word("CREATE"):
        return {}
    depth = 0
    for index, token in enumerate(tokens):
        if depth == 0 and token.is_word("WITH") and index + 1 < len(tokens) and tokens[index + 1].text == "(":
            return _pairs(rendered, tokens, index + 2)
        depth += {"(": 1, ")": -1}.get(token.text, 0)
    return {}


def _pairs(rendered: Rendered, tokens: Sequence[Token], index: int) -> dict[str, str]:
    options: dict[str, str] = {}
    while index + 3 < len(tokens):
        key, equals, value, following = tokens[index : index + 4]
        if key.kind is not TokenKind.STRING or equals.text != "=" or value.kind is not TokenKind.STRING or following.text not in {",", ")"}:
            break
        options[key.value] = value.value
        if following.text == ")":
            return options
        index += 4
    raise rendered.problem(tokens[min(index, len(tokens) - 1)].start, "an option is written 'key' = 'value', with a comma between two")
