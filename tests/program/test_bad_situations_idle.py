"""Commands on a stack that is not up, beside another run, or with a model server that does not answer. Nothing is started."""

import json
import os
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.project import ProjectCopy
from tests.support.situations import CLOSED, nothing_was_made, quiet_project, refused

NO_SUCH_PROCESS = 2**22 + 1
"""Above the highest number that Linux gives to a process."""


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["status"], id="status"),
        pytest.param(["status", "--json"], id="status for a script"),
        pytest.param(["outputs", "--json"], id="outputs"),
        pytest.param(["feed"], id="feed"),
        pytest.param(["watch", "--until", "1", "--timeout", "1"], id="watch"),
    ],
)
def test_a_command_that_needs_a_stack_says_how_to_start_one(arguments: list[str], tmp_path: Path) -> None:
    copy = quiet_project(tmp_path)
    refused(copy.run(*arguments), "stack local is not up: it has no outputs", "start it with `python -m console --stack local up`")
    nothing_was_made(copy)


@pytest.mark.parametrize(
    ("arguments", "code", "messages"),
    [
        pytest.param(["logs"], 1, ["there are no logs in ", "they appear with the first `up`"], id="all"),
        pytest.param(["logs", "kafak"], 2, ["there is no log of 'kafak'", "logs there are: none yet"], id="one service"),
    ],
)
def test_logs_before_the_first_start_are_told_to_be_none(arguments: list[str], code: int, messages: list[str], tmp_path: Path) -> None:
    refused(quiet_project(tmp_path).run(*arguments), *messages, code=code)


def test_down_on_a_stack_that_never_was_is_fine(tmp_path: Path) -> None:
    copy = quiet_project(tmp_path)
    assert copy.succeed("down").output.strip() == "stack local is down: no process, no port and no resource is left"
    nothing_was_made(copy)


def test_a_run_ends_though_nobody_reads_on(tmp_path: Path) -> None:
    """`preview 2>&1 | head -1`: an error in a thread that hears the engine's events would leave the engine waiting for ever."""
    copy = quiet_project(tmp_path)
    process = copy.start("preview")
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline()
    process.stdout.close()
    process.stderr.close()
    try:
        assert process.wait(timeout=300) == 0
    finally:
        process.kill()
    nothing_was_made(copy)


def lock(copy: ProjectCopy, process_id: int) -> Path:
    """Write a lock as the CLI leaves it."""
    file = copy.state / ".pulumi" / "locks" / "organization" / "flink-reviews" / "local" / "0a1b.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    owner = {"pid": process_id, "username": "ada", "hostname": socket.gethostname(), "timestamp": datetime.now(UTC).isoformat()}
    file.write_text(json.dumps(owner), encoding="utf-8")
    return file


@pytest.mark.parametrize("command", [pytest.param("up", id="up"), pytest.param("preview", id="preview"), pytest.param("down", id="down")])
def test_a_run_beside_a_living_one_is_refused_and_its_lock_kept(command: str, tmp_path: Path) -> None:
    copy = quiet_project(tmp_path)
    copy.succeed("preview")
    held = lock(copy, os.getpid())
    refused(
        copy.run(command),
        f"another run works on this stack: process {os.getpid()} of ada on {socket.gethostname()}",
        "wait for it, or stop it with Ctrl-C where it runs; then run the command again",
        code=5,
    )
    assert held.exists()
    nothing_was_made(copy)


def test_the_lock_of_a_run_that_was_killed_is_named_and_removed(tmp_path: Path) -> None:
    copy = quiet_project(tmp_path)
    copy.succeed("preview")
    held = lock(copy, NO_SUCH_PROCESS)
    finished = copy.succeed("preview")
    assert f"removed the lock of an earlier run that was killed (process {NO_SUCH_PROCESS})" in finished.output
    assert not held.exists()


@pytest.mark.parametrize(
    ("kind", "start"),
    [
        pytest.param("openai", "start it, or check `model.endpoint`", id="openai"),
        pytest.param("ollama", "start it with `ollama serve`", id="ollama"),
    ],
)
@pytest.mark.parametrize("command", [pytest.param("doctor", id="doctor"), pytest.param("demo", id="demo")])
def test_a_model_server_that_does_not_answer_is_found_before_the_start(command: str, kind: str, start: str, tmp_path: Path) -> None:
    copy = quiet_project(tmp_path, model__kind=kind, model__endpoint=f"{CLOSED}/v1")
    refused(
        copy.run(command),
        f"{kind} at {CLOSED}/v1 does not answer (ConnectionError)",
        f"{start}; or use the offline model: `pulumi config set model.kind offline`",
        "1 finding would stop `up`",
        code=3,
    )
    nothing_was_made(copy)
