"""Asking the parser first: whose words stand for a file that the reader refuses."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from flinksql.diagnostics.parsing import STOP, syntax_problem, with_parser_problems
from flinksql.errors import BundleError, StatementError
from flinksql.flink.gateway import GatewayClient, ProblemKind, RefusedError, ServerProblem
from flinksql.flink.transport import Endpoint
from flinksql.sql import read_references, render

SQL = "INSERT INTO s\nSELECT a ${bare} FORM t"
VALUES = {"bare": "b_and_more"}


class Parser:
    """Refuses every text, as a parser does that meets a closing parenthesis too many; notes what it was sent."""

    def __init__(self, problem: ServerProblem | None) -> None:
        self.problem = problem
        self.sent: list[str] = []

    def execute(self, sql: str, /) -> object:
        self.sent.append(sql)
        if self.problem is None:
            return None
        raise RefusedError(self.problem)


def stopped(line: int, column: int, expected: tuple[str, ...], message: str = "Unexpected 't' here.") -> ServerProblem:
    return ServerProblem(kind=ProblemKind.STATEMENT, message=message, line=line, column=column, expected=expected)


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        pytest.param(
            stopped(2, 26, ("<EOF>", "FROM", ",")), "sql/a.sql:2:18: did you mean FROM instead of FORM?", id="misspelt behind a placeholder"
        ),
        pytest.param(stopped(3, 1, ("<EOF>", ";")), "", id="whole"),
        pytest.param(stopped(3, 1, ("FROM", "AS")), "sql/a.sql:2:23: the statement ends too early", id="cut off"),
        pytest.param(stopped(0, 0, ()), "", id="refused by something else than the parser"),
        pytest.param(None, "", id="taken, which no parser does"),
    ],
)
def test_what_the_parser_says_is_shown_at_its_place_in_the_file(problem: ServerProblem | None, said: str) -> None:
    parser = Parser(problem)
    rendered = render(SQL, "sql/a.sql", VALUES)
    found = syntax_problem(parser, rendered)
    assert (str(found).split("\n")[0] if found else "").startswith(said)
    assert bool(found) is bool(said)
    assert parser.sent == [rendered.sql + STOP]


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE t WITH ('connector' = 'print') AS SELECT a FROM s",
        "INSERT INTO s SELECT a FROM t",
        "CREATE CATALOG c WITH ('type' = 'generic_in_memory')",
        "DROP TABLE t -- gone",
    ],
)
def test_nothing_is_ever_sent_that_could_run(sql: str) -> None:
    parser = Parser(stopped(2, 1, ("<EOF>",)))
    syntax_problem(parser, render(sql, "sql/a.sql", {}))
    assert [sent.removesuffix(")").rstrip() != sent for sent in parser.sent] == [True]


def error_of(files: Mapping[str, str]) -> BundleError:
    problems, texts = [], []
    for name, text in files.items():
        rendered = render(text, f"sql/{name}.sql", {})
        try:
            read_references(rendered)
        except StatementError as problem:
            problems.append(problem)
            texts.append(rendered)
    return BundleError(problems, texts)


class Gateway(GatewayClient):
    """Lets one parser answer for all sessions."""

    def __init__(self, parser: Parser) -> None:
        super().__init__(Endpoint(name="SQL Gateway", base_url="http://127.0.0.1:9"))
        self.parser = parser

    @contextmanager
    def session(self) -> Iterator[Any]:
        yield self.parser


@pytest.mark.parametrize(
    ("sql", "problem", "said"),
    [
        pytest.param("INSERT INTO s SELECT a t", stopped(1, 24, ("<EOF>", ".")), "Unexpected 't' here.", id="the parser's"),
        pytest.param("INSERT INTO s SELECT f(a FROM t", stopped(1, 26, (")", "+")), "this parenthesis is never closed", id="a parenthesis"),
        pytest.param(
            "EXECUTE STATEMENT SET BEGIN INSERT INTO s SELECT a FROM t END",
            stopped(1, 59, ("<EOF>", ",", ";")),
            "each INSERT of a STATEMENT SET",
            id="a set without its semicolon",
        ),
        pytest.param(
            "INSERT INTO SELECT a FROM t", stopped(1, 13, ("<IDENTIFIER>",)), "the name of a table is missing", id="the same place"
        ),
        pytest.param("INSERT INTO s SELECT 1", stopped(2, 1, ("<EOF>",)), "this job reads no table", id="whole, and ends by itself"),
    ],
)
def test_whoever_knows_better_speaks(sql: str, problem: ServerProblem, said: str) -> None:
    (found,) = with_parser_problems(error_of({"a": sql}), Gateway(Parser(problem))).problems
    assert found.problem.startswith(said)


def test_what_was_read_stands_when_nobody_answers() -> None:
    error = error_of({"a": "INSERT INTO s SELECT a FORM t"})
    assert with_parser_problems(error, GatewayClient(Endpoint(name="SQL Gateway", base_url="http://127.0.0.1:9"))) is error
