"""Whose a taken port is, also when its service starts while the machine is looked at."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from embedded.data_folder import DataFolder
from embedded.launch import python_marker
from embedded.ports import unused_ports
from embedded.preflight import obstacles
from embedded.settings import EmbeddedSettings
from options.infrastructure import PORT_KEYS, Ports

LISTENS = "import socket, sys; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); print('listens', flush=True); sys.stdin.read()"


@pytest.fixture
def settings(tmp_path: Path) -> EmbeddedSettings:
    ports = Ports(**dict(zip(PORT_KEYS, unused_ports(len(PORT_KEYS)), strict=True)))
    return EmbeddedSettings(data_folder=tmp_path / "data", ports=ports)


def listener(port: int, folder: DataFolder) -> Iterator[int]:
    command = [sys.executable, "-X", python_marker(folder), "-c", LISTENS, str(port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "listens\n"
        yield process.pid
        process.stdin.close()


def taken(settings: EmbeddedSettings) -> list[str]:
    return [one.what for one in obstacles(settings) if " is taken by " in one.what]


def test_a_service_that_starts_while_the_machine_is_looked_at_is_ours(settings: EmbeddedSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a killed `up` left at work: its service listens after the processes of this folder were listed."""
    monkeypatch.setattr("embedded.preflight.processes.marked", lambda _folder: [])
    for _pid in listener(settings.ports.kafka, settings.folder):
        assert taken(settings) == []


def test_the_service_of_another_data_folder_is_not_ours(settings: EmbeddedSettings, tmp_path: Path) -> None:
    other = replace(settings, data_folder=tmp_path / "other")
    for pid in listener(settings.ports.kafka, other.folder):
        [what] = taken(settings)
        assert what.endswith(f"(pid {pid})")
        assert taken(other) == []
