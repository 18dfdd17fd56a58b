"""From an operator of Flink's to the part of the SQL that it was made of, with its place in a file.

Flink's plan names no places. An operator's kind says which clauses can have made it. Of those, the one is taken that shares most
literals and names with the operator's description. Where nothing is shared and several could be meant, no clause is named.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from flinksql.diagnosis.job_graph import Operator
from flinksql.errors import StatementError
from flinksql.sql.entry import Entry
from flinksql.sql.names import ObjectKind
from flinksql.sql.options import option_tokens
from flinksql.sql.query import END_OF_FROM
from flinksql.sql.table_usage import Catalog, catalog_of
from flinksql.sql.tokens import Token, TokenKind, tokenise
from flinksql.statement import Definition

LONGEST = 100
"""Characters of a clause that are shown."""
_WINDOWS = ("TUMBLE", "HOP", "CUMULATE", "SESSION")
_JOINS = ("JOIN", "WHERE")
_CLAUSES: Mapping[str, Sequence[str]] = {
    "Calc": ("WHERE", "HAVING", "ON", "QUALIFY"),
    "Join": _JOINS,
    "IntervalJoin": _JOINS,
    "TemporalJoin": ("JOIN",),
    "LookupJoin": ("JOIN",),
    "WindowJoin": _JOINS,
    "GroupAggregate": ("GROUP", "DISTINCT"),
    "LocalGroupAggregate": ("GROUP", "DISTINCT"),
    "GlobalGroupAggregate": ("GROUP", "DISTINCT"),
    "WindowAggregate": _WINDOWS,
    "LocalWindowAggregate": _WINDOWS,
    "GlobalWindowAggregate": _WINDOWS,
    "GroupWindowAggregate": _WINDOWS,
    "WindowTableFunction": _WINDOWS,
    "WindowRank": ("ROW_NUMBER", "RANK", "DENSE_RANK", *_WINDOWS),
    "WindowDeduplicate": ("ROW_NUMBER", *_WINDOWS),
    "Rank": ("ROW_NUMBER", "RANK", "DENSE_RANK"),
    "Deduplicate": ("ROW_NUMBER",),
    "OverAggregate": ("OVER",),
    "Match": ("MATCH_RECOGNIZE",),
    "Correlate": ("UNNEST", "LATERAL"),
    "MLPredictTableFunction": ("ML_PREDICT",),
}
_ENDS = (*END_OF_FROM, "JOIN", "LEFT", "RIGHT", "INNER", "FULL", "CROSS", "INSERT", "END")
_WORD = re.compile(r"'(?P<text>[^']*)'|(?P<name>[A-Za-z_]\w*)|(?P<number>\d+(?:\.\d+)?)")
_LITERAL = 3
"""A literal says more than a name: names are on every line."""


@dataclass(frozen=True, kw_only=True)
class Clause:
    """A part of the SQL. `place` is `file:line:column`, or the file alone where the text was made from it."""

    text: str
    place: str


class SqlText:
    """The SQL of a definition. Raises StatementError where it cannot be read."""

    def __init__(self, definition: Definition) -> None:
        self.catalog: Catalog = catalog_of(definition)
        self._tables = {entry.references.creates.name.name: entry for entry in self.catalog.tables if entry.references.creates}

    def table(self, name: str) -> Entry | None:
        """Return the statement that creates a table."""
        return self._tables.get(name)

    def options(self, table: str) -> Mapping[str, str]:
        """Return the options of a table, those of its first mention with a hint included; none for a table that is not of the bundle."""
        entry = self._tables.get(table)
        if entry is None:
            return {}
        try:
            hints = next((use.options for use in self.catalog.uses() if use.table is entry and use.reference.hints), None)
            return hints or self.catalog.options(entry)
        except StatementError:
            return {}

    def table_place(self, table: str) -> str:
        """Return where a table is created; empty for a table that is not of the bundle."""
        entry = self._tables.get(table)
        return _place(entry, entry.references.creates.offset) if entry and entry.references.creates else ""

    def option_place(self, table: str, *keys: str) -> str:
        """Return where the first of the options stands that a table has, else where the table is created."""
        entry = self._tables.get(table)
        for one in self.catalog.chain(entry) if entry else ():
            tokens = option_tokens(one.rendered)
            for key in keys:
                if key in tokens:
                    return _place(one, tokens[key].start)
        return self.table_place(table)

    def watermark(self, table: str) -> Clause | None:
        """Return the WATERMARK of a table."""
        entry = self._tables.get(table)
        for one in self.catalog.chain(entry) if entry else ():
            tokens = tokenise(one.rendered.sql, one.rendered.file).tokens
            start = next((index for index, token in enumerate(tokens) if token.is_word("WATERMARK")), None)
            if start is not None:
                return _clause(one, tokens, start)
        return None

    def insertion(self, table: str) -> str:
        """Return where a table is written."""
        for entry in self.catalog.entries:
            for written in entry.references.writes:
                if written.name.name == table and written.kind is ObjectKind.TABLE:
                    return _place(entry, written.offset)
        return ""

    def clause(self, operator: Operator) -> Clause | None:
        """Return the part of the SQL that an operator was made of; None where it cannot be told."""
        described = operator.attribute("where") if operator.kind == "Calc" else operator.description
        known = _weights(described)
        keywords = _CLAUSES.get(operator.kind, ())
        scored = [(_score(clause, known), number, clause) for number, clause in enumerate(self._clauses) if clause.keyword in keywords]
        if not scored:
            return None
        # Of those that fit alike, the first keyword of the list and then the last one written: views come before the statement.
        best = max(scored, key=lambda one: (one[0], -keywords.index(one[2].keyword), one[1]))
        return best[2].clause if best[0] > 0 or len(scored) == 1 else None

    @cached_property
    def _clauses(self) -> list["_Found"]:
        found: list[_Found] = []
        keywords = {word for words in _CLAUSES.values() for word in words}
        for entry in self.catalog.entries:
            if entry.references.creates and entry.references.creates.kind is not ObjectKind.VIEW:
                continue
            tokens = tokenise(entry.rendered.sql, entry.rendered.file).tokens
            for index, token in enumerate(tokens):
                if token.kind is TokenKind.STRING or token.text.upper() not in keywords:
                    continue
                end = _end(tokens, index)
                words = frozenset(one.value.lower() for one in tokens[index + 1 : end])
                found.append(_Found(keyword=token.text.upper(), words=words, clause=_clause(entry, tokens, index)))
        return found


@dataclass(frozen=True, kw_only=True)
class _Found:
    keyword: str
    words: frozenset[str]
    clause: Clause


def _clause(entry: Entry, tokens: Sequence[Token], start: int) -> Clause:
    end = tokens[_end(tokens, start) - 1].end
    text = " ".join(entry.rendered.sql[tokens[start].start : end].split())
    return Clause(text=text if len(text) <= LONGEST else text[: LONGEST - 3] + "...", place=_place(entry, tokens[start].start))


def _place(entry: Entry, offset: int) -> str:
    # What was made from a file has other places than the file.
    return entry.statement.file if entry.statement.written else str(entry.position(offset))


def _end(tokens: Sequence[Token], start: int) -> int:
    """Return the index after a clause: after the arguments of a call, else before the next clause or the parenthesis that closes it."""
    depth = 0
    # The columns of GROUP BY are one clause; what follows them is a keyword.
    ends = {";"} if tokens[start].is_word("GROUP") else {";", ","}
    call = start + 1 < len(tokens) and tokens[start + 1].text == "(" and not tokens[start].is_word("ON", "WHERE", "HAVING", "JOIN")
    for index in range(start + 1, len(tokens)):
        token = tokens[index]
        ended = depth == 0 and (token.text in ends or token.is_word(*_ENDS)) and not (index == start + 1 and token.is_word("TABLE"))
        if ended or (depth == 0 and token.text == ")"):
            return index
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token.text, 0)
        if call and depth == 0:
            return index + 1
    return len(tokens)


def _weights(described: str) -> dict[str, int]:
    known: dict[str, int] = {}
    for match in _WORD.finditer(described):
        word = (match["text"] if match["text"] is not None else match["name"] or match["number"]).lower()
        known[word] = 1 if match["name"] else _LITERAL
    return known


def _score(found: _Found, known: Mapping[str, int]) -> int:
    return sum(weight for word, weight in known.items() if word in found.words)
