"""The folder that a platform's Flink writes savepoints to, where it can be read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from flinksql.savepoints.paths import canonical, folder_name, is_savepoint

METADATA = "_metadata"
"""Written last: a savepoint without it is incomplete."""


class Presence(StrEnum):
    """Whether a savepoint is still where it was written."""

    THERE = "there"
    GONE = "gone"
    UNKNOWN = "not known"
    """It lies where nobody can look from here: in an object store, or in another folder than Flink's present one."""


@dataclass(frozen=True, kw_only=True)
class WrittenSavepoint:
    """A savepoint's folder. `modified` are seconds since 1970; `bytes` is None where that was not asked."""

    name: str
    modified: float
    bytes: int | None = None
    is_complete: bool = True


@dataclass(frozen=True, kw_only=True)
class SavepointFolder:
    """What the folder has. `root` is its URI as Flink writes it, empty where that is not known."""

    root: str = ""
    written: Mapping[str, WrittenSavepoint] = field(default_factory=dict)

    def at(self, path: str) -> WrittenSavepoint | None:
        """Return the folder of a path that Flink gave, None where it is not here."""
        # Flink's random digits are in the name: another root in front of it is another way to the same folder.
        return self.written.get(folder_name(path)) if is_savepoint(path) else None

    def presence(self, path: str) -> Presence:
        """Return whether a savepoint is there. One in another folder is not known to be gone."""
        found = self.at(path)
        if found:
            return Presence.THERE if found.is_complete else Presence.GONE
        parent = canonical(path).rpartition("/")[0]
        here = bool(self.root) and is_savepoint(path) and parent == canonical(self.root)
        return Presence.GONE if here else Presence.UNKNOWN

    def uri(self, name: str) -> str:
        """Return the path of a folder as Flink would write it; empty where the root is not known."""
        return f"{canonical(self.root)}/{name}" if self.root else ""


def savepoint_folder(written: Iterable[WrittenSavepoint], root: str = "") -> SavepointFolder:
    """Return a folder with these savepoints."""
    return SavepointFolder(root=root, written={one.name: one for one in written})


def read_savepoint_folder(folder: Path, root: str = "") -> SavepointFolder | None:
    """Read a folder of this machine; None where it cannot be read. One that does not exist has no savepoints, if its parent does."""
    if not folder.exists():
        return SavepointFolder(root=root) if folder.parent.is_dir() else None
    try:
        return savepoint_folder([_read(one) for one in folder.iterdir() if is_savepoint(one.name)], root)
    except OSError:
        return None


def _read(folder: Path) -> WrittenSavepoint:
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    metadata = folder / METADATA
    complete = metadata.is_file()
    return WrittenSavepoint(name=folder.name, modified=(metadata if complete else folder).stat().st_mtime, bytes=size, is_complete=complete)
