"""Which process forwards a port of this machine: one at a time. Others can find out that it forwards to the same service.

The lock file is in a folder that is the same for all processes of a machine, whatever temporary folder they use. The forwarding process
locks it and writes what it forwards to. Releasing removes the file. The system releases the lock when that process exits for any reason,
so a file that is left behind blocks nobody.
"""

import fcntl
import os
import threading
from pathlib import Path
from typing import Self

_FOLDER = Path("/tmp")  # noqa: S108  # the name holds the user's id, and no link is followed


class ForwardLock:
    """The right to forward `port`. `target` is a text that is equal for the same service."""

    def __init__(self, port: int, target: str, folder: Path | None = None) -> None:
        self._path = (folder or _FOLDER) / f"flink-reviews-{os.getuid()}-forward-{port}.lock"
        self._target = target
        self._descriptor: int | None = None
        self._guard = threading.Lock()

    def acquire(self) -> bool:
        """Acquire the lock. Return False if another process holds it."""
        if self._descriptor is not None:
            return True
        while (descriptor := self._locked()) is not None and not self._is_there(descriptor):
            # Its holder removed the file between opening and locking: the next process would create and lock another one.
            os.close(descriptor)
        if descriptor is None:
            return False
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, self._target.encode(), 0)
        self._descriptor = descriptor
        return True

    def holder(self) -> str:
        """Return what the holder forwards to; empty if there is none, or if it is just starting."""
        try:
            return self._path.read_text(encoding="utf-8")
        except OSError:
            return ""

    def release(self) -> None:
        """Release the lock. Remove the file first, while nobody else can hold it."""
        with self._guard:
            descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            self._path.unlink(missing_ok=True)
            os.close(descriptor)

    def _locked(self) -> int | None:
        """Return the file, opened and locked; None if another process holds it."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return None
        return descriptor

    def _is_there(self, descriptor: int) -> bool:
        """Return whether an opened file is still the one at its path."""
        try:
            return os.path.samestat(os.fstat(descriptor), self._path.stat())
        except FileNotFoundError:
            return False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.release()
