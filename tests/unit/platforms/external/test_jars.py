"""One bundle with a connector's jar and a function's, on a Flink that others run: refused with what to do, and run once it is done."""

from pathlib import Path

import pytest

from components.parameters import load_bundle
from flinksql.errors import BundleError
from flinksql.sql import Bundle
from platforms.errors import PlatformError
from platforms.external.declaration import bring_functions
from platforms.external.endpoints import external_endpoints
from tests.unit.platforms.external.conftest import Place

FILES = {
    "bundle.yaml": "jars: [org.example:jdbc:1.0]\n",
    "src.sql": "CREATE TABLE src (id STRING) WITH ('connector' = 'datagen')",
    "snk.sql": "CREATE TABLE snk (id STRING) WITH ('connector' = 'blackhole')",
    "shout.sql": "CREATE FUNCTION shout AS 'com.lab.Shout' USING JAR 'udf.jar'",
    "copy.sql": "INSERT INTO snk SELECT shout(id) FROM src",
    "udf.jar": "a jar",
}


@pytest.fixture
def team(tmp_path: Path) -> Path:
    folder = tmp_path / "team"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def read(place: Place, team: Path, **more: str) -> Bundle:
    settings = place.settings(bundle=str(team), **more)
    return load_bundle(settings, external_endpoints(settings))


def test_what_nobody_brings_is_refused_with_what_to_do(place: Place, team: Path, tmp_path: Path) -> None:
    with pytest.raises(BundleError) as refused:
        read(place, team)
    [function] = refused.value.problems
    assert "there is no jar udf.jar" in str(function)
    assert "`pulumi config set external.functionsFolder /mnt/functions`" in str(function)
    with pytest.raises(BundleError) as refused:
        read(place, team, external__functionsFolder=str(tmp_path))
    [connector] = refused.value.problems
    assert "put these into the `lib` of SQL Gateway, JobManager and TaskManagers: org.example:jdbc:1.0" in str(connector)
    assert "`pulumi config set bundle.jars provided`" in str(connector)


def test_a_function_is_brought_by_a_folder_that_both_reach(place: Place, team: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    bundle = read(place, team, bundle__jars="provided", external__functionsFolder=str(shared))
    bring_functions(bundle, shared)
    [jar] = bundle.jars.values()
    assert bundle.entry("shout").rendered.sql.endswith(f"USING JAR 'file://{shared / jar.place}'")
    assert (shared / jar.place).read_text() == "a jar"


def test_a_folder_that_cannot_be_written_is_told(place: Place, team: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    bundle = read(place, team, bundle__jars="provided", external__functionsFolder=str(tmp_path / "file"))
    with pytest.raises(PlatformError, match=r"external\.functionsFolder is .*file: it cannot be written"):
        bring_functions(bundle, tmp_path / "file")
