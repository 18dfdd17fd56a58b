"""The queries that count branches: for each SELECT one before its WHERE, one behind it, one behind its groups, and one for each join."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flinksql.sql.names import ObjectKind, quoted
from flinksql.sql.references import read_references
from flinksql.statements.script import Step
from flinksql.testing.coverage.blocks import Block, Range, blocks, partner, top_level
from flinksql.testing.coverage.branches import Choice
from flinksql.testing.coverage.expressions import aggregates, cases_of, choices, condition, unmeasured
from flinksql.testing.coverage.joins import all_joins, joins_of
from flinksql.testing.coverage.source import Source, source_of
from flinksql.testing.inserts import inserts_of

_OTHER = ("FROM", "GROUP", "WINDOW", "QUALIFY", "ORDER")
_WHY_OTHER = "a CASE is counted in SELECT, WHERE, HAVING and what is joined, and nowhere else"


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A query whose only column, `marks`, has one mark for each of its choices. Without SQL nothing can be counted."""

    choices: tuple[Choice, ...]
    sql: str = ""


def stages_of(step: Step, sources: Sequence[str]) -> list[Stage]:
    """Return the stages of a view or job, or of a table that is among `sources`."""
    references = read_references(step.rendered)
    source = source_of(step.rendered)
    tokens = source.tokens
    creates = references.creates
    if creates is None:
        found = [_stages(source, where) for where in _inserted(source)]
    elif creates.kind is ObjectKind.VIEW:
        begin = next((one for one in top_level(tokens, 0, len(tokens)) if tokens[one].is_word("AS")), len(tokens)) + 1
        found = [_stages(source, (begin, len(tokens)))]
    elif creates.kind is ObjectKind.TABLE and creates.name.name in sources:
        found = [_of_columns(source, creates.name.name)]
    else:
        found = []
    stages = [stage for one in found for stage in one]
    if not step.statement.written:
        return stages
    why = "the statement runs in lanes, which stand in no file"
    return [Stage(choices=tuple(Choice(branches=one.branches, unknown=why) for one in stage.choices)) for stage in stages]


def _inserted(source: Source) -> list[Range]:
    starts = {token.start: index for index, token in enumerate(source.tokens)}
    ends = {token.end: index + 1 for index, token in enumerate(source.tokens)}
    return [(starts[one.start], ends[one.end]) for one in inserts_of(source.rendered.sql)]


def _stages(source: Source, where: Range) -> list[Stage]:
    return [stage for block in blocks(source.tokens, *where) for stage in _of_block(source, block)]


def _of_block(source: Source, block: Block) -> Iterator[Stage]:
    begin = block.clause("FROM")
    if begin is None:
        return
    prefix = " ".join(_prefix(source, one, first=number == 0) for number, one in enumerate(block.prefix))
    for choice, text in all_joins(source, begin):
        yield _stage([choice], prefix, text)
    joined = [join.right for join in joins_of(source, begin)]
    for join in joins_of(source, begin):
        # What is given to UNNEST or to a table function is made of the rows before it.
        if given := [one.choice for one in choices(source, join.right)]:
            yield _stage(given, prefix, source.text((begin[0], join.begin)))
    tested = block.clause("WHERE")
    filtered = source.text(begin)
    if tested:
        of_where = [condition(source, tested, "WHERE", at=tested[0] - 1), *(one.choice for one in choices(source, tested))]
        yield _stage(of_where, prefix, filtered)
        filtered += f"\nWHERE {source.text(tested)}"
    yield from _behind_where(source, block, prefix, filtered)
    other = [place for word in _OTHER for place in cases_of(source, block.clauses.get(word, (0, 0)))]
    rest = [place for place in other if not any(first <= place < last for first, last in joined)]
    if rest:
        yield Stage(choices=tuple(unmeasured(source, place, _WHY_OTHER) for place in rest))


def _behind_where(source: Source, block: Block, prefix: str, filtered: str) -> Iterator[Stage]:
    """Give the stages of the rows that the WHERE leaves: of the rows themselves, and of the groups that are made of them."""
    group, having = block.clause("GROUP"), block.clause("HAVING")
    grouped = group is not None or any(aggregates(source, one) for one in (block.select, having or (0, 0)))
    guards = (f"({source.text(having)}\n) IS TRUE",) if having else ()
    found = list(choices(source, block.select, guards if grouped else ()))
    # What is aggregated is a row's own, whatever becomes of its group.
    rows = [one.choice for one in choices(source, block.select) if one.aggregated or not grouped]
    groups = [one.choice for one in found if grouped and not one.aggregated]
    if having:
        rows += [one.choice for one in choices(source, having) if one.aggregated]
        groups = [
            condition(source, having, "HAVING", at=having[0] - 1),
            *(one.choice for one in choices(source, having) if not one.aggregated),
            *groups,
        ]
    if rows:
        yield _stage(rows, prefix, filtered)
    if groups:
        yield _stage(groups, prefix, filtered + (f"\nGROUP {source.text(group)}" if group else ""))


def _stage(asked: Sequence[Choice], prefix: str, text: str) -> Stage:
    told = [one.sql for one in asked if not one.unknown]
    if not told:
        return Stage(choices=tuple(asked))
    known = tuple(one for one in asked if not one.unknown)
    marks = f"CONCAT({', '.join(told)})" if len(told) > 1 else told[0]
    sql = f"{prefix}\nSELECT CAST({marks} AS STRING) AS marks\nFROM {text}"
    return Stage(choices=(*known, *(one for one in asked if one.unknown)), sql=sql.strip())


def _prefix(source: Source, where: Range, *, first: bool) -> str:
    text = source.text(where)
    return text if first else f", {text.partition(' ')[2]}"


def _of_columns(source: Source, table: str) -> list[Stage]:
    """Return the stage of the choices in a table's computed columns and its watermark."""
    opening = next((one for one in top_level(source.tokens, 0, len(source.tokens)) if source.tokens[one].text == "("), None)
    if opening is None:
        return []
    found = [one.choice for one in choices(source, (opening + 1, partner(source.tokens, opening)))]
    return [_stage(found, "", quoted(table))] if found else []
