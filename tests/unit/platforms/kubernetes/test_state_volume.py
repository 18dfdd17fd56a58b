"""A full volume of Flink's state is a part of the stack that is not well."""

import subprocess
from pathlib import Path

import pytest

from platforms.kubernetes import state_volume
from platforms.kubernetes.state_volume import full_state_volume, space_on
from settings import parse_settings

SETTINGS = parse_settings({"platform": "kubernetes", "kubernetes.context": "a", "flink.line": "2.2"})


def test_the_script_says_what_a_file_system_has(tmp_path: Path) -> None:
    command = ["sh", "-c", state_volume._SCRIPT, "sh", str(tmp_path)]
    room = space_on(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert room is not None
    assert 0 < room.free <= room.total


@pytest.mark.parametrize(
    ("said", "is_full"),
    [
        pytest.param("4096 16384 0", True, id="nothing is free"),
        pytest.param("4096 262144 5000", True, id="less than two in a hundred"),
        pytest.param("4096 262144 6000", False, id="more than that"),
        pytest.param("4096 16384 1000", True, id="less than four megabytes of a small one"),
        pytest.param("4096 16384 1100", False, id="more than that of a small one"),
        pytest.param("", False, id="no pod to ask"),
        pytest.param("stat: cannot read file system", False, id="something else is said"),
    ],
)
def test_a_full_one_is_not_well(said: str, monkeypatch: pytest.MonkeyPatch, *, is_full: bool) -> None:
    monkeypatch.setattr(state_volume, "output_on_volume", lambda _settings, _command: said)
    found = list(full_state_volume(SETTINGS))
    assert [(one.state, one.healthy) for one in found] == [("FULL", False)] * is_full


def test_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_volume, "output_on_volume", lambda _settings, _command: "4096 16384 10")
    [found] = full_state_volume(SETTINGS)
    assert found.reason.startswith("the volume of Flink's state is full, 0.0 of 67 MB are free: checkpoints and savepoints fail")
    assert "`console savepoints`" in found.reason
    assert "`kubectl -n flink edit pvc flink-state`" in found.reason
