"""The jars of functions below sql/ are what their sources say: the source is in the jar, and the class is what a compiler makes of it."""

import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from embedded.artifacts import fetch_jars
from embedded.data_folder import DataFolder
from embedded.jars import locked_jars
from options.flink_lines import DEFAULT_LINE, FLINK_LINES
from tests.support.project import REPOSITORY

BUILDS = sorted((REPOSITORY / "sql").glob("*/functions/build.sh"))
COMPILED_WITH = ("flink-table-common", "flink-core", "flink-core-api", "flink-annotations")


@pytest.mark.parametrize("build", [pytest.param(build, id=build.parts[-3]) for build in BUILDS])
def test_the_source_in_a_jar_is_the_bundles(build: Path) -> None:
    sources = {file.name: file.read_bytes() for file in build.parent.glob("*.java")}
    packed: dict[str, bytes] = {}
    for jar in (build.parent.parent / "jars").glob("*.jar"):
        with zipfile.ZipFile(jar) as archive:
            packed |= {Path(name).name: archive.read(name) for name in archive.namelist() if name.endswith(".java")}
    assert sources
    assert packed == sources


@pytest.mark.skipif(not shutil.which("javac"), reason="there is no Java compiler")
@pytest.mark.parametrize("build", [pytest.param(build, id=build.parts[-3]) for build in BUILDS])
def test_building_a_jar_again_gives_the_same_jar(build: Path, tmp_path: Path) -> None:
    line = FLINK_LINES[DEFAULT_LINE]
    needed = [jar for jar in locked_jars(line.cluster_set) if jar.artifact in COMPILED_WITH]
    assert {jar.artifact for jar in needed} == set(COMPILED_WITH)
    artifacts = DataFolder(root=REPOSITORY / ".data").artifacts
    fetch_jars(artifacts, needed)
    flink = tmp_path / "flink"
    flink.mkdir()
    for jar in needed:
        (flink / jar.file_name).symlink_to(artifacts / jar.path)
    subprocess.run(["sh", build, flink, tmp_path], check=True, timeout=300)
    committed = {file.name: file.read_bytes() for file in (build.parent.parent / "jars").glob("*.jar")}
    assert {file.name: file.read_bytes() for file in tmp_path.glob("*.jar")} == committed
