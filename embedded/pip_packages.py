"""Hash-locked Python packages in folders of their own in the data folder: what only some stacks need, and no virtual environment has."""

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
    """pip could not install. The text is its own reason."""


def folder_of(name: str, folder: Path) -> Path:
    """Return the folder in which the packages of `requirements/<name>.lock` lie, as locked now. Another lock has another folder."""
    return folder / f"{name}-{lock_digest(name)[:_DIGITS]}"


def lock_digest(name: str) -> str:
    """Return the SHA-256 of a lock file."""
    return hashlib.sha256((REQUIREMENTS / f"{name}.lock").read_bytes()).hexdigest()


def install_packages(name: str, folder: Path) -> Path:
    """Install what a lock names unless it is there, drop what an older lock named, and return the folder. Raises PipError, OSError."""
    folder_of_lock = folder_of(name, folder)
    if folder_of_lock.is_dir():
        return folder_of_lock
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".part-", dir=folder) as temporary:
        part = Path(temporary) / name
        pip_install(name, part)
        # The folder appears under its name only whole, so an interrupted install is done again.
        part.replace(folder_of_lock)
    for other in folder.glob(f"{name}-*"):
        if other != folder_of_lock:
            shutil.rmtree(other, ignore_errors=True)
    return folder_of_lock


def pip_install(name: str, target: Path) -> None:
    """Install the packages of `requirements/<name>.lock`, wheels only and without their dependencies. Raises PipError, OSError."""
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
