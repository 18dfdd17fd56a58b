"""The page on testing SQL does what it says: its files are run, and its outputs are what comes."""

import re
from pathlib import Path

import pytest

from flinksql.testing import Laboratory, TestFlink, laboratory, read_tests, run_tests
from flinksql.testing.report import describe
from tests.support.project import REPOSITORY

PAGE = (REPOSITORY / "docs" / "testing-your-sql.md").read_text()
FILE = re.compile(r"^`(?P<name>[a-z_/]+\.(?:sql|yaml))`\n```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
OUTPUT = re.compile(r"^```\n((?:passed|failed) .*?)^```$", re.MULTILINE | re.DOTALL)


def lines_of(lab: Laboratory, folder: Path) -> list[str]:
    [outcome] = run_tests(lab, read_tests(folder, folder.parent))
    return [f"{outcome.verdict} {outcome.test.id}", *(f"  {line}" for line in describe(outcome))]


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
    statement = folder / "count_orders.sql"
    statement.write_text(statement.read_text().replace("amount > 0", "amount >= 0"))
    with laboratory(flink_for_sql, tmp_path) as lab:
        assert lines_of(lab, folder) == wrong
