"""Syntax checks by Flink's own parser, without running anything.

A closing parenthesis after a statement is never right, so the text is refused before anything is looked up, made or run: what comes
before it is wrong where the parser stops earlier, or where it would not have taken the end of the text instead.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from flinksql.diagnostics.syntax import END, QUESTION, refine
from flinksql.errors import BundleError, FlinkSqlError, RenderedText, StatementError
from flinksql.flink.gateway import GatewayClient, RefusedError
from flinksql.sql import excerpt_at
from flinksql.sql.place import offset_at, stem
from flinksql.sql.unsupported import SET_BEGIN, UNFINISHED_SET

STOP = "\n)"
SURE = ("this parenthesis", UNFINISHED_SET, SET_BEGIN)
"""What the reader is sure of: the parser only stops later, where it cannot go on."""


class Session(Protocol):
    """What can be asked to run a text."""

    def execute(self, sql: str, /) -> object:
        """Run it. Raises RefusedError."""


def with_parser_problems(error: BundleError, gateway: GatewayClient) -> BundleError:
    """Return the problems of a bundle, file by file with Flink's parser's in place of the reader's; as they are when nobody answers."""
    found: dict[str, StatementError] = {}
    try:
        with gateway.session() as session:
            for rendered in error.rendered:
                problem = syntax_problem(session, rendered)
                if problem:
                    found[rendered.file] = problem
    except FlinkSqlError:
        # Nobody answers, or not as expected: what was read stands for itself.
        return error
    return BundleError(_replaced(error.problems, found), error.rendered) if found else error


def syntax_problem(session: Session, rendered: RenderedText) -> StatementError | None:
    """Return what the parser refuses in a statement; None when it can be parsed. Raises TransientError."""
    try:
        session.execute(rendered.sql + STOP)
    except RefusedError as refusal:
        problem = refusal.problem
        if not problem.expected or problem.line == 0:
            return None
        offset = offset_at(rendered.sql + STOP, problem.line, problem.column)
        if offset > len(rendered.sql) and END in problem.expected:
            return None
        message, place = refine(problem, rendered.sql, offset)
        position = rendered.position(place)
        return StatementError(message, statement=stem(rendered.file), position=position, excerpt=excerpt_at(rendered.text, position))
    return None


def _replaced(problems: Sequence[StatementError], found: Mapping[str, StatementError]) -> list[StatementError]:
    """Return the problems with one of the parser's for each file that has one, but where the reader knows better."""
    better = {problem.position.file for problem in problems if problem.position and _is_better(problem, found.get(problem.position.file))}
    kept = [problem for problem in problems if problem.position is None or problem.position.file not in found.keys() - better]
    added = [problem for file, problem in found.items() if file not in better]
    return sorted([*kept, *added], key=lambda problem: str(problem.position.file) if problem.position else "")


def _is_better(read: StatementError, parsed: StatementError | None) -> bool:
    """Return whether the reader says more: what belongs at the very place where the parser stops, or which parenthesis has no partner."""
    if parsed is None or parsed.problem.startswith(QUESTION):
        return False
    return read.position == parsed.position or any(words in read.problem for words in SURE)
