"""Secrets that this program makes up for a data folder: one line in a file that only its user can read."""

import secrets
from pathlib import Path

from embedded.data_folder import DataFolder, write_atomically
from embedded.locks import file_lock

_LOCK_SECONDS = 10


def ensure_secret(folder: DataFolder, file: Path, *, size: int) -> None:
    """Make up a secret of `size` random bytes unless the file is there. Of two processes that ask at once, one makes it."""
    with file_lock(folder.locks / f"{file.name}.lock", timeout_seconds=_LOCK_SECONDS):
        if not file.exists():
            write_atomically(file, f"{secrets.token_urlsafe(size)}\n", mode=0o600)
