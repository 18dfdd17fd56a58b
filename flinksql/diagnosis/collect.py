"""Collecting a snapshot: the JobManager is asked for the job, a broker for the topics of its tables."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import Protocol

from flinksql.diagnosis.counters import is_wanted
from flinksql.diagnosis.event_times import Record, event_times
from flinksql.diagnosis.evidence import PATTERN, topics_named
from flinksql.diagnosis.job_graph import SOURCE, WRITER, read_graph
from flinksql.diagnosis.snapshot import Snapshot, Topic
from flinksql.diagnosis.sql_text import SqlText
from flinksql.errors import FlinkSqlError
from flinksql.flink.jobmanager import JobDetails, JobManagerClient, JobNotFoundError
from flinksql.flink.jobmanager.wire import MetricRange
from flinksql.sql.connectors import is_on_kafka
from flinksql.sql.deferred_errors import GROUP
from flinksql.statement import Definition

FETCHING_SECONDS = 0.6
"""The JobManager answers with what it fetched the last time it was asked, nothing at first, and fetches anew only then (measured)."""
FAILURES = 20
_MILLISECONDS = 1000
_SAMPLE = 20
"""Newest records of a partition whose event times are compared with that of the job."""


class Broker(Protocol):
    """What is asked of a broker. Each raises an exception of the broker's client when it does not answer."""

    def topics(self, names: Collection[str]) -> Mapping[str, Topic]:
        """Return topics by name, those that are not there without partitions."""

    def matching(self, pattern: str) -> Sequence[str]:
        """Return the names of topics that a pattern matches."""

    def committed(self, group: str, topics: Collection[str]) -> Mapping[str, int]:
        """Return what a group has committed, by `topic-partition`."""

    def newest(self, topic: str, at_most: int) -> Sequence[Record]:
        """Return the newest records of a topic."""


def with_topics(
    definition: Definition, snapshot: Snapshot, broker: Broker, is_reachable: Callable[[Mapping[str, str]], bool] = lambda _options: True
) -> Snapshot:
    """Return the snapshot of a job with the topics of its tables.

    `is_reachable` tells from a table's options whether it lies on the `broker`. Raises StatementError for a definition that cannot be read,
    and what the broker's client raises.
    """
    if snapshot.job is None or snapshot.job.state.terminal:
        return snapshot
    sql, graph = SqlText(definition), read_graph(snapshot.job)
    read = {one.table for one in graph.operators if one.kind == SOURCE}
    written = {one.table for one in graph.operators if one.kind == WRITER}
    tables = {name: options for name in sorted(read | written) if is_reachable(options := sql.options(name)) and is_on_kafka(options)}
    named = {name: topics_named(options) or _matching(broker, options) for name, options in tables.items()}
    topics = broker.topics(sorted({topic for found in named.values() for topic in found}))
    groups = {
        options[GROUP]: broker.committed(options[GROUP], [one for one in named[name] if topics[one].partitions])
        for name, options in tables.items()
        if name in read and GROUP in options
    }
    times = {
        name: found
        for name in (read if _drops_late_rows(snapshot) else ())
        if name in tables and (found := event_times(sql, name, [one for topic in named[name] for one in broker.newest(topic, _SAMPLE)]))
    }
    # The statement's own results resemble its sources by habit.
    own = {name: Topic(partitions=one.partitions, similar=_others(one.similar, topics)) for name, one in topics.items()}
    return snapshot.model_copy(update={"topics": own, "groups": groups, "event_times": times})


def _others(similar: Mapping[str, int], topics: Collection[str]) -> Mapping[str, int]:
    return {name: records for name, records in similar.items() if name not in topics}


def _drops_late_rows(snapshot: Snapshot) -> bool:
    return any(name.endswith(".numLateRecordsDropped") and one.sum for found in snapshot.metrics.values() for name, one in found.items())


def collect_job(job_id: str, jobmanager: JobManagerClient, *, sleep: Callable[[float], None] = time.sleep) -> Snapshot:
    """Ask the JobManager alone. Raises TransientError when it does not answer."""
    try:
        details = jobmanager.details(job_id) if job_id else None
    except JobNotFoundError:
        details = None
    if details is None:
        return Snapshot(now=int(time.time() * _MILLISECONDS))
    metrics: dict[str, dict[str, MetricRange]] = {}
    if not details.state.terminal:
        metrics_of(details, jobmanager)
        sleep(FETCHING_SECONDS)
        metrics = metrics_of(details, jobmanager)
        details = jobmanager.details(job_id)
    return Snapshot(
        now=details.now,
        job=details,
        metrics=metrics,
        checkpoints=jobmanager.checkpoints(job_id),
        interval=jobmanager.checkpoint_interval(job_id),
        failures=jobmanager.failures(job_id, at_most=FAILURES),
        restarts=jobmanager.restarts(job_id),
        cluster=jobmanager.overview(),
    )


def metrics_of(details: JobDetails, jobmanager: JobManagerClient) -> dict[str, dict[str, MetricRange]]:
    """Return the metrics of a job that a diagnosis uses, by vertex and name. Those of a vertex that does not answer are left out."""
    found: dict[str, dict[str, MetricRange]] = {}
    for vertex in details.vertices:
        # A job that restarts at this moment has none.
        with suppress(FlinkSqlError):
            found[vertex.id] = jobmanager.metrics(details.job_id, vertex.id, is_wanted)
    return found


def _matching(broker: Broker, options: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(broker.matching(options[PATTERN])) if PATTERN in options else ()
