"""Fetching the locked jars into the data folder: from Maven's local repository if it has them, else from the network.

A jar appears under its name only when it is complete and has the locked checksum. An interrupted fetch therefore resumes when run again.
"""

import errno
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path
from threading import Lock

from embedded.errors import ArtifactError
from embedded.jars import Jar, locked_jars
from embedded.locks import file_lock
from options.flink_lines import BROKER, FlinkLine

Progress = Callable[[int, int, str], None]
"""Called with bytes done, bytes in total and the name of the jar that has just arrived. Never called by two threads at once."""

_DOWNLOADS = 6
_LOCK_SECONDS = 900
"""How long a second run waits for the download of the first one, rather than repeating it. Long enough for a slow connection."""


def jars_of(line: FlinkLine) -> tuple[Jar, ...]:
    """Return every jar that the embedded platform runs on a Flink line, each once."""
    names = (BROKER, line.cluster_set, line.distribution_set, line.gateway_set, line.extension_set)
    return tuple(dict.fromkeys(jar for name in names for jar in locked_jars(name)))


def missing_jars(folder: Path, jars: Iterable[Jar]) -> list[Jar]:
    """Return the jars that are not in the folder. Compare sizes only: the checksum was verified when the jar arrived."""
    return [jar for jar in jars if not jar.is_whole(folder / jar.path)]


def fetch_jars(folder: Path, jars: Sequence[Jar], *, progress: Progress | None = None) -> int:
    """Fetch all jars into `folder`, several at once. Return how many bytes were missing before.

    Raise ArtifactError for the first jar that cannot be fetched; jars fetched until then stay. Two calls fetch a jar of equal path once.
    """
    with file_lock(folder / ".lock", timeout_seconds=_LOCK_SECONDS):
        missing = missing_jars(folder, jars)
        total = sum(jar.size for jar in jars)
        done = total - sum(jar.size for jar in missing)
        counter = _Counter(done=done, total=total, progress=progress)
        with ThreadPoolExecutor(_DOWNLOADS, thread_name_prefix="jar") as pool:
            # Largest first, so that no single large jar is left over at the end.
            futures = [pool.submit(_fetch, folder, jar, counter) for jar in sorted(missing, key=lambda jar: -jar.size)]
            _first_error(futures)
        return total - done


class _Counter:
    def __init__(self, *, done: int, total: int, progress: Progress | None) -> None:
        self._done, self._total, self._progress, self._lock = done, total, progress, Lock()

    def add(self, jar: Jar) -> None:
        with self._lock:
            self._done += jar.size
            if self._progress:
                self._progress(self._done, self._total, jar.file_name)


def _first_error(futures: Sequence[Future[None]]) -> None:
    try:
        for future in as_completed(futures):
            future.result()
    except BaseException:
        for future in futures:
            future.cancel()
        raise


def _fetch(folder: Path, jar: Jar, counter: _Counter) -> None:
    # The resolver is slow to load, and most runs find every jar in place.
    from embedded.maven import from_local_repository, from_network  # noqa: PLC0415

    target = folder / jar.path
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # Beside the target: a rename is atomic only within one file system.
        with tempfile.TemporaryDirectory(prefix=".part-", dir=folder) as temporary:
            part = from_local_repository(jar, Path(temporary)) or from_network(jar, Path(temporary))
            part.replace(target)
    except OSError as error:
        raise _disk_error(jar, target, error) from error
    counter.add(jar)


def _disk_error(jar: Jar, target: Path, error: OSError) -> ArtifactError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ArtifactError(
            f"the disk of {target.parent} is full, {jar.coordinate} needs {jar.size / 1e6:.0f} MB: free some space and run this again"
        )
    return ArtifactError(f"{target} cannot be written ({error.strerror}): make its folder writable or set another `data.folder`")
