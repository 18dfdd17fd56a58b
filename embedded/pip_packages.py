"""Hash-locked Python packages that only some stacks need, in the data folder rather than in the virtual environment."""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements"
_INSTALL_SECONDS = 900
_DIGITS = 12


class PipError(Exception):
    """pip failed to install. The message is pip's own reason."""


def folder_of(name: str, folder: Path) -> Path:
    """Return the folder for the packages of `requirements/<name>.lock` as locked now. Another lock has another folder."""
    return folder / f"{name}-{lock_digest(name)[:_DIGITS]}"


def lock_digest(name: str) -> str:
    """Return the SHA-256 of a lock file."""
    return hashlib.sha256((REQUIREMENTS / f"{name}.lock").read_bytes()).hexdigest()


def install_packages(name: str, folder: Path) -> Path:
    """Install what a lock names unless it is installed, remove what an older lock named, and return the folder.

    Raise PipError or OSError.
    """
    folder_of_lock = folder_of(name, folder)
    if folder_of_lock.is_dir():
        return folder_of_lock
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".part-", dir=folder) as temporary:
        part = Path(temporary) / name
        pip_install(name, part)
        # The folder gets its name only when it is complete, so an interrupted install is repeated.
        part.replace(folder_of_lock)
    for other in folder.glob(f"{name}-*"):
        if other != folder_of_lock:
            shutil.rmtree(other, ignore_errors=True)
    return folder_of_lock


def pip_install(name: str, target: Path) -> None:
    """Install the packages of `requirements/<name>.lock`: wheels only, without their dependencies. Raise PipError or OSError."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    command += ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--upgrade", "--target", str(target)]
    try:
        result = subprocess.run(
            [*command, "-r", str(REQUIREMENTS / f"{name}.lock")], capture_output=True, text=True, timeout=_INSTALL_SECONDS, check=False
        )
    except subprocess.SubprocessError as error:
        raise PipError(str(error)) from error
    if result.returncode != 0:
        lines = [line for line in result.stderr.splitlines() if line.startswith("ERROR")] or result.stderr.splitlines()[-1:]
        raise PipError(lines[-1] if lines else f"pip ended with {result.returncode}")
