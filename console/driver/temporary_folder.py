"""A temporary folder of a run's own for the engine and its plugins.

The Kubernetes provider writes a kubeconfig, credentials included, into the temporary folder in each run and leaves it there (measured
with 4.32.0).
"""

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

import psutil

from cluster.process_folder import PREFIX, prefix_of
from console.project import Project
from platforms.registry import platform_named

_NAME = re.compile(rf"{PREFIX}(\d+)-\w+")
"""The process that the folder belongs to stands in its name, so that the next run knows what nobody will remove any more."""


@contextmanager
def temporary_folder(project: Project) -> Iterator[Mapping[str, str]]:
    """Give the variables that name the folder; it is removed with all that is in it when the block ends.

    Without provider plugins there are none: the services that a run starts go on after it, with the environment that they got.
    """
    if not platform_named(project.values).needs_plugins:
        yield {}
        return
    remove_abandoned(Path(gettempdir()))
    with TemporaryDirectory(prefix=prefix_of(os.getpid()), ignore_cleanup_errors=True) as folder:
        yield {"TMPDIR": folder}


def remove_abandoned(parent: Path) -> list[Path]:
    """Remove the folders of this user's runs that were killed, which had no time to do it. Returns them."""
    removed: list[Path] = []
    for folder in parent.glob(f"{PREFIX}*"):
        named = _NAME.fullmatch(folder.name)
        if named and not psutil.pid_exists(int(named[1])) and folder.is_dir() and not folder.is_symlink() and _is_mine(folder):
            shutil.rmtree(folder, ignore_errors=True)
            removed.append(folder)
    return removed


def _is_mine(folder: Path) -> bool:
    try:
        return folder.lstat().st_uid == os.getuid()
    except OSError:
        return False
