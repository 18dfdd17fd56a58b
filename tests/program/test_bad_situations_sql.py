"""Mistakes in SQL files that need no planner to be found: each with file, line and column, before anything is made."""

import shutil
from pathlib import Path

import pytest

from tests.support.project import ProjectCopy
from tests.support.situations import nothing_was_made, quiet_project, refused, run_here

TABLE = "CREATE TABLE {name} (a INT) WITH ('connector' = 'blackhole')"

Files = dict[str, str | bytes]


def write(copy: ProjectCopy, files: Files) -> None:
    for name, content in files.items():
        (copy.folder / "sql" / "reviews" / name).write_bytes(content if isinstance(content, bytes) else content.encode())


@pytest.mark.parametrize(
    ("files", "messages"),
    [
        pytest.param(
            {"copied.sql": "INSERT INTO product_review_summary\nSELECT * FROM product_review_summry"},
            ["sql/reviews/copied.sql:2:15: ", "product_review_summry", "product_review_summary", "\n                  ^"],
            id="unknown table",
        ),
        pytest.param(
            {
                "one.sql": "CREATE VIEW one AS SELECT * FROM two",
                "two.sql": "CREATE VIEW two AS\n  SELECT * FROM one",
            },
            ["sql/reviews/one.sql:1:", "one -> two -> one"],
            id="cycle",
        ),
        pytest.param(
            {"again.sql": TABLE.format(name="product_reviews")},
            ["sql/reviews/product_reviews.sql:", "sql/reviews/again.sql:1:14", "product_reviews"],
            id="created twice",
        ),
        pytest.param(
            {"limited.sql": "CREATE TABLE limited (a INT)\nWITH ('connector' = '${conector}')"},
            ["sql/reviews/limited.sql:2:22: there is no parameter conector", "Write one of: ", "window_seconds"],
            id="missing placeholder value",
        ),
        pytest.param(
            {"limited.sql": "CREATE TABLE limited (a INT)\nWITH ('connector' = '${')"},
            ["sql/reviews/limited.sql:2:22: this placeholder is malformed: write ${name} or ${secret:NAME}"],
            id="malformed placeholder",
        ),
        pytest.param(
            {"guarded.sql": "CREATE TABLE guarded (a INT)\nWITH ('connector' = 'blackhole', 'password' = '${secret:TOKEN}')"},
            ["sql/reviews/guarded.sql:2:48: there is no value for the secret TOKEN. ", "`pulumi config set --secret secret.TOKEN`"],
            id="missing secret",
        ),
        pytest.param(
            {
                "wide.sql": "CREATE TABLE wide (a STRING)\nWITH ('connector' = 'kafka', 'topic' = 'wide', 'format' = 'raw',\n"
                "  'properties.bootstrap.servers' = '${kafka_bootstrap}', 'properties.max.request.size' = '5000000')",
                "widened.sql": "INSERT INTO wide SELECT product_id FROM product_review_context",
            },
            [
                "sql/reviews/wide.sql:3:90: job widened may send records of up to 5000000 bytes and topic wide takes 1048576 at most",
                "'properties.max.request.size' = '${kafka_max_record_bytes}'",
            ],
            id="a sink that may send more than its topic takes",
        ),
        pytest.param(
            {"open.sql": "CREATE TABLE open (a INT) WITH ('connector' = 'blackhole)"},
            ["sql/reviews/open.sql:1:47: ", "'blackhole)"],
            id="a string without its end",
        ),
        pytest.param(
            {"two.sql": f"{TABLE.format(name='two')};\n{TABLE.format(name='three')};\n"},
            ["sql/reviews/two.sql:2:1: a file holds one statement, and this begins a second one: move it to a file of its own"],
            id="two statements in one file",
        ),
        pytest.param(
            {"empty.sql": ""}, ["sql/reviews/empty.sql:1:1: the file holds no statement: write one or remove the file"], id="empty file"
        ),
        pytest.param(
            {"latin.sql": "CREATE TABLE latin (a INT)\nCOMMENT 'größer'".encode("latin-1")},
            ["sql/reviews/latin.sql:2:12: the file is not UTF-8 (byte 0xf6 is wrong here): save it as UTF-8"],
            id="not UTF-8",
        ),
        pytest.param(
            {"written.sql": "INSERT INTO valid_reviews SELECT * FROM product_reviews"},
            ["sql/reviews/written.sql:1:13: ", "valid_reviews", "view"],
            id="a view is written to",
        ),
        pytest.param({"away.sql": "DROP TABLE product_reviews"}, ["sql/reviews/away.sql:1:1: ", "DROP"], id="a statement without effect"),
        pytest.param(
            {"kept.sql": "CREATE TABLE IF NOT EXISTS kept (a INT) WITH ('connector' = 'blackhole')"},
            ["sql/reviews/kept.sql:1:", "IF NOT EXISTS"],
            id="a definition that would not count",
        ),
        pytest.param(
            {"fast.sql": f"-- paralelism: 2\n{TABLE.format(name='fast')}"},
            ["sql/reviews/fast.sql:1:", "parallelism"],
            id="unknown header key",
        ),
        pytest.param({"My-Table.sql": TABLE.format(name="mine")}, ["sql/reviews/My-Table.sql:1:1: ", "Rename the file"], id="bad name"),
        pytest.param(
            {"empty.sql": "", "away.sql": "DROP TABLE product_reviews", "limited.sql": "INSERT INTO product_reviews SELECT '${x}'"},
            ["sql/reviews/empty.sql:1:1: ", "sql/reviews/away.sql:1:1: ", "sql/reviews/limited.sql:1:37: "],
            id="all mistakes at once",
        ),
    ],
)
def test_a_mistake_in_sql_is_told_with_its_place_before_anything_is_made(files: Files, messages: list[str], tmp_path: Path) -> None:
    copy = quiet_project(tmp_path)
    write(copy, files)
    refused(run_here(copy, "up"), *messages)
    nothing_was_made(copy)
    assert not copy.state.exists()


@pytest.mark.parametrize(
    "command", [pytest.param("preview", id="preview"), pytest.param("demo", id="demo"), pytest.param("doctor", id="doctor")]
)
def test_every_command_that_reads_sql_tells_the_place(command: str, tmp_path: Path) -> None:
    copy = quiet_project(tmp_path)
    write(copy, {"empty.sql": "-- later\n"})
    code = 1 if command == "preview" else 3
    refused(copy.run(command), "sql/reviews/empty.sql:1:1: the file holds no statement", code=code)
    nothing_was_made(copy)


def test_a_bundle_without_files_is_told(tmp_path: Path) -> None:
    copy = quiet_project(tmp_path, bundle="reviews")
    shutil.rmtree(copy.folder / "sql" / "reviews")
    (copy.folder / "sql" / "reviews").mkdir()
    refused(copy.run("up"), "the bundle's folder sql/reviews holds no .sql file")
    nothing_was_made(copy)
