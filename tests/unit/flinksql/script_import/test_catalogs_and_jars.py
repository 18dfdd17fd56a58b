# ruff: noqa: S608
"""Scripts with catalogs and jars, turned into bundles: the manifest's entries, names in full, and what a person copies."""

from pathlib import Path

import pytest
import yaml

from flinksql.errors import BundleError
from flinksql.script_import import Conversion, Fate, convert
from flinksql.sql import read_bundle
from tests.support.project import REPOSITORY

SCRIPT = REPOSITORY / "tests" / "cases" / "scripts" / "lake_totals.sql"
KNOWN = dict.fromkeys(("kafka_bootstrap", "topic_prefix", "job_name"), "value")
LAKE = "CREATE CATALOG lake WITH ('type' = 'paimon', 'warehouse' = '/lake');\n"
TABLES = "CREATE TABLE s (a INT) WITH ('connector' = 'datagen');\nCREATE TABLE t (a INT) WITH ('connector' = 'print');\n"


def converted(text: str) -> Conversion:
    return convert(text, "script.sql", KNOWN, "A script")


def catalogs(found: Conversion) -> object:
    return yaml.safe_load(found.files["bundle.yaml"]).get("catalogs")


def test_every_statement_of_a_script_with_a_catalog_is_accounted_for() -> None:
    found = convert(SCRIPT.read_text(encoding="utf-8"), SCRIPT.name, KNOWN, "Lake")
    assert [(one.position.line, one.fate.value, one.result) for one in found.outcomes] == [
        (2, "file", "bundle.yaml"),
        (8, "left out", ""),
        (9, "file", "shout.sql"),
        (10, "file", "whisper.sql"),
        (12, "not needed", ""),
        (13, "left out", ""),
        (14, "file", "words.sql"),
        (15, "file", "insert_word_totals.sql"),
        (17, "left out", ""),
        (18, "not needed", ""),
        (19, "file", "insert_copies.sql"),
        (20, "left out", ""),
    ]
    assert found.secrets == ("catalog_lake_s3_secret_key",)
    assert found.parameters == ("bucket",)
    assert "hunter2" not in str(found) + "".join(found.files.values())


def test_the_bundle_of_a_script_with_a_catalog_is_read_without_an_error(tmp_path: Path) -> None:
    found = convert(SCRIPT.read_text(encoding="utf-8"), SCRIPT.name, KNOWN, "Lake")
    folder = tmp_path / "lake"
    (folder / "jars").mkdir(parents=True)
    for place in found.jars.values():
        (folder / place).write_bytes(b"a jar")
    for name, text in found.files.items():
        (folder / name).write_text(text, encoding="utf-8")
    bundle = read_bundle(folder, KNOWN, tmp_path, given={"bucket": "b"}, jar_address=lambda jar: f"file:///{jar.place}")
    assert {one.name for one in bundle.closure("insert_word_totals")} == {"catalog-lake", "shout", "words"}
    assert list(bundle.jars) == ["jars/text.jar"]


@pytest.mark.parametrize(
    ("script", "insert"),
    [
        pytest.param("INSERT INTO lake.d.x SELECT a FROM s;", "INSERT INTO lake.d.x SELECT a FROM s;\n", id="as written"),
        pytest.param(
            "INSERT INTO default_catalog.default_database.t SELECT a FROM `lake`.d.x;",
            "INSERT INTO t SELECT a FROM `lake`.d.x;\n",
            id="in backticks",
        ),
        pytest.param(
            "USE CATALOG lake; INSERT INTO x SELECT a FROM d.y;",
            "INSERT INTO `lake`.`default`.x SELECT a FROM `lake`.`d`.y;\n",
            id="in the current catalog",
        ),
        pytest.param("USE lake.d; INSERT INTO x SELECT a FROM y;", "INSERT INTO `lake`.`d`.x SELECT a FROM `lake`.`d`.y;\n", id="use both"),
        pytest.param(
            "USE CATALOG lake; CREATE TABLE x (a INT); INSERT INTO x SELECT a FROM y;",
            "INSERT INTO `lake`.`default`.x SELECT a FROM `lake`.`default`.y;\n",
            id="a table that the catalog keeps",
        ),
        pytest.param(
            "USE CATALOG lake; USE CATALOG default_catalog; INSERT INTO t SELECT a FROM s;", "INSERT INTO t SELECT a FROM s;\n", id="back"
        ),
    ],
)
def test_names_in_a_catalog_are_written_in_full(script: str, insert: str) -> None:
    found = converted(f"{TABLES}{LAKE}{script}")
    (written,) = [text for name, text in found.files.items() if name.startswith("insert_")]
    assert written == insert


def test_use_catalog_enters_the_database_that_its_options_name() -> None:
    found = converted(
        f"{TABLES}CREATE CATALOG c WITH ('type' = 'jdbc', 'default-database' = 'd');USE CATALOG c;INSERT INTO x SELECT a FROM y;"
    )
    assert found.files["insert_x.sql"] == "INSERT INTO `c`.`d`.x SELECT a FROM `c`.`d`.y;\n"


@pytest.mark.parametrize(
    "value",
    [
        pytest.param('a: "b" # c', id="signs of yaml"),
        pytest.param("it's\nhere\\n", id="quotes and lines"),
        pytest.param("true", id="a word of yaml"),
        pytest.param("", id="nothing"),
        pytest.param("x" * 5000 + " y" * 500 + "\u2028\U0001f600", id="long"),
    ],
)
def test_a_value_reaches_the_manifest_as_it_is(value: str) -> None:
    found = converted(TABLES + "CREATE CATALOG c WITH ('type' = 'x', 'k' = '" + value.replace("'", "''") + "');")
    assert catalogs(found) == {"c": {"type": "x", "k": value}}


@pytest.mark.parametrize(
    ("statement", "fate", "why"),
    [
        pytest.param("CREATE CATALOG `my-lake` WITH ('type' = 'x')", Fate.LEFT_OUT, "letters, digits", id="a name that is none"),
        pytest.param("CREATE CATALOG default_catalog WITH ('type' = 'x')", Fate.LEFT_OUT, "already", id="the session's own"),
        pytest.param(LAKE.rstrip(";\n"), Fate.NOT_NEEDED, "the same way", id="the same again"),
        pytest.param("CREATE CATALOG IF NOT EXISTS lake WITH ('type' = 'x')", Fate.NOT_NEEDED, "keeps the first", id="if not exists"),
        pytest.param("CREATE TABLE lake.d.x (a INT)", Fate.LEFT_OUT, "make it there once", id="a table in it"),
        pytest.param("CREATE DATABASE lake.d", Fate.LEFT_OUT, "make the database there once", id="a database in it"),
        pytest.param("INSERT INTO attic.d.x SELECT a FROM s", Fate.LEFT_OUT, "add its CREATE CATALOG", id="another catalog"),
        pytest.param("DROP TABLE IF EXISTS lake.d.x", Fate.LEFT_OUT, "deletes nothing in catalog lake", id="drop in it"),
        pytest.param("DROP TABLE IF EXISTS s", Fate.NOT_NEEDED, "removing a file", id="drop of the bundle's own"),
        pytest.param("ADD JAR '/a/udf.jar'", Fate.LEFT_OUT, "USING JAR 'jars/udf.jar'", id="a jar"),
    ],
)
def test_what_becomes_of_one_statement(statement: str, fate: Fate, why: str) -> None:
    last = converted(f"{TABLES}{LAKE}{statement};").outcomes[-1]
    assert last.fate is fate
    assert why in last.why


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        pytest.param("CREATE CATALOG c WITH ('warehouse' = 'x');", "script.sql:4:1: catalog c has no 'type'", id="no type"),
        pytest.param("CREATE CATALOG lake WITH ('type' = 'x');", "script.sql:4:1: lake is created twice", id="twice"),
        pytest.param("CREATE CATALOG c WITH ('type' 'x');", "script.sql:4:24: an option is written", id="a malformed option"),
        pytest.param("CREATE CATALOG c WITH ('type' = '${}');", "script.sql:4:34: this placeholder is malformed", id="a placeholder"),
    ],
)
def test_a_catalog_that_is_wrong_gives_no_bundle(script: str, problem: str) -> None:
    with pytest.raises(BundleError) as caught:
        converted(TABLES + LAKE + script)
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("paths", "written"),
    [
        pytest.param("JAR '/a/u.jar'", "JAR 'jars/u.jar'", id="absolute"),
        pytest.param("JAR 'file:///a/u.jar'", "JAR 'jars/u.jar'", id="a file's address"),
        pytest.param("JAR 'target/u.jar'", "JAR 'jars/u.jar'", id="relative to the client"),
        pytest.param("JAR '/a/u.jar', JAR '/b/u.jar'", "JAR 'jars/u.jar', JAR 'jars/u_2.jar'", id="two of one name"),
        pytest.param("JAR 'hdfs://h/u.jar'", "JAR 'hdfs://h/u.jar'", id="elsewhere"),
    ],
)
def test_jars_of_a_function_are_those_of_the_bundle(paths: str, written: str) -> None:
    found = converted(f"CREATE FUNCTION f AS 'c.F' USING {paths};")
    assert found.files["f.sql"] == f"CREATE FUNCTION f AS 'c.F' USING {written};\n"
    assert found.parameters == ()
    assert all(f"copy {path} to {place}" in found.outcomes[0].why for path, place in found.jars.items())
