"""What the page may do with `--allow-actions`: run commands of the console as the user would, one at a time, and show what they print.

They are child processes, with the approvals and refusals that they have at a terminal.
"""

import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from console.process_environment import process_environment

_MOST_LINES = 500
_LONGEST_LINE = 2000
_END_SECONDS = 120.0
"""So long a run of the engine is given to end in order."""


@dataclass(frozen=True, kw_only=True)
class Action:
    """A command. `of_statement` tells that its last argument is a statement's name."""

    arguments: Sequence[str]
    of_statement: bool = False


ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        "preview": Action(arguments=("preview",)),
        "up": Action(arguments=("up",)),
        "savepoint": Action(arguments=("savepoints", "take", "--reason", "asked for on the page"), of_statement=True),
    }
)


class ActionRunningError(Exception):
    """Another action is not finished yet."""


class ActionRunner:
    """Runs one command at a time and keeps the end of what it printed."""

    def __init__(self, root: Path, stack: str) -> None:
        self._root = root
        self._stack = stack
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._command = ""
        self._lines: deque[str] = deque(maxlen=_MOST_LINES)

    def start(self, name: str, statement: str = "") -> None:
        """Start an action. Raises ActionRunningError while another one runs, KeyError for a name that is none."""
        action = ACTIONS[name]
        arguments = [*action.arguments, *(["--", statement] if action.of_statement else [])]
        with self._lock:
            if self._is_running():
                raise ActionRunningError
            self._lines = deque(maxlen=_MOST_LINES)
            self._command = " ".join(["console", "--stack", self._stack, *arguments])
            self._process = subprocess.Popen(
                [sys.executable, "-m", "console", "--stack", self._stack, *arguments],
                cwd=self._root,
                # Lines for a reader that is no terminal.
                env={**process_environment(), "CI": "1", "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                # Ctrl-C ends it through `stop`, once, and not a second time by the terminal.
                start_new_session=True,
            )
            threading.Thread(target=self._read, args=(self._process, self._lines), daemon=True).start()

    def status(self) -> dict[str, Any]:
        """Return the last command, what it printed, and its exit code: None while it runs, and before the first one."""
        with self._lock:
            code = self._process.poll() if self._process else None
            return {"command": self._command, "running": self._is_running(), "exitCode": code, "lines": list(self._lines)}

    def stop(self) -> str:
        """End a command that still runs as Ctrl-C does, and wait for its end; return its name, empty when none ran."""
        with self._lock:
            process = self._process
        if process is None or process.poll() is not None:
            return ""
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
        return self._command

    def _is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @staticmethod
    def _read(process: "subprocess.Popen[str]", lines: deque[str]) -> None:
        if process.stdout is not None:
            for line in process.stdout:
                lines.append(line.rstrip("\n")[:_LONGEST_LINE])
        process.wait()
