"""How many records went into and out of a job, from the counts of its operators."""

import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress

from flinksql.errors import FlinkSqlError
from flinksql.jobmanager import JobDetails, JobManagerClient

_FETCHING_SECONDS = 0.6
"""The JobManager answers with what it fetched the last time it was asked, nothing at first, and fetches anew only then (measured)."""

_SOURCE = "Source__"
_WRITER = "__Writer"
_READ = ".numRecordsOut"
"""What a source hands on is what was read."""
_WRITTEN = ".numRecordsIn"
"""What a sink's writer is given is what is written."""


def freshen_counts(client: JobManagerClient, job_ids: Iterable[str]) -> None:
    """Ask once for the counts of all these jobs, so that the next answer is of now. Never raises."""
    for job_id in job_ids:
        with suppress(FlinkSqlError):
            for vertex in client.details(job_id).vertices:
                client.operator_records(job_id, vertex.id)
    time.sleep(_FETCHING_SECONDS)


def record_counts(client: JobManagerClient, details: JobDetails) -> tuple[int | None, int | None]:
    """Give records read from and written to the outside world, since the job's last start.

    None for a job without such operators, and for one whose counts the JobManager does not tell: a job that has just begun or ended.
    The vertices' own counts, which Flink's UI shows first, are 0 on both sides of a job that is one chain.
    """
    counts: Counter[str] = Counter()
    try:
        for vertex in details.vertices:
            counts.update(client.operator_records(details.job_id, vertex.id))
    except FlinkSqlError:
        return None, None
    read = [count for name, count in counts.items() if name.startswith(_SOURCE) and name.endswith(_READ)]
    written = [count for name, count in counts.items() if name.endswith(_WRITER + _WRITTEN)]
    return sum(read) if read else None, sum(written) if written else None
