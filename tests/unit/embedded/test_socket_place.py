"""Where the supervisor's socket lies: found again by everybody who reads the data folder, and in no folder that somebody else has."""

import os
import tempfile
from pathlib import Path

import pytest

from embedded.data_folder import DataFolder
from embedded.supervisor_files import main_configuration
from embedded.supervisor_socket import is_private, new_socket, recorded_socket, remove_socket


@pytest.fixture
def deep(tmp_path: Path) -> DataFolder:
    return DataFolder(root=tmp_path / ("x" * 100) / "data")


def recorded(folder: DataFolder, socket: Path) -> Path | None:
    configuration = folder.run / "supervisord.conf"
    configuration.parent.mkdir(parents=True, exist_ok=True)
    configuration.write_text(main_configuration(folder, socket), encoding="utf-8")
    return recorded_socket(folder, configuration)


def test_it_lies_in_the_data_folder_where_that_is_short_enough() -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = DataFolder(root=Path(place))
        assert new_socket(folder) == folder.run / "supervisor.sock"


def test_a_long_path_gets_a_folder_of_this_user_alone(deep: DataFolder) -> None:
    socket = new_socket(deep)
    try:
        assert len(os.fsencode(socket)) < 90
        assert is_private(socket.parent)
        assert recorded(deep, socket) == socket
        assert new_socket(deep) != socket, "a name that can be guessed can be taken by somebody else"
    finally:
        remove_socket(deep, socket)
    assert not socket.parent.exists()


@pytest.mark.parametrize("percent", ["plain", "100%"])
def test_a_socket_of_the_data_folder_is_found_again(tmp_path: Path, percent: str) -> None:
    folder = DataFolder(root=tmp_path / percent)
    assert recorded(folder, folder.run / "supervisor.sock") == folder.run / "supervisor.sock"


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o770, 0o701])
def test_a_folder_that_others_may_use_is_not_trusted(deep: DataFolder, tmp_path: Path, mode: int) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(mode)
    assert recorded(deep, shared / "supervisor.sock") is None


def test_a_folder_of_another_user_is_not_trusted(deep: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir(mode=0o700)
    assert recorded(deep, theirs / "supervisor.sock") == theirs / "supervisor.sock"
    monkeypatch.setattr(os, "getuid", lambda: theirs.stat().st_uid + 1)
    assert recorded(deep, theirs / "supervisor.sock") is None


def test_a_link_is_not_trusted(deep: DataFolder, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert recorded(deep, tmp_path / "link" / "supervisor.sock") is None


@pytest.mark.parametrize("text", ["", "[supervisord]\n", "no configuration", "[unix_http_server]\nchmod = 0600\n"])
def test_a_configuration_that_names_none_has_none(deep: DataFolder, text: str) -> None:
    configuration = deep.run / "supervisord.conf"
    configuration.parent.mkdir(parents=True)
    assert recorded_socket(deep, configuration) is None
    configuration.write_text(text, encoding="utf-8")
    assert recorded_socket(deep, configuration) is None
