"""A forked command of the tests does what a command of its own process does."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.preloaded import DeclinedError, ForkedCommand, Preloaded

HANG_SECONDS = 120.0
SHOWING = """
import os, sys, threading
print(sys.argv[1:], os.environ.get("FLINK_REVIEWS_SEED"), os.getsid(0) == os.getpid(), sys.stdin.read() == "")
print(sorted(os.listdir("/proc/self/fd")), sys.path[0] == os.getcwd(), __name__)
print("to errors", file=sys.stderr)
if "--kill" in sys.argv:
    os.kill(os.getpid(), 9)
if "--fail" in sys.argv:
    raise RuntimeError("wrong")
if "--wait" in sys.argv:
    threading.Event().wait()
sys.exit(3)
"""
THREAD = "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()"
ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Sources with the modules that are loaded beforehand, and a console that shows how it was started."""
    for name in ("console", "console/commands", "platforms", "platforms/embedded"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
    for name in ("console/app", "console/session", "console/commands/run", "platforms/program", "platforms/embedded/declaration"):
        (tmp_path / f"{name}.py").touch()
    (tmp_path / "console" / "__main__.py").write_text(SHOWING, encoding="utf-8")
    return tmp_path


@pytest.fixture
def preloaded(folder: Path) -> Iterator[Preloaded]:
    """A process that has declined the first command already."""
    made = Preloaded(folder)
    with pytest.raises(DeclinedError):
        made.start([], ENVIRONMENT)
    yield made
    made.close()


def run(command: ForkedCommand) -> tuple[int, str, str]:
    return command.communicate(HANG_SECONDS)


def of_its_own(folder: Path, *arguments: str, **more: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "console", *arguments],
        cwd=folder,
        env={**ENVIRONMENT, **more},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        start_new_session=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("arguments", [[], ["--stack", "of tests"], ["--kill"]], ids=["without arguments", "with arguments", "killed"])
def test_a_fork_has_arguments_environment_streams_and_end_of_a_process_of_its_own(
    arguments: list[str], preloaded: Preloaded, folder: Path
) -> None:
    forked = run(preloaded.start(arguments, {**ENVIRONMENT, "FLINK_REVIEWS_SEED": "7"}))
    assert forked == of_its_own(folder, *arguments, FLINK_REVIEWS_SEED="7")
    assert forked[0] == (-signal.SIGKILL if arguments == ["--kill"] else 3)


def test_an_error_that_nobody_catches_ends_a_fork_with_its_traceback(preloaded: Preloaded) -> None:
    code, _, errors = run(preloaded.start(["--fail"], ENVIRONMENT))
    assert code == 1
    assert errors.endswith("RuntimeError: wrong\n")


def test_commands_run_beside_each_other_and_each_can_be_ended(preloaded: Preloaded) -> None:
    waiting = [preloaded.start(["--wait"], ENVIRONMENT) for _ in range(2)]
    assert run(preloaded.start([], ENVIRONMENT))[0] == 3
    for one in waiting:
        os.killpg(one.pid, signal.SIGTERM)
    assert [run(one)[0] for one in waiting] == [-signal.SIGTERM] * 2


def test_a_changed_source_is_seen_by_the_next_command(preloaded: Preloaded, folder: Path) -> None:
    run(preloaded.start([], ENVIRONMENT))
    (folder / "console" / "__main__.py").write_text("import console.app\nprint(console.app.VALUE)", encoding="utf-8")
    (folder / "console" / "app.py").write_text("VALUE = 'new'", encoding="utf-8")
    assert run(preloaded.start([], ENVIRONMENT)) == (0, "new\n", "")


def test_another_environment_is_declined(preloaded: Preloaded) -> None:
    with pytest.raises(DeclinedError):
        preloaded.start([], {**ENVIRONMENT, "TMPDIR": "/nowhere"})


@pytest.mark.parametrize("source", ["raise RuntimeError", THREAD], ids=["an error", "a thread"])
def test_sources_that_cannot_be_loaded_beforehand_are_left_to_a_process_of_its_own(source: str, preloaded: Preloaded, folder: Path) -> None:
    (folder / "console" / "app.py").write_text(source, encoding="utf-8")
    with pytest.raises(DeclinedError):
        preloaded.start([], ENVIRONMENT)


def test_a_killed_process_is_started_again(preloaded: Preloaded) -> None:
    command = preloaded.start([], ENVIRONMENT)
    run(command)
    assert preloaded._process is not None
    preloaded._process.kill()
    preloaded._process.wait(HANG_SECONDS)
    with pytest.raises(DeclinedError):
        preloaded.start([], ENVIRONMENT)
    assert run(preloaded.start([], ENVIRONMENT))[0] == 3
