"""The page on testing SQL does what it says: its files are run, and its outputs are what comes."""

import re
from pathlib import Path

import pytest

from console.testing.coverage import coverage_lines
from flinksql.testing import Laboratory, TestFlink, laboratory, read_tests, run_tests
from flinksql.testing.report import describe
from tests.support.project import REPOSITORY

PAGE = (REPOSITORY / "docs" / "testing-your-sql.md").read_text()
FILE = re.compile(r"^`(?P<name>[a-z_/]+\.(?:sql|yaml))`\n```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
OUTPUT = re.compile(r"^```\n((?:passed|failed) .*?)^```$", re.MULTILINE | re.DOTALL)
COVERAGE = re.compile(r"^```\n((?:(?!```).)*^coverage: .*?)^```$", re.MULTILINE | re.DOTALL)
FALSE_ROW = "        - {$at: 2, city: Oslo, amount: 0}\n"


def lines_of(lab: Laboratory, folder: Path) -> list[str]:
    [outcome] = run_tests(lab, read_tests(folder, folder.parent))
    return [f"{outcome.verdict} {outcome.test.id}", *(f"  {line}" for line in describe(outcome))]


def coverage_of(flink: TestFlink, folder: Path) -> list[str]:
    with laboratory(flink, folder.parent, coverage=True) as lab:
        outcomes = run_tests(lab, read_tests(folder, folder.parent))
        return coverage_lines(lab.bundles, outcomes)


@pytest.mark.real
@pytest.mark.timeout(1200)
@pytest.mark.xdist_group("sql-unit-tests")
def test_the_example_gives_what_the_page_shows(flink_for_sql: TestFlink, tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    for found in FILE.finditer(PAGE):
        file = folder / found["name"]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(found["text"])
    right, wrong = (one.splitlines() for one in OUTPUT.findall(PAGE))
    with laboratory(flink_for_sql, tmp_path) as lab:
        assert lines_of(lab, folder) == right[:1]
    [covered] = COVERAGE.findall(PAGE)
    tests = folder / "tests" / "orders.yaml"
    whole = tests.read_text()
    assert FALSE_ROW in whole
    tests.write_text(whole.replace(FALSE_ROW, ""))
    assert coverage_of(flink_for_sql, folder) == covered.splitlines()
    tests.write_text(whole)
    assert coverage_of(flink_for_sql, folder) == ["coverage: 1 of 1 statements have tests, 2 of 2 branches had rows"]
    statement = folder / "count_orders.sql"
    statement.write_text(statement.read_text().replace("amount > 0", "amount >= 0"))
    with laboratory(flink_for_sql, tmp_path) as lab:
        assert lines_of(lab, folder) == wrong
