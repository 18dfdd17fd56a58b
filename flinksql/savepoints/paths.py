"""What the path of a savepoint says: Flink names its folder `savepoint-<first six digits of the job's id>-<random>`."""

import re
from collections.abc import Iterable

_NAME = re.compile(r"savepoint-(?P<digits>[0-9a-f]{6})-[0-9a-f]+")
_LOCAL = re.compile(r"\Afile:/+")


def canonical(path: str) -> str:
    """Return a path in the one spelling that can be compared: Flink writes `file:/a`, people `file:///a`."""
    return _LOCAL.sub("file:/", path.strip(), count=1).rstrip("/")


def folder_name(path: str) -> str:
    """Return the name of the folder that a savepoint or checkpoint lies in."""
    return canonical(path).rpartition("/")[2]


def is_savepoint(path: str) -> bool:
    """Tell whether a path is that of a savepoint. A retained checkpoint has another name, and may share its files with others."""
    return _NAME.fullmatch(folder_name(path)) is not None


def savepoints_in(text: str) -> list[str]:
    """Return the names of savepoints' folders that a text names, as a header's `restore_from` does."""
    return [found[0] for found in _NAME.finditer(text)]


def is_written_by(path: str, job_ids: Iterable[str]) -> bool:
    """Tell whether a savepoint's name is that of one of these jobs. Another job with the same six digits is possible, and rare."""
    found = _NAME.fullmatch(folder_name(path))
    return found is not None and any(job_id.startswith(found["digits"]) for job_id in job_ids)
