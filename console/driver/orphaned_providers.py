"""Provider processes that outlived their CLI.

When the CLI is killed, the process of the dynamic providers goes on: it finishes what it was creating, and then stays for ever. The next
run would work beside it. It is safe to end one at any moment, because every creation of ours can be repeated (a job's id is fixed before
it is submitted).
"""

from collections.abc import Iterable
from pathlib import Path

import psutil

from components.provider_process import MODULE, SERVER
from components.providers.engine import CLI_NAMES

_END_SECONDS = 5.0
"""A provider has nothing to tidy up, so it ends at once; the rest is for a machine that is busy."""


def find_orphans(root: Path) -> list[psutil.Process]:
    """Give the provider processes of this project whose parent is not a living Pulumi CLI."""
    return [process for process in psutil.process_iter() if _is_orphan(process, root)]


def _is_orphan(process: psutil.Process, root: Path) -> bool:
    try:
        return (
            is_provider_command(process.cmdline())
            and Path(process.cwd()).resolve() == root.resolve()
            and process.status() != psutil.STATUS_ZOMBIE
            and not _parent_is_cli(process)
        )
    except (psutil.NoSuchProcess, psutil.AccessDenied, OSError):
        return False


def is_provider_command(arguments: Iterable[str]) -> bool:
    """Say whether it is `python -u -m MODULE ADDRESS`, with our module or, under an official launcher, Pulumi's own."""
    words = list(arguments)
    return any(words[index : index + 2] in (["-m", MODULE], ["-m", SERVER]) for index in range(len(words)))


def _parent_is_cli(process: psutil.Process) -> bool:
    parent = process.parent()
    return parent is not None and parent.name() in CLI_NAMES and parent.status() != psutil.STATUS_ZOMBIE


def end_orphans(root: Path) -> list[int]:
    """End them by their ids and returns these."""
    orphans = find_orphans(root)
    for process in orphans:
        _signal(process, kill=False)
    _, alive = psutil.wait_procs(orphans, timeout=_END_SECONDS)
    for process in alive:
        _signal(process, kill=True)
    psutil.wait_procs(alive, timeout=_END_SECONDS)
    return [process.pid for process in orphans]


def _signal(process: psutil.Process, *, kill: bool) -> None:
    try:
        process.kill() if kill else process.terminate()
    except psutil.NoSuchProcess:
        return
