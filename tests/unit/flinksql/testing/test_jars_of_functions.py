"""Tests of SQL with functions of the bundle's own jars: the tests' Flink reads each version of a jar from a place of its own."""

from pathlib import Path

import pytest

from flinksql.errors import BundleError
from flinksql.testing.bundles import BundleReader
from flinksql.testing.fingerprint import fingerprint
from flinksql.testing.reading import Test, read_tests

FILES = {
    "orders.sql": "CREATE TABLE orders (id STRING) WITH ('connector' = 'kafka', 'topic' = 'o', 'format' = 'json');",
    "shouts.sql": "CREATE TABLE shouts (id STRING) WITH ('connector' = 'kafka', 'topic' = 's', 'format' = 'json');",
    "shout.sql": "CREATE FUNCTION shout AS 'com.lab.Shout' USING JAR 'jars/udf.jar';",
    "shout_orders.sql": "INSERT INTO shouts SELECT shout(id) FROM orders;",
    "jars/udf.jar": "first",
    "tests/shouts.yaml": "tests:\n  - {name: shouts, statement: shout_orders, given: {orders: []}, expect: {shouts: []}}\n",
}


@pytest.fixture
def test_of_function(tmp_path: Path) -> Test:
    folder = tmp_path / "shop"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return read_tests(folder, tmp_path)[0]


def test_a_jar_lies_where_its_statement_says(test_of_function: Test, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    bundle = BundleReader(root=tmp_path, jars_folder=kept).read(test_of_function)
    [jar] = bundle.jars.values()
    assert bundle.entry("shout").rendered.sql.endswith(f"USING JAR 'file://{kept / jar.place}'")
    assert (kept / jar.place).read_text() == "first"


def test_another_jar_under_the_same_name_is_tested_again(test_of_function: Test, tmp_path: Path) -> None:
    reader = BundleReader(root=tmp_path, jars_folder=tmp_path / "kept")
    before = fingerprint(test_of_function, reader.read(test_of_function), "2.2.1")
    (test_of_function.bundle / "jars" / "udf.jar").write_text("second")
    assert fingerprint(test_of_function, reader.fresh().read(test_of_function), "2.2.1") != before
    assert sorted(file.read_text() for file in (tmp_path / "kept").rglob("*.jar")) == ["first", "second"]


def test_without_a_place_for_jars_the_function_is_refused(test_of_function: Test, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"shout\.sql:1:\d+: there is no jar jars/udf\.jar"):
        BundleReader(root=tmp_path).read(test_of_function)
