"""Locks between the threads of a process and between processes, held on files of the data folder.

The kernel releases such a lock when its holder exits, even after a kill: there is no stale lock to clean up.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from embedded.errors import BusyError, DataFolderError

_POLL_SECONDS = 0.05
_ONLY_OWNER = 0o600


@contextmanager
def file_lock(file: Path, *, timeout_seconds: float) -> Iterator[None]:
    """Hold the lock on `file` (created if missing) for the duration of the block.

    Each call has its own lock object, so two threads of one process exclude each other as well. Not reentrant.
    Raise BusyError if the lock is not free in time, DataFolderError if the file cannot be created.
    """
    lock = FileLock(file, timeout=timeout_seconds, mode=_ONLY_OWNER, poll_interval=_POLL_SECONDS)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise BusyError(
            f"another run has held {file} for {timeout_seconds:.0f} s: wait until it ends, or end it, and run this again"
        ) from error
    except OSError as error:
        raise DataFolderError(f"cannot make {file} ({error.strerror}): make its folder writable or set another `data.folder`") from error
    try:
        yield
    finally:
        lock.release()
