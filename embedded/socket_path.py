"""Where the supervisor's socket lies: in the data folder, or beside it where that path is too long for a socket.

The supervisor's configuration records it, so every process finds it, whatever it has for temporary files. A folder outside of the data
folder is made anew under a name that nobody can guess, and counts only while it is this user's alone: who else could write into it
would be told what the supervisor is told.
"""

import configparser
import os
import stat
import tempfile
from pathlib import Path

from embedded.data_folder import DataFolder

_NAME = "supervisor.sock"
_PATH_LIMIT = 90
"""A Unix socket's path may have 107 bytes; supervisord binds a name with its process id appended first, and renames it."""
_SHARED = Path("/tmp")  # noqa: S108  # made anew for one user alone; a run's own temporary folder ends with the run
_SECTION = "unix_http_server"


def recorded_socket(folder: DataFolder, configuration: Path) -> Path | None:
    """Return the socket that a supervisor's configuration names; None where there is none, or one that somebody else could have made."""
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(configuration.read_text(encoding="utf-8"))
        socket = Path(parser.get(_SECTION, "file").replace("%%", "%"))
    except (OSError, UnicodeDecodeError, configparser.Error):
        return None
    return socket if _is_inside(socket, folder) or is_private(socket.parent) else None


def new_socket(folder: DataFolder) -> Path:
    """Return where a supervisor is to listen. The folder is there then. Raises OSError."""
    socket = folder.run / _NAME
    if len(os.fsencode(socket)) <= _PATH_LIMIT:
        folder.run.mkdir(parents=True, exist_ok=True)
        return socket
    return Path(tempfile.mkdtemp(prefix=f"flink-reviews-{os.getuid()}-", dir=_SHARED if _SHARED.is_dir() else None)) / _NAME


def remove_socket(folder: DataFolder, socket: Path | None) -> None:
    """Remove a supervisor's socket, and its folder where that was made for it."""
    if socket is None:
        return
    socket.unlink(missing_ok=True)
    if not _is_inside(socket, folder) and not any(socket.parent.iterdir()):
        socket.parent.rmdir()


def is_private(folder: Path) -> bool:
    """Tell whether a folder is this user's and nobody else's: no link, and no right of anybody else."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & (stat.S_IRWXG | stat.S_IRWXO)


def _is_inside(socket: Path, folder: DataFolder) -> bool:
    return socket.parent == folder.run
