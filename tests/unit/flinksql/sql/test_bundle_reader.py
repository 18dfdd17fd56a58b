"""A folder of SQL files: its order, its closures, and every problem told at once."""

import json
from pathlib import Path

import pytest

from flinksql.errors import BundleError, PermanentError, StatementError
from flinksql.sql import Bundle, read_bundle, table_options
from flinksql.statement import Kind, Statement
from tests.cases.written import CASES, PARAMETERS, ROOT

BAD = sorted(folder for folder in (CASES / "bad").iterdir() if folder.is_dir())
TABLE = "CREATE TABLE t (a INT) WITH ('connector' = 'kafka')"


@pytest.fixture
def chain() -> Bundle:
    return read_bundle(CASES / "good" / "chain", PARAMETERS, ROOT)


def names(statements: tuple[Statement, ...]) -> list[str]:
    return [statement.name for statement in statements]


def problem_of(folder: Path, files: dict[str, bytes]) -> str:
    for name, content in files.items():
        (folder / name).write_bytes(content)
    with pytest.raises(BundleError) as caught:
        read_bundle(folder, PARAMETERS, folder.parent)
    return str(caught.value)


@pytest.mark.parametrize("folder", [pytest.param(folder, id=folder.name) for folder in BAD])
def test_every_problem_of_a_bundle_is_told_with_its_place(folder: Path) -> None:
    with pytest.raises(BundleError) as caught:
        read_bundle(folder, PARAMETERS, ROOT)
    assert str(caught.value) + "\n" == (folder / "expected.txt").read_text(encoding="utf-8")


def test_statements_come_after_what_they_depend_on(chain: Bundle) -> None:
    expected = json.loads((CASES / "good" / "chain" / "expected.json").read_text(encoding="utf-8"))
    assert names(chain.statements) == expected["order"]
    assert names(chain.jobs()) == expected["jobs"]
    assert {name: names(chain.closure(name)) for name in expected["order"] if chain.closure(name)} == expected["closures"]


def test_direct_dependencies_are_creators_and_never_jobs(chain: Bundle) -> None:
    assert names(chain.dependencies("copy")) == ["a_sink", "b_doubled"]
    assert names(chain.dependencies("m_valid")) == ["z_raw"]


def test_the_kind_of_each_statement_is_read_from_its_sql_and_header(chain: Bundle) -> None:
    kinds = {statement.name: statement.kind for statement in chain.statements}
    assert (kinds["copy"], kinds["seed"], kinds["z_raw"]) == (Kind.JOB, Kind.BOUNDED_JOB, Kind.CATALOG_OBJECT)


def test_parameters_of_a_statement_are_those_of_its_closure(chain: Bundle) -> None:
    assert chain.parameters("copy") == {"window_seconds": "10"}
    assert chain.parameters("a_sink") == {}


def test_a_definition_holds_the_closure_and_the_options_of_the_header(chain: Bundle) -> None:
    definition = chain.definition("seed", "project/stack/seed", {"parallelism.default": "1", "execution.checkpointing.interval": "10 s"})
    assert names(definition.closure) == ["z_raw"]
    assert definition.options == {"parallelism.default": "2", "execution.checkpointing.interval": "10 s"}


def test_a_name_that_is_no_statement_is_answered_with_those_there_are(chain: Bundle) -> None:
    with pytest.raises(PermanentError, match=r"no statement nope.*a_sink, b_doubled"):
        chain.closure("nope")


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({"t.sql": b"-- \xc3\xa9\nSELECT '\xff'"}, "t.sql:2:9: the file is not UTF-8 (byte 0xff", id="latin-1"),
        pytest.param({"t.sql": b"\xef\xbb\xbf-- x\nSELECT '\xff'"}, "t.sql:2:9: the file is not UTF-8 (byte 0xff", id="latin-1-with-mark"),
        pytest.param({"t.sql": TABLE.encode("utf-16")}, "t.sql:1:1: the file is not UTF-8 (byte 0xff", id="utf-16"),
        pytest.param({}, "holds no .sql file", id="empty-folder"),
        pytest.param({"t.txt": b""}, "holds no .sql file", id="other-files-only"),
        pytest.param({"t.sql": b""}, "t.sql:1:1: the file holds no statement", id="empty-file"),
        pytest.param({"1st.sql": TABLE.encode()}, "1st.sql:1:1: '1st' is no name", id="digit-first"),
    ],
)
def test_files_that_cannot_be_read_are_named(tmp_path: Path, files: dict[str, bytes], expected: str) -> None:
    assert expected in problem_of(tmp_path, files)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="folder nope does not exist"):
        read_bundle(tmp_path / "nope", {}, tmp_path)


def test_a_byte_order_mark_is_no_part_of_the_statement(tmp_path: Path) -> None:
    (tmp_path / "t.sql").write_bytes(b"\xef\xbb\xbf" + TABLE.encode())
    assert read_bundle(tmp_path, {}, tmp_path).statements[0].text == TABLE


def test_names_are_not_called_unknown_while_a_file_cannot_be_read(tmp_path: Path) -> None:
    told = problem_of(tmp_path, {"t.sql": b"CREATE TABLE t (a INT", "v.sql": b"CREATE VIEW v AS SELECT * FROM t"})
    assert "v.sql" not in told


def test_a_function_is_found_whatever_its_case(tmp_path: Path) -> None:
    (tmp_path / "f.sql").write_text("CREATE FUNCTION TWICE AS 'x.Y'", encoding="utf-8")
    (tmp_path / "v.sql").write_text("CREATE VIEW v AS SELECT Twice(1) FROM hive.db.t", encoding="utf-8")
    assert names(read_bundle(tmp_path, {}, tmp_path).closure("v")) == ["f"]


def hash_of(folder: Path, parameters: dict[str, str], text: str) -> str:
    (folder / "t.sql").write_text(text, encoding="utf-8")
    return read_bundle(folder, parameters, folder).hash


def test_the_bundles_hash_is_the_same_in_every_environment(tmp_path: Path) -> None:
    text = "CREATE TABLE t (a INT) WITH ('topic' = '${topic}')"
    one = hash_of(tmp_path, {"topic": "one"}, text)
    assert hash_of(tmp_path, {"topic": "two"}, f"-- Remark.\n{text};\n") == one
    assert hash_of(tmp_path, {"topic": "one"}, text.replace("INT", "BIGINT")) != one


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        pytest.param(
            "CREATE TABLE t (a INT) WITH ('topic' = '${topic}', 'it''s' = 'a''b')", {"topic": "reviews", "it's": "a'b"}, id="table"
        ),
        pytest.param("CREATE MODEL m INPUT (a INT) WITH ('api-key' = '${secret:KEY}')", {"api-key": "${secret:KEY}"}, id="secret-stays"),
        pytest.param("CREATE TABLE t (w INT) WITH ('a' = 'b') LIKE u", {"a": "b"}, id="like"),
        pytest.param("CREATE TABLE t LIKE u", {}, id="none"),
        pytest.param("CREATE VIEW v AS WITH x AS (SELECT 1) SELECT * FROM x", {}, id="common-table-of-a-view"),
        pytest.param("INSERT INTO t SELECT * FROM u", {}, id="job"),
    ],
)
def test_with_options_are_read(sql: str, expected: dict[str, str]) -> None:
    statement = Statement(name="t", kind=Kind.CATALOG_OBJECT, text=sql, file="sql/t.sql")
    assert table_options(statement, PARAMETERS) == expected


@pytest.mark.parametrize("options", ["'a' = b", "'a'", "a = 'b'", "'a' = 'b' 'c' = 'd'", "'a' = 'b'"])
def test_a_malformed_option_is_an_error(options: str) -> None:
    closing = "" if options == "'a' = 'b'" else ")"
    statement = Statement(name="t", kind=Kind.CATALOG_OBJECT, text=f"CREATE TABLE t (a INT) WITH ({options}{closing}", file="sql/t.sql")
    with pytest.raises(StatementError, match=r"^sql/t\.sql:1:\d+: an option is written"):
        table_options(statement, PARAMETERS)
