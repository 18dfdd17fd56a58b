"""Hints in SQL: `/*+ OPTIONS('key' = 'value', ...) */` after a table sets options of it for one statement."""

from collections.abc import Sequence

from flinksql.sql.tokens import Token, TokenKind

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
