"""The joins of a FROM: whether rows found a partner. An inner join is asked as an outer one, which gives the rows without one, too."""

from collections.abc import Iterator
from dataclasses import dataclass

from flinksql.sql.names import quoted
from flinksql.testing.coverage.blocks import Range, top_level
from flinksql.testing.coverage.branches import Choice
from flinksql.testing.coverage.expressions import NONE
from flinksql.testing.coverage.source import Source

_BEFORE = ("INNER", "LEFT", "RIGHT", "FULL", "OUTER", "CROSS", "NATURAL", "SEMI", "ANTI")
_UNASKED = {"CROSS": "", "NATURAL": "a NATURAL JOIN", "SEMI": "a SEMI JOIN", "ANTI": "an ANTI JOIN"}
_MATCHED, _LEFT, _RIGHT = "2", "1", "0"
_REFERENCE = 3
"""Tokens of `alias.column`."""


@dataclass(frozen=True, kw_only=True)
class Join:
    """A join by its tokens. `outer` is LEFT, RIGHT, FULL or empty; `condition` is its ON or USING with what follows. `at` is its JOIN."""

    begin: int
    at: int
    end: int
    words: tuple[str, ...]
    right: Range
    condition: Range | None
    is_on: bool

    @property
    def outer(self) -> str:
        """Which of its tables keeps rows without a partner."""
        return next((word for word in self.words if word in {"LEFT", "RIGHT", "FULL"}), "")


def joins_of(source: Source, where: Range) -> list[Join]:
    """Return the joins of a FROM in the order of the text."""
    tokens, (_, end) = source.tokens, where
    places = list(top_level(tokens, *where))
    starts: list[tuple[int, int, tuple[str, ...]]] = []
    for number, index in enumerate(places):
        if not tokens[index].is_word("JOIN"):
            continue
        first = number
        while first > 0 and tokens[places[first - 1]].is_word(*_BEFORE):
            first -= 1
        starts.append((places[first], index, tuple(tokens[places[one]].text.upper() for one in range(first, number))))
    commas = [index for index in places if tokens[index].text == ","]
    found: list[Join] = []
    for number, (begin, at, words) in enumerate(starts):
        after = starts[number + 1][0] if number + 1 < len(starts) else end
        last = min([after, *(one for one in commas if one > at)])
        on = next((one for one in top_level(tokens, at + 1, last) if tokens[one].is_word("ON", "USING")), None)
        right = (at + 1, last if on is None else on)
        is_on = on is not None and tokens[on].is_word("ON")
        condition = (on, last) if on is not None else None
        found.append(Join(begin=begin, at=at, end=last, words=words, right=right, condition=condition, is_on=is_on))
    return found


def choice_of(source: Source, where: Range, join: Join) -> tuple[Choice, str] | None:
    """Return the choice that a join is, and the FROM in which it is asked; None for one that has no condition."""
    kind = next((word for word in join.words if word in _UNASKED), "")
    if kind == "CROSS":
        return None
    words, text = " ".join([*join.words, "JOIN"]), source.text(join.right)
    branches = {
        _MATCHED: source.branch(join.at, words, "with a match", text),
        (_RIGHT if join.outer == "RIGHT" else _LEFT): source.branch(join.at, words, "without a match", text),
    }
    if join.outer == "FULL":
        branches |= {
            _LEFT: source.branch(join.at, words, "left side without a match", text),
            _RIGHT: source.branch(join.at, words, "right side without a match", text),
        }
    keys = None if kind or join.condition is None else _matched_by(source, join, join.condition)
    if keys is None or join.condition is None:
        why = _UNASKED.get(kind) or "a join whose ON has no comparison of two columns with their tables' names"
        return Choice(branches=branches, unknown=f"whether a row of {why} has a match cannot be asked"), ""
    left, right = keys
    sql = f"CASE WHEN {left} IS NULL AND {right} IS NULL THEN '{NONE}' WHEN {right} IS NULL THEN '{_LEFT}' "
    sql += f"WHEN {left} IS NULL THEN '{_RIGHT}' ELSE '{_MATCHED}' END"
    if join.outer not in {"RIGHT", "FULL"}:
        # The left column may be NULL itself: then there is no match.
        sql = f"CASE WHEN {right} IS NULL THEN '{_LEFT}' ELSE '{_MATCHED}' END"
    elif join.outer == "RIGHT":
        sql = f"CASE WHEN {left} IS NULL THEN '{_RIGHT}' ELSE '{_MATCHED}' END"
    before = source.text((where[0], join.begin))
    asked = f"{before}\n{join.outer or 'LEFT'} JOIN {source.text(join.right)}\n{source.text(join.condition)}"
    return Choice(branches=branches, sql=sql), asked


def _matched_by(source: Source, join: Join, condition: Range) -> tuple[str, str] | None:
    """Return the columns that are not NULL in a match, that of the left side first; None where none is sure to be."""
    alias = _alias(source, join.right)
    if join.is_on:
        return _keys(source, (condition[0] + 1, condition[1]), alias)
    opening = condition[0] + 1
    if join.outer in {"RIGHT", "FULL"} or opening + 1 >= condition[1]:
        return None  # the left side's column has no name of its own there
    return "", f"{quoted(alias)}.{source.text((opening + 1, opening + 2))}"


def _alias(source: Source, right: Range) -> str:
    """Return the name by which a condition knows the right side."""
    tokens, (begin, end) = source.tokens, right
    places = list(top_level(tokens, begin, end))
    named = [one for one in places if tokens[one].is_word("AS") and not (one + 1 < end and tokens[one + 1].is_word("OF"))]
    if named and named[-1] + 1 < end:
        return tokens[named[-1] + 1].value
    last = places[-1]
    if len(places) > 1 and tokens[last].is_name and (tokens[places[-2]].is_name or tokens[places[-2]].text == "("):
        return tokens[last].value
    table = next((one for one in places if tokens[one].is_word("FOR")), end) - 1
    return tokens[table].value


def _keys(source: Source, on: Range, alias: str) -> tuple[str, str] | None:
    """Return two columns that are equal in each match, that of the left side first; None where none is sure to be."""
    tokens, (begin, end) = source.tokens, on
    places = list(top_level(tokens, begin, end))
    if any(tokens[one].is_word("OR", "NOT", "CASE") for one in places):
        return None
    for index in places:
        if tokens[index].text != "=":
            continue
        pair = ((index - _REFERENCE, index), (index + 1, index + 1 + _REFERENCE))
        if not all(_is_reference(source, one, on) for one in pair) or not _stands_alone(source, pair, on):
            continue
        first, second = (tokens[one[0]].value for one in pair)
        if (first == alias) == (second == alias):
            continue
        left, right = (pair[1], pair[0]) if first == alias else pair
        return source.text(left), source.text(right)
    return None


def _is_reference(source: Source, where: Range, on: Range) -> bool:
    begin, end = where
    if begin < on[0] or end > on[1]:
        return False
    first, dot, last = source.tokens[begin:end]
    return first.is_name and dot.text == "." and last.is_name


def _stands_alone(source: Source, pair: tuple[Range, Range], on: Range) -> bool:
    before, after = pair[0][0] - 1, pair[1][1]
    return (before < on[0] or source.tokens[before].is_word("AND")) and (after >= on[1] or source.tokens[after].is_word("AND"))


def all_joins(source: Source, where: Range) -> Iterator[tuple[Choice, str]]:
    """Give the choices of the joins of a FROM, each with the FROM in which it is asked."""
    for join in joins_of(source, where):
        found = choice_of(source, where, join)
        if found is not None:
            yield found
