"""Finding and ending processes that belong to a data folder and have no supervisor, by the marker in their command line."""

from collections.abc import Sequence
from dataclasses import dataclass

import psutil

from embedded import jvm, launch
from embedded.data_folder import DataFolder

_GRACE_SECONDS = 10.0
_KILL_SECONDS = 10.0

_SERVICE = "flink.reviews.service="


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """A process of this data folder. `service` is empty if its command line does not name it."""

    pid: int
    service: str


def marked(folder: DataFolder) -> list[Leftover]:
    """List every running process whose command line has the data folder's marker."""
    found = []
    for process in psutil.process_iter():
        line = command_line(process)
        if _has_marker(line, folder):
            services = [argument.partition(_SERVICE)[2] for argument in line if _SERVICE in argument]
            found.append(Leftover(pid=process.pid, service=services[0] if services else ""))
    return found


def is_marked(pid: int, folder: DataFolder) -> bool:
    """Return whether a process runs whose command line has the data folder's marker."""
    try:
        return _has_marker(command_line(psutil.Process(pid)), folder)
    except psutil.Error:
        return False


def _has_marker(line: Sequence[str], folder: DataFolder) -> bool:
    return not {jvm.marker(folder), launch.python_marker(folder)}.isdisjoint(line)


def command_line(process: psutil.Process) -> list[str]:
    """Return a process's command line; empty if it has exited, is a zombie, or may not be read."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def parent_of(pid: int) -> int:
    """Return the parent's process id, 0 if the process has exited."""
    try:
        return psutil.Process(pid).ppid()
    except psutil.Error:
        return 0


def end(pids: Sequence[int], *, grace_seconds: float = _GRACE_SECONDS) -> None:
    """Ask processes to exit, wait, and kill those that did not. Ignore processes that have already exited."""
    processes = []
    for pid in pids:
        try:
            process = psutil.Process(pid)
            process.terminate()
        except psutil.Error:
            continue
        processes.append(process)
    _, alive = psutil.wait_procs(processes, timeout=grace_seconds)
    for process in alive:
        try:
            process.kill()
        except psutil.Error:
            continue
    psutil.wait_procs(alive, timeout=_KILL_SECONDS)
