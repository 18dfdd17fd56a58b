"""A temporary folder of this process's own, for keys: its name tells whose it was when the process had no time to remove it."""

import atexit
import os
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

PREFIX = "flink-reviews-run-"
"""Followed by the process's id: what carries the id of a process that is gone, the next run removes."""


def prefix_of(process_id: int) -> str:
    """Return how the names of a process's folders begin."""
    return f"{PREFIX}{process_id}-"


def process_folder() -> Path:
    """Return the folder, made when it is first asked for, readable by its owner only, and removed when the process ends."""
    return _made_by(os.getpid())


@cache
def _made_by(process_id: int) -> Path:
    folder = Path(mkdtemp(prefix=prefix_of(process_id)))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
