"""Class data archives that test stacks hand on to each other: made once in a run of the tests instead of beside every stack.

Only the stack that most tests share makes them, and hands them on while it runs. Making the four of a stack costs as much processor time
as several starts without them: a stack that ends before the next one begins has nothing of it.
"""

import contextlib
import os
import tempfile
from pathlib import Path

from embedded.archives import is_archive
from embedded.data_folder import DataFolder

SHARED = Path(__file__).resolve().parents[2] / ".data" / "archives-of-tests"
_PATTERNS = ("*.jsa", "*.jsa.new")
"""Those that were in use, and those that the next start would have taken."""


def take_archives(folder: DataFolder, shared: Path = SHARED) -> None:
    """Give a data folder that was never used the archives that others left. What is of no use to it, its first start drops."""
    folder.archives.mkdir(parents=True, exist_ok=True)
    for archive in _archives(shared):
        with contextlib.suppress(FileNotFoundError):
            os.link(archive, folder.archives / archive.name)


def leave_archives(folder: DataFolder, shared: Path = SHARED) -> None:
    """Hand on the archives of a data folder. Its services may run: an archive that is whole is only read from then on."""
    shared.mkdir(parents=True, exist_ok=True)
    for archive in _archives(folder.archives):
        left = shared / archive.name
        if left.exists() and left.samefile(archive):
            continue
        # Linked twice, because a link replaces nothing: another process may do the same.
        with tempfile.TemporaryDirectory(dir=shared) as own:
            linked = Path(own) / archive.name
            os.link(archive, linked)
            linked.replace(left)


def _archives(folder: Path) -> list[Path]:
    return [file for pattern in _PATTERNS for file in folder.glob(pattern) if is_archive(file)]
