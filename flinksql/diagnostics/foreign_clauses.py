"""Clauses that other systems have and Flink SQL has not, recognised where its parser stops or gives up.

Each stands as the words that it is made of, with what to write instead. The parser names the word after which it knew no more, which may be
in the middle of a clause, or none at all.
"""

from collections.abc import Sequence

from flinksql.sql import Token

GAVE_UP = ("This is not a statement that Flink knows", "Cannot invoke ")
"""How refusals begin that name no word."""
_NEAR = 3
_CLAUSES: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("ASOF", "JOIN"),
        (
            "Flink SQL has no ASOF JOIN: join the version that was valid at a row's time, JOIN t FOR SYSTEM_TIME AS OF ts ON ...; "
            "t needs a PRIMARY KEY and a WATERMARK"
        ),
    ),
    (("EMIT", "CHANGES"), "Flink SQL has no EMIT CHANGES: remove it, a query gives its changes anyway"),
    (("EMIT", "FINAL"), "Flink SQL has no EMIT FINAL: remove it, a window gives its rows once, when it ends"),
    (("GROUP", "BY", "ALL"), "Flink SQL has no GROUP BY ALL: name the columns"),
    *((("*", word), f"Flink SQL has no `* {word}`: name the columns that you want") for word in ("EXCEPT", "EXCLUDE", "REPLACE")),
    (("PIVOT", "("), "Flink cannot run PIVOT: write a column for each value, SUM(v) FILTER (WHERE k = 'a') AS a"),
    (("UNPIVOT", "("), "Flink cannot run UNPIVOT: write UNION ALL, or CROSS JOIN UNNEST(ARRAY[...])"),
    *(
        ((word, "(", "TABLE", "("), f"a query goes into {word} without the word TABLE: write {word}((SELECT ...), DESCRIPTOR(ts), ...)")
        for word in ("TUMBLE", "HOP", "CUMULATE", "SESSION")
    ),
)


def foreign_clause(message: str, tokens: Sequence[Token], index: int | None) -> tuple[str, int] | None:
    """Return what to write instead of a clause that Flink lacks, and where it stands. `index` is the token that the parser refuses."""
    for words, advice in _CLAUSES:
        for place in range(len(tokens) - len(words) + 1):
            near = message.startswith(GAVE_UP) or (index is not None and place <= index < place + len(words) + _NEAR)
            if near and all(_is(token, word) for token, word in zip(tokens[place:], words, strict=False)):
                return advice, tokens[place].start
    return None


def _is(token: Token, word: str) -> bool:
    return token.is_word(word) or token.text == word
