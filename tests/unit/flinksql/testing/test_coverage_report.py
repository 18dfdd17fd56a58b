"""Coverage as it is told: what has no row, what is unknown, and the page."""

import re
from html.parser import HTMLParser

import pytest

from flinksql.statement import Position
from flinksql.testing.coverage import Branch, Coverage
from flinksql.testing.coverage.page import page
from flinksql.testing.coverage.report import Statements, as_json, figures, lines

FILE = "sql/shop/sums.sql"
TEXT = "INSERT INTO sums\nSELECT a FROM t\nWHERE a < 1 AND b = '<b>'\n"


def branch(line: int, side: str) -> Branch:
    return Branch(position=Position(file=FILE, line=line, column=1), kind="WHERE", side=side, text="a < 1 AND b = '<b>'")


TRUE, NOT_TRUE, UNKNOWN = branch(3, "true"), branch(3, "not true"), branch(2, "true")
STATEMENTS = Statements(
    tests={"sums": 1, "counts": 0},
    places={name: Position(file=f"sql/shop/{name}.sql", line=1, column=1) for name in ("sums", "counts")},
)


@pytest.fixture
def coverage() -> Coverage:
    found = Coverage(rows={TRUE: 2, NOT_TRUE: 0})
    found.add(Coverage(rows={TRUE: 3}, unknown={UNKNOWN: "refused <here>\nand there"}))
    return found


def test_rows_of_several_tests_add_up(coverage: Coverage) -> None:
    assert coverage.rows[TRUE] == 5
    assert [coverage.covered(one) for one in (TRUE, NOT_TRUE, UNKNOWN)] == [True, False, None]


def test_a_branch_without_a_row_that_one_test_could_not_count_is_unknown(coverage: Coverage) -> None:
    coverage.add(Coverage(unknown={NOT_TRUE: "a job ended"}))
    assert coverage.covered(NOT_TRUE) is None
    coverage.add(Coverage(rows={NOT_TRUE: 1}))
    assert coverage.covered(NOT_TRUE) is True


def test_what_is_missing_is_told_at_its_place(coverage: Coverage) -> None:
    assert lines(coverage, STATEMENTS) == [
        "sql/shop/counts.sql:1:1: statement counts has no test",
        f"{FILE}:2:1: unknown: WHERE a < 1 AND b = '<b>': true (refused <here>)",
        f"{FILE}:3:1: no row: WHERE a < 1 AND b = '<b>': not true",
        "coverage: 1 of 2 statements have tests, 1 of 3 branches had rows, 1 unknown",
    ]


def test_an_unknown_branch_is_not_covered(coverage: Coverage) -> None:
    counted = figures(coverage)
    assert (counted.covered, counted.missed, counted.unknown, round(counted.share, 2)) == (1, 1, 1, 0.33)


def test_scripts_get_states_and_rows(coverage: Coverage) -> None:
    told = as_json(coverage, STATEMENTS)
    assert told["branches"] == {"all": 3, "covered": 1, "noRow": 1, "unknown": 1}
    assert [(one["state"], one["rows"]) for one in told["details"]] == [("unknown", None), ("no row", 0), ("covered", 5)]


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  # the parser's signature
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_needs_nothing_else(coverage: Coverage) -> None:
    text = page(coverage, STATEMENTS, {FILE: TEXT, "sql/shop/t.sql": "CREATE TABLE t"}, "Coverage of shop")
    tags = Tags()
    tags.feed(text)
    assert tags.open == []
    assert not re.search(r"(src|href)=\"(?!#)|url\(|@import", text)
    assert "prefers-color-scheme: dark" in text
    assert "WHERE a &lt; 1 AND b = &#x27;&lt;b&gt;&#x27;" in text
    assert "<b>" not in text
    assert "statement counts has no test" in text
    assert 'class="branch covered"' in text
    assert "WHERE true: 5 rows" in text
    assert "WHERE not true: no row" in text
    assert "refused &lt;here&gt;" in text
    # A file without branches has nothing to show.
    assert "CREATE TABLE t" not in text
