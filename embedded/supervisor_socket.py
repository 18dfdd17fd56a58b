"""The supervisor's Unix socket: its path, and XML-RPC over it with a timeout on every call.

supervisor's own transport has no timeout: a supervisor that hangs would hang its caller.

The socket is in the data folder, or outside it if that path is too long. The supervisor's configuration records it, so every process
finds it. A folder outside has a name that nobody can guess. It is used only while no other user can write into it.
"""

import configparser
import http.client
import os
import socket
import stat
import tempfile
import xmlrpc.client
from pathlib import Path

from embedded.data_folder import DataFolder
from embedded.errors import SupervisorError

Answer = object
"""What XML-RPC can carry: numbers, strings, lists and mappings of them."""

_NAMESPACE = "supervisor"


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, file: Path, timeout_seconds: float) -> None:
        super().__init__("localhost", timeout=timeout_seconds)
        self._file = file

    def connect(self) -> None:
        """Open the Unix socket instead of a network connection."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._file))


class _UnixTransport(xmlrpc.client.Transport):
    def __init__(self, file: Path, timeout_seconds: float) -> None:
        super().__init__()
        self._file = file
        self._timeout_seconds = timeout_seconds

    def make_connection(self, host: object) -> http.client.HTTPConnection:  # noqa: ARG002
        """Connect to the file; the host is ignored."""
        return _UnixConnection(self._file, self._timeout_seconds)


class SupervisorRpc:
    """Calls to one supervisord, each over its own connection, so that threads do not interfere."""

    def __init__(self, file: Path | None, *, timeout_seconds: float) -> None:
        """Call over the socket `file`. Without one, nobody answers."""
        self._file = file
        self._timeout_seconds = timeout_seconds

    def is_running(self) -> bool:
        """Return whether it is up and not shutting down."""
        state = self.call("getState")
        return isinstance(state, dict) and state.get("statename") == "RUNNING"

    def call(self, method: str, *arguments: str) -> Answer | None:
        """Call and return the answer; None if nobody answers or the call is refused (`NOT_RUNNING`, `BAD_NAME`)."""
        try:
            return self._call(method, arguments)
        except (OSError, http.client.HTTPException, xmlrpc.client.Error):
            return None

    def require(self, method: str, *arguments: str) -> Answer:
        """Call and return the answer. Raise SupervisorError, which says what was refused."""
        try:
            return self._call(method, arguments)
        except xmlrpc.client.Fault as fault:
            raise SupervisorError(f"the supervisor refused {method} {' '.join(arguments)}: {fault.faultString}") from fault
        except (OSError, http.client.HTTPException, xmlrpc.client.Error) as error:
            raise SupervisorError(
                f"the supervisor does not answer on {self._file or 'any socket'} ({error}): run this again, it will be restarted"
            ) from error

    def _call(self, method: str, arguments: tuple[str, ...]) -> Answer:
        if self._file is None:
            raise ConnectionRefusedError("no supervisor of this data folder is known")
        transport = _UnixTransport(self._file, self._timeout_seconds)
        with xmlrpc.client.ServerProxy("http://localhost/RPC2", transport=transport) as proxy:
            # XML-RPC checks for the exact type `str`: a member of a StrEnum is refused.
            return getattr(getattr(proxy, _NAMESPACE), method)(*map(str, arguments))


_NAME = "supervisor.sock"
_PATH_LIMIT = 90
"""A Unix socket's path may have 107 bytes. supervisord first binds a name with its process id appended, and then renames it."""
_SHARED = Path("/tmp")  # noqa: S108  # a new folder for one user alone; a run's own temporary folder is removed with the run
_SECTION = "unix_http_server"


def recorded_socket(folder: DataFolder, configuration: Path) -> Path | None:
    """Return the socket that a supervisor's configuration names; None if there is none, or if somebody else could have made it."""
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(configuration.read_text(encoding="utf-8"))
        socket = Path(parser.get(_SECTION, "file").replace("%%", "%"))
    except (OSError, UnicodeDecodeError, configparser.Error):
        return None
    return socket if _is_inside(socket, folder) or is_private(socket.parent) else None


def new_socket(folder: DataFolder) -> Path:
    """Return where a supervisor is to listen, and create the folder. Raise OSError when that fails."""
    socket = folder.run / _NAME
    if len(os.fsencode(socket)) <= _PATH_LIMIT:
        folder.run.mkdir(parents=True, exist_ok=True)
        return socket
    return Path(tempfile.mkdtemp(prefix=f"flink-reviews-{os.getuid()}-", dir=_SHARED if _SHARED.is_dir() else None)) / _NAME


def remove_socket(folder: DataFolder, socket: Path | None) -> None:
    """Remove a supervisor's socket, and its folder if that was created for it."""
    if socket is None:
        return
    socket.unlink(missing_ok=True)
    if not _is_inside(socket, folder) and not any(socket.parent.iterdir()):
        socket.parent.rmdir()


def is_private(folder: Path) -> bool:
    """Return whether a folder belongs to this user alone: no link, and no rights for anybody else."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & (stat.S_IRWXG | stat.S_IRWXO)


def _is_inside(socket: Path, folder: DataFolder) -> bool:
    return socket.parent == folder.run
