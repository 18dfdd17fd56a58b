"""Locks and processes of earlier runs: who holds one, and who is gone."""

import json
import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from console.driver.locks import Lock, clear_stale_locks, owner_lives, read_locks
from console.driver.orphaned_providers import is_provider_command
from console.errors import ConsoleError
from console.exit_codes import ExitCode

NEVER_A_PROCESS = 2**22 + 1
"""Above the highest process id that Linux gives."""


def _lock(folder: Path, *, process: int, host: str = "", taken: datetime | None = None) -> Path:
    content = {
        "pid": process,
        "username": "somebody",
        "hostname": host or socket.gethostname(),
        "timestamp": (taken or datetime.now(UTC)).isoformat().replace("+00:00", "Z"),
    }
    file = folder / f"{process}-{host}.json"
    file.write_text(json.dumps(content))
    file.with_name(f"{file.name}.attrs").write_text("{}")
    return file


def test_a_lock_file_of_the_cli_is_understood(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"pid":19383,"username":"root","hostname":"vm","timestamp":"2026-11-23T03:05:10.149494758Z"}')
    [lock] = read_locks(tmp_path)
    assert (lock.process_id, lock.user, lock.host) == (19383, "root", "vm")
    assert lock.taken == pytest.approx(datetime(2026, 11, 23, 3, 5, 10, 149494, tzinfo=UTC).timestamp())


def test_the_lock_of_a_dead_process_goes_with_its_attributes(tmp_path: Path) -> None:
    _lock(tmp_path, process=NEVER_A_PROCESS)
    assert [lock.process_id for lock in clear_stale_locks(tmp_path)] == [NEVER_A_PROCESS]
    assert list(tmp_path.iterdir()) == []


def test_the_lock_of_a_living_process_is_respected_and_nothing_is_removed(tmp_path: Path) -> None:
    dead, living = _lock(tmp_path, process=NEVER_A_PROCESS), _lock(tmp_path, process=os.getpid())
    with pytest.raises(ConsoleError, match=f"process {os.getpid()} of somebody") as caught:
        clear_stale_locks(tmp_path)
    assert caught.value.exit_code is ExitCode.LOCKED
    assert dead.exists()
    assert living.exists()


def test_the_lock_of_another_machine_names_the_way_out(tmp_path: Path) -> None:
    _lock(tmp_path, process=1, host="laptop-that-is-gone")
    with pytest.raises(ConsoleError, match="on laptop-that-is-gone") as caught:
        clear_stale_locks(tmp_path)
    assert "If that machine is gone, remove the lock: `pulumi cancel`" in caught.value.advice


def test_a_number_that_now_belongs_to_a_younger_process_is_no_owner(tmp_path: Path) -> None:
    began = datetime.fromtimestamp(psutil.Process().create_time(), UTC)
    _lock(tmp_path, process=os.getpid(), taken=began - timedelta(hours=1))
    [lock] = read_locks(tmp_path)
    assert not owner_lives(lock)


def test_a_lock_of_another_machine_is_not_judged_from_here(tmp_path: Path) -> None:
    _lock(tmp_path, process=NEVER_A_PROCESS, host="elsewhere")
    [lock] = read_locks(tmp_path)
    assert owner_lives(lock)


def test_a_lock_file_that_says_nothing_has_no_living_owner(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("")
    [lock] = read_locks(tmp_path)
    assert isinstance(lock, Lock)
    assert not owner_lives(lock)


@pytest.mark.parametrize(
    ("arguments", "is_provider"),
    [
        pytest.param(["/v/bin/python", "-u", "-m", "components.provider_process", "127.0.0.1:1"], True, id="provider"),
        pytest.param(["/v/bin/python", "-u", "-m", "pulumi.dynamic", "127.0.0.1:1"], True, id="provider of an official installation"),
        pytest.param(["vi", "pulumi.dynamic"], False, id="editor"),
        pytest.param([], False, id="kernel-thread"),
    ],
)
def test_a_provider_process_is_told_by_its_arguments(arguments: list[str], is_provider: bool) -> None:
    assert is_provider_command(arguments) is is_provider
