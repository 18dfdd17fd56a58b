"""Locks between the threads of a process and between processes, held on files of the data folder.

The kernel frees such a lock when its holder dies, however it dies: there is no stale lock to clean up.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from embedded.errors import BusyError, DataFolderError

_POLL_SECONDS = 0.05


@contextmanager
def file_lock(file: Path, *, timeout_seconds: float) -> Iterator[None]:
    """Hold the lock on `file` (made when missing) for the length of the block.

    Each call opens the file anew, so that two threads of one process exclude each other as well. Not reentrant.
    Raises BusyError when the lock is not free in time, DataFolderError when the file cannot be made.
    """
    descriptor = _open(file)
    try:
        _acquire(descriptor, file, timeout_seconds)
        yield
    finally:
        os.close(descriptor)


def _open(file: Path) -> int:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise DataFolderError(f"cannot make {file} ({error.strerror}): make its folder writable or set another `data.folder`") from error


def _acquire(descriptor: int, file: Path, timeout_seconds: float) -> None:
    deadline = time.monotonic() + timeout_seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= deadline:
                raise BusyError(
                    f"another run has held {file} for {timeout_seconds:.0f} s: wait until it ends, or end it, and run this again"
                ) from error
            time.sleep(_POLL_SECONDS)
        else:
            return
