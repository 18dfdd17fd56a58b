"""When an archive is used, when one is recorded, and what is dropped."""

from dataclasses import replace
from pathlib import Path

import pytest

from embedded.archives import archive_key, archive_options, prove_archive
from embedded.java import Java
from embedded.specification import JavaProgram, ServiceName

JAVA = Java(executable=Path("/java"), version='openjdk version "17" (mixed mode, sharing)', feature=17)
PROGRAM = JavaProgram(options=("-Xmx1m",), classpath=(Path("/a.jar"),), main="Main")
MAGIC = (0xF00BABA8).to_bytes(4, "little")
KAFKA = ServiceName.KAFKA


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


def record(folder: Path, content: bytes = MAGIC + b"classes", *, proven: bool = True) -> Path:
    (option, *_) = archive_options(folder, KAFKA, PROGRAM, JAVA)
    recorded = Path(option.removeprefix("-XX:ArchiveClassesAtExit="))
    if proven:
        prove_archive(folder, KAFKA, PROGRAM, JAVA)
    recorded.write_bytes(content)
    return recorded


def test_without_an_archive_the_next_end_records_one(tmp_path: Path) -> None:
    assert archive_options(tmp_path, KAFKA, PROGRAM, JAVA)[0].startswith(f"-XX:ArchiveClassesAtExit={tmp_path}/kafka-")


def test_a_recorded_archive_is_used_from_the_next_start_on(tmp_path: Path) -> None:
    record(tmp_path)
    expected = (f"-XX:SharedArchiveFile={tmp_path / f'kafka-{archive_key(PROGRAM, JAVA)}-11.jsa'}",)
    assert archive_options(tmp_path, KAFKA, PROGRAM, JAVA) == expected
    assert archive_options(tmp_path, KAFKA, PROGRAM, JAVA) == expected


@pytest.mark.parametrize(
    ("content", "proven"),
    [
        pytest.param(b"", True, id="empty"),
        pytest.param(bytes(4096), True, id="killed before the header was written"),
        pytest.param(MAGIC[:2], True, id="two bytes"),
        pytest.param(MAGIC + b"classes", False, id="of a process that never became ready"),
    ],
)
def test_an_archive_that_cannot_be_trusted_is_dropped_and_recorded_again(content: bytes, proven: bool, tmp_path: Path) -> None:
    recorded = record(tmp_path, content, proven=proven)
    assert archive_options(tmp_path, KAFKA, PROGRAM, JAVA)[0] == f"-XX:ArchiveClassesAtExit={recorded}"
    assert names(tmp_path) == set()


def test_an_archive_that_was_truncated_since_is_dropped(tmp_path: Path) -> None:
    record(tmp_path)
    (option,) = archive_options(tmp_path, KAFKA, PROGRAM, JAVA)
    Path(option.removeprefix("-XX:SharedArchiveFile=")).write_bytes(MAGIC)
    assert archive_options(tmp_path, KAFKA, PROGRAM, JAVA)[0].startswith("-XX:ArchiveClassesAtExit=")
    assert names(tmp_path) == set()


@pytest.mark.parametrize(
    ("program", "java"),
    [
        pytest.param(replace(PROGRAM, options=("-Xmx2m",)), JAVA, id="other options"),
        pytest.param(replace(PROGRAM, classpath=(Path("/b.jar"),)), JAVA, id="other classpath"),
        pytest.param(replace(PROGRAM, main="Other"), JAVA, id="other main class"),
        pytest.param(PROGRAM, replace(JAVA, version="21 sharing"), id="other Java version"),
        pytest.param(PROGRAM, replace(JAVA, executable=Path("/other")), id="other Java path"),
    ],
)
def test_an_archive_of_anything_else_is_not_used_and_removed(program: JavaProgram, java: Java, tmp_path: Path) -> None:
    record(tmp_path)
    archive_options(tmp_path, KAFKA, PROGRAM, JAVA)
    (tmp_path / "jobmanager-0.jsa").write_bytes(MAGIC)
    assert archive_options(tmp_path, KAFKA, program, java)[0].startswith("-XX:ArchiveClassesAtExit=")
    assert names(tmp_path) == {"jobmanager-0.jsa"}


def test_a_java_without_a_class_archive_of_its_own_gets_no_options(tmp_path: Path) -> None:
    java = replace(JAVA, version='openjdk version "17" (mixed mode)')
    prove_archive(tmp_path, KAFKA, PROGRAM, java)
    assert archive_options(tmp_path, KAFKA, PROGRAM, java) == ()
    assert names(tmp_path) == set()
