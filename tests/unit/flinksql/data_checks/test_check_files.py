"""Files of checks: what is read of them, and what is told at its place."""

from pathlib import Path

import pytest

from flinksql.data_checks import read_checks
from flinksql.data_checks.files import DEFAULT_SAMPLE, DEFAULT_SECONDS, EVERYTHING, Check
from flinksql.errors import BundleError
from flinksql.sql import read_bundle
from tests.support.project import REPOSITORY

SHIPPED = sorted((REPOSITORY / "sql").glob("*/checks"))


def read(folder: Path, text: str) -> list[Check]:
    (folder / "shop" / "checks").mkdir(parents=True)
    (folder / "shop" / "checks" / "no_debts.sql").write_text(text)
    return read_checks(folder / "shop", folder)


@pytest.mark.parametrize("folder", [pytest.param(one, id=one.parent.name) for one in SHIPPED])
def test_the_shipped_checks_can_be_read_and_say_what_they_mean(folder: Path) -> None:
    checks = read_checks(folder.parent, REPOSITORY)
    assert checks
    assert all(one.meaning.endswith(".") for one in checks)


def test_a_check_has_its_defaults(tmp_path: Path) -> None:
    [check] = read(tmp_path, "-- Nobody owes.\n\nSELECT 1 FROM t;")
    assert (check.name, check.meaning, check.sample, check.seconds) == ("no_debts", "Nobody owes.", DEFAULT_SAMPLE, DEFAULT_SECONDS)
    assert str(check.position) == "shop/checks/no_debts.sql:3:1"


def test_options_are_lines_before_the_query(tmp_path: Path) -> None:
    [check] = read(
        tmp_path, "-- Nobody owes: never.\n-- sample: all\n-- seconds: 5\nWITH a AS (SELECT 1 FROM t)\n-- sample: 3\nSELECT 1 FROM a"
    )
    assert (check.meaning, check.sample, check.seconds) == ("Nobody owes: never.", EVERYTHING, 5)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("-- nothing\n", ":1:1: this check is empty", id="empty"),
        pytest.param("\nINSERT INTO t SELECT 1", ":2:1: a check is a query that must give no row", id="no query"),
        pytest.param("SELECT 1; SELECT 2", ":1:11: a file holds one check", id="two"),
        pytest.param("-- sample: 0\nSELECT 1", ":1:1: sample is '0': a sample is a number of records", id="sample"),
        pytest.param("-- seconds: 4000\nSELECT 1", ":1:1: seconds is '4000': it is a number of seconds from 1 to 3600", id="seconds"),
        pytest.param("-- sample: 1\n-- sample: 2\nSELECT 1", ":2:1: sample stands twice", id="twice"),
    ],
)
def test_a_mistake_is_told_at_its_place(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(BundleError) as caught:
        read(tmp_path, text)
    assert f"shop/checks/no_debts.sql{told}" in str(caught.value)


def test_checks_are_no_statements_of_the_bundle(tmp_path: Path) -> None:
    read(tmp_path, "SELECT 1 FROM t")
    (tmp_path / "shop" / "t.sql").write_text("CREATE TABLE t (a INT) WITH ('connector' = 'datagen');")
    assert [one.name for one in read_bundle(tmp_path / "shop", {}, tmp_path).statements] == ["t"]


def test_any_other_folder_of_sql_is_still_told(tmp_path: Path) -> None:
    (tmp_path / "shop" / "check").mkdir(parents=True)
    (tmp_path / "shop" / "check" / "a.sql").write_text("SELECT 1 FROM t")
    (tmp_path / "shop" / "t.sql").write_text("CREATE TABLE t (a INT) WITH ('connector' = 'datagen');")
    with pytest.raises(BundleError, match="this file is not read"):
        read_bundle(tmp_path / "shop", {}, tmp_path)
