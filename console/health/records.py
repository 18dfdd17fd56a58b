"""How many records went into and out of a job, from the counts of its operators."""

import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from flinksql.errors import FlinkSqlError
from flinksql.flink.jobmanager import JobDetails, JobManagerClient

_FETCHING_SECONDS = 0.6
"""The JobManager answers with what it fetched the last time it was asked, nothing at first, and fetches anew only then (measured)."""

_SOURCE = "Source__"
_WRITER = "__Writer"
_READ = ".numRecordsOut"
"""What a source hands on is what was read."""
_WRITTEN = ".numRecordsIn"
"""What a sink's writer is given is what is written."""
_RATE = "PerSecond"
_LATE = ".numLateRecordsDropped"
"""Flink's window operators drop what comes after its window, and say so in this count only."""


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Records of a job since its last start, and how many a second over the last minute.

    They are None where there is nothing to count or the JobManager is silent.
    """

    read: int | None = None
    written: int | None = None
    read_per_second: float | None = None
    written_per_second: float | None = None
    dropped_late: int = 0


def freshen_counts(client: JobManagerClient, job_ids: Iterable[str]) -> None:
    """Ask once for the counts of all these jobs, so that the next answer is of now. Never raises."""
    for job_id in job_ids:
        with suppress(FlinkSqlError):
            for vertex in client.details(job_id).vertices:
                client.operator_records(job_id, vertex.id)
    time.sleep(_FETCHING_SECONDS)


def record_counts(client: JobManagerClient, details: JobDetails) -> Counts:
    """Count the records that a job read from and wrote to the outside world, and those that came too late for their window.

    There are none for a job without such operators, and for one that has just begun or ended.
    The vertices' own counts, which Flink's UI shows first, are 0 on both sides of a job that is one chain.
    """
    counts: dict[str, float] = {}
    try:
        for vertex in details.vertices:
            counts.update(client.operator_records(details.job_id, vertex.id))
    except FlinkSqlError:
        return Counts()
    read, written = _sum(counts, _READ, first=_SOURCE), _sum(counts, _WRITER + _WRITTEN)
    return Counts(
        read=None if read is None else int(read),
        written=None if written is None else int(written),
        read_per_second=_sum(counts, _READ + _RATE, first=_SOURCE),
        written_per_second=_sum(counts, _WRITER + _WRITTEN + _RATE),
        dropped_late=int(_sum(counts, _LATE) or 0),
    )


def _sum(counts: Mapping[str, float], last: str, *, first: str = "") -> float | None:
    found = [count for name, count in counts.items() if name.startswith(first) and name.endswith(last)]
    return sum(found) if found else None
