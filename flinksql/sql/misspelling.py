"""Misspelt keywords: letters missing, doubled or in another order. Used only to explain what is refused anyway."""

from collections.abc import Collection, Sequence
from difflib import get_close_matches

from flinksql.sql.tokens import Token, TokenKind

LIKENESS = 0.8
SHORTEST = 2
KEYWORDS = (
    "SELECT", "FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "UNION", "INTERSECT", "EXCEPT", "JOIN", "LEFT", "RIGHT",
    "FULL", "INNER", "CROSS", "ON", "WITH", "VALUES", "INSERT", "INTO", "TABLE", "PARTITION", "LATERAL", "DISTINCT", "QUALIFY",
)  # fmt: skip
"""Words that begin a part of a query."""


def nearest_keyword(word: str, keywords: Collection[str] = KEYWORDS) -> str:
    """Return the keyword that is nearest to a word; empty if the word is a keyword itself or resembles none."""
    word = word.upper()
    if word in keywords or len(word) < SHORTEST:
        return ""
    letters = sorted(word)
    turned = next((keyword for keyword in keywords if sorted(keyword) == letters), "")
    return turned or next(iter(get_close_matches(word, keywords, n=1, cutoff=LIKENESS)), "")


def misspelt_keyword(tokens: Sequence[Token], indices: Sequence[int], keywords: Collection[str] = KEYWORDS) -> tuple[Token, str] | None:
    """Return the first of the tokens at `indices` that is like a keyword and can be meant as one, with the keyword."""
    for index in indices:
        if 0 <= index < len(tokens) and _stands_alone(tokens, index):
            keyword = nearest_keyword(tokens[index].text, keywords)
            if keyword:
                return tokens[index], keyword
    return None


def _stands_alone(tokens: Sequence[Token], index: int) -> bool:
    """Return whether a word is no part of a dotted name, no function and no name after AS."""
    if tokens[index].kind is not TokenKind.WORD:
        return False
    before = tokens[index - 1] if index else None
    after = tokens[index + 1].text if index + 1 < len(tokens) else ""
    return after != "." and not (before and (before.text == "." or before.is_word("AS")))
