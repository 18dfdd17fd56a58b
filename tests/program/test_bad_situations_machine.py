"""A machine that lacks something: a port, a disk, a folder, Java, the network, the Pulumi CLI. Nothing is started.

The disk that is full is a real file system of eight megabytes, which only root can mount; no other part is stood in for here, except the
Maven repository that serves another file.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.project import PORTS, ProjectCopy, link
from tests.support.situations import NO_NETWORK, listening_on, nothing_was_made, processes, quiet_project, refused, run_here, setting

NO_PROGRAMS = {"PATH": "/nonexistent", "JAVA_HOME": ""}
ANOTHER_FILE = """
from jgo.maven import Artifact

def resolve(self, *_arguments, **_options):
    self.cached_path.parent.mkdir(parents=True, exist_ok=True)
    self.cached_path.write_bytes(b"another file")
    return self.cached_path

Artifact.resolve = resolve
"""


@pytest.mark.parametrize("name", [pytest.param(name, id=name) for name in PORTS])
def test_a_taken_port_is_told_with_its_key_and_holder_before_anything_starts(name: str, tmp_path: Path) -> None:
    copy = quiet_project(tmp_path, model__kind="llamacpp", metrics__enabled=True)
    port = setting(copy, f"ports.{name}")
    with listening_on(int(port)) as holder:
        refused(
            run_here(copy, "up"),
            f"port {port} (ports.{name}) of ",
            f"is taken by python {holder}",
            f"stop it, or choose another port with `pulumi config set ports.{name} <port>`",
            "nothing was started or changed",
            code=3,
        )
    nothing_was_made(copy)
    assert not (copy.data / "run").exists()


def test_all_taken_ports_are_told_at_once(tmp_path: Path) -> None:
    copy = quiet_project(tmp_path)
    with listening_on(int(setting(copy, "ports.kafka"))), listening_on(int(setting(copy, "ports.sqlGateway"))):
        refused(copy.run("up"), "(ports.kafka) of kafka is taken", "(ports.sqlGateway) of sql-gateway is taken", code=3)
        refused(copy.run("doctor"), "(ports.kafka) of kafka is taken", "2 findings would stop `up`", code=3)
    nothing_was_made(copy)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of eight megabytes."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip("only root can mount a small file system")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_disk_without_room_is_told_with_what_is_needed(small_disk: Path, tmp_path: Path) -> None:
    copy = quiet_project(tmp_path, data__folder=str(small_disk))
    refused(copy.run("up"), "0.0 GB free", f"free 1.5 GB on the disk of {small_disk}, or set another `data.folder`", code=3)
    assert processes(copy, small_disk) == []
    assert list(small_disk.iterdir()) == []


def test_a_data_folder_of_another_version_is_left_as_it_is(tmp_path: Path) -> None:
    copy = quiet_project(tmp_path)
    (copy.data / "version").write_text("7\n", encoding="utf-8")
    refused(
        copy.run("up"),
        f"the data folder {copy.data}: it was made by another version of this program (layout '7', this one has '1')",
        "stop it with the version that made it and move it away, or set another one with `pulumi config set data.folder <path>`",
        code=3,
    )
    nothing_was_made(copy)
    assert (copy.data / "version").read_text(encoding="utf-8") == "7\n"


def test_a_file_where_the_data_folder_should_be_is_told(tmp_path: Path) -> None:
    copy = quiet_project(tmp_path, data__folder="occupied/data")
    occupied = copy.folder / "occupied"
    occupied.write_text("mine", encoding="utf-8")
    refused(copy.run("up"), f"{occupied} is not a folder that this user may write to", "`pulumi config set data.folder <path>`", code=3)
    assert occupied.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param("a:b", "its path holds ':', which Java, Kafka or the supervisor cannot take", id="colon"),
        pytest.param("100%", "its path holds '%'", id="percent"),
    ],
)
def test_a_path_that_a_part_cannot_take_is_refused(name: str, message: str, tmp_path: Path) -> None:
    copy = quiet_project(tmp_path, data__folder=name)
    refused(copy.run("up"), message, "set another one with `pulumi config set data.folder <path>`", code=3)
    assert not (copy.folder / name).exists()


def without_java(copy: ProjectCopy) -> ProjectCopy:
    shutil.rmtree(copy.data / "java", ignore_errors=True)
    return copy


def test_no_java_and_no_network_for_it_says_what_to_install(tmp_path: Path) -> None:
    copy = without_java(quiet_project(tmp_path))
    refused(
        copy.run("up", **NO_PROGRAMS, **NO_NETWORK),
        "artifacts: there is no Java 17 or 21 here and installing one failed",
        "check the network and pip's settings, or install Java 17 or 21 and set JAVA_HOME",
    )
    nothing_was_made(copy)


def test_a_java_that_is_too_old_is_named(tmp_path: Path) -> None:
    copy = without_java(quiet_project(tmp_path))
    java = tmp_path / "java-11" / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n", encoding="utf-8")
    java.chmod(0o755)
    old = {"PATH": str(java.parent), "JAVA_HOME": str(java.parents[1])}
    refused(copy.run("up", **old, **NO_NETWORK), f"there is no Java 17 or 21 here ({java} is Java 11", "install Java 17 or 21")
    nothing_was_made(copy)


def remove_planner(copy: ProjectCopy) -> None:
    jars = copy.data / "artifacts"
    shared = jars.resolve()
    jars.unlink()
    shutil.copytree(shared, jars, copy_function=link)
    for jar in jars.rglob("flink-table-planner_*.jar"):
        jar.unlink()


def test_no_network_for_the_jars_keeps_what_came_and_starts_nothing(tmp_path: Path) -> None:
    copy = quiet_project(tmp_path)
    remove_planner(copy)
    refused(
        copy.run("up", M2_REPO=str(tmp_path / "empty"), **NO_NETWORK),
        "artifacts: org.apache.",
        "cannot be downloaded (no connection to the Maven repository): check the network and the proxy settings and run this again",
    )
    nothing_was_made(copy)


def test_a_jar_with_another_checksum_is_dropped(tmp_path: Path) -> None:
    copy = quiet_project(tmp_path)
    remove_planner(copy)
    repository = tmp_path / "repository"
    repository.mkdir()
    (repository / "sitecustomize.py").write_text(ANOTHER_FILE, encoding="utf-8")
    serving = {"M2_REPO": str(tmp_path / "empty"), "PYTHONPATH": f"{repository}{os.pathsep}{copy.folder}"}
    refused(
        copy.run("up", **serving),
        "artifacts: org.apache.",
        "came with sha256 ",
        "the lock says",
        "it was dropped. Run this again; if it stays so, the repository or a proxy on the way serves another file",
    )
    nothing_was_made(copy)
    assert b"another file" not in {jar.read_bytes() for jar in (copy.data / "artifacts").rglob("*.jar") if jar.stat().st_size < 100}


def test_no_pulumi_cli_and_no_way_to_one_names_the_three_ways(tmp_path: Path) -> None:
    copy = quiet_project(tmp_path)
    shutil.rmtree(copy.data / "bin")
    refused(
        copy.run("up", **NO_PROGRAMS, **NO_NETWORK),
        "no Pulumi CLI 3.259.0 or newer (same major) is on PATH",
        "Connection refused",
        "1. install Pulumi",
        "2. let this machine reach the installer's host",
        "3. install Go",
        code=4,
    )
    nothing_was_made(copy)


def test_a_proxy_that_cannot_reach_this_machine_stands_in_nobodys_way(tmp_path: Path) -> None:
    finished = quiet_project(tmp_path).run("preview", **NO_NETWORK)
    assert finished.code == 0, finished.said
    assert "to create service kafka" in finished.output


def test_a_preview_without_a_gateway_says_that_it_did_not_validate(tmp_path: Path) -> None:
    copy = quiet_project(tmp_path)
    finished = copy.run("preview")
    assert finished.code == 0, finished.said
    assert finished.said.count("Flink's planner does not answer, so the statements are only read now") == 1
    assert f"https://127.0.0.1:{setting(copy, 'ports.sqlGateway')} cannot be reached" in finished.said
    nothing_was_made(copy)
