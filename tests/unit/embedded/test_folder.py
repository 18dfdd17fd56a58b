"""Which data folders are refused, with what to do; what preflight finds before anything is started."""

import os
import socket
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import pytest

from embedded.data_folder import LAYOUT_VERSION, DataFolder, ensure_folder, write_atomically
from embedded.errors import DataFolderError
from embedded.preflight import Finding, preflight
from embedded.settings import EmbeddedSettings
from options.infrastructure import PORT_KEYS, Ports

Usage = namedtuple("Usage", "total used free")  # noqa: PYI024 - the shape of shutil's own


@pytest.fixture
def settings(tmp_path: Path) -> EmbeddedSettings:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in PORT_KEYS]
    numbers = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return EmbeddedSettings(data_folder=tmp_path / "data", ports=Ports(**dict(zip(PORT_KEYS, numbers, strict=True))))


def bad(settings: EmbeddedSettings) -> list[Finding]:
    return [finding for finding in preflight(settings) if not finding.ok]


def test_a_new_folder_is_made_and_marked(tmp_path: Path) -> None:
    folder = DataFolder(root=tmp_path / "a" / "data")
    ensure_folder(folder)
    ensure_folder(folder)
    assert folder.version_file.read_text() == f"{LAYOUT_VERSION}\n"


@pytest.mark.parametrize("name", [pytest.param(f"da{sign}ta", id=repr(sign)) for sign in ':,;#"*?[]%\n'])
def test_a_path_that_some_part_cannot_take_is_refused(name: str, settings: EmbeddedSettings, tmp_path: Path) -> None:
    with pytest.raises(DataFolderError, match=r"cannot take\. Set another one"):
        ensure_folder(DataFolder(root=tmp_path / name))
    (finding,) = bad(replace(settings, data_folder=tmp_path / name))
    assert "cannot take" in finding.what
    assert not (tmp_path / name).exists()


def test_a_folder_of_another_version_is_refused_with_what_to_do(settings: EmbeddedSettings) -> None:
    write_atomically(settings.folder.version_file, "999\n")
    with pytest.raises(DataFolderError, match=r"layout '999'.*move it away or set another `data\.folder`"):
        ensure_folder(settings.folder)
    (finding,) = bad(settings)
    assert "another version" in finding.what
    assert finding.fix


def test_a_folder_below_a_file_is_refused(settings: EmbeddedSettings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    below = replace(settings, data_folder=tmp_path / "file" / "data")
    with pytest.raises(DataFolderError):
        ensure_folder(below.folder)
    assert any("not a folder that this user may write to" in finding.what for finding in bad(below))


def test_a_machine_that_has_everything_has_no_bad_finding(settings: EmbeddedSettings) -> None:
    assert bad(settings) == []
    assert not settings.data_folder.exists()


def test_a_taken_port_is_found_with_holder_and_key(settings: EmbeddedSettings) -> None:
    with socket.create_server(("127.0.0.1", settings.ports.sql_gateway)):
        (finding,) = bad(settings)
    assert f"pid {os.getpid()}" in finding.what
    assert "pulumi config set ports.sqlGateway" in finding.fix


def test_a_full_disk_is_found_with_what_is_needed(settings: EmbeddedSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("embedded.preflight.shutil.disk_usage", lambda _: Usage(10**12, 10**12, 10**9))
    (finding,) = bad(settings)
    fix = f"free 1.5 GB on the disk of {settings.data_folder}, or set another `data.folder`"
    assert finding == Finding(ok=False, what="1.0 GB free for the data folder", fix=fix, only_to_start=True)


def test_every_bad_finding_says_what_to_do(settings: EmbeddedSettings) -> None:
    write_atomically(settings.folder.version_file, "0")
    assert all(finding.fix for finding in bad(settings))


def test_a_file_written_atomically_has_its_mode_and_leaves_no_part(tmp_path: Path) -> None:
    file = tmp_path / "secrets" / "key"
    write_atomically(file, "old")
    write_atomically(file, "new", mode=0o600)
    assert file.read_text() == "new"
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(file.parent.iterdir()) == [file]
