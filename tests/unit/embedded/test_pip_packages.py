"""Packages in folders of their own, by a pip that does as a test wants."""

import subprocess
from pathlib import Path

import pytest

from embedded import pip_packages
from embedded.pip_packages import PipError, folder_of, install_packages

NAME = "llamacpp"


class FakePip:
    """Writes a file into its target, or fails; remembers its command lines."""

    def __init__(self) -> None:
        self.commands: list[list[str]] = []
        self.code, self.errors = 0, ""

    def __call__(self, command: list[str], **_options: object) -> "subprocess.CompletedProcess[str]":
        self.commands.append(command)
        target = Path(command[command.index("--target") + 1])
        target.mkdir(parents=True)
        (target / "package.py").write_text("")
        return subprocess.CompletedProcess(command, self.code, "", self.errors)


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch) -> FakePip:
    fake = FakePip()
    monkeypatch.setattr(subprocess, "run", fake)
    return fake


def test_packages_are_installed_once_by_hash_and_without_what_they_ask_for(pip: FakePip, tmp_path: Path) -> None:
    place = install_packages(NAME, tmp_path)
    assert install_packages(NAME, tmp_path) == place == folder_of(NAME, tmp_path)
    assert (place / "package.py").is_file()
    [command] = pip.commands
    assert {"--require-hashes", "--no-deps", "--only-binary"} <= set(command)
    assert [path.name for path in tmp_path.iterdir()] == [place.name]


def test_a_failed_install_leaves_nothing_and_is_told_in_pips_words(pip: FakePip, tmp_path: Path) -> None:
    pip.code, pip.errors = 1, "WARNING: x\nERROR: No matching distribution found\nnote"
    with pytest.raises(PipError, match="ERROR: No matching distribution found"):
        install_packages(NAME, tmp_path)
    assert list(tmp_path.iterdir()) == []
    pip.code = 0
    assert install_packages(NAME, tmp_path).is_dir()


def test_what_an_older_lock_named_is_dropped_and_nothing_else(pip: FakePip, tmp_path: Path) -> None:
    old, other = tmp_path / f"{NAME}-0123", tmp_path / "smollm2-0123"
    old.mkdir()
    other.mkdir()
    place = install_packages(NAME, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {place.name, other.name}


@pytest.mark.parametrize("name", [pytest.param(name, id=name) for name in ("llamacpp", "smollm2", "java")])
def test_every_lock_has_hashes_and_no_address(name: str) -> None:
    text = (pip_packages.REQUIREMENTS / f"{name}.lock").read_text()
    assert "--hash=sha256:" in text
    assert "://" not in text
