"""A server's API key: one that was given once, or one that follows its file, so that another key needs no other process."""

import logging
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from modelgateway.errors import SettingsError

LOGGER = logging.getLogger("modelgateway")


def read_key(file: Path) -> str:
    """Read a key from its file. An empty file is no key: a server on this machine asks for none.

    Raises SettingsError for a file that cannot be read, that others may read, or that holds anything but one line of ASCII.
    """
    try:
        status = file.stat()
        key = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror or "cannot be read") if isinstance(error, OSError) else "not a text"
        raise SettingsError(f"--api-key-file {file}: {reason}.") from None
    if status.st_mode & _refused_bits(status):
        mode = stat.S_IMODE(status.st_mode)
        raise SettingsError(f"--api-key-file {file} can be read by others (mode {mode:04o}). Run: chmod 600 {file}")
    return usable_key(key, f"--api-key-file {file}")


def usable_key(text: str, where: str) -> str:
    """Return a key without the white space around it. Raises SettingsError, which does not show it."""
    key = text.strip()
    if not key.isascii() or not key.isprintable():
        raise SettingsError(f"{where} holds no usable key: one line of printable ASCII characters is expected.")
    return key


def _refused_bits(status: os.stat_result) -> int:
    """Return who may not read the file. A mounted Secret belongs to root and to the group of the pod: that group is this process alone."""
    mounted = status.st_uid != os.geteuid() and status.st_gid in {os.getegid(), *os.getgroups()}
    return stat.S_IRWXO | (0 if mounted else stat.S_IRWXG)


@dataclass(kw_only=True)
class FollowedKey:
    """The key that is sent now. `file` is looked at before each request; without one the key stays as it is."""

    key: str = field(default="", repr=False)
    file: Path | None = None
    known: set[str] = field(default_factory=set, repr=False)
    """Every key so far: an answer may quote one that was sent before."""
    _seen: tuple[int, int, int] | None = None

    def __post_init__(self) -> None:
        self._seen = self._state()
        self.known.add(self.key)

    def now(self) -> str:
        """Return the key. A file that cannot be used leaves the one before in force, and the log says so once."""
        state = self._state()
        if self.file is not None and state != self._seen:
            self._seen = state
            try:
                self.key = read_key(self.file)
                self.known.add(self.key)
                LOGGER.info("the key in %s is another one, and is sent from now on", self.file)
            except SettingsError as error:
                LOGGER.warning("%s The key before it stays in use.", error)
        return self.key

    def _state(self) -> tuple[int, int, int] | None:
        try:
            status = self.file.stat() if self.file else None
        except OSError:
            return None
        return (status.st_mtime_ns, status.st_ino, status.st_size) if status else None
