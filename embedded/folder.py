"""Making the data folder, and refusing one that another version of the program laid out."""

from embedded.data_folder import LAYOUT_VERSION, DataFolder, write_atomically
from embedded.errors import DataFolderError

FORBIDDEN = frozenset(':,;#"*?[]%\n\r\t')
"""A classpath is divided at colons, Kafka's list of folders at commas, patterns of file names have the others.

In the supervisor's files a percent sign begins an expansion, for log files even twice; a semicolon or a number sign begins a comment.
"""


def path_problem(folder: DataFolder) -> str:
    """Say what is wrong with the folder's path; empty when nothing is."""
    found = sorted(FORBIDDEN.intersection(str(folder.root)))
    return f"its path holds {' '.join(map(repr, found))}, which Java, Kafka or the supervisor cannot take" if found else ""


def version_problem(folder: DataFolder) -> str:
    """Say how the folder's layout differs from ours; empty when it does not, or when the folder is not there yet."""
    try:
        found = folder.version_file.read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except (OSError, UnicodeDecodeError):
        return "its version cannot be read"
    return (
        ""
        if found == LAYOUT_VERSION
        else f"it was made by another version of this program (layout {found[:20]!r}, this one has {LAYOUT_VERSION!r})"
    )


def ensure_folder(folder: DataFolder) -> None:
    """Make the folder and mark it with the layout version. Raises DataFolderError when it cannot be used as it is."""
    if problem := path_problem(folder):
        raise DataFolderError(
            f"the data folder {folder.root} cannot be used: {problem}. Set another one with `pulumi config set data.folder <path>`"
        )
    if problem := version_problem(folder):
        raise DataFolderError(
            f"the data folder {folder.root} cannot be used: {problem}. "
            "Stop it with the version that made it, then move it away or set another `data.folder`"
        )
    try:
        folder.root.mkdir(parents=True, exist_ok=True)
        if not folder.version_file.exists():
            write_atomically(folder.version_file, f"{LAYOUT_VERSION}\n")
    except OSError as error:
        raise DataFolderError(
            f"the data folder {folder.root} cannot be written ({error.strerror}): make it writable or set another `data.folder`"
        ) from error
