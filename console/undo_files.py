"""The files that `undo` gives an older text: what changes in each, writing it, and a copy of the bundle that has it."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Any

from console.errors import ConsoleError
from console.exit_codes import ExitCode
from flinksql.sql.lanes import is_lane_object

_BOM = "\ufeff"


@dataclass(frozen=True, kw_only=True)
class FileChange:
    """A file of the bundle and its texts; `now` is None for a file that is not there."""

    path: Path
    now: str | None
    before: str

    def diff(self) -> str:
        """Return what changes in it."""
        lines = ((self.now or "").splitlines(), self.before.splitlines())
        return "\n".join(unified_diff(*lines, fromfile=f"{self.path.name} (now)", tofile=f"{self.path.name} (before)", lineterm=""))

    def write(self) -> None:
        """Give the file its older text."""
        _write(self.path, self.before)

    def take_back(self) -> bool:
        """Give the file the text of now again, unless somebody wrote another one meanwhile; tell whether it has it."""
        if _text(self.path) != self.before:
            return False
        if self.now is None:
            self.path.unlink()
        else:
            _write(self.path, self.now)
        return True


def changed_files(folder: Path, recorded: Callable[[str], str | None], version: Mapping[str, Any]) -> list[FileChange]:
    """Return the files that get an older text. `recorded` gives the text of a statement's file as it was deployed.

    Raises ConsoleError for a file that holds edits that were not deployed.
    """
    changes: list[FileChange] = []
    for part in (version, *(version.get("closure") or ())):
        name, before = str(part["name"]), as_written(part)
        if is_lane_object(name):
            continue
        path = folder / f"{name}.sql"
        text = _text(path)
        if text == before:
            continue
        if text != recorded(name):
            raise refused(
                f"{path.name} holds edits that were not deployed, and undo would overwrite them",
                "deploy them with `up`, or take them back, then run undo again",
            )
        changes.append(FileChange(path=path, now=text, before=before))
    return changes


@contextmanager
def changed_copy(folder: Path, files: Sequence[FileChange]) -> Iterator[Path]:
    """Give a copy of the bundle with the older texts, beside it: its manifest names files relative to the bundle's folder."""
    try:
        copy = Path(tempfile.mkdtemp(prefix=f".{folder.name}-undo-", dir=folder.parent))
    except OSError as error:
        raise refused(f"no copy of the bundle can be made in {folder.parent}: {error.strerror}", "make that folder writable") from error
    try:
        shutil.copytree(folder, copy, dirs_exist_ok=True)
        for file in files:
            _write(copy / file.path.name, file.before)
        yield copy
    finally:
        shutil.rmtree(copy, ignore_errors=True)


def as_written(statement: Mapping[str, Any]) -> str:
    """Return the text of a statement's file: that of a job with lanes is made from it."""
    return str(statement.get("written") or statement.get("text") or "")


def _text(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8").removeprefix(_BOM)
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise refused(f"{path} cannot be read: {error}", "make it readable, then run undo again") from error


def _write(path: Path, text: str) -> None:
    try:
        path.write_bytes(text.encode("utf-8"))
    except OSError as error:
        raise refused(
            f"{path} cannot be written: {error.strerror}", "write the older text into it where the bundle is kept, then run undo again"
        ) from error


def refused(message: str, advice: str) -> ConsoleError:
    """Return the error of an undo that is refused."""
    return ConsoleError(message, advice=advice, exit_code=ExitCode.USAGE)
