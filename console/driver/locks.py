"""The locks of a file backend: a dead owner's lock is removed and named, a live owner's lock is respected.

A lock file holds the CLI's process id, user, host and time. It is left behind when the CLI is killed; every later run then stops with
"the stack is currently locked", and `pulumi cancel` would take the lock of a living run just as readily.
"""

import json
import socket
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psutil

from console.errors import ConsoleError
from console.exit_codes import ExitCode

_CLOCK_SLACK_SECONDS = 5.0
"""A process that began later than the lock by more than this is another one that got the same number."""


@dataclass(frozen=True, kw_only=True)
class Lock:
    """One lock file. `taken` is seconds since the epoch."""

    file: Path
    process_id: int
    user: str
    host: str
    taken: float


def read_locks(folder: Path) -> list[Lock]:
    """All locks of one stack. A file that cannot be understood counts as a lock of process 0, which never lives."""
    return [_read(file) for file in sorted(folder.glob("*.json"))]


def _read(file: Path) -> Lock:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        taken = datetime.fromisoformat(content["timestamp"]).timestamp()
        return Lock(file=file, process_id=int(content["pid"]), user=str(content["username"]), host=str(content["hostname"]), taken=taken)
    except (OSError, ValueError, KeyError, TypeError):
        return Lock(file=file, process_id=0, user="", host=socket.gethostname(), taken=0.0)


def owner_lives(lock: Lock) -> bool:
    """Say whether the run that took the lock may still be at work. A lock of another machine is never judged from here."""
    if lock.host != socket.gethostname():
        return True
    if lock.process_id <= 0:
        return False
    try:
        process = psutil.Process(lock.process_id)
        return process.status() != psutil.STATUS_ZOMBIE and process.create_time() <= lock.taken + _CLOCK_SLACK_SECONDS
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def clear_stale_locks(folder: Path) -> list[Lock]:
    """Remove the locks of dead runs and returns them. Raises ConsoleError when a live run holds one; nothing is removed then."""
    locks = read_locks(folder)
    for lock in locks:
        if owner_lives(lock):
            raise ConsoleError(
                f"another run works on this stack: process {lock.process_id} of {lock.user} on {lock.host}, since {_clock(lock.taken)}",
                advice=_advice(lock),
                exit_code=ExitCode.LOCKED,
            )
    for lock in locks:
        lock.file.unlink(missing_ok=True)
        # The file backend keeps the attributes of each object beside it.
        lock.file.with_name(f"{lock.file.name}.attrs").unlink(missing_ok=True)
    return locks


def _advice(lock: Lock) -> str:
    if lock.host == socket.gethostname():
        return "wait for it, or stop it with Ctrl-C where it runs; then run the command again"
    # Whether a process of another machine lives cannot be seen from here.
    return (
        f"wait for it, or stop it on {lock.host}. If that machine is gone, remove the lock: `pulumi cancel` in the environment that "
        "`python -m console --stack <stack> environment` prints; then run the command again"
    )


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).astimezone().strftime("%H:%M:%S")
