"""The logs of this machine's processes, as they grow."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from platforms.errors import PlatformError, Reason

_POLL_SECONDS = 0.2


class FileTails:
    """The ends of the log files in a folder: of one service, or of all. Raises PlatformError naming the services there are."""

    poll_seconds = _POLL_SECONDS

    def __init__(self, folder: Path, service: str, lines: int) -> None:
        self._tails = [Tail(file, lines) for file in log_files(folder, service)]

    def read(self) -> Iterator[tuple[str, str]]:
        """Give service and line for what was not given yet, file after file."""
        for tail in self._tails:
            for line in tail.read():
                yield f"{tail.name:<13}", line


def log_files(folder: Path, service: str) -> list[Path]:
    """Find the current log files. Raises PlatformError naming the services there are when the one asked for has none."""
    found = {path.stem: path for path in sorted(folder.glob("*.log"))}
    if service and service not in found:
        known = ", ".join(found) or "none yet"
        raise PlatformError(f"there is no log of {service!r}", advice=f"logs there are: {known}", reason=Reason.USAGE)
    if not found:
        raise PlatformError(f"there are no logs in {folder}", advice="they appear with the first `up`")
    return [found[service]] if service else list(found.values())


class Tail:
    """The end of a file that others write and rotate."""

    def __init__(self, file: Path, lines: int) -> None:
        self.name = file.stem
        self._file = file
        self._wanted = lines
        self._identity: int | None = None
        self._position = 0
        self._rest = b""

    def read(self) -> Iterator[str]:
        """Give the lines that were not given yet: at first the last ones, later what was added."""
        with suppress(FileNotFoundError), self._file.open("rb") as file:
            status = self._file.stat()
            first = self._identity is None
            if not first and (status.st_ino != self._identity or status.st_size < self._position):
                self._position = 0
            self._identity = status.st_ino
            file.seek(self._position)
            content = self._rest + file.read()
            self._position = file.tell()
            *complete, self._rest = content.split(b"\n")
            for line in complete[-self._wanted :] if first and self._wanted else ([] if first else complete):
                yield line.decode(errors="replace")
