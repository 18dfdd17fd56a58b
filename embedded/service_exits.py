"""How often a service exited by itself, when and why, read from the supervisor's log and the service's own log.

The supervisor restarts a service within a second. The process alone therefore shows only a short uptime.
"""

import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from embedded.data_folder import DataFolder
from embedded.specification import ServiceName

AGAIN = 3
AGAIN_SECONDS = 600.0
"""This many exits within this time make a crash loop."""
QUIET_SECONDS = 180.0
"""Unless the last exit is longer ago than this: jobs that crash a TaskManager restart after two minutes at most."""
REMEMBERED_SECONDS = 3600.0
"""Exits longer ago than this are not reported."""
_FOLLOWS_SECONDS = 120.0
"""How long after an exit the next process may write its first line, on a busy machine and after some failed starts."""
_HEAD_BYTES = 16 * 1024

_LINE = re.compile(r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),\d+ \w+ (?P<what>.*)")
_EXITED = re.compile(r"exited: (?P<service>\S+) \((?P<how>[^;)]*(?:\([^)]*\))?[^;)]*); not expected\)")
_STOPPED = re.compile(r"stopped: (?P<service>\S+) ")
_STARTED = "supervisord started"
_MOMENT = "%Y-%m-%d %H:%M:%S"
_TIME = re.compile(rb"^(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),\d+ ", re.MULTILINE)
_MEMORY = re.compile(rb"(?:Terminating|Aborting) due to java\.lang\.(?P<error>OutOfMemoryError: .*)")
_THREAD = re.compile(rb'^Current thread \(0x[0-9a-f]+\): +JavaThread "(?P<name>.*?)"(?: daemon)? \[_thread', re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class RecentExits:
    """How a service exited since it was last started on purpose. Times are seconds since 1970.

    `out_of_memory` is the JVM's error (`OutOfMemoryError: Java heap space`), empty for another cause. `thread` is the name of the thread
    that hit the limit, if the JVM recorded it. `again` is true while the service keeps exiting.
    """

    service: ServiceName
    count: int
    first: float
    last: float
    how: str
    out_of_memory: str
    thread: str
    again: bool


def recent_exits(folder: DataFolder, service: ServiceName, *, now: float | None = None) -> RecentExits | None:
    """Return how the service exited within the last hour; None if it did not. Read files only, and never raise."""
    until = time.time() if now is None else now
    ends = [
        (at, how)
        for at, how in _exits(_bytes(folder.log("supervisor")).decode("utf-8", errors="replace"), service)
        if until - at <= REMEMBERED_SECONDS
    ]
    if not ends:
        return None
    memory = _out_of_memory(_whole(folder.log(service)), [at for at, _ in ends])
    report = _THREAD.search(_bytes(folder.crash(service), _HEAD_BYTES)) if memory else None
    return RecentExits(
        service=service,
        count=len(ends),
        first=ends[0][0],
        last=ends[-1][0],
        how=ends[-1][1],
        out_of_memory=memory,
        thread=report["name"].decode("utf-8", errors="replace") if report else "",
        again=until - ends[-1][0] <= QUIET_SECONDS and sum(until - at <= AGAIN_SECONDS for at, _ in ends) >= AGAIN,
    )


def _exits(log: str, service: ServiceName) -> list[tuple[float, str]]:
    """Read when and how a service exited, oldest first. A stop on purpose or a new supervisor clears the list."""
    ends: list[tuple[float, str]] = []
    for line in log.splitlines():
        match = _LINE.match(line)
        if match is None:
            continue
        exited, stopped = _EXITED.match(match["what"]), _STOPPED.match(match["what"])
        if match["what"].startswith(_STARTED) or (stopped and stopped["service"] == service):
            ends.clear()
        elif exited and exited["service"] == service:
            # The supervisor writes the machine's local time.
            ends.append((datetime.strptime(match["time"], _MOMENT).astimezone().timestamp(), exited["how"].strip()))
    return ends


def _out_of_memory(log: bytes, ends: list[float]) -> str:
    """Return the newest memory error that caused one of the exits; empty if none did.

    The JVM writes it last and without a time. The next line with a time is the first one of the next process.
    """
    for memory in reversed(list(_MEMORY.finditer(log))):
        error = memory["error"].decode("utf-8", errors="replace").strip()
        following = _TIME.search(log, memory.end())
        if following is None:
            return error
        followed = datetime.strptime(following["time"].decode(), _MOMENT).replace(tzinfo=UTC).timestamp()
        if any(-1 <= followed - at <= _FOLLOWS_SECONDS for at in ends):
            return error
    return ""


def _whole(file: Path) -> bytes:
    """Read a log and the rotated one before it: a single record in a message can cause a rotation."""
    return b"".join(_bytes(one) for one in (file.with_name(f"{file.name}.1"), file))


def _bytes(file: Path, limit: int = -1) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(limit)
    except OSError:
        return b""
