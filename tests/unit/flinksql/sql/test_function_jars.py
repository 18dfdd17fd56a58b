"""Jars of functions: found in the bundle, replaced by their place, and part of what a statement is."""

from pathlib import Path

import pytest

from flinksql.errors import BundleError
from flinksql.sql import Bundle, definition_hash, jars_below, read_bundle

SOURCE = "CREATE TABLE t (a STRING) WITH ('connector' = 'datagen')"
SINK = "CREATE TABLE s (a STRING) WITH ('connector' = 'blackhole')"
JOB = "INSERT INTO s SELECT Shout(a) FROM t"
FUNCTION = "CREATE FUNCTION shout AS 'com.lab.Shout' LANGUAGE JAVA USING JAR 'jars/udf.jar'"


def bundle(folder: Path, function: str = FUNCTION, content: bytes = b"first", *, place: str = "/data/functions") -> Bundle:
    (folder / "jars").mkdir(exist_ok=True)
    (folder / "jars" / "udf.jar").write_bytes(content)
    for name, text in {"t": SOURCE, "s": SINK, "job": JOB, "shout": function}.items():
        (folder / f"{name}.sql").write_text(text, encoding="utf-8")
    return read_bundle(folder, {}, folder.parent, jar_address=jars_below(place) if place else None)


def test_the_path_is_replaced_by_the_place_of_this_very_file(tmp_path: Path) -> None:
    found = bundle(tmp_path)
    sql = found.entry("shout").rendered.sql
    digits = found.jars["jars/udf.jar"].sha256[:16]
    assert sql.endswith(f"USING JAR 'file:///data/functions/{digits}/udf.jar'")
    # A place in the SQL leads back to the path as it is written.
    assert found.entry("shout").rendered.source_offset(sql.index("file:///")) == FUNCTION.index("jars/udf.jar")


def test_another_file_under_the_same_name_is_another_statement(tmp_path: Path) -> None:
    before, after = bundle(tmp_path), bundle(tmp_path, content=b"second")
    assert before.hash != after.hash
    for name, differs in {"shout": True, "job": True, "t": False}.items():
        hashes = {definition_hash(one.definition(name, f"p/s/{name}")) for one in (before, after)}
        assert (len(hashes) > 1) is differs, name


def test_a_jar_that_no_function_names_counts_for_nothing(tmp_path: Path) -> None:
    before = bundle(tmp_path)
    (tmp_path / "other.jar").write_bytes(b"x")
    assert bundle(tmp_path).hash == before.hash


@pytest.mark.parametrize(
    "uri",
    [pytest.param("file:///opt/udf.jar", id="file"), pytest.param("/opt/udf.jar", id="absolute"), pytest.param("s3://b/u.jar", id="s3")],
)
def test_a_path_that_is_not_relative_stays(tmp_path: Path, uri: str) -> None:
    found = bundle(tmp_path, FUNCTION.replace("jars/udf.jar", uri))
    assert found.entry("shout").rendered.sql.endswith(f"'{uri}'")
    assert found.jars == {}


@pytest.mark.parametrize(
    ("path", "place", "told"),
    [
        pytest.param("jars/udv.jar", "/data", "there is no jar jars/udv.jar", id="misspelt"),
        pytest.param("jars/udv.jar", "/data", "Jars in the bundle: jars/udf.jar", id="what there is"),
        pytest.param("jars/udf.jar", "", "no jar that this platform could bring to its SQL Gateway", id="platform"),
        pytest.param("../udf.jar", "/data", "there is no jar ../udf.jar", id="outside"),
    ],
)
def test_a_jar_that_is_not_there_is_told_at_its_place(tmp_path: Path, path: str, place: str, told: str) -> None:
    with pytest.raises(BundleError) as refused:
        bundle(tmp_path, FUNCTION.replace("jars/udf.jar", path), place=place)
    [problem] = refused.value.problems
    assert told in problem.problem
    assert problem.position is not None
    assert (problem.position.line, problem.position.column) == (1, FUNCTION.index("jars/") + 1)


def test_several_jars_of_one_function(tmp_path: Path) -> None:
    (tmp_path / "more.jar").write_bytes(b"more")
    found = bundle(tmp_path, FUNCTION + ", JAR './more.jar'")
    assert sorted(found.jars) == ["jars/udf.jar", "more.jar"]
    assert found.entry("shout").rendered.sql.count("file:///data/functions/") == 2


def test_only_functions_have_jars(tmp_path: Path) -> None:
    (tmp_path / "v.sql").write_text("CREATE VIEW v AS SELECT a AS JAR, 'x.jar' AS b FROM t", encoding="utf-8")
    assert "'x.jar'" in bundle(tmp_path).entry("v").rendered.sql
