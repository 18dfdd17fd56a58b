"""The SELECTs of a query with their clauses, by their places in the text. No full parser: words count by the parenthesis they stand in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from flinksql.sql.tokens import Token

Range = tuple[int, int]
"""Indices of tokens: the first, and the one after the last."""

_OPENING, _CLOSING = frozenset("(["), frozenset(")]")
_SET_OPERATIONS = ("UNION", "INTERSECT", "EXCEPT", "MINUS")
_CLAUSES = ("FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "QUALIFY", "ORDER", "LIMIT", "OFFSET", "FETCH")
QUERY_STARTS = ("SELECT", "WITH")


@dataclass(kw_only=True)
class Block:
    """One SELECT. `clauses` are by their first word; a clause's range has no first word, but for GROUP, which has BY.

    `prefix` are the ranges of the common table expressions that it can name: each is a WITH up to the last one before.
    """

    select: Range
    prefix: tuple[Range, ...] = ()
    clauses: dict[str, Range] = field(default_factory=dict)

    def clause(self, word: str) -> Range | None:
        """Return the range of a clause; None where the SELECT has none."""
        return self.clauses.get(word)


def partner(tokens: Sequence[Token], index: int) -> int:
    """Return the index of the parenthesis that closes the one at `index`; the number of tokens where none does."""
    depth = 0
    for place in range(index, len(tokens)):
        text = tokens[place].text
        depth += (text in _OPENING) - (text in _CLOSING)
        if depth == 0:
            return place
    return len(tokens)


def top_level(tokens: Sequence[Token], begin: int, end: int) -> Iterator[int]:
    """Give the indices of a range that lie in no parenthesis of it, the opening ones among them."""
    index = begin
    while index < end:
        yield index
        index = partner(tokens, index) + 1 if tokens[index].text in _OPENING else index + 1


def blocks(tokens: Sequence[Token], begin: int, end: int) -> list[Block]:
    """Return the SELECTs of a query, those of its subqueries too, in the order of the text."""
    found: list[Block] = []
    _query(tokens, (begin, end), (), found)
    return sorted(found, key=lambda one: one.select)


def _query(tokens: Sequence[Token], where: Range, prefix: tuple[Range, ...], found: list[Block]) -> None:
    begin, end = where
    if begin < end and tokens[begin].is_word("WITH"):
        begin, prefix = _common_tables(tokens, where, prefix, found)
    block: Block | None = None
    opened = ""
    start = begin
    for index in top_level(tokens, begin, end):
        token = tokens[index]
        if token.text in _OPENING:
            _parenthesis(tokens, index, prefix, found)
        elif token.is_word("SELECT"):
            block, opened, start = Block(select=(index + 1, end), prefix=prefix), "SELECT", index + 1
            found.append(block)
        elif block is not None and token.is_word(*_SET_OPERATIONS):
            _close(block, opened, (start, index))
            block = None
        elif block is not None and token.is_word(*_CLAUSES) and not _is_distinct_from(tokens, index):
            _close(block, opened, (start, index))
            opened, start = token.text.upper(), index + 1
    if block is not None:
        _close(block, opened, (start, end))


def _close(block: Block, opened: str, where: Range) -> None:
    if opened == "SELECT":
        block.select = where
    else:
        block.clauses[opened] = where


def _parenthesis(tokens: Sequence[Token], index: int, prefix: tuple[Range, ...], found: list[Block]) -> None:
    inner = (index + 1, partner(tokens, index))
    if inner[0] < inner[1] and tokens[inner[0]].is_word(*QUERY_STARTS):
        _query(tokens, inner, prefix, found)
        return
    for place in top_level(tokens, *inner):
        if tokens[place].text in _OPENING:
            _parenthesis(tokens, place, prefix, found)


def _common_tables(tokens: Sequence[Token], where: Range, prefix: tuple[Range, ...], found: list[Block]) -> tuple[int, tuple[Range, ...]]:
    """Read `WITH a AS (...), b AS (...)`: each can name those before it. Return where the query goes on, and what it can name."""
    begin, end = where
    last = begin
    for index in top_level(tokens, begin, end):
        token = tokens[index]
        if token.is_word("SELECT"):
            return index, (*prefix, (begin, last)) if last > begin else prefix
        if token.text in _OPENING and index > begin and tokens[index - 1].is_word("AS"):
            before = (*prefix, (begin, last)) if last > begin else prefix
            _query(tokens, (index + 1, partner(tokens, index)), before, found)
            last = partner(tokens, index) + 1
    return end, prefix


def _is_distinct_from(tokens: Sequence[Token], index: int) -> bool:
    return tokens[index].is_word("FROM") and index > 0 and tokens[index - 1].is_word("DISTINCT")
