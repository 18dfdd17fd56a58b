"""Commands of the console that are forked from a process which has imported it already.

A command of a test spends much of its processor time on imports: 1.9 seconds, of a `status` three quarters. `Preloaded` has one process
for a folder of sources. Each command is a fork of it, with its own session, arguments, environment and streams, and a state of Python as
in a process that has just imported the console. When a source has changed, the process is started anew. A command that a fork would not
do faithfully is declined.
"""

import contextlib
import locale
import os
import selectors
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from json import dumps
from pathlib import Path

REAL = "FLINK_REVIEWS_REAL_COMMANDS"
"""With this variable every command is a process of its own from the start."""
PROGRAM = Path(__file__).with_name("preloaded_program.py")
MODULES = "console.app,console.commands.run,console.session,platforms.program,platforms.embedded.declaration"
_MAY_DIFFER = ("FLINK_REVIEWS_", "PULUMI_CONFIG_PASSPHRASE")
"""Beginnings of the variables that are read when they are needed, and never while something is imported."""
_CHUNK = 1 << 16
_END_SECONDS = 30.0


class DeclinedError(Exception):
    """This command must be a process of its own."""


class ForkedCommand:
    """A command that runs. `pid` is its process id, and the id of its process group."""

    def __init__(self, pid: int, status: int, output: int, errors: int) -> None:
        self.pid = pid
        self._status, self._output, self._errors = status, output, errors

    def communicate(self, timeout: float) -> tuple[int, str, str]:
        """Return exit code (negative: the signal), output and errors when it has ended. Raises subprocess.TimeoutExpired."""
        deadline = time.monotonic() + timeout
        read: dict[int, bytearray] = {one: bytearray() for one in (self._status, self._output, self._errors)}
        try:
            with selectors.DefaultSelector() as selector:
                for one in read:
                    selector.register(one, selectors.EVENT_READ)
                while selector.get_map():
                    left = deadline - time.monotonic()
                    if left <= 0:
                        raise subprocess.TimeoutExpired("console", timeout)
                    for key, _ in selector.select(left):
                        chunk = os.read(key.fd, _CHUNK)
                        read[key.fd] += chunk
                        if not chunk:
                            selector.unregister(key.fd)
        finally:
            for one in read:
                os.close(one)
        if not read[self._status]:
            raise RuntimeError(f"the process that command {self.pid} was forked from is gone, and nobody knows how the command ended")
        return int(read[self._status]), _text(bytes(read[self._output])), _text(bytes(read[self._errors]))


class Preloaded:
    """The process for the sources in `folder`, which is also where its commands run. The second command starts it.

    The first is declined: so there are two processes that hash text differently, and what depends on the order of a set shows.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._environment: Mapping[str, str] | None = None
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._sources: Mapping[str, tuple[int, int]] = {}

    def start(self, arguments: Sequence[str], environment: Mapping[str, str]) -> ForkedCommand:
        """Start a command of the console, without standard input. Raises DeclinedError before anything is done."""
        if not hasattr(os, "pidfd_open") or os.environ.get(REAL):
            raise DeclinedError
        with self._lock:
            if self._environment is None or _read_early(environment) != _read_early(self._environment):
                self._environment = self._environment or dict(environment)
                raise DeclinedError
            try:
                return _ask(self._begun(), dumps({"arguments": list(arguments), "environment": dict(environment)}).encode())
            except DeclinedError:
                self._end()
                raise

    def close(self) -> None:
        """End the process, when the last of its commands has ended."""
        with self._lock:
            self._end()

    def __del__(self) -> None:
        self._end()

    def _begun(self) -> socket.socket:
        sources = _sources(self._folder)
        if self._control is None or sources != self._sources:
            self._end()
            self._control = self._begin()
            self._sources = sources
        return self._control

    def _begin(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                # The last word: who looks for the console above a process looks for it in the command line.
                [sys.executable, str(PROGRAM), str(theirs.fileno()), MODULES, "console"],
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                # Python asks a stream what it can do when it starts: pipes, as the commands' own are.
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        return ours

    def _end(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            try:
                self._process.communicate(timeout=_END_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.communicate()
            self._process = None


def _ask(control: socket.socket, request: bytes) -> ForkedCommand:
    """Send a request with its streams. When no process id comes back, nothing was started."""
    output, output_end = os.pipe()
    errors, errors_end = os.pipe()
    status, status_end = os.pipe()
    nothing = os.open(os.devnull, os.O_RDONLY)
    theirs = [nothing, output_end, errors_end, status_end]
    try:
        with contextlib.suppress(OSError):
            socket.send_fds(control, [request], theirs)
    finally:
        for one in theirs:
            os.close(one)
    pid = _first_line(status)
    if not pid:
        for one in (output, errors, status):
            os.close(one)
        raise DeclinedError
    return ForkedCommand(int(pid), status, output, errors)


def _first_line(status: int) -> bytes:
    read = bytearray()
    while not read.endswith(b"\n"):
        byte = os.read(status, 1)
        if not byte:
            return b""
        read += byte
    return bytes(read)


def _read_early(environment: Mapping[str, str]) -> Mapping[str, str]:
    return {name: value for name, value in environment.items() if not name.startswith(_MAY_DIFFER)}


def _sources(folder: Path) -> Mapping[str, tuple[int, int]]:
    """Return time and size of each source, and of each file that a module may read while it is imported."""
    files = [one for one in folder.glob("*.*") if one.is_file() and not one.match("Pulumi.*.yaml")]
    for package in (one.parent for one in folder.glob("*/__init__.py")):
        files += [Path(where, name) for where, _, names in os.walk(package) if "__pycache__" not in where for name in names]
    return {str(file): (known.st_mtime_ns, known.st_size) for file in files for known in (file.stat(),)}


def _text(read: bytes) -> str:
    """Return what a pipe that is opened as text gives."""
    return read.decode(locale.getencoding()).replace("\r\n", "\n").replace("\r", "\n")
