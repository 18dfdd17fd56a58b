"""When an archive is used, when the classes for one are listed, and what is dropped."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from embedded import archives
from embedded.archives import archive_key, archive_options, archive_script, recording_of
from embedded.data_folder import DataFolder
from embedded.java import Java
from embedded.specification import JavaProgram, ServiceName

JAVA = Java(executable=Path("/java"), version='openjdk version "17" (mixed mode, sharing)', feature=17)
PROGRAM = JavaProgram(options=("-Xmx1m",), classpath=(Path("/a.jar"),), main="Main")
MAGIC = (0xF00BABA2).to_bytes(4, "little")
KAFKA = ServiceName.KAFKA
LISTS = "-XX:DumpLoadedClassList="


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


def make(folder: Path, content: bytes = MAGIC + b"classes") -> None:
    archive_options(folder, KAFKA, PROGRAM, JAVA)
    recording = recording_of(folder, KAFKA, PROGRAM, JAVA)
    recording.classes.write_text("java/lang/Object id: 0\n")
    recording.archive.write_bytes(content)


def test_without_an_archive_the_classes_are_listed_and_nothing_is_written_at_the_end(tmp_path: Path) -> None:
    (option,) = archive_options(tmp_path, KAFKA, PROGRAM, JAVA)
    assert option.startswith(f"{LISTS}{tmp_path}/kafka-")


def test_where_no_archive_is_to_be_made_no_classes_are_listed_and_one_that_is_there_is_used(tmp_path: Path) -> None:
    assert archive_options(tmp_path, KAFKA, PROGRAM, JAVA, made=False) == ()
    make(tmp_path)
    (option,) = archive_options(tmp_path, KAFKA, PROGRAM, JAVA, made=False)
    assert option.startswith("-XX:SharedArchiveFile=")


def test_an_archive_that_was_made_is_used_from_the_next_start_on(tmp_path: Path) -> None:
    make(tmp_path)
    expected = tmp_path / f"kafka-{archive_key(PROGRAM, JAVA)}-11.jsa"
    assert archive_options(tmp_path, KAFKA, PROGRAM, JAVA) == (f"-XX:SharedArchiveFile={expected}",)
    assert archive_options(tmp_path, KAFKA, PROGRAM, JAVA) == (f"-XX:SharedArchiveFile={expected}",)
    assert names(tmp_path) == {expected.name}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(bytes(4096), id="killed before the header was written"),
        pytest.param(MAGIC[:2], id="two bytes"),
    ],
)
def test_a_part_of_an_archive_is_dropped_and_the_classes_are_listed_again(content: bytes, tmp_path: Path) -> None:
    make(tmp_path, content)
    assert archive_options(tmp_path, KAFKA, PROGRAM, JAVA)[0].startswith(LISTS)
    assert names(tmp_path) == set()


def test_an_archive_that_was_truncated_since_is_dropped(tmp_path: Path) -> None:
    make(tmp_path)
    (option,) = archive_options(tmp_path, KAFKA, PROGRAM, JAVA)
    Path(option.removeprefix("-XX:SharedArchiveFile=")).write_bytes(MAGIC)
    assert archive_options(tmp_path, KAFKA, PROGRAM, JAVA)[0].startswith(LISTS)
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
    make(tmp_path)
    archive_options(tmp_path, KAFKA, PROGRAM, JAVA)
    (tmp_path / "jobmanager-0.jsa").write_bytes(MAGIC)
    assert archive_options(tmp_path, KAFKA, program, java)[0].startswith(LISTS)
    assert names(tmp_path) == {"jobmanager-0.jsa"}


def test_a_java_without_a_class_archive_of_its_own_gets_no_options(tmp_path: Path) -> None:
    java = replace(JAVA, version='openjdk version "17" (mixed mode)')
    assert archive_options(tmp_path, KAFKA, PROGRAM, java) == ()
    assert names(tmp_path) == set()


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a program that says what it was called with, in a folder with a blank, and no wait."""
    monkeypatch.setattr(archives, "QUIET_SECONDS", 0)
    program = tmp_path / "a folder" / "show"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@" > "$0.called"\n')
    program.chmod(0o755)
    return program


def run(shown: Path, recording: archives.Recording) -> list[str]:
    script = shown.with_name("archive")
    script.write_text(archive_script(recording, (str(shown), "@a file")))
    subprocess.run(["/bin/sh", str(script)], check=True)
    called = shown.with_name("show.called")
    return called.read_text().splitlines() if called.exists() else []


def test_the_archive_is_made_from_the_whole_lines_of_the_list(shown: Path) -> None:
    recording = recording_of(shown.parent, KAFKA, PROGRAM, JAVA)
    recording.classes.write_text("java/lang/Object id: 0\njava/lang/Str")
    called = run(shown, recording)
    assert called == [
        "@a file",
        f"-XX:SharedClassListFile={recording.classes}.read",
        f"-XX:SharedArchiveFile={recording.archive}",
        "-Xlog:disable",
        "-Xshare:dump",
    ]
    assert Path(f"{recording.classes}.read").read_text() == "java/lang/Object id: 0\n"


def test_an_archive_that_is_there_is_not_made_again(shown: Path) -> None:
    recording = recording_of(shown.parent, KAFKA, PROGRAM, JAVA)
    recording.classes.write_text("java/lang/Object id: 0\n")
    recording.archive.write_bytes(MAGIC)
    assert run(shown, recording) == []


def test_what_names_the_data_folder_does_not_make_it_another_archive() -> None:
    here, there = (
        replace(PROGRAM, options=("-Xmx1m", f"-Dlog.file=/{name}/log", f"-XX:ErrorFile=/{name}/crash")) for name in ("here", "there")
    )
    assert archive_key(here, JAVA) == archive_key(there, JAVA) == archive_key(PROGRAM, JAVA)


@pytest.mark.parametrize(
    "option",
    [pytest.param("-Xmx2m", id="heap"), pytest.param("-XX:+UseG1GC", id="collector"), pytest.param("--add-opens=a/b=ALL", id="modules")],
)
def test_what_the_classes_depend_on_makes_it_another_archive(option: str) -> None:
    assert archive_key(replace(PROGRAM, options=(*PROGRAM.options, option)), JAVA) != archive_key(PROGRAM, JAVA)


def test_data_folders_that_share_jars_by_a_link_name_the_same_paths(tmp_path: Path) -> None:
    first, second = DataFolder(root=tmp_path / "first"), DataFolder(root=tmp_path / "second")
    first.artifacts.mkdir(parents=True)
    second.root.mkdir()
    second.artifacts.symlink_to(first.artifacts)
    assert first.jars == second.jars == first.artifacts
