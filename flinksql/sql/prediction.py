"""Calls of ML_PREDICT in a text, with the places of their arguments."""

from collections.abc import Sequence
from dataclasses import dataclass

from flinksql.sql.tokens import Token, TokenisedText

_BEFORE = ("FROM", "JOIN")


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """A call, by offsets in its text. `rows` is what it reads without the word TABLE: a name with its hint, or a query in parentheses.

    `given` is where the whole argument begins. `asked` is the column that the model is asked about.
    """

    start: int
    end: int
    given: int
    rows: tuple[int, int]
    model: Token
    asked: Token


@dataclass(frozen=True, kw_only=True)
class Unread:
    """A call whose arguments are written in a way that is not read here."""

    start: int


def predictions(read: TokenisedText) -> list[Prediction | Unread]:
    """Return all calls in the order of the text."""
    tokens = read.tokens
    return [
        _prediction(tokens, index) or Unread(start=token.start)
        for index, token in enumerate(tokens[:-1])
        if token.is_word("ML_PREDICT") and tokens[index + 1].text == "("
    ]


def _prediction(tokens: Sequence[Token], index: int) -> Prediction | None:
    before = tokens[index - 1] if index else None
    arguments, closing = _arguments(tokens, index + 1)
    if before is None or not (before.is_word(*_BEFORE) or before.text == ",") or not arguments:
        return None
    rows = [one for one in arguments if one[0].is_word("TABLE") or one[0].text == "("]
    models = [one for one in arguments if one[0].is_word("MODEL") and len(one) == len(("MODEL", "name"))]
    asked = [one for one in arguments if one[0].is_word("DESCRIPTOR") and len(one) == len(("DESCRIPTOR", "(", "name", ")"))]
    if not (len(rows) == len(models) == len(asked) == 1) or not models[0][1].is_name or not asked[0][2].is_name:
        return None
    [given] = rows
    first = given[1] if given[0].is_word("TABLE") and len(given) > 1 else given[0]
    return Prediction(
        start=tokens[index].start,
        end=tokens[closing].end,
        given=given[0].start,
        rows=(first.start, given[-1].end),
        model=models[0][1],
        asked=asked[0][2],
    )


def _arguments(tokens: Sequence[Token], opening: int) -> tuple[list[Sequence[Token]], int]:
    """Return the tokens of each argument, its name left out, and the index of the closing parenthesis; no argument if there is none."""
    arguments: list[Sequence[Token]] = []
    depth, start = 0, opening + 1
    for index in range(opening, len(tokens)):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(tokens[index].text, 0)
        if depth == 0 or (depth == 1 and tokens[index].text == ","):
            argument = tokens[start:index]
            if len(argument) > 1 and argument[1].text == "=>":
                argument = argument[2:]
            if not argument:
                return [], index
            arguments.append(argument)
            start = index + 1
        if depth == 0:
            return arguments, index
    return [], len(tokens) - 1
