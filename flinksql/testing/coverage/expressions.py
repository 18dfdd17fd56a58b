"""The choices within expressions: arms of CASE, conditions of FILTER and IF. Each is put as an expression that tells which way a row goes.

A choice that stands within an arm counts for the rows that reach it: the conditions on its way are its guard.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from flinksql.testing.coverage.blocks import QUERY_STARTS, Range, partner, top_level
from flinksql.testing.coverage.branches import Branch, Case, Choice, read_case
from flinksql.testing.coverage.source import Source

NONE = "-"
"""The mark of a row that does not come to a choice."""
NOT_TRUE, TRUE = "0", "1"
_MARKS = "123456789abcdefghijklmnopqrstuvwxyz"
AGGREGATES = (
    "COUNT", "SUM", "AVG", "MIN", "MAX", "LISTAGG", "COLLECT", "ARRAY_AGG", "FIRST_VALUE", "LAST_VALUE", "STDDEV_POP", "STDDEV_SAMP",
    "VAR_POP", "VAR_SAMP", "VARIANCE", "STDDEV", "JSON_OBJECTAGG", "JSON_ARRAYAGG", "BIT_AND", "BIT_OR", "BIT_XOR", "PERCENTILE",
)  # fmt: skip

Guards = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Found:
    """A choice, and whether it is made of a group or of a row. `aggregated` is one that stands in an aggregate's argument."""

    choice: Choice
    aggregated: bool


def condition(source: Source, where: Range, kind: str, guards: Guards = (), at: int | None = None) -> Choice:
    """Return the choice between rows for which a condition is true and those for which it is not."""
    text = source.text(where)
    place = where[0] if at is None else at
    return Choice(
        branches={
            TRUE: source.branch(place, kind, "true", text),
            NOT_TRUE: source.branch(place, kind, "not true", text),
        },
        sql=_marked([(text, TRUE)], guards),
    )


def choices(source: Source, where: Range, guards: Guards = (), *, aggregated: bool = False) -> Iterator[Found]:
    """Give the choices of an expression, subqueries left out."""
    index, end = where
    while index < end:
        token = source.tokens[index]
        if token.is_word("CASE") and (case := read_case(source.tokens, index)) is not None:
            yield from _case(source, index, case, guards, aggregated=aggregated)
            index = case.end + 1
        elif token.text in "([":
            inner = (index + 1, partner(source.tokens, index))
            yield from _parenthesis(source, index, inner, guards, aggregated=aggregated)
            index = inner[1] + 1
        else:
            index += 1


def cases_of(source: Source, where: Range) -> Iterator[int]:
    """Give the indices of the CASEs of a range, subqueries left out."""
    for index in top_level(source.tokens, *where):
        if source.tokens[index].is_word("CASE"):
            yield index
        elif source.tokens[index].text in "([":
            inner = (index + 1, partner(source.tokens, index))
            if not _is_query(source, inner):
                yield from cases_of(source, inner)


def unmeasured(source: Source, index: int, why: str) -> Choice:
    """Return the branches of a CASE whose rows cannot be counted."""
    case = read_case(source.tokens, index)
    marks = _branches_of(source, case) if case else {}
    return Choice(branches=marks, unknown=why)


def aggregates(source: Source, where: Range) -> bool:
    """Return whether a range aggregates rows into groups: it calls an aggregate that has no OVER."""
    for index in top_level(source.tokens, *where):
        if source.tokens[index].text not in "([":
            continue
        inner = (index + 1, partner(source.tokens, index))
        if _is_query(source, inner):
            continue
        if _calls(source, index, *AGGREGATES):
            if not _has_over(source, inner[1] + 1, where[1]):
                return True
        elif aggregates(source, inner):
            return True
    return False


def _case(source: Source, index: int, case: Case, guards: Guards, *, aggregated: bool) -> Iterator[Found]:
    texts = [_arm(source, case, arm[0]) for arm in case.arms]
    branches = _branches_of(source, case)
    marked = list(zip(texts, _MARKS, strict=False))
    if len(marked) < len(texts):
        yield Found(choice=unmeasured(source, index, f"it has more than {len(_MARKS)} arms"), aggregated=aggregated)
        return
    yield Found(choice=Choice(branches=branches, sql=_marked(marked, guards)), aggregated=aggregated)
    yield from choices(source, case.operand, guards, aggregated=aggregated)
    before: Guards = guards
    for text, (tested, result) in zip(texts, case.arms, strict=True):
        yield from choices(source, tested, before, aggregated=aggregated)
        yield from choices(source, result, (*before, f"({text}\n) IS TRUE"), aggregated=aggregated)
        before = (*before, f"({text}\n) IS NOT TRUE")
    if case.otherwise:
        yield from choices(source, case.otherwise, before, aggregated=aggregated)


def _arm(source: Source, case: Case, tested: Range) -> str:
    text = source.text(tested)
    operand = source.text(case.operand)
    return f"({operand}\n) = ({text}\n)" if operand else text


def _branches_of(source: Source, case: Case) -> dict[str, Branch]:
    """Return the branches of a CASE by their marks. Without an ELSE, rows that fit no arm get NULL: that is one, too."""
    arms = {
        mark: source.branch(tested[0] - 1, "CASE", f"WHEN {number}", source.text(tested))
        for number, (mark, (tested, _)) in enumerate(zip(_MARKS, case.arms, strict=False), start=1)
    }
    last = case.otherwise[0] - 1 if case.otherwise else case.end
    return {**arms, NOT_TRUE: source.branch(last, "CASE", "ELSE" if case.otherwise else "no ELSE", "none of its conditions")}


def _parenthesis(source: Source, index: int, inner: Range, guards: Guards, *, aggregated: bool) -> Iterator[Found]:
    if _is_query(source, inner):
        return
    tokens = source.tokens
    if _calls(source, index, "FILTER") and inner[0] < inner[1] and tokens[inner[0]].is_word("WHERE"):
        where = (inner[0] + 1, inner[1])
        yield Found(choice=condition(source, where, "FILTER", guards, at=index - 1), aggregated=True)
        yield from choices(source, where, guards, aggregated=True)
        return
    if _calls(source, index, "IF"):
        first = next((place for place in top_level(tokens, *inner) if tokens[place].text == ","), None)
        if first is not None:
            where = (inner[0], first)
            yield Found(choice=condition(source, where, "IF", guards, at=index - 1), aggregated=aggregated)
    yield from choices(source, inner, guards, aggregated=aggregated or _calls(source, index, *AGGREGATES))


def _marked(arms: list[tuple[str, str]], guards: Guards) -> str:
    reached = f"WHEN NOT ({' AND '.join(f'({one})' for one in guards)}) THEN '{NONE}' " if guards else ""
    tests = " ".join(f"WHEN ({text}\n) THEN '{mark}'" for text, mark in arms)
    return f"CASE {reached}{tests} ELSE '{NOT_TRUE}' END"


def _is_query(source: Source, inner: Range) -> bool:
    return inner[0] < inner[1] and source.tokens[inner[0]].is_word(*QUERY_STARTS)


def _calls(source: Source, index: int, *names: str) -> bool:
    return index > 0 and source.tokens[index - 1].is_word(*names)


def _has_over(source: Source, index: int, end: int) -> bool:
    tokens = source.tokens
    if index + 1 < end and tokens[index].is_word("FILTER"):
        index = partner(tokens, index + 1) + 1
    return index < end and tokens[index].is_word("OVER")
