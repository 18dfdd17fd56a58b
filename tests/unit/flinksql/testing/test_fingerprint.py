"""What a test's outcome depends on: each part of it changes the digest, and nothing else does."""

from collections.abc import Callable
from pathlib import Path

import pytest

from flinksql.testing.bundles import BundleReader
from flinksql.testing.fingerprint import fingerprint
from flinksql.testing.reading import read_tests

FILES = {
    "orders.sql": "CREATE TABLE orders (id BIGINT) WITH ('connector' = 'kafka', 'topic' = 'o', 'format' = 'json');",
    "large.sql": "CREATE VIEW large AS SELECT id FROM orders WHERE id > ${least};",
    "other.sql": "CREATE TABLE other (id BIGINT) WITH ('connector' = 'kafka', 'topic' = 'x', 'format' = 'json');",
    "counts.sql": "CREATE TABLE counts (n BIGINT) WITH ('connector' = 'upsert-kafka', 'topic' = 'c');",
    "count_orders.sql": "-- table.exec.state.ttl: 1 h\nINSERT INTO counts SELECT COUNT(*) FROM large;",
    "bundle.yaml": "parameters: {least: {type: integer, default: 1}}\n",
    "tests/counts.yaml": "tests:\n"
    "  - {name: counts, statement: count_orders, given: {orders: {file: rows.jsonl}}, expect: {counts: [{n: 1}]}}\n"
    "  - {name: others, statement: count_orders, expect: {counts: []}}\n",
    "tests/rows.jsonl": '{"id": 1}\n',
}


def digest(folder: Path, flink: str = "2.2.1") -> str:
    test = read_tests(folder, folder.parent)[0]
    return fingerprint(test, BundleReader(root=folder.parent).read(test), flink)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    for name, text in FILES.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


def edited(name: str, before: str, after: str) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        text = (folder / name).read_text()
        assert before in text
        (folder / name).write_text(text.replace(before, after))

    return edit


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(edited("count_orders.sql", "COUNT(*)", "COUNT(id)"), id="the statement"),
        pytest.param(edited("count_orders.sql", "1 h", "2 h"), id="its header"),
        pytest.param(edited("large.sql", ">", ">="), id="a view below it"),
        pytest.param(edited("orders.sql", "BIGINT", "INT"), id="a table that it reads"),
        pytest.param(edited("counts.sql", "BIGINT", "INT"), id="a table that it writes"),
        pytest.param(edited("bundle.yaml", "default: 1", "default: 2"), id="a parameter"),
        pytest.param(edited("tests/counts.yaml", "[{n: 1}]", "[{n: 2}]"), id="what is expected"),
        pytest.param(edited("tests/rows.jsonl", "1", "2"), id="rows in a file"),
        pytest.param(lambda folder: (folder / "tests/rows.jsonl").unlink(), id="rows that are gone"),
    ],
)
def test_what_counts_changes_the_digest(edit: Callable[[Path], None], shop: Path) -> None:
    before = digest(shop)
    edit(shop)
    assert digest(shop) != before


def test_another_flink_changes_the_digest(shop: Path) -> None:
    assert digest(shop, "2.1.2") != digest(shop, "2.2.1")


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(edited("other.sql", "BIGINT", "INT"), id="a table that it does not use"),
        pytest.param(edited("tests/counts.yaml", "counts: []", "counts: [{n: 3}]"), id="another test"),
        pytest.param(edited("tests/counts.yaml", "tests:\n", "# first\n\ntests:\n"), id="a comment, and another line"),
    ],
)
def test_what_does_not_count_leaves_the_digest(edit: Callable[[Path], None], shop: Path) -> None:
    before = digest(shop)
    edit(shop)
    assert digest(shop) == before
