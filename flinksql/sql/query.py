"""Finding the tables, models and functions that a query mentions, by the places where Flink's grammar lets them stand.

No full parser: a name is a reference after FROM and JOIN, after a comma of a FROM list, after TABLE, after MODEL among the arguments
of a call, and before the parenthesis of a call. Everything else (columns, aliases, types) never is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from flinksql.sql.names import ObjectKind, Reference, name_of
from flinksql.sql.options import hint_end, table_hints
from flinksql.sql.rendered import Rendered
from flinksql.sql.tokens import Token, TokenKind

END_OF_FROM = (
    "SELECT", "WHERE", "GROUP", "HAVING", "WINDOW", "QUALIFY", "ORDER", "LIMIT", "OFFSET", "FETCH", "UNION", "INTERSECT", "EXCEPT", "MINUS",
)  # fmt: skip
QUERY_STARTS = ("SELECT", "WITH", "VALUES", "TABLE")


@dataclass(kw_only=True)
class Level:
    """What is known between one pair of parentheses. `names` are the common table expressions in scope, `call` is that of a function."""

    names: frozenset[str]
    call: bool = False
    query: bool = False
    in_from: bool = False
    expecting: bool = False


@dataclass(kw_only=True)
class QueryReader:
    """Walks over the tokens of one query or expression and collects what it mentions.

    Within `columns` of a table AS comes before an expression, elsewhere before an alias, whose columns are no arguments of a call.
    """

    rendered: Rendered
    tokens: Sequence[Token]
    columns: bool = False
    reads: list[Reference] = field(default_factory=list)
    calls: list[Reference] = field(default_factory=list)

    def read(self, index: int) -> None:
        """Read from a token to the end. Raises StatementError where a parenthesis has no partner."""
        index = self._level(index, Level(names=frozenset()))
        if index < len(self.tokens):
            raise self.rendered.problem(self.tokens[index].start, "this parenthesis closes nothing: remove it or add the opening one")

    def _level(self, index: int, level: Level) -> int:
        """Read to the parenthesis that closes the level, and return its index (or the end)."""
        index = self._common_tables(index, level)
        while index < len(self.tokens) and self.tokens[index].text != ")":
            token = self.tokens[index]
            if token.text == "/*+":
                index = hint_end(self.tokens, index)
            elif token.text == "(":
                index = self._parenthesis(index, level)
            elif token.is_name:
                index = self._word(index, level)
            else:
                if token.text == "," and level.in_from:
                    level.expecting = True
                index += 1
        return index

    def _word(self, index: int, level: Level) -> int:
        token = self.tokens[index]
        if token.is_word("FROM"):
            if level.query and not self._word_at(index - 1, "DISTINCT"):
                level.in_from = level.expecting = True
            return index + 1
        if token.is_word("JOIN") and level.in_from:
            level.expecting = True
            return index + 1
        if token.is_word(*END_OF_FROM):
            level.in_from = level.expecting = False
            level.query = level.query or token.is_word("SELECT")
            return index + 1
        return self._named(index, level)

    def _named(self, index: int, level: Level) -> int:
        """Read a name with the word before it that says what it names."""
        token = self.tokens[index]
        # The word is reserved: a name after it is that of a table wherever a query can stand.
        if token.is_word("TABLE") and self._is_name_at(index + 1):
            level.expecting = False
            return self._table(index + 1, level)
        if level.expecting:
            return self._relation(index, level)
        if token.is_word("MODEL") and level.call and self.tokens[index - 1].text in {"(", ",", "=>"} and self._is_name_at(index + 1):
            end = self._name_end(index + 1)
            self.reads.append(self._reference(index + 1, end, ObjectKind.MODEL))
            return end
        return self._name(index)

    def _relation(self, index: int, level: Level) -> int:
        """Read what stands where FROM expects a table."""
        token = self.tokens[index]
        if token.is_word("LATERAL"):
            return index + 1
        level.expecting = False
        if token.is_word("TABLE", "UNNEST", "VALUES"):
            return index + 1
        return self._table(index, level)

    def _table(self, index: int, level: Level) -> int:
        end = self._name_end(index)
        if end == index:
            return index + 1
        if self._text_at(end) == "(":
            self.calls.append(self._reference(index, end, ObjectKind.FUNCTION))
            return end
        reference = replace(self._reference(index, end, ObjectKind.TABLE), hints=table_hints(self.tokens, end))
        if end - index > 1 or reference.name.name not in level.names:
            self.reads.append(reference)
        return end

    def _name(self, index: int) -> int:
        """Skip a name of any other kind. Before a parenthesis it is a call, unless it is an alias with its columns."""
        end = self._name_end(index)
        if self._text_at(end) == "(" and (self.columns or not self._word_at(index - 1, "AS")):
            self.calls.append(self._reference(index, end, ObjectKind.FUNCTION))
        return end

    def _parenthesis(self, index: int, level: Level) -> int:
        inner = Level(names=level.names, call=self._is_name_at(index - 1))
        following = self.tokens[index + 1] if index + 1 < len(self.tokens) else None
        if level.expecting and following and not following.is_word(*QUERY_STARTS):
            inner.in_from = inner.expecting = True
        level.expecting = False
        end = self._level(index + 1, inner)
        if end >= len(self.tokens):
            raise self.rendered.problem(self.tokens[index].start, "this parenthesis is never closed: add the closing one")
        return end + 1

    def _common_tables(self, index: int, level: Level) -> int:
        """Read `WITH a AS (...), b AS (...)` at the start of a level.

        Each name is known to those that follow it, with RECURSIVE to itself too.
        """
        if not self._word_at(index, "WITH"):
            return index
        recursive = self._word_at(index + 1, "RECURSIVE")
        index += 2 if recursive else 1
        while index < len(self.tokens) and self.tokens[index].is_name:
            name = self.tokens[index].value
            index += 1
            if self._text_at(index) == "(":
                index = self._parenthesis(index, Level(names=level.names))
            if not (self._word_at(index, "AS") and self._text_at(index + 1) == "("):
                return index
            own = level.names | {name}
            index = self._parenthesis(index + 1, Level(names=own if recursive else level.names))
            level.names = own
            if self._text_at(index) != ",":
                return index
            index += 1
        return index

    def _name_end(self, index: int) -> int:
        """Return the index after a dotted name that begins here; the same index when none does."""
        if index >= len(self.tokens) or not self.tokens[index].is_name:
            return index
        index += 1
        while self._text_at(index) == "." and index + 1 < len(self.tokens) and self.tokens[index + 1].is_name:
            index += 2
        return index

    def _reference(self, start: int, end: int, kind: ObjectKind) -> Reference:
        parts = [token.value for token in self.tokens[start:end:2]]
        return Reference(name=name_of(parts), kind=kind, offset=self.tokens[start].start)

    def _text_at(self, index: int) -> str:
        token = self.tokens[index] if 0 <= index < len(self.tokens) else None
        return token.text if token and token.kind is TokenKind.SYMBOL else ""

    def _is_name_at(self, index: int) -> bool:
        return 0 <= index < len(self.tokens) and self.tokens[index].is_name

    def _word_at(self, index: int, word: str) -> bool:
        return 0 <= index < len(self.tokens) and self.tokens[index].is_word(word)
