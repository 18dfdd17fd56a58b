"""What a statement creates, reads, writes and calls; the cases are SQL files with the expected facts beside them."""

from pathlib import Path

import pytest

from flinksql.errors import StatementError
from tests.cases.written import CASES, called, described, read

REFERENCES = sorted((CASES / "references").glob("*.sql"))


@pytest.mark.parametrize("file", [pytest.param(file, id=file.stem) for file in REFERENCES])
def test_references_are_found_with_their_places(file: Path) -> None:
    assert described(file.read_text(encoding="utf-8")) == file.with_suffix(".txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        pytest.param("INSERT INTO s SELECT mine(a) FROM t", {"mine"}, id="in-select"),
        pytest.param("INSERT INTO s SELECT a FROM t, LATERAL TABLE(mine(a)) AS x (b)", {"mine"}, id="table-function"),
        pytest.param("INSERT INTO s SELECT a FROM t, mine(a)", {"mine"}, id="table-function-without-table"),
        pytest.param("INSERT INTO s SELECT a FROM t AS mine (b)", set(), id="alias-with-columns-is-no-call"),
        pytest.param("INSERT INTO s SELECT mine FROM t", set(), id="column-of-that-name-is-no-call"),
        pytest.param("INSERT INTO mine (a) SELECT a FROM t", set(), id="table-with-columns-is-no-call"),
        pytest.param("CREATE TABLE s (a INT, b AS mine(a)) WITH ('x' = 'y')", {"mine"}, id="computed-column"),
        pytest.param("CREATE VIEW v AS SELECT a FROM t WHERE `mine` (a)", {"mine"}, id="quoted"),
    ],
)
def test_calls_are_told_from_aliases_and_columns(sql: str, expected: set[str]) -> None:
    assert called(sql) & {"mine"} == expected


@pytest.mark.parametrize(
    ("sql", "place", "words"),
    [
        pytest.param("-- nothing\n", "1:1", "no statement", id="comment-only"),
        pytest.param("", "1:1", "no statement", id="empty"),
        pytest.param(" ; ", "1:1", "no statement", id="semicolon-only"),
        pytest.param("SELECT 1", "1:1", "sends its rows nowhere", id="select"),
        pytest.param("(SELECT 1)", "1:1", "sends its rows nowhere", id="select-in-parentheses"),
        pytest.param("WITH a AS (SELECT 1) SELECT * FROM a", "1:1", "sends its rows nowhere", id="with"),
        pytest.param("drop table t", "1:1", "delete the file", id="drop"),
        pytest.param("-- x\nALTER TABLE t SET ('a' = 'b')", "2:1", "change the CREATE statement", id="alter"),
        pytest.param("SET 'a' = 'b'", "1:1", "a is no option of Flink for a job", id="set"),
        pytest.param("SET 'table.exec.state.ttl' = '1 h'", "1:1", "write `-- table.exec.state.ttl: 1 h` in the header", id="set-option"),
        pytest.param("SET 'table.exec.state.ttl' = '1 h'", "1:1", "or `options: {table.exec.state.ttl: 1 h}` in", id="set-for-all"),
        pytest.param("SET table.exec.state.ttl = 1 h;", "1:1", "`-- table.exec.state.ttl: 1 h`", id="set-without-quotes"),
        pytest.param("SET 'table.exec.state.ttl' = 'soon'", "1:1", "it must be a duration", id="set-wrong-value"),
        pytest.param("SET 'parallelism.default' = '4'", "1:1", "`-- parallelism: 4` in the header", id="set-parallelism"),
        pytest.param("SET 'execution.checkpointing.interval' = '9 s'", "1:1", "`flink.checkpointIntervalSeconds`", id="set-checkpoints"),
        pytest.param("SET 'execution.runtime-mode' = 'batch'", "1:1", "`-- kind: bounded`", id="set-batch"),
        pytest.param("SET 'sql-client.execution.result-mode' = 'tableau'", "1:1", "SQL client only: remove", id="set-client"),
        pytest.param("SET 'state.backend.type' = 'rocksdb'", "1:1", "belongs to the platform", id="set-platform"),
        pytest.param("SET", "1:1", "`-- table.exec.state.ttl: 1 h`", id="set-alone"),
        pytest.param("RESET", "1:1", "remove the line", id="reset"),
        pytest.param("USE CATALOG c", "1:1", "leave it out", id="use"),
        pytest.param("ADD JAR 'x.jar'", "1:1", "CREATE FUNCTION ... USING JAR", id="add-jar"),
        pytest.param("LOAD MODULE x", "1:1", "session", id="load-module"),
        pytest.param("BEGIN STATEMENT SET", "1:1", "EXECUTE STATEMENT SET BEGIN", id="begin-statement-set"),
        pytest.param("EXPLAIN INSERT INTO t SELECT 1", "1:1", "only shows", id="explain"),
        pytest.param("UPDATE t SET a = 1", "1:1", "INSERT INTO", id="update"),
        pytest.param("EXECUTE PLAN 'x.json'", "1:1", "no plans", id="execute-plan"),
        pytest.param("EXECUTE INSERT INTO t SELECT 1", "1:1", "without EXECUTE", id="execute-insert"),
        pytest.param("SELEC 1", "1:1", "a statement begins with", id="mistyped"),
        pytest.param("'text'", "1:1", "a statement begins with", id="no-word"),
        pytest.param("CREATE", "1:1", "a statement begins with", id="create-alone"),
        pytest.param("CREATE DATABASE d", "1:8", "default database", id="create-database"),
        pytest.param("CREATE MATERIALIZED TABLE t AS SELECT 1", "1:8", "job of its own", id="materialized-table"),
        pytest.param("CREATE OR REPLACE TABLE t (a INT)", "1:8", "in spite of its name", id="or-replace"),
        pytest.param("CREATE OR ALTER TABLE t (a INT)", "1:8", "not known", id="or-alter"),
        pytest.param("CREATE MODEL IF NOT EXISTS m WITH ('a' = 'b')", "1:14", "keeps an old definition", id="if-not-exists"),
        pytest.param("CREATE TABLE t WITH ('a' = 'b') AS SELECT 1", "1:33", "two files", id="create-table-as"),
        pytest.param("CREATE TABLE hive.db.t (a INT)", "1:14", "hive.db.t is outside", id="other-catalog"),
        pytest.param("CREATE TABLE (a INT)", "1:14", "name of a table", id="table-without-name"),
        pytest.param("CREATE VIEW v", "1:13", "which is missing", id="view-without-query"),
        pytest.param("CREATE TABLE t (a INT", "1:16", "never closed", id="unclosed-parenthesis"),
        pytest.param("INSERT INTO s SELECT (a)) FROM t", "1:25", "closes nothing", id="parenthesis-too-many"),
        pytest.param("INSERT INTO s SELECT a FROM (SELECT a FROM t", "1:29", "never closed", id="unclosed-subquery"),
        pytest.param("INSERT s SELECT a FROM t", "1:8", "INTO or OVERWRITE", id="insert-without-into"),
        pytest.param("INSERT INTO", "1:8", "name of a table", id="insert-without-table"),
        pytest.param("INSERT INTO s (a)", "1:17", "query is missing", id="insert-without-query"),
        pytest.param("INSERT INTO s SELECT a FROM t;\nINSERT INTO s SELECT a FROM t", "2:1", "file of its own", id="two-statements"),
        pytest.param("CREATE TABLE t (a INT); CREATE TABLE u (a INT)", "1:25", "file of its own", id="two-creates"),
        pytest.param("INSERT INTO s SELECT a FORM t", "1:24", "did you mean FROM instead of FORM?", id="misspelt-from"),
        pytest.param("INSERT INTO s SELECT a t", "1:22", "its FROM is missing", id="missing-from"),
        pytest.param("INSERT INTO s SELECT a, model", "1:22", "its FROM is missing", id="missing-from-after-a-keyword-as-a-name"),
        pytest.param("INSERT INTO s SELECT a b c", "1:26", "could not be understood", id="missing-commas"),
        pytest.param("INSERT INTO s SELEC a FROM t", "1:15", "did you mean SELECT instead of SELEC?", id="misspelt-select"),
        pytest.param("INSERT INTO s a FROM t", "1:15", "the query is missing", id="missing-select"),
        pytest.param("INSERT INTO s WIHT x AS (SELECT a FROM t) SELECT * FROM x", "1:15", "did you mean WITH", id="misspelt-with"),
        pytest.param("INSERT INTO SELECT a FROM t", "1:13", "the name of a table is missing", id="missing-target"),
        pytest.param("INSERT INOT s SELECT a FROM t", "1:8", "did you mean INTO instead of INOT?", id="misspelt-into"),
        pytest.param("CREATE TABEL s (a INT)", "1:8", "did you mean TABLE instead of TABEL?", id="misspelt-table"),
        pytest.param("INSRT INTO s SELECT a FROM t", "1:1", "did you mean INSERT instead of INSRT?", id="misspelt-insert"),
        pytest.param(
            "EXECUTE STATEMENT SET BEGIN INSERT INTO s SELECT a FROM t; EDN", "1:60", "did you mean END instead of EDN?", id="misspelt-end"
        ),
        pytest.param("CREATE FUNCTION f AS 'm.f' LANGUAGE PYTHON", "1:28", "write the function in Java", id="python-function"),
        pytest.param("INSERT INTO s SELECT 1, NOW(), CURRENT_DATE", "1:1", "-- kind: bounded", id="select-without-tables"),
        pytest.param("INSERT INTO s SELECT MAP['a', 1], ARRAY[1]", "1:1", "-- kind: bounded", id="collections-without-tables"),
        pytest.param("INSERT INTO s VALUES (1)", "1:1", "-- kind: bounded", id="values-without-bounded"),
        pytest.param("EXECUTE STATEMENT SET BEGIN END", "1:29", "is empty", id="empty-set"),
        pytest.param("EXECUTE STATEMENT SET BEGIN INSERT INTO s SELECT a FROM t END", "1:29", "ends with `;`", id="set-without-semicolon"),
        pytest.param("EXECUTE STATEMENT SET BEGIN INSERT INTO s SELECT a FROM t;", "1:29", "comes END", id="set-without-end"),
        pytest.param("EXECUTE STATEMENT SET INSERT INTO s SELECT a FROM t; END", "1:19", "SET BEGIN", id="set-without-begin"),
        pytest.param("EXECUTE STATEMENT SET BEGIN SELECT 1; END", "1:29", "INSERT INTO or", id="set-with-select"),
        pytest.param(
            "EXECUTE STATEMENT SET BEGIN INSERT INTO s SELECT a FROM t; END; SET 'a' = 'b'", "1:63", "file of its own", id="more-after-set"
        ),
    ],
)
def test_what_a_bundle_cannot_hold_is_refused_with_the_way_out(sql: str, place: str, words: str) -> None:
    with pytest.raises(StatementError) as caught:
        read(sql)
    assert str(caught.value).startswith(f"sql/case.sql:{place}: ")
    assert words in caught.value.problem


@pytest.mark.parametrize(
    ("sql", "reads"),
    [
        pytest.param("INSERT INTO s TABLE t", ["t"], id="explicit-table"),
        pytest.param("INSERT INTO s (TABLE t)", ["t"], id="explicit-table-in-parentheses"),
        pytest.param("INSERT INTO s (a, b) TABLE t", ["t"], id="explicit-table-after-columns"),
        pytest.param("INSERT INTO s SELECT a FROM t UNION ALL TABLE u", ["t", "u"], id="union-all-table"),
        pytest.param("INSERT INTO s TABLE t EXCEPT TABLE u", ["t", "u"], id="except-table"),
        pytest.param("INSERT INTO s SELECT * FROM (TABLE t) AS x", ["t"], id="table-in-from"),
        pytest.param("INSERT INTO s SELECT a FROM t WHERE a IN (TABLE u)", ["t", "u"], id="table-in-a-condition"),
        pytest.param("INSERT INTO s WITH x AS (TABLE t) TABLE x", ["t"], id="table-of-a-common-table-expression"),
        pytest.param("CREATE VIEW v AS TABLE t", ["t"], id="view-of-a-table"),
        pytest.param("EXECUTE STATEMENT SET BEGIN INSERT INTO s TABLE t; INSERT INTO s TABLE u; END", ["t", "u"], id="set-of-tables"),
        pytest.param("INSERT INTO s SELECT model, a FROM t", ["t"], id="column-named-model"),
        pytest.param("INSERT INTO s SELECT a, model m FROM t", ["t"], id="column-named-model-with-alias"),
        pytest.param("INSERT INTO s SELECT E'it\\'s; x FROM y' FROM t", ["t"], id="escaped-quote"),
    ],
)
def test_no_table_that_a_query_reads_is_missed(sql: str, reads: list[str]) -> None:
    assert [reference.name.name for reference in read(sql).reads] == reads


def test_the_options_of_a_hint_belong_to_the_table_before_it() -> None:
    found = read("INSERT INTO s /*+ OPTIONS('topic' = 'o') */ SELECT a FROM t /*+ OPTIONS('topic' = 'i', 'k' = 'v') */ AS x, u")
    assert [reference.hints for reference in found.reads] == [(("topic", "i"), ("k", "v")), ()]
    assert found.writes[0].hints == (("topic", "o"),)
