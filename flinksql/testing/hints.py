"""OPTIONS hints in a test: they are options of the real connectors, which the files that stand in for tables do not have."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from flinksql.sql.options import OPENING, OPTIONS, hint_end
from flinksql.sql.rendered import Rendered
from flinksql.sql.tokens import tokenise
from flinksql.statements.script import Script, Step


def without_table_options(script: Script) -> Script:
    """Return a script whose OPTIONS hints are spaces, so that all else keeps its place. Other hints stay: they are the planner's."""
    return replace(script, closure=tuple(map(_step, script.closure)), target=_step(script.target))


def has_table_options(step: Step) -> bool:
    """Return whether a statement's own text has OPTIONS hints, which a test leaves out."""
    return any(True for _ in _hints(step.statement.text, step.statement.file))


def _step(step: Step) -> Step:
    return replace(step, rendered=_blanked(step.rendered))


def _blanked(rendered: Rendered) -> Rendered:
    sql = rendered.sql
    for begin, end in _hints(sql, rendered.file):
        spaces = "".join(one if one == "\n" else " " for one in sql[begin:end])
        sql = sql[:begin] + spaces + sql[end:]
    return replace(rendered, sql=sql)


def _hints(sql: str, file: str) -> Iterator[tuple[int, int]]:
    tokens = tokenise(sql, file).tokens
    for index, (opening, first) in enumerate(pairwise(tokens)):
        if opening.text == OPENING and first.is_word(OPTIONS):
            yield opening.start, tokens[hint_end(tokens, index) - 1].end
