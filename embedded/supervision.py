"""The supervisor of a data folder: one supervisord that keeps the services running, and the calls that control it.

It runs in its own session, so that Ctrl-C in a console never reaches it. Its configuration consists of files in the run folder,
one for each service. Starting it requires a lock, so that a data folder never has two.
"""

import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import psutil

from embedded import processes
from embedded.data_folder import DataFolder, write_atomically
from embedded.environment import passed_on
from embedded.errors import SupervisorError
from embedded.locks import file_lock
from embedded.logs import root_cause
from embedded.supervisor_files import main_configuration
from embedded.supervisor_socket import SupervisorRpc, new_socket, recorded_socket, remove_socket

_LOCK_SECONDS = 60
_START_SECONDS = 20
_ANSWER_SECONDS = 15.0
_STOP_SECONDS = 120.0
"""The services stop at the same time, each within its own limit."""

_POLL_SECONDS = 0.05


@dataclass(frozen=True, kw_only=True)
class GroupState:
    """What the supervisor reports about a service. `state` is STARTING, RUNNING, BACKOFF, STOPPING, EXITED, FATAL or STOPPED.

    `started` and `now` are seconds since 1970; `description` is the supervisor's text for people.
    """

    state: str
    pid: int
    started: float
    now: float
    description: str


class Supervisor:
    """Controls the supervisord of one data folder. Every method is safe to call from several threads and processes."""

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder
        self._configuration = folder.run / "supervisord.conf"
        self._services = folder.run / "conf.d"
        self._lock = folder.locks / "supervisor.lock"

    def running(self) -> bool:
        """Return whether the supervisor answers."""
        return self._rpc().is_running()

    def ensure(self) -> None:
        """Start the supervisor unless it answers. End processes that an earlier one left behind, then start its services again.

        Raise SupervisorError when it does not start.
        """
        if self.running():
            return
        with file_lock(self._lock, timeout_seconds=_LOCK_SECONDS):
            if not self.running():
                self._stop_leftovers()
                self._start()

    def state(self, service: str) -> GroupState | None:
        """Return a service's state; None if the supervisor does not answer or does not know the service."""
        answer = self._rpc().call("getProcessInfo", service)
        if answer is None:
            return None
        info = cast("Mapping[str, str | int]", answer)
        return GroupState(
            state=str(info["statename"]),
            pid=int(info["pid"]),
            started=float(info["start"]),
            now=float(info["now"]),
            description=str(info["spawnerr"] or info["description"]),
        )

    def apply(self, service: str, configuration: str) -> None:
        """Give a service its configuration and start it. Stop it first if it is running."""
        self.remove(service)
        with file_lock(self._lock, timeout_seconds=_LOCK_SECONDS):
            write_atomically(self._service_file(service), configuration, mode=0o600)
            rpc = self._rpc()
            try:
                rpc.require("reloadConfig")
                rpc.require("addProcessGroup", service)
            except SupervisorError:
                # The supervisor refuses all services if it refuses the file of one.
                self._service_file(service).unlink(missing_ok=True)
                raise

    def remove(self, service: str) -> None:
        """Stop a service, if it is running, and forget it."""
        rpc = self._rpc(timeout_seconds=_STOP_SECONDS)
        rpc.call("stopProcessGroup", service)
        with file_lock(self._lock, timeout_seconds=_LOCK_SECONDS):
            self._service_file(service).unlink(missing_ok=True)
            rpc.call("removeProcessGroup", service)

    def shutdown(self) -> None:
        """Stop all services at once, then the supervisor, and wait until it has exited. Kill what does not exit in time."""
        with file_lock(self._lock, timeout_seconds=_LOCK_SECONDS):
            pids = self.pids()
            rpc = self._rpc(timeout_seconds=_STOP_SECONDS)
            # A shutdown alone stops one group after the other.
            rpc.call("stopAllProcesses")
            rpc.call("shutdown")
            _wait_gone(pids, timeout_seconds=_START_SECONDS)
            self._stop_leftovers()
            self._remove_files()

    def pids(self) -> list[int]:
        """List the process ids of this folder's supervisord: one, or none."""
        configuration = str(self._configuration)
        return [process.pid for process in psutil.process_iter() if configuration in processes.command_line(process)]

    def _rpc(self, *, timeout_seconds: float = _ANSWER_SECONDS) -> SupervisorRpc:
        return SupervisorRpc(self._socket(), timeout_seconds=timeout_seconds)

    def _socket(self) -> Path | None:
        return recorded_socket(self._folder, self._configuration)

    def _service_file(self, service: str) -> Path:
        return self._services / f"{service}.conf"

    def _stop_leftovers(self) -> None:
        supervisors = self.pids()
        # A supervisor that is asked to exit ends its services. Those of a killed one are ended here.
        processes.end(supervisors)
        processes.end([one.pid for one in processes.marked(self._folder)])

    def _start(self) -> None:
        try:
            self._services.mkdir(parents=True, exist_ok=True)
            self._folder.logs.mkdir(parents=True, exist_ok=True)
            remove_socket(self._folder, self._socket())
            (self._folder.run / "supervisor.pid").unlink(missing_ok=True)
            socket = new_socket(self._folder)
            write_atomically(self._configuration, main_configuration(self._folder, socket), mode=0o600)
        except OSError as error:
            raise SupervisorError(f"{error.filename} cannot be written ({error.strerror}): make the data folder writable") from error
        result = subprocess.run(
            [sys.executable, "-m", "supervisor.supervisord", "-c", str(self._configuration)],
            # It must not keep a pipe open that somebody reads to its end, nor pass secrets of this environment to the services.
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=passed_on("PATH", "HOME", "LANG"),
            cwd=self._folder.root,
            start_new_session=True,
            timeout=_START_SECONDS,
            check=False,
        )
        deadline = time.monotonic() + _START_SECONDS
        while not self.running():
            if result.returncode != 0 or time.monotonic() >= deadline:
                log = self._folder.log("supervisor")
                raise SupervisorError(f"the supervisor did not start: {root_cause(log)}. Its log is {log}")
            time.sleep(_POLL_SECONDS)

    def _remove_files(self) -> None:
        remove_socket(self._folder, self._socket())
        for file in (self._configuration, self._folder.run / "supervisor.pid", *self._services.glob("*.conf")):
            file.unlink(missing_ok=True)
        for made in (self._services, self._folder.run):
            if made.is_dir() and not any(made.iterdir()):
                made.rmdir()


def _wait_gone(pids: list[int], *, timeout_seconds: float) -> None:
    deadline = time.monotonic() + timeout_seconds
    while any(psutil.pid_exists(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
