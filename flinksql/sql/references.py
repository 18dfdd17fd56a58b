"""What one statement is: its kind, what it creates, what it reads and writes, what it calls."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flinksql.errors import StatementError
from flinksql.sql import unsupported
from flinksql.sql.header import Header, read_header
from flinksql.sql.missing_tables import why_no_table
from flinksql.sql.misspelling import nearest_keyword
from flinksql.sql.names import ObjectKind, Reference, name_of
from flinksql.sql.options import hint_end, table_hints
from flinksql.sql.query import QUERY_STARTS, QueryReader
from flinksql.sql.rendered import Rendered
from flinksql.sql.set_advice import set_advice
from flinksql.sql.tokens import Token, tokenise
from flinksql.statement import Kind


@dataclass(frozen=True, kw_only=True)
class References:
    """What a statement has to do with the catalog. All offsets are in the rendered SQL.

    `calls` holds every call of a function, Flink's own included: only those that the bundle creates are dependencies.
    """

    kind: Kind
    header: Header
    creates: Reference | None = None
    reads: tuple[Reference, ...] = ()
    writes: tuple[Reference, ...] = ()
    calls: tuple[Reference, ...] = ()


def read_references(rendered: Rendered) -> References:
    """Read a statement. Raises StatementError, at its place in the file, for everything that a bundle cannot hold."""
    header = read_header(tokenise(rendered.text, rendered.file))
    tokens = tokenise(rendered.sql, rendered.file).tokens
    if not tokens:
        raise rendered.problem(0, unsupported.EMPTY)
    reader = StatementReader(rendered, tokens, header)
    if tokens[0].is_word("CREATE"):
        return reader.create()
    if tokens[0].is_word("INSERT"):
        reader.refuse_second_statement()
        return reader.job([(0, len(tokens))])
    if len(tokens) > 1 and tokens[0].is_word("EXECUTE") and tokens[1].is_word("STATEMENT"):
        return reader.job(reader.statement_set())
    first = tokens[0].text.upper()
    if first == "#":
        raise rendered.problem(tokens[0].start, unsupported.HASH)
    if first == "SET":
        raise rendered.problem(tokens[0].start, set_advice(tokens))
    raise rendered.problem(tokens[0].start, unsupported.REASONS.get(first) or _asked(first, STATEMENTS, unsupported.EXPECTED))


STATEMENTS = ("CREATE", "INSERT", "EXECUTE")
INSERTS = ("INTO", "OVERWRITE")
RESERVED = frozenset(
    {"SELECT", "FROM", "WHERE", "VALUES", "TABLE", "WITH", "INSERT", "INTO", "JOIN", "UNION", "GROUP", "ORDER", "PARTITION"}
)
"""Words that can be a name only in backticks."""


def _asked(word: str, keywords: Sequence[str], message: str) -> str:
    """Return the message after the question whether a word is misspelt, where it is like one of the keywords."""
    keyword = nearest_keyword(word, keywords)
    return f"did you mean {keyword} instead of {word}? {message[:1].upper()}{message[1:]}" if keyword else message


class StatementReader:
    """Reads the parts of a statement around its queries."""

    def __init__(self, rendered: Rendered, tokens: Sequence[Token], header: Header) -> None:
        self.rendered = rendered
        self.tokens = tokens
        self.header = header

    def create(self) -> References:
        """Read a CREATE statement."""
        self.refuse_second_statement()
        for key, offset in self.header.offsets.items():
            raise self._file_problem(offset, f"{key} {unsupported.HEADER_OF_JOB}")
        index = self._refuse_or(1)
        index += 1 if self._is(index, "TEMPORARY") else 0
        index += 1 if self._is(index, "SYSTEM") else 0
        kind = self._object_kind(index)
        index = self._refuse_if_not_exists(index + 1)
        name, index = self._name(index, kind)
        if name.name.external:
            raise self.rendered.problem(name.offset, f"{name.name} {unsupported.EXTERNAL}")
        reader = QueryReader(rendered=self.rendered, tokens=self.tokens)
        reads: list[Reference] = []
        if kind is ObjectKind.TABLE:
            reads = self._table_clauses(index)
            reader.columns = True
            reader.read(index)
        elif kind is ObjectKind.FUNCTION:
            self._refuse_python(index)
        elif kind is ObjectKind.VIEW:
            reader.read(self._query_of_view(index))
            reads = reader.reads
        return References(kind=Kind.CATALOG_OBJECT, header=self.header, creates=name, reads=tuple(reads), calls=tuple(reader.calls))

    def job(self, inserts: Sequence[tuple[int, int]]) -> References:
        """Read the INSERTs, each given by the index of its first token and the index after its last one."""
        writes: list[Reference] = []
        reads: list[Reference] = []
        calls: list[Reference] = []
        queries: list[tuple[int, int]] = []
        for start, end in inserts:
            target, index = self._target(start, end)
            writes.append(target)
            reader = QueryReader(rendered=self.rendered, tokens=self.tokens[:end])
            index = self._query_of_insert(index, end)
            reader.read(index)
            reads += reader.reads
            calls += reader.calls
            queries.append((index, end))
        if not self.header.bounded and not any(reference.kind is ObjectKind.TABLE for reference in reads):
            raise self.rendered.problem(*why_no_table(self.tokens, queries))
        kind = Kind.BOUNDED_JOB if self.header.bounded else Kind.JOB
        return References(kind=kind, header=self.header, reads=tuple(reads), writes=tuple(writes), calls=tuple(calls))

    def statement_set(self) -> list[tuple[int, int]]:
        """Return where each INSERT of `EXECUTE STATEMENT SET BEGIN ... END` begins and ends."""
        if not (self._is(2, "SET") and self._is(3, "BEGIN")):
            raise self._problem(min(2, len(self.tokens) - 1), unsupported.SET_BEGIN)
        inserts: list[tuple[int, int]] = []
        start = 4
        for index in range(4, len(self.tokens)):
            if self.tokens[index].text == ";":
                if self._is(start, "END"):
                    raise self._problem(index, unsupported.SEVERAL)
                inserts.append((start, index))
                start = index + 1
        if self._is(start, "END") and not inserts:
            raise self._problem(start, unsupported.EMPTY_SET)
        if not self._is(start, "END"):
            last = min(start, len(self.tokens) - 1)
            raise self._problem(last, _asked(self.tokens[last].text, ("END", "INSERT"), unsupported.UNFINISHED_SET))
        if start + 1 < len(self.tokens):
            raise self._problem(start + 1, unsupported.SEVERAL)
        return inserts

    def refuse_second_statement(self) -> None:
        """Raise StatementError when a `;` is followed by more."""
        for index, token in enumerate(self.tokens):
            if token.text == ";":
                raise self._problem(min(index + 1, len(self.tokens) - 1), unsupported.SEVERAL)

    def _target(self, start: int, end: int) -> tuple[Reference, int]:
        if not self._is(start, "INSERT"):
            expected = "a STATEMENT SET holds INSERTs: write INSERT INTO or INSERT OVERWRITE here"
            raise self._problem(start, _asked(self.tokens[start].text, ("INSERT", "END"), expected))
        into = min(start + 1, end - 1)
        if not self.tokens[into].is_word(*INSERTS):
            raise self._problem(into, _asked(self.tokens[into].text, INSERTS, unsupported.INTO))
        if start + 2 >= end or self.tokens[start + 2].is_word(*RESERVED):
            raise self._problem(min(start + 2, end - 1), unsupported.NO_TARGET)
        target, index = self._name(start + 2, ObjectKind.TABLE)
        return replace(target, hints=table_hints(self.tokens, index)), index

    def _query_of_insert(self, index: int, end: int) -> int:
        """Return where the query begins: after the hint, PARTITION (...) and the list of columns."""
        while index < end:
            token = self.tokens[index]
            if token.text == "/*+":
                index = hint_end(self.tokens, index)
            elif token.is_word("PARTITION"):
                index = self._closing(index + 1) + 1
            elif token.text == "(" and self.tokens[min(index + 1, end - 1)].is_name and not self._begins_query(index + 1):
                index = self._closing(index) + 1
            else:
                break
        if index >= end:
            raise self._problem(end - 1, "the query is missing: after the table come SELECT, WITH, VALUES or TABLE")
        if self.tokens[index].text != "(" and not self._begins_query(index):
            raise self._problem(index, _asked(self.tokens[index].text, QUERY_STARTS, unsupported.NO_QUERY))
        return index

    def _begins_query(self, index: int) -> bool:
        return index < len(self.tokens) and self.tokens[index].is_word(*QUERY_STARTS)

    def _query_of_view(self, index: int) -> int:
        depth = 0
        for position in range(index, len(self.tokens)):
            depth += {"(": 1, ")": -1}.get(self.tokens[position].text, 0)
            if depth == 0 and self.tokens[position].is_word("AS") and position + 1 < len(self.tokens):
                following = self.tokens[position + 1]
                if following.text != "(" and not self._begins_query(position + 1):
                    raise self._problem(position + 1, _asked(following.text, QUERY_STARTS, unsupported.NO_QUERY_OF_VIEW))
                return position + 1
        raise self._problem(len(self.tokens) - 1, "a view is CREATE VIEW name AS and its query, which is missing")

    def _table_clauses(self, index: int) -> list[Reference]:
        """Return the table after LIKE. Raises StatementError for `AS query`."""
        reads: list[Reference] = []
        depth = 0
        for position in range(index, len(self.tokens)):
            token = self.tokens[position]
            depth += {"(": 1, ")": -1}.get(token.text, 0)
            if depth == 0 and token.is_word("AS"):
                raise self._problem(position, unsupported.TABLE_AS)
            if depth == 0 and token.is_word("LIKE"):
                reads.append(self._name(position + 1, ObjectKind.TABLE)[0])
        return reads

    def _refuse_python(self, index: int) -> None:
        for position in range(index, len(self.tokens)):
            if self._is(position, "LANGUAGE") and self._is(position + 1, "PYTHON"):
                raise self._problem(position, unsupported.PYTHON_FUNCTION)

    def _closing(self, index: int) -> int:
        depth = 0
        for position in range(index, len(self.tokens)):
            depth += {"(": 1, ")": -1}.get(self.tokens[position].text, 0)
            if depth == 0:
                return position
        raise self._problem(index, "this parenthesis is never closed: add the closing one")

    def _object_kind(self, index: int) -> ObjectKind:
        words = {kind.name: kind for kind in ObjectKind}
        word = self.tokens[index].text.upper() if index < len(self.tokens) else ""
        if word not in words:
            reason = unsupported.CREATE_REASONS.get(word) or _asked(word, tuple(words), unsupported.EXPECTED)
            raise self._problem(min(index, len(self.tokens) - 1), reason)
        return words[word]

    def _refuse_or(self, index: int) -> int:
        if self._is(index, "OR"):
            raise self._problem(index, unsupported.OR_ALTER if self._is(index + 1, "ALTER") else unsupported.OR_REPLACE)
        return index

    def _refuse_if_not_exists(self, index: int) -> int:
        if self._is(index, "IF"):
            raise self._problem(index, unsupported.IF_NOT_EXISTS)
        return index

    def _name(self, index: int, kind: ObjectKind) -> tuple[Reference, int]:
        """Read a dotted name; returns it and the index after it."""
        if index >= len(self.tokens) or not self.tokens[index].is_name:
            raise self._problem(min(index, len(self.tokens) - 1), f"the name of a {kind} is expected here")
        parts = [self.tokens[index].value]
        start = self.tokens[index].start
        index += 1
        while index + 1 < len(self.tokens) and self.tokens[index].text == "." and self.tokens[index + 1].is_name:
            parts.append(self.tokens[index + 1].value)
            index += 2
        return Reference(name=name_of(parts), kind=kind, offset=start), index

    def _is(self, index: int, word: str) -> bool:
        return index < len(self.tokens) and self.tokens[index].is_word(word)

    def _problem(self, index: int, message: str) -> StatementError:
        return self.rendered.problem(self.tokens[index].start, message)

    def _file_problem(self, offset: int, message: str) -> StatementError:
        return tokenise(self.rendered.text, self.rendered.file).problem(offset, message)
