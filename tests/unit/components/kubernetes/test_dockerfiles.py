"""The images' recipes fit the locks: the same jars, the same packages, the same Flink."""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from components.names import PROJECT_FOLDER
from embedded.data_folder import DataFolder
from embedded.jars import locked_jars
from embedded.jvm import log4j_file
from embedded.specification import ServiceName
from options.flink_lines import DEFAULT_LINE, FLINK_LINES, OPERATOR_LINES, FlinkLine

FLINK = PROJECT_FOLDER / "docker" / "flink"
REQUIREMENTS = PROJECT_FOLDER / "requirements"

MAVEN = """#!/bin/sh
# Stands in for Maven: writes a file under the name that the jar would have, and reads from standard input as Maven does.
cat >/dev/null
for argument in "$@"; do
    case $argument in
        -Dartifact=*) coordinate=${argument#-Dartifact=} ;;
        -DoutputDirectory=*) folder=${argument#-DoutputDirectory=} ;;
    esac
done
old_ifs=$IFS; IFS=:; set -- $coordinate; IFS=$old_ifs
[ $# -ne 5 ] || [ "$4" = jar ] || exit 1
printf '%s' "$coordinate" >"$folder/$2-$3${5:+-$5}.jar"
"""


def fetch(folder: Path, lock: str, line: str = "2.2") -> subprocess.CompletedProcess[str]:
    """Run the script of the build stage with another Maven."""
    programs = folder / "bin"
    programs.mkdir()
    (programs / "mvn").write_text(MAVEN, encoding="utf-8")
    (programs / "mvn").chmod(0o755)
    (folder / "jars.lock").write_text(lock, encoding="utf-8")
    command = ["sh", str(FLINK / "fetch-jars.sh"), f"extensions-{line}", str(folder / "jars.lock"), str(folder / "jars")]
    environment = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)


def locked(coordinate: str, digest: str, line: str = "2.2") -> str:
    return f"extensions-{line} {coordinate} 1 sha256={digest} sha1=0\n"


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_the_jars_of_the_line_are_fetched_and_verified(tmp_path: Path) -> None:
    lock = "broker a:b:1 1 sha256=0 sha1=0\n" + "".join(locked(one, digest_of(one)) for one in ("g:first:1.0", "g:second:2.0"))
    finished = fetch(tmp_path, lock + locked("g:third:3.0", "0", line="2.1"))
    assert (finished.returncode, finished.stderr) == (0, "")
    assert sorted(file.name for file in (tmp_path / "jars").iterdir()) == ["first-1.0.jar", "second-2.0.jar"]


def test_a_jar_with_a_classifier_is_asked_for_as_maven_writes_it(tmp_path: Path) -> None:
    finished = fetch(tmp_path, locked("g:first:linux:1.0", digest_of("g:first:1.0:jar:linux")))
    assert (finished.returncode, finished.stderr) == (0, "")
    assert [file.name for file in (tmp_path / "jars").iterdir()] == ["first-1.0-linux.jar"]


def test_a_jar_that_is_another_one_stops_the_build(tmp_path: Path) -> None:
    finished = fetch(tmp_path, locked("g:first:1.0", digest_of("another jar")))
    assert finished.returncode != 0
    assert "first-1.0.jar: FAILED" in finished.stdout


def test_a_line_without_jars_stops_the_build(tmp_path: Path) -> None:
    finished = fetch(tmp_path, locked("g:first:1.0", digest_of("another jar")), line="9.9")
    assert finished.returncode != 0
    assert "no jars 'extensions-9.9'" in finished.stderr


@pytest.mark.parametrize("line", [pytest.param(line, id=line.name) for line in FLINK_LINES.values()])
def test_the_lock_has_the_connector_and_the_model_of_the_line(line: FlinkLine) -> None:
    coordinates = [jar.coordinate for jar in locked_jars(line.extension_set)]
    assert coordinates == [*line.connector, line.model]


def test_without_arguments_the_default_line_is_built() -> None:
    default = FLINK_LINES[DEFAULT_LINE]
    defaults = dict(re.findall(r"^ARG (\w+)=(\S+)$", (FLINK / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE))
    assert (defaults["FLINK_VERSION"], defaults["FLINK_LINE"]) == (default.flink, default.name)


def test_the_cluster_tests_of_continuous_integration_take_every_line_that_the_operator_knows() -> None:
    workflow = yaml.safe_load((PROJECT_FOLDER / ".github" / "workflows" / "kubernetes.yml").read_text(encoding="utf-8"))
    assert workflow["jobs"]["cluster"]["strategy"]["matrix"]["line"] == sorted(OPERATOR_LINES)


def versions(file: Path) -> dict[str, str]:
    found = re.findall(r"^([A-Za-z0-9_.-]+)==(\S+)", file.read_text(encoding="utf-8"), re.MULTILINE)
    return {name.lower(): version for name, version in found}


def test_the_gateways_image_has_the_versions_that_are_tested() -> None:
    image, tested = versions(REQUIREMENTS / "model-gateway.lock"), versions(REQUIREMENTS / "runtime.lock")
    assert image.items() <= tested.items()


def test_the_gateways_image_has_every_package_that_the_gateway_imports() -> None:
    sources = (PROJECT_FOLDER / "modelgateway").rglob("*.py")
    imported = {
        match.partition(".")[0]
        for source in sources
        for match in re.findall(r"^\s*(?:from|import) ([A-Za-z0-9_.]+)", source.read_text(encoding="utf-8"), re.MULTILINE)
    }
    foreign = {name.lower().replace("_", "-") for name in imported - sys.stdlib_module_names - {"modelgateway"}}
    assert foreign <= versions(REQUIREMENTS / "model-gateway.lock").keys()


def test_the_gateway_of_the_image_is_as_silent_about_statements_as_the_embedded_one() -> None:
    silent = (FLINK / "silent-loggers.properties").read_text(encoding="utf-8")
    ours = [line for line in silent.splitlines() if line.startswith("logger.")]
    embedded = next(iter(log4j_file(DataFolder(root=Path("/data")), ServiceName.SQL_GATEWAY).values()))
    assert ours
    assert set(ours) <= set(embedded.splitlines())
    assert len([line for line in ours if line.endswith("= OFF")]) == embedded.count("= OFF")
