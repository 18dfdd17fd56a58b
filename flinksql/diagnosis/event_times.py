"""The event times of records, where they can be read without Flink: Kafka's own timestamp, or a field of a JSON object.

Of a record nothing but its time is kept.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Protocol

from flinksql.diagnosis.sql_text import SqlText
from flinksql.sql.tokens import Token, TokenKind, tokenise

_MILLISECONDS = 1000


class Record(Protocol):
    """A record of a topic; `timestamp` is Kafka's, in ms since 1970."""

    @property
    def timestamp(self) -> int:
        """Kafka's timestamp."""

    @property
    def value(self) -> bytes | None:
        """The value as it lies in the topic."""


def event_times(sql: SqlText, table: str, records: Sequence[Record]) -> tuple[int, ...]:
    """Return the event times of records in ms since 1970, ascending; none where the table's time is computed or its format is another."""
    column, tokens = _time_column(sql, table)
    if not column:
        return ()
    declared = _declaration(tokens, column)
    if any(token.is_word("AS") for token in declared):
        return ()
    if any(token.is_word("METADATA") for token in declared):
        source = next((token.value for token in declared if token.kind is TokenKind.STRING), column)
        return tuple(sorted(one.timestamp for one in records if one.timestamp > 0)) if source == "timestamp" else ()
    options = sql.options(table)
    if (options.get("value.format") or options.get("format")) != "json":
        return ()
    return tuple(sorted(moment for one in records if (moment := _field(one.value, column)) is not None))


def _time_column(sql: SqlText, table: str) -> tuple[str, Sequence[Token]]:
    entry = sql.table(table)
    for one in sql.catalog.chain(entry) if entry else ():
        tokens = tokenise(one.rendered.sql, one.rendered.file).tokens
        for index, token in enumerate(tokens[:-2]):
            if token.is_word("WATERMARK") and tokens[index + 1].is_word("FOR"):
                return tokens[index + 2].value, tokens
    return "", ()


def _declaration(tokens: Sequence[Token], column: str) -> Sequence[Token]:
    """Return what declares a column, after its name and up to the next comma of the columns."""
    start = next(
        (index for index, token in enumerate(tokens) if token.is_name and token.value == column and tokens[index - 1].text in {"(", ","}),
        -1,
    )
    if start < 0:
        return ()
    depth = 0
    for index in range(start, len(tokens)):
        if depth == 0 and tokens[index].text in {",", ")"}:
            return tokens[start + 1 : index]
        depth += {"(": 1, "<": 1, ")": -1, ">": -1}.get(tokens[index].text, 0)
    return ()


def _field(value: bytes | None, column: str) -> int | None:
    """Return a field of a JSON object as ms since 1970; times without a zone are read as UTC."""
    with suppress(ValueError, TypeError, AttributeError, OverflowError):
        moment = datetime.fromisoformat(str(json.loads(value or b"")[column]).replace("Z", "+00:00"))
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * _MILLISECONDS)
    return None
