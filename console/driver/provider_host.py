"""A process from which the dynamic providers are forked, so that they need not import again what the console has imported.

Measured: of the processor time that a process of the providers takes in a run without changes, two thirds are imports, and the console
has made them all before its run begins. So it forks the host then. The program that the engine starts (components/launcher) hands its
arguments and streams to the host, which forks a provider for it. Engine and provider go on as if the one had started the other: when the
launcher is ended the provider ends, and the other way round. The host ends with the console.

A fork keeps one thread of a process, so nothing is forked from a console that has more. Then, and where this system is not Linux, and
whenever the launcher cannot reach the host, the providers are a process of their own from the start.
"""

import atexit
import contextlib
import gc
import io
import json
import os
import selectors
import shutil
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import NoReturn

from cluster.process_folder import prefix_of
from components import provider_process
from components.providers.engine import started_by
from console.process_environment import process_environment

VARIABLE = "FLINK_REVIEWS_PROVIDER_HOST"
"""Names the socket for the launcher. It does not reach the providers, nor what they start."""
OFF = "FLINK_REVIEWS_NO_PROVIDER_HOST"
"""With this variable the providers are a process of their own: for tests, and for looking at one by itself."""

_NAME = "providers"
_STREAMS = 3
_LONGEST = 1 << 20
_LOST = 1
_LISTENING = 8


@cache
def provider_host() -> Mapping[str, str]:
    """Fork the host, once for this process. Return what the CLI's environment needs to find it: nothing where there is no host."""
    if (
        sys.platform != "linux"
        or process_environment().get(OFF)
        or threading.current_thread() is not threading.main_thread()
        or _threads() > 1
    ):
        return {}
    try:
        folder = Path(tempfile.mkdtemp(prefix=prefix_of(os.getpid())))
    except OSError:
        return {}
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        listener.bind(str(folder / _NAME))
        listener.listen(_LISTENING)
    except OSError:
        # A socket's path must be short.
        listener.close()
        shutil.rmtree(folder, ignore_errors=True)
        return {}
    console, of_console = os.pipe()
    # Pages that the collector does not write to stay shared.
    gc.freeze()
    if os.fork() == 0:
        _forever(lambda: _serve(listener, console, of_console, folder))
    gc.unfreeze()
    # The host removes it too, when this process was killed; this way it is gone when a command has ended.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    listener.close()
    os.close(console)
    # The other end stays open for as long as this process lives; the host reads its end from it.
    return {VARIABLE: str(folder / _NAME)}


def _threads() -> int:
    return len(os.listdir("/proc/self/task"))  # noqa: PTH208  # the kernel's own list


def _forever(work: Callable[[], None]) -> NoReturn:
    """Run a fork to its end: never back into the code that forked it."""
    try:
        work()
    except BaseException:  # noqa: BLE001  # nothing of this process may go on
        os._exit(_LOST)
    os._exit(0)


def _serve(listener: socket.socket, console: int, of_console: int, folder: Path) -> None:
    """Fork a provider for each launcher, until the console ends."""
    os.close(of_console)
    os.setsid()
    _call_this_process("provider-host")
    # A Ctrl-C is for the CLI, which ends its providers; this process ends with the console.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # Nobody waits for a provider here: its launcher learns of its end.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    _point_streams_at_nothing()
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(listener, selectors.EVENT_READ)
            selector.register(console, selectors.EVENT_READ)
            while all(key.fd != console for key, _ in selector.select()):
                launcher, _ = listener.accept()
                if os.fork() == 0:
                    selector.close()
                    listener.close()
                    os.close(console)
                    _forever(lambda: _provide(launcher))  # noqa: B023  # a fork has its own
                launcher.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _point_streams_at_nothing() -> None:
    """Let go of the console's streams: who reads them waits until nobody can write to them any more."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in range(_STREAMS):
        os.dup2(nothing, number)
    os.close(nothing)


def _provide(launcher: socket.socket) -> None:
    """Be the process that the launcher was started as."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    message, streams, _, _ = socket.recv_fds(launcher, _LONGEST, _STREAMS)
    asked = json.loads(message)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(asked["folder"])
    os.environ.clear()  # noqa: TID251  # this is where it is made
    os.environ.update({name: value for name, value in asked["environment"].items() if name != VARIABLE})  # noqa: TID251
    # Read from the environment when it was first asked for.
    tempfile.tempdir = None
    sys.argv = [provider_process.__file__, *asked["arguments"]]
    # As with `-u`: the engine waits for the first line.
    sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), write_through=True)
    sys.stderr = io.TextIOWrapper(io.FileIO(2, "w", closefd=False), errors="backslashreplace", write_through=True)
    _call_this_process(_NAME)
    started_by(asked["launcher"])
    # What the console would do at its end is not this process's to do.
    atexit._clear()  # noqa: SLF001  # the standard library's own forks do the same
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    launcher.send(str(os.getpid()).encode())
    # From its answer on it hands on signals.
    launcher.recv(1)
    threading.Thread(target=_end_with, args=[launcher], daemon=True).start()
    try:
        provider_process.main()
    finally:
        atexit._run_exitfuncs()  # noqa: SLF001


def _end_with(launcher: socket.socket) -> None:
    with contextlib.suppress(OSError):
        launcher.recv(1)
    os._exit(_LOST)


def _call_this_process(name: str) -> None:
    """Set what `ps` and `top` show; the command line stays the console's."""
    with contextlib.suppress(OSError):
        Path("/proc/self/comm").write_text(name, encoding="utf-8")
