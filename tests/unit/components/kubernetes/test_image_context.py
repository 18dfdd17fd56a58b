"""The image of a bundle with jars: its context is written without Docker, and its build stage is run here with another Maven."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from components.kubernetes.image_context import FOLDER, LABEL, image_source_with, jars_label
from components.names import PROJECT_FOLDER
from embedded.jars import Jar
from flinksql.sql import BundleJar
from flinksql.sql.function_jars import read_jars
from options.flink_lines import flink_line
from tests.unit.components.kubernetes.test_dockerfiles import FLINK, MAVEN, digest_of, locked

EXTENSION = locked("org.example:kafka:1", digest_of("org.example:kafka:1"))
STORE = locked("org.example:s3:1", digest_of("org.example:s3:1")).replace("extensions", "object-store")

LINE = flink_line("2.2")
CONNECTOR = Jar(group="org.example", artifact="jdbc", version="1.0", size=1, sha256=digest_of("org.example:jdbc:1.0"), sha1="0" * 40)
STAGE = re.compile(r"^RUN (?P<command>.*?[^\\])\n(?=FROM|\n)", re.MULTILINE | re.DOTALL)


def functions(folder: Path, content: bytes = b"first") -> dict[str, BundleJar]:
    folder.mkdir(exist_ok=True)
    (folder / "udf.jar").write_bytes(content)
    return read_jars(folder)


def files(folder: Path) -> set[str]:
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}


def test_a_bundle_without_jars_has_the_plain_image(tmp_path: Path) -> None:
    source = image_source_with(LINE, (), {}, tmp_path)
    assert (source.context, source.arguments.get("BUNDLE_JARS")) == ("docker/flink", None)
    assert files(tmp_path) == set()


def test_the_context_is_the_plain_one_with_the_locked_jars_and_the_functions(tmp_path: Path) -> None:
    of_bundle = functions(tmp_path / "bundle")
    source = image_source_with(LINE, (CONNECTOR,), of_bundle, tmp_path / "data")
    context = tmp_path / "data" / FOLDER
    place = of_bundle["udf.jar"].place.as_posix()
    plain = {file.name for file in FLINK.iterdir()}
    assert files(context) == {*plain, "bundle.lock", "functions/.keep", f"functions/{place}"}
    assert (context / "bundle.lock").read_text() == CONNECTOR.line("bundle") + "\n"
    assert source.arguments["BUNDLE_JARS"] == jars_label((CONNECTOR,), of_bundle)
    assert source.context == str(context)
    assert source.arguments.items() >= {"FLINK_LINE": "2.2", "FLINK_VERSION": LINE.flink}.items()


def test_in_the_projects_own_folder_the_context_is_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.kubernetes.image_context.PROJECT_FOLDER", tmp_path)
    shutil.copytree(PROJECT_FOLDER / "docker", tmp_path / "docker")
    source = image_source_with(LINE, (CONNECTOR,), {}, tmp_path / ".data")
    assert (source.context, source.dockerfile) == (".data/flink-image", ".data/flink-image/Dockerfile")


def test_the_tag_follows_from_the_jars_wherever_the_data_folder_is(tmp_path: Path) -> None:
    tags = [
        image_source_with(LINE, jars, functions(tmp_path / "bundle", content), tmp_path / data).tag
        for jars, content, data in (
            ((CONNECTOR,), b"first", "a"),
            ((CONNECTOR,), b"first", "b"),
            ((CONNECTOR,), b"second", "b"),
            ((), b"second", "b"),
        )
    ]
    assert tags[0] == tags[1]
    assert len(set(tags)) == 3


def test_what_an_earlier_run_left_goes(tmp_path: Path) -> None:
    for content in (b"first", b"second"):
        of_bundle = functions(tmp_path / "bundle", content)
        image_source_with(LINE, (), of_bundle, tmp_path)
    found = {file.read_bytes() for file in (tmp_path / FOLDER).rglob("*.jar")}
    assert found == {b"second"}


@pytest.mark.parametrize(
    ("jars", "wanted"),
    [
        pytest.param((), {"lib/kafka-1.jar", "plugins/s3-1.jar"}, id="none"),
        pytest.param(
            (CONNECTOR,), {"lib/kafka-1.jar", "plugins/s3-1.jar", "lib/jdbc-1.0.jar", "functions/udf.jar"}, id="connector and function"
        ),
    ],
)
def test_the_build_gathers_flinks_extensions_and_the_bundles_jars(jars: tuple[Jar, ...], wanted: set[str], tmp_path: Path) -> None:
    context, out = tmp_path / FOLDER, tmp_path / "out"
    if jars:
        image_source_with(LINE, jars, functions(tmp_path / "bundle"), tmp_path)
    else:
        shutil.copytree(FLINK, context)
    (context / "jars.lock").write_text(EXTENSION + STORE)
    run_stage(context, out, tmp_path)
    found = {f"{file.relative_to(out).parts[0]}/{file.name}" for file in out.rglob("*.jar")}
    assert found == wanted


def test_a_connector_that_is_another_file_stops_the_build(tmp_path: Path) -> None:
    image_source_with(LINE, (Jar(group="g", artifact="a", version="1", size=1, sha256="0" * 64, sha1="0" * 40),), {}, tmp_path)
    context = tmp_path / FOLDER
    (context / "jars.lock").write_text(EXTENSION + STORE)
    with pytest.raises(subprocess.CalledProcessError) as stopped:
        run_stage(context, tmp_path / "out", tmp_path)
    assert "a-1.jar: FAILED" in stopped.value.stdout


def test_the_label_of_the_image_is_the_one_that_is_looked_for() -> None:
    assert f'LABEL {LABEL}="${{BUNDLE_JARS}}"' in (FLINK / "Dockerfile").read_text(encoding="utf-8")


def run_stage(context: Path, out: Path, folder: Path) -> None:
    """Run what the Dockerfile's first stage runs, in its context and into another folder than the image's."""
    stage = STAGE.search((context / "Dockerfile").read_text(encoding="utf-8"))
    assert stage
    programs = folder / "bin"
    programs.mkdir()
    (programs / "mvn").write_text(MAVEN, encoding="utf-8")
    (programs / "mvn").chmod(0o755)
    command = stage["command"].replace("\\\n", " ").replace("/jars", str(out))
    environment = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "FLINK_LINE": "2.2"}
    subprocess.run(["sh", "-c", command], cwd=context, env=environment, capture_output=True, text=True, check=True, timeout=60)
