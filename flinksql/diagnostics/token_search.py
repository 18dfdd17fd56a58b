"""Finding a part of a statement among its tokens: a keyword, symbols, an argument of a call."""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from flinksql.sql import Token

Tokens = Sequence[Token]
Locator = Callable[[Tokens, re.Match[str]], int | None]
"""From the tokens of a statement and the match of a message to an offset in the SQL; None when the statement does not have it."""


def argument(function: str, number: int) -> Locator:
    """Return what finds an argument of a call, by its number from 0."""

    def place(tokens: Tokens, _match: re.Match[str]) -> int | None:
        call = next((index for index, (word, after) in enumerate(pairwise(tokens)) if word.is_word(function) and after.text == "("), None)
        if call is None:
            return None
        found = arguments(tokens, call + 2)
        return tokens[found[number] if number < len(found) else call].start

    return place


def second_of(word: str) -> Locator:
    """Return what finds a keyword where it stands for the second time."""

    def place(tokens: Tokens, _match: re.Match[str]) -> int | None:
        places = [token.start for token in tokens if token.is_word(word)]
        return places[1] if len(places) > 1 else None

    return place


def symbols(*texts: str) -> Locator:
    """Return what finds symbols in a row."""

    def place(tokens: Tokens, _match: re.Match[str]) -> int | None:
        found = (index for index in range(len(tokens)) if tuple(token.text for token in tokens[index : index + len(texts)]) == texts)
        return next((tokens[index].start for index in found), None)

    return place


def keywords(*keywords: str) -> Locator:
    """Return what finds a keyword, or several in a row."""

    def place(tokens: Tokens, _match: re.Match[str]) -> int | None:
        for index in range(len(tokens) - len(keywords) + 1):
            if all(tokens[index + number].is_word(word) for number, word in enumerate(keywords)):
                return tokens[index].start
        return None

    return place


def arguments(tokens: Tokens, start: int) -> list[int]:
    """Return the indices at which the entries of a list begin that ends with FROM, `;`, a closing parenthesis or the text."""
    found = [start]
    depth = 0
    for index in range(start, len(tokens)):
        token = tokens[index]
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token.text, 0)
        if depth < 0 or (depth == 0 and (token.is_word("FROM") or token.text == ";")):
            break
        if depth == 0 and token.text == ",":
            found.append(index + 1)
    return [index for index in found if index < len(tokens)]
