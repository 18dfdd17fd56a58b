"""The data folder: the only place on disk that the embedded platform writes to, and its layout."""

import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

from embedded.errors import DataFolderError
from embedded.locks import file_lock

LAYOUT_VERSION = "1"
"""Increased when a newer program cannot use an older folder as it is."""


@dataclass(frozen=True, kw_only=True)
class DataFolder:
    """Paths below one absolute folder. Asking for a path creates nothing."""

    root: Path

    @property
    def artifacts(self) -> Path:
        """Jars, in the layout of a Maven repository."""
        return self.root / "artifacts"

    @property
    def jars(self) -> Path:
        """Where the jars lie themselves: `artifacts`, or the folder that several data folders share by links.

        A class data archive is only good for the very paths that it was made with, so what is shared needs the same ones.
        """
        return self.artifacts.resolve() if self.artifacts.is_symlink() else self.artifacts

    @property
    def java(self) -> Path:
        """A Java runtime of our own, for a machine that has no suitable one."""
        return self.root / "java"

    @property
    def archives(self) -> Path:
        """AppCDS archives, one for each role, classpath, Java version and set of flags."""
        return self.root / "archives"

    @property
    def logs(self) -> Path:
        """What the services and the supervisor print, rotated."""
        return self.root / "logs"

    @property
    def run(self) -> Path:
        """What exists only while something runs: the supervisor's socket, process id and configuration."""
        return self.root / "run"

    @property
    def locks(self) -> Path:
        """Lock files. They are never removed: if another process waits on a removed file, both would get the lock."""
        return self.root / "locks"

    @property
    def kafka(self) -> Path:
        """Kafka's log segments and metadata."""
        return self.root / "kafka"

    @property
    def flink(self) -> Path:
        """Flink's checkpoints, savepoints, configuration and temporary files."""
        return self.root / "flink"

    @property
    def checkpoints(self) -> Path:
        """Retained checkpoints, one folder for each job id."""
        return self.flink / "checkpoints"

    @property
    def savepoints(self) -> Path:
        """Savepoints made by stopping a job."""
        return self.flink / "savepoints"

    @property
    def plans(self) -> Path:
        """Compiled plans while they are being read, each in its own folder."""
        return self.flink / "plans"

    @property
    def functions(self) -> Path:
        """Jars of functions, each in a folder named by its checksum. A version that a savepoint needs is kept."""
        return self.root / "functions"

    @property
    def secrets(self) -> Path:
        """Files of mode 0600 in a folder of mode 0700."""
        return self.root / "secrets"

    @property
    def certificates(self) -> Path:
        """Certificates and keys of Flink's processes and of their clients: files of mode 0600 in a folder of mode 0700."""
        return self.root / "certificates"

    @property
    def answers(self) -> Path:
        """The model gateway's ledger: answers that were paid for. `down` keeps it."""
        return self.root / "answers"

    @property
    def salt(self) -> Path:
        """The salt that makes this folder's job ids differ from those of every other installation. Kept as long as the jobs' state."""
        return self.root / "salt"

    @property
    def version_file(self) -> Path:
        """The file that holds the folder's layout version."""
        return self.root / "version"

    @property
    def model_server(self) -> Path:
        """The packages of llama.cpp's server, if `model.kind` asks for it."""
        return self.root / "model-server"

    def configuration(self, service: str) -> Path:
        """Return the folder of a service's own configuration files."""
        return self.root / "configuration" / service

    def temporary(self, service: str) -> Path:
        """Return the folder of a service's temporary files, emptied before each start."""
        return self.root / "temporary" / service

    def log(self, service: str) -> Path:
        """Return the log file of a service."""
        return self.logs / f"{service}.log"

    def crash(self, service: str) -> Path:
        """Return the file that a service's JVM writes when it runs out of memory. A newer report replaces the older one."""
        return self.logs / f"{service}.crash"


def write_atomically(path: Path, content: str | bytes, *, mode: int = 0o644) -> None:
    """Write a file, and create its folder. A reader sees the old content or the new one, never a part, even after a crash."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


FORBIDDEN = frozenset(':,;#"*?[]%\n\r\t')
"""Colons separate a classpath, commas Kafka's list of folders; the others are wildcards in patterns of file names.

In the supervisor's files a percent sign starts an expansion, for log files even twice. A semicolon or number sign starts a comment.
"""


def path_problem(folder: DataFolder) -> str:
    """Return what is wrong with the folder's path; empty if nothing is."""
    found = sorted(FORBIDDEN.intersection(str(folder.root)))
    return f"its path holds {' '.join(map(repr, found))}, which Java, Kafka or the supervisor cannot take" if found else ""


def version_problem(folder: DataFolder) -> str:
    """Return how the folder's layout differs from ours; empty if it does not, or if the folder does not exist yet."""
    try:
        found = folder.version_file.read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except (OSError, UnicodeDecodeError):
        return "its version cannot be read"
    return (
        ""
        if found == LAYOUT_VERSION
        else f"it was made by another version of this program (layout {found[:20]!r}, this one has {LAYOUT_VERSION!r})"
    )


def ensure_folder(folder: DataFolder) -> None:
    """Create the folder and record the layout version. Raise DataFolderError when it cannot be used as it is."""
    if problem := path_problem(folder):
        raise DataFolderError(
            f"the data folder {folder.root} cannot be used: {problem}. Set another one with `pulumi config set data.folder <path>`"
        )
    if problem := version_problem(folder):
        raise DataFolderError(
            f"the data folder {folder.root} cannot be used: {problem}. "
            "Stop it with the version that made it, then move it away or set another `data.folder`"
        )
    try:
        folder.root.mkdir(parents=True, exist_ok=True)
        if not folder.version_file.exists():
            write_atomically(folder.version_file, f"{LAYOUT_VERSION}\n")
    except OSError as error:
        raise DataFolderError(
            f"the data folder {folder.root} cannot be written ({error.strerror}): make it writable or set another `data.folder`"
        ) from error


_LOCK_SECONDS = 10


def ensure_secret(folder: DataFolder, file: Path, *, size: int) -> None:
    """Create a secret of `size` random bytes unless the file exists. If two processes try at once, only one creates it."""
    with file_lock(folder.locks / f"{file.name}.lock", timeout_seconds=_LOCK_SECONDS):
        if not file.exists():
            write_atomically(file, f"{secrets.token_urlsafe(size)}\n", mode=0o600)
