"""Writing a bundle's folder: all of it or nothing."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp

from components.bundle_folder import BUNDLES
from console.errors import ConsoleError
from console.exit_codes import ExitCode
from settings.project import PROJECT_FOLDER

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def require_name(name: str) -> str:
    """Return a name that a bundle can have. Raises ConsoleError."""
    if _NAME.fullmatch(name) is None:
        raise ConsoleError(f"{name!r} is no name for a bundle: small letters, digits and `_`, a letter first", exit_code=ExitCode.USAGE)
    return name


def free_folder(name: str, into: str, root: Path = PROJECT_FOLDER) -> Path:
    """Return the folder that a bundle is written to: below `into`, by default below `sql/` of the project.

    Raises ConsoleError for a folder that is there already, whatever it holds, and for an `into` that is not.
    """
    parent = Path(into).expanduser().resolve() if into else root / BUNDLES
    if not parent.is_dir():
        raise ConsoleError(f"there is no folder {parent}", advice="make it, or name another one with --into", exit_code=ExitCode.USAGE)
    folder = parent / name
    if folder.exists() or folder.is_symlink():
        raise ConsoleError(
            f"{folder} is there already, and nothing is overwritten",
            advice="choose another name, or another place with --into",
            exit_code=ExitCode.USAGE,
        )
    return folder


def write_folder(folder: Path, files: Mapping[str, str]) -> None:
    """Write files by their names relative to the folder, which appears when all are written. Raises ConsoleError."""
    try:
        draft = Path(mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise _unwritable(folder, error) from error
    try:
        for name, text in files.items():
            file = draft / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
        draft.chmod(0o755)
        draft.rename(folder)
    except OSError as error:
        raise _unwritable(folder, error) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def setting_of(folder: Path, root: Path = PROJECT_FOLDER) -> str:
    """Return what a stack's `bundle` setting says for a folder."""
    if folder.parent == root / BUNDLES:
        return folder.name
    beside = folder.is_relative_to(root) or folder.is_relative_to(root.parent)
    if not beside:
        return str(folder)
    return f"./{folder.relative_to(root)}" if folder.is_relative_to(root) else f"../{folder.relative_to(root.parent)}"


def shown(folder: Path) -> str:
    """Return a folder as messages have it: relative to where the command runs, if it lies below."""
    here = Path.cwd()
    return str(folder.relative_to(here)) if folder.is_relative_to(here) else str(folder)


def schema_path(folder: Path, root: Path = PROJECT_FOLDER) -> str:
    """Return the manifest's schema as a manifest in the folder names it."""
    schema = root / BUNDLES / "bundle.schema.json"
    if folder.parent == schema.parent:
        return f"../{schema.name}"
    return str(schema)


def _unwritable(folder: Path, error: OSError) -> ConsoleError:
    return ConsoleError(f"{folder} cannot be written: {error.strerror}", exit_code=ExitCode.USAGE)
