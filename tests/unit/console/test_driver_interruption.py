"""Runs of the driver on the real CLI that are interrupted or killed, and the run after them."""

import os
import signal
import subprocess

import psutil
import pytest

from console.driver.interruption import FIRST, SECOND
from tests.unit.console.tiny_project import DEADLINE_SECONDS, Tiny, wait_until


def _lines_so_far(tiny: Tiny) -> str:
    return next((tiny.root / ".state").rglob("local.json")).read_text()


def _read_until(process: "subprocess.Popen[str]", *wanted: str) -> None:
    """Read lines until all of `wanted` were said, in any order: the driver and the engine speak from two threads."""
    assert process.stdout is not None
    missing = set(wanted)
    while missing:
        line = process.stdout.readline()
        assert line, f"the driver ended without saying: {missing}"
        missing = {words for words in missing if words not in line}


def _completes(tiny: Tiny) -> list[str]:
    """The next run finishes the work; answers with its lines."""
    tiny.let_creations_finish()
    ended = tiny.run("up")
    assert ended.code == 0, ended.lines
    assert tiny.made() == ["first", "last", "second"]
    assert tiny.locks == []
    assert "pending_operations" not in _lines_so_far(tiny)
    assert tiny.providers() == []
    return ended.lines


@pytest.mark.parametrize(
    ("number", "to_group"),
    [
        pytest.param(signal.SIGINT, True, id="ctrl-c-at-a-terminal"),
        pytest.param(signal.SIGINT, False, id="sigint-to-the-driver-alone"),
        pytest.param(signal.SIGTERM, False, id="sigterm-to-the-driver-alone"),
    ],
)
def test_one_interruption_lets_running_creations_finish_and_records_them(tiny: Tiny, number: signal.Signals, to_group: bool) -> None:
    tiny.hold_creations()
    process = tiny.start_and_hold()
    os.killpg(process.pid, number) if to_group else os.kill(process.pid, number)
    # Only when the engine has the signal may the creations finish: the run must not end before it hears.
    _read_until(process, FIRST, "waiting for")
    tiny.let_creations_finish()
    ended = tiny.end(process)
    assert ended.result["interrupted"]
    assert tiny.made() == ["first", "second"]
    assert tiny.locks == []
    assert "creating" not in _lines_so_far(tiny)
    _completes(tiny)


def test_a_second_ctrl_c_ends_at_once_and_the_next_run_takes_over(tiny: Tiny) -> None:
    tiny.hold_creations()
    process = tiny.start_and_hold()
    for words in (FIRST, SECOND):
        os.killpg(process.pid, signal.SIGINT)
        _read_until(process, words)
    ended = tiny.end(process)
    assert ended.result["interrupted"]
    assert not ended.result["succeeded"]
    assert not ended.result["errors"]
    lines = _completes(tiny)
    assert any("interrupted while creating first, second" in line for line in lines)


@pytest.mark.parametrize("whole_group", [pytest.param(False, id="driver-only"), pytest.param(True, id="driver-and-cli")])
def test_after_kill_9_the_next_run_names_and_clears_what_was_left(tiny: Tiny, whole_group: bool) -> None:
    tiny.hold_creations()
    process = tiny.start_and_hold()
    [provider] = tiny.providers()
    [lock] = tiny.locks
    cli = [part for part in psutil.Process(process.pid).children(recursive=True) if part.pid != provider]
    os.killpg(process.pid, signal.SIGKILL) if whole_group else os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    # A CLI that outlives its driver for a moment would record the creations if they might finish now.
    _, alive = psutil.wait_procs(cli, timeout=DEADLINE_SECONDS)
    assert not alive
    lines = "\n".join(_completes(tiny))
    assert "removed the lock of an earlier run" in lines
    assert f"process {provider}" in lines
    assert "looking for each and adopting it" in lines
    assert not lock.exists()


def test_a_run_that_is_given_up_ends_with_the_cause_alone_and_the_next_one_completes(tiny: Tiny) -> None:
    tiny.hold_creations()
    process = tiny.start("up", TINY_HOPELESS="second")
    _read_until(process, "waiting for")
    tiny.let_creations_finish()
    ended = tiny.end(process)
    assert ended.code == 1
    assert not ended.result["interrupted"]
    assert ended.result["errors"] == [["second", "it will never come\n  → mend it"]]
    assert ended.said("the companion ended")
    assert tiny.locks == []
    _completes(tiny)


def test_a_preview_is_never_given_up(tiny: Tiny) -> None:
    ended = tiny.run("preview", TINY_HOPELESS="second")
    assert ended.code == 0, ended.lines
    assert not ended.said("the companion ended")


def test_a_destroy_that_was_interrupted_did_not_succeed_and_the_next_one_ends_it(tiny: Tiny) -> None:
    """Told to go on past errors, the engine ends an interrupted destroy with success."""
    assert tiny.run("up").code == 0
    (tiny.world / "stay").touch()
    process = tiny.start("destroy")
    wait_until((tiny.world / "last.ending").exists, "a deletion to begin")
    os.killpg(process.pid, signal.SIGINT)
    _read_until(process, FIRST, "waiting for")
    (tiny.world / "stay").unlink()
    ended = tiny.end(process)
    assert (ended.code, ended.result["succeeded"], ended.result["interrupted"]) == (1, False, True)
    assert ended.result["errors"] == []
    assert "first" in tiny.made(), "`last` depends on it, and goes before it"
    assert tiny.run("destroy").code == 0
    assert tiny.made() == []
