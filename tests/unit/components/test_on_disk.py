"""The program as a plain `pulumi` runs it: what a mistake and an interruption look like."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pulumi
import pytest

from components import program_errors as failing
from components.errors import FormerStateError, SecondStateError
from components.interruption import HAS_SPOKEN
from components.names import PROJECT, PROJECT_FOLDER
from components.program_errors import fail
from platforms.plain_pulumi import require_one_state, run
from settings import SettingsError


@pytest.fixture
def language_host(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The program's surroundings as a language host gives them, until the test ends."""
    monkeypatch.setattr("platforms.plain_pulumi.require_one_state", lambda *_: None)
    monkeypatch.setattr("pulumi.get_stack", lambda: "local")
    monkeypatch.setattr("pulumi.log.error", print)
    # `run` changes how its whole process fails.
    with mock.patch.dict(vars(failing)):
        yield


WAITING = """
import threading
from concurrent.futures import ThreadPoolExecutor
from components.interruption import end_silently_when_interrupted
end_silently_when_interrupted()
pool = ThreadPoolExecutor()
pool.submit(threading.Event().wait)
print("waits", flush=True)
threading.Event().wait()
"""


def test_an_interrupted_program_ends_at_once_and_says_nothing() -> None:
    """The language host interrupts it when a resource failed; each of its threads would print a traceback."""
    with subprocess.Popen(
        [sys.executable, "-c", WAITING], cwd=PROJECT_FOLDER, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waits\n"
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == ""
    assert process.returncode == HAS_SPOKEN
    assert time.monotonic() - began < 30


@pytest.mark.usefixtures("language_host")
def test_a_mistake_is_one_message_and_the_exit_code_after_which_nothing_is_added(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def mistaken() -> None:
        raise SettingsError(["flink.lien is no key"])

    monkeypatch.setattr("platforms.plain_pulumi.program", mistaken)
    with pytest.raises(SystemExit) as ended:
        run()
    assert ended.value.code == HAS_SPOKEN
    assert capsys.readouterr().out == "1 mistake in the stack's configuration:\n  flink.lien is no key\n"


@pytest.mark.usefixtures("language_host")
def test_a_refusal_of_an_apply_ends_the_program_in_the_same_way(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It runs when the program has returned, so nothing of the program's catches it."""
    monkeypatch.setattr("platforms.plain_pulumi.program", lambda: None)
    run()
    with pytest.raises(SystemExit) as ended:
        fail("sql/a.sql:1:1: no")
    assert ended.value.code == HAS_SPOKEN
    assert capsys.readouterr().out == "sql/a.sql:1:1: no\n"


def test_elsewhere_a_refusal_is_the_engines_own_error() -> None:
    with pytest.raises(pulumi.RunError, match="no"):
        fail("no")


def state_in(folder: Path) -> None:
    file = folder / ".state" / ".pulumi" / "stacks" / PROJECT / "local.json"
    file.parent.mkdir(parents=True)
    file.touch()


def test_a_state_in_another_folder_is_refused_with_what_to_do(tmp_path: Path) -> None:
    started = tmp_path / "sql"
    state_in(started)
    with pytest.raises(SecondStateError, match=f"Change to {tmp_path} and run the command again"):
        require_one_state({"PWD": str(started)}, "local", tmp_path)


def test_a_state_that_an_earlier_version_keeps_in_the_data_folder_is_not_made_a_second_time(tmp_path: Path) -> None:
    file = tmp_path / ".data" / "state" / ".pulumi" / "stacks" / PROJECT / "local.json"
    file.parent.mkdir(parents=True)
    file.write_text('{"checkpoint": {"latest": {"resources": [{}]}}}')
    with pytest.raises(FormerStateError, match="Set PULUMI_BACKEND_URL=file://"):
        require_one_state({"PWD": str(tmp_path)}, "local", tmp_path)
    require_one_state({"PWD": str(tmp_path)}, "dev", tmp_path)
    require_one_state({"PWD": str(tmp_path), "PULUMI_BACKEND_URL": file.as_uri()}, "local", tmp_path)
    file.write_text('{"version": 3, "checkpoint": {"latest": null}}')
    require_one_state({"PWD": str(tmp_path)}, "local", tmp_path)


@pytest.mark.parametrize(
    ("started", "more", "has_state"),
    [
        pytest.param("", {}, True, id="the project's own folder"),
        pytest.param("sql", {"PULUMI_BACKEND_URL": "s3://bucket"}, True, id="a backend of one's own"),
        pytest.param("sql", {}, False, id="pulumi -C .. from below"),
        pytest.param(None, {}, True, id="nobody says where"),
    ],
)
def test_one_state_is_in_order(started: str | None, more: dict[str, str], has_state: bool, tmp_path: Path) -> None:
    folder = tmp_path / (started or "")
    if has_state:
        state_in(folder)
    where = {} if started is None else {"PWD": str(folder)}
    require_one_state({**where, **more}, "local", tmp_path)


def test_a_missing_package_is_named_with_the_command_that_installs_it(tmp_path: Path) -> None:
    script = "import sys, runpy; sys.modules['sqlglot'] = None; runpy.run_path('__main__.py', run_name='__main__')"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PULUMI_")}
    ended = subprocess.run([sys.executable, "-c", script], cwd=PROJECT_FOLDER, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == HAS_SPOKEN, ended.stderr
    assert "sqlglot is missing in the virtual environment .venv: run `pulumi install`" in ended.stderr
    assert "Traceback" not in ended.stderr
