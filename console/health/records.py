"""How many records went into and out of a job, from the counts of its operators."""

import time
from collections import Counter

from flinksql.jobmanager import JobDetails, JobManagerClient

_TRIES = 4
_BETWEEN_SECONDS = 0.4
"""The JobManager answers the first question with nothing, and fetches the counts only then (measured)."""

_SOURCE = "Source__"
_WRITER = "__Writer"
_READ = ".numRecordsOut"
"""What a source hands on is what was read."""
_WRITTEN = ".numRecordsIn"
"""What a sink's writer is given is what is written."""


def record_counts(client: JobManagerClient, details: JobDetails) -> tuple[int | None, int | None]:
    """Give records read from and written to the outside world, since the job's last start. None for a job without such operators.

    The vertices' own counts, which Flink's UI shows first, are 0 on both sides of a job that is one chain.
    """
    counts: Counter[str] = Counter()
    for vertex in details.vertices:
        counts.update(_asked(client, details.job_id, vertex.id))
    read = [count for name, count in counts.items() if name.startswith(_SOURCE) and name.endswith(_READ)]
    written = [count for name, count in counts.items() if name.endswith(_WRITER + _WRITTEN)]
    return sum(read) if read else None, sum(written) if written else None


def _asked(client: JobManagerClient, job_id: str, vertex_id: str) -> dict[str, int]:
    for _ in range(_TRIES - 1):
        found = client.operator_records(job_id, vertex_id)
        if found:
            return found
        time.sleep(_BETWEEN_SECONDS)
    return client.operator_records(job_id, vertex_id)
