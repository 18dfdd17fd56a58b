"""How many records went into and out of a job, from the counts of its operators."""

import time
from collections import Counter
from collections.abc import Iterable
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
_LATE = ".numLateRecordsDropped"
"""Flink's window operators drop what comes after its window, and say so in this count only."""


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Records of a job since its last start. `read` and `written` are None where there is nothing to count or the JobManager is silent."""

    read: int | None = None
    written: int | None = None
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
    counts: Counter[str] = Counter()
    try:
        for vertex in details.vertices:
            counts.update(client.operator_records(details.job_id, vertex.id))
    except FlinkSqlError:
        return Counts()
    read = [count for name, count in counts.items() if name.startswith(_SOURCE) and name.endswith(_READ)]
    written = [count for name, count in counts.items() if name.endswith(_WRITER + _WRITTEN)]
    late = sum(count for name, count in counts.items() if name.endswith(_LATE))
    return Counts(read=sum(read) if read else None, written=sum(written) if written else None, dropped_late=late)
