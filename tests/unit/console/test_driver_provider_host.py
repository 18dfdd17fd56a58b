"""The process from which providers are forked: what a provider gets, who ends whom, and what becomes of it without a host."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import psutil
import pytest

from console.driver.provider_host import OFF, VARIABLE
from tests.contract.bench import until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the console forks on Linux only")

ROOT = Path(__file__).parents[3]
LAUNCHER = ROOT / "components" / "launcher" / "pulumi-resource-pulumi-python"
CONSOLE = """
import json, os, sys, tempfile, threading
from components import provider_process
from components.providers import engine
from console.driver.provider_host import provider_host

def main():
    above = [one.pid for one in engine.psutil.Process(*engine._stands_for).parents()]
    facts = {"pid": os.getpid(), "argv": sys.argv[1:], "folder": os.getcwd(), "above": above, "temporary": tempfile.gettempdir(),
             "environment": dict(os.environ)}
    try:
        sys.stderr.write("an error\\n")
        sys.stdout.write(json.dumps(facts) + "\\n")
        threading.Event().wait()
    except KeyboardInterrupt:
        open("ended", "w").close()

provider_process.main = main
before = threading.Event()
if sys.argv[1:] == ["threads"]:
    threading.Thread(target=before.wait, daemon=True).start()
print(json.dumps(dict(provider_host())), flush=True)
sys.stdin.readline()
"""
"""A console with a provider that says what it got. It ends when its input ends."""


class Console:
    """The process that has the host, and what it started."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", CONSOLE, *arguments],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.variables: dict[str, str] = json.loads(self.process.stdout.readline())
        self.launched: list[subprocess.Popen[str]] = []

    def launch(self, folder: Path, *, variables: dict[str, str] | None = None, **environment: str) -> "subprocess.Popen[str]":
        """Start the launcher as the engine does, below this process, which stands for the CLI."""
        process = subprocess.Popen(
            [LAUNCHER, "127.0.0.1:1"],
            cwd=folder,
            env={**os.environ, "PULUMI_PYTHON_CMD": sys.executable, **environment, **(self.variables if variables is None else variables)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.launched.append(process)
        return process

    def end(self) -> None:
        for process in (*self.launched, self.process):
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream is not None:
                    stream.close()
        if self.variables:
            # Where its host was killed as well nobody else does it.
            shutil.rmtree(Path(self.variables[VARIABLE]).parent, ignore_errors=True)


@pytest.fixture
def console() -> Iterator[Console]:
    made = Console()
    try:
        yield made
    finally:
        made.end()


def facts(launched: "subprocess.Popen[str]") -> dict[str, Any]:
    stream: IO[str] | None = launched.stdout
    assert stream is not None
    found: dict[str, Any] = json.loads(stream.readline())
    return found


def is_gone(process_id: int) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(process_id).status() == psutil.STATUS_ZOMBIE
    return True


def test_a_provider_gets_what_its_launcher_was_given(console: Console, tmp_path: Path) -> None:
    (tmp_path / "temporary").mkdir()
    launched = console.launch(tmp_path, TMPDIR=str(tmp_path / "temporary"), GIVEN="\udcffnot a text")
    found = facts(launched)
    assert found["pid"] != launched.pid
    assert (found["argv"], found["folder"], found["temporary"]) == (["127.0.0.1:1"], str(tmp_path), str(tmp_path / "temporary"))
    assert (found["environment"]["GIVEN"], VARIABLE in found["environment"]) == ("\udcffnot a text", False)
    assert found["above"][0] == os.getpid(), "who started the launcher is above the provider"
    assert psutil.Process(found["pid"]).name() == "providers"
    os.kill(found["pid"], signal.SIGKILL)
    assert launched.communicate(timeout=30) == ("", "an error\n")


def test_providers_beside_each_other_are_processes_of_their_own(console: Console, tmp_path: Path) -> None:
    first, second = (console.launch(tmp_path) for _ in range(2))
    one, two = facts(first)["pid"], facts(second)["pid"]
    assert one != two
    first.kill()
    until(lambda: is_gone(one))
    assert not is_gone(two)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_the_provider_ends_with_its_launcher(console: Console, tmp_path: Path, number: signal.Signals) -> None:
    launched = console.launch(tmp_path)
    provider = facts(launched)["pid"]
    launched.send_signal(number)
    launched.wait(timeout=30)
    until(lambda: is_gone(provider))
    assert (tmp_path / "ended").exists() is (number == signal.SIGINT), "a Ctrl-C is one for the provider"


def test_the_launcher_ends_with_its_provider(console: Console, tmp_path: Path) -> None:
    launched = console.launch(tmp_path)
    os.kill(facts(launched)["pid"], signal.SIGKILL)
    launched.wait(timeout=30)


@pytest.mark.parametrize("killed", [True, False], ids=["killed", "at its end"])
def test_the_host_ends_with_the_console_and_leaves_nothing(console: Console, killed: bool) -> None:
    (host,) = psutil.Process(console.process.pid).children()
    folder = Path(console.variables[VARIABLE]).parent
    assert folder.is_dir()
    assert folder.stat().st_mode & 0o077 == 0, "nobody else may ask it"
    if killed:
        console.process.kill()
    else:
        assert console.process.stdin is not None
        console.process.stdin.close()
    console.process.wait(timeout=30)
    until(lambda: is_gone(host.pid) and not folder.exists())


def test_whoever_reads_the_consoles_output_does_not_wait_for_the_host(console: Console) -> None:
    process = console.process
    assert process.stdin is not None
    assert process.stdout is not None
    (host,) = psutil.Process(process.pid).children()
    until(lambda: Path(f"/proc/{host.pid}/fd/1").readlink() == Path(os.devnull))
    host.suspend()
    try:
        process.stdin.close()
        assert process.stdout.read() == ""
    finally:
        host.resume()


@pytest.mark.parametrize(
    ("arguments", "environment", "temporary"),
    [
        pytest.param(["threads"], {}, "t", id="the console has threads"),
        pytest.param([], {OFF: "1"}, "t", id="it is switched off"),
        pytest.param([], {}, "t" * 100, id="a path too long for a socket"),
    ],
)
def test_there_is_no_host(arguments: list[str], environment: dict[str, str], temporary: str, tmp_path: Path) -> None:
    folder = tmp_path / temporary
    folder.mkdir()
    console = Console(*arguments, TMPDIR=str(folder), **environment)
    try:
        assert list(folder.iterdir()) == []
        assert console.variables == {}
        assert psutil.Process(console.process.pid).children() == []
    finally:
        console.end()


@pytest.mark.parametrize("state", ["no socket", "nobody listens", "the host is gone"])
def test_without_a_host_the_launcher_becomes_the_provider(console: Console, tmp_path: Path, state: str) -> None:
    path = Path(console.variables[VARIABLE])
    if state == "no socket":
        path = tmp_path / "missing"
    elif state == "nobody listens":
        (host,) = psutil.Process(console.process.pid).children()
        host.kill()
        until(lambda: is_gone(host.pid))
    else:
        path = tmp_path / "providers"
        subprocess.run([sys.executable, "-c", f"import socket; socket.socket(socket.AF_UNIX).bind({str(path)!r})"], check=True)
    launched = console.launch(ROOT, variables={VARIABLE: str(path)})
    assert launched.stdout is not None
    assert launched.stdout.readline().strip().isdecimal(), "the port of Pulumi's own server"
    assert "components.provider_process" in " ".join(psutil.Process(launched.pid).cmdline())
    assert "ask_host" not in " ".join(psutil.Process(launched.pid).cmdline())
