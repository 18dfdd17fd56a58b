"""The end of an embedded stack: its processes end with it, whatever is known of them."""

import shutil
from pathlib import Path

from embedded.control import ServiceControl
from embedded.kafka import topics_in
from embedded.processes import marked
from embedded.settings import EmbeddedSettings
from flinksql.kafka.ownership import OWNERS
from platforms.base import Say
from platforms.errors import PlatformError


def end_processes(data_folder: Path, say: Say) -> int:
    """End what still runs in the data folder; return how many processes that were. Raises PlatformError for those that do not end."""
    if not data_folder.is_dir():
        return 0
    settings = EmbeddedSettings(data_folder=data_folder)
    before = len(marked(settings.folder))
    if before:
        say(f"ending {before} processes")
    ServiceControl(settings).shutdown()
    left = marked(settings.folder)
    if left:
        names = ", ".join(f"{one.service or 'process'} ({one.pid})" for one in left)
        raise PlatformError(f"these processes did not stop: {names}", advice="kill them by process id, then run `down` again")
    return before


def remove_topics(data_folder: Path, topics: frozenset[str], say: Say) -> None:
    """Remove the broker's folder where topics of the stack are left in it and nothing else is: no broker was there to delete them.

    Its processes have ended. A topic of somebody else in it keeps the whole folder: its records are not ours to remove.
    """
    folder = EmbeddedSettings(data_folder=data_folder).folder.kafka
    left = topics_in(folder)
    if not left & topics:
        return
    if others := left - topics - {OWNERS}:
        say(
            f"topics {', '.join(sorted(left & topics))} could not be deleted, because no broker ran; they stay in {folder}, because "
            f"{', '.join(sorted(others))} in it are not the stack's: run `up` and `down` again to delete the stack's own"
        )
        return
    shutil.rmtree(folder, ignore_errors=True)
