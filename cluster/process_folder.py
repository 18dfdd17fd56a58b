"""A temporary folder of this process for keys. Its name says whose it was if the process had no time to remove it."""

import atexit
import os
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

PREFIX = "flink-reviews-run-"
"""Followed by the process id. The next run removes folders of processes that no longer exist."""


def prefix_of(process_id: int) -> str:
    """Return the prefix of the names of a process's folders."""
    return f"{PREFIX}{process_id}-"


def process_folder() -> Path:
    """Return the folder. It is created on first use, readable by its owner only, and removed when the process exits."""
    return _made_by(os.getpid())


@cache
def _made_by(process_id: int) -> Path:
    folder = Path(mkdtemp(prefix=prefix_of(process_id)))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
