"""The data folder: the only place on disk that the embedded platform writes to, and where each thing lies in it."""

import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

from embedded.errors import DataFolderError
from embedded.locks import file_lock

LAYOUT_VERSION = "1"
"""Raised when a newer program could not use an older folder as it is."""


@dataclass(frozen=True, kw_only=True)
class DataFolder:
    """Paths below one absolute folder. Nothing is created by asking for a path."""

    root: Path

    @property
    def artifacts(self) -> Path:
        """Jars, in the layout of a Maven repository."""
        return self.root / "artifacts"

    @property
    def java(self) -> Path:
        """A Java runtime of our own, when the machine has none that fits."""
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
        """Lock files. They stay: removing a lock file that another process waits on would give both of them the lock."""
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
        """Compiled plans while they are read, each in a folder of its own."""
        return self.flink / "plans"

    @property
    def functions(self) -> Path:
        """Jars of functions, each in a folder named by its checksum. A version that a savepoint was made with stays."""
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
        """The model gateway's ledger: answers that were paid for. `down` leaves it."""
        return self.root / "answers"

    @property
    def salt(self) -> Path:
        """What makes the ids of this folder's jobs differ from those of every other installation. Kept as long as their state."""
        return self.root / "salt"

    @property
    def version_file(self) -> Path:
        """Holds the layout version that the folder was made with."""
        return self.root / "version"

    @property
    def model_server(self) -> Path:
        """The packages of llama.cpp's server, where `model.kind` asks for it."""
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
        """Return the file that the JVM of a service writes when it ends out of memory; the newest replaces the one before."""
        return self.logs / f"{service}.crash"


def write_atomically(path: Path, content: str | bytes, *, mode: int = 0o644) -> None:
    """Write a file so that a reader, or a crash, sees the old content or the new one and never a part. Creates its folder."""
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
"""A classpath is divided at colons, Kafka's list of folders at commas, patterns of file names have the others.

In the supervisor's files a percent sign begins an expansion, for log files even twice; a semicolon or a number sign begins a comment.
"""


def path_problem(folder: DataFolder) -> str:
    """Return what is wrong with the folder's path; empty when nothing is."""
    found = sorted(FORBIDDEN.intersection(str(folder.root)))
    return f"its path holds {' '.join(map(repr, found))}, which Java, Kafka or the supervisor cannot take" if found else ""


def version_problem(folder: DataFolder) -> str:
    """Return how the folder's layout differs from ours; empty when it does not, or when the folder is not there yet."""
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
    """Make the folder and mark it with the layout version. Raises DataFolderError when it cannot be used as it is."""
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
    """Create a secret of `size` random bytes unless the file exists. Of two processes at once, one creates it."""
    with file_lock(folder.locks / f"{file.name}.lock", timeout_seconds=_LOCK_SECONDS):
        if not file.exists():
            write_atomically(file, f"{secrets.token_urlsafe(size)}\n", mode=0o600)
