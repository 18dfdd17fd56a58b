"""The tiny project on the real Pulumi CLI, in a folder of its own.

It is driven in a process of its own, so that it can be interrupted and killed.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from console.driver.orphaned_providers import is_provider_command

REPOSITORY = Path(__file__).parents[3]
DEADLINE_SECONDS = 60.0


def wait_until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"waited {DEADLINE_SECONDS} s for: {what}"
        time.sleep(0.02)


@dataclass(frozen=True, kw_only=True)
class Ended:
    code: int
    lines: list[str]

    @property
    def result(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.lines[-1])
        return found

    def said(self, words: str) -> bool:
        return any(line.startswith("say: ") and words in line for line in self.lines)


@dataclass(kw_only=True)
class Tiny:
    root: Path
    environment: dict[str, str]
    started: list["subprocess.Popen[str]"] = field(default_factory=list)

    @property
    def world(self) -> Path:
        return self.root / "world"

    @property
    def locks(self) -> list[Path]:
        return list((self.root / ".state").rglob("locks/**/*.json"))

    def let_creations_finish(self) -> None:
        (self.world / "go").touch()

    def hold_creations(self) -> None:
        (self.world / "go").unlink()

    def start(self, action: str, **environment: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "drive.py", action],
            cwd=self.root,
            env={**self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def end(self, process: "subprocess.Popen[str]") -> Ended:
        output, _ = process.communicate(timeout=DEADLINE_SECONDS)
        return Ended(code=process.returncode, lines=output.splitlines())

    def run(self, action: str, **environment: str) -> Ended:
        return self.end(self.start(action, **environment))

    def start_and_hold(self) -> "subprocess.Popen[str]":
        process = self.start("up")
        wait_until(lambda: (self.world / "first.begun").exists() and (self.world / "second.begun").exists(), "both creations to begin")
        return process

    def made(self) -> list[str]:
        return sorted(path.stem for path in self.world.glob("*.made"))

    def providers(self) -> list[int]:
        return [process.pid for process in psutil.process_iter() if _is_provider_of(process, self.root)]


def _is_provider_of(process: psutil.Process, root: Path) -> bool:
    try:
        return is_provider_command(process.cmdline()) and Path(process.cwd()) == root
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def end_everything(project: Tiny) -> None:
    for process in project.started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    for process_id in project.providers():
        os.kill(process_id, signal.SIGKILL)
