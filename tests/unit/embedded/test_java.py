"""Which Java is taken, and what is said when there is none. The Javas are scripts that answer like one."""

import os
from pathlib import Path

import pytest

from embedded.data_folder import DataFolder
from embedded.errors import JavaError
from embedded.java import ensure_java, find_java, inspect, require_java


def fake_java(home: Path, version: str, *, code: int = 0) -> Path:
    executable = home / "bin" / "java"
    executable.parent.mkdir(parents=True)
    executable.write_text(f"#!/bin/sh\necho '{version}' >&2\nexit {code}\n")
    executable.chmod(0o755)
    return executable


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataFolder:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    (tmp_path / "path").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    return DataFolder(root=tmp_path / "data")


@pytest.mark.parametrize(
    ("version", "feature"),
    [
        pytest.param('openjdk version "17.0.15" 2025-04-15', 17, id="17"),
        pytest.param('openjdk version "21" 2023-09-19', 21, id="21 first release"),
        pytest.param('java version "1.8.0_402"', 8, id="8"),
        pytest.param('openjdk version "25-ea"', 25, id="early access"),
    ],
)
def test_the_feature_release_is_read_from_the_answer(version: str, feature: int, tmp_path: Path) -> None:
    java = inspect(fake_java(tmp_path, version))
    assert java is not None
    assert java.feature == feature


@pytest.mark.parametrize(
    ("version", "code"), [pytest.param('openjdk version "17"', 1, id="fails"), pytest.param("gnu interpreter", 0, id="no version")]
)
def test_what_does_not_answer_like_a_java_is_none(version: str, code: int, tmp_path: Path) -> None:
    assert inspect(fake_java(tmp_path, version, code=code)) is None


def test_java_home_goes_before_the_path(folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_path = fake_java(tmp_path / "a", 'openjdk version "21"')
    (tmp_path / "path" / "java").symlink_to(on_path)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "b"))
    at_home = fake_java(tmp_path / "b", 'openjdk version "17"')
    found = find_java(folder)
    assert found is not None
    assert found.executable == at_home


@pytest.mark.parametrize("version", [pytest.param("11.0.1", id="too old"), pytest.param("25", id="not supported yet")])
def test_a_java_of_another_release_is_passed_over(
    version: str, folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "b"))
    fake_java(tmp_path / "b", f'openjdk version "{version}"')
    on_path = fake_java(tmp_path / "a", 'openjdk version "21"')
    (tmp_path / "path" / "java").symlink_to(on_path)
    found = find_java(folder)
    assert found is not None
    assert found.executable == on_path


def test_without_a_java_a_start_says_what_to_run(folder: DataFolder) -> None:
    with pytest.raises(JavaError, match=r"no Java 17 or 21 .*make up"):
        require_java(folder)


def test_a_failed_installation_says_why_and_what_to_do(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    # pip finds nothing when it may look nowhere.
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(JavaError, match=r"installing one failed \(ERROR: .*\): check the network .* install Java 17 or 21"):
        ensure_java(folder)
