"""Jobs that ended with their stack: noted while the whole of it goes, and found again when that was interrupted and `up` is run.

Without the note such a job would be a new one: it would read again what its topics still hold, and ask the model again.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from threading import Lock

from cluster.errors import ClusterError
from components.access import Access
from components.errors import ConnectionSpecError
from components.providers.engine import Doing, doing
from components.providers.reporting import WhileAsked
from flinksql.errors import FlinkSqlError
from flinksql.flink.release_lines import release_line
from flinksql.kafka.admin import TopicAdmin
from flinksql.kafka.errors import TopicError
from flinksql.kafka.last_jobs import LastJob, LastJobs
from flinksql.kafka.ownership import TopicOwners
from flinksql.statement import Definition, Deployed, Kind

_UNREACHED = (TopicError, ClusterError, ConnectionSpecError)


@dataclass(frozen=True, kw_only=True)
class _Broker:
    admin: TopicAdmin
    owners: TopicOwners
    jobs: LastJobs


class LastJobNotes:
    """The notes of one connection. Safe to share between threads. The broker is asked once for all, and only where a job has topics."""

    def __init__(self, access: Access, complain: WhileAsked) -> None:
        self._access = access
        self._complain = complain
        self._lock = Lock()
        self._reached: _Broker | None = None
        self._noted: Mapping[str, LastJob] | None = None
        self._own: Mapping[str, str] | None = None
        self._line: str | None = None

    def record(self, definition: Definition, deployed: Deployed, topics: Collection[str]) -> None:
        """Note a job that is about to be ended because the whole stack goes. A broker that cannot be asked keeps nothing from going."""
        left = deployed.job_id or deployed.savepoint
        if not left or not _may_have_a_note(definition, topics) or doing() is not Doing.DESTROYING:
            return
        try:
            with self._complain:
                own = self._own_topics(definition.job_name.rpartition("/")[0])
                kept = {name: own[name] for name in topics if name in own}
                known = replace(deployed, flink_line=self._flink_line()) if deployed.job_id else deployed
                self._broker().jobs.record(LastJob(job_name=definition.job_name, deployed=known, topics=kept))
        except _UNREACHED:
            return

    def find(self, definition: Definition, topics: Collection[str]) -> LastJob | None:
        """Return the job that a new statement had when its stack began to go; None where it has none to go on from.

        One whose topics were deleted, or made again since, has none: its state holds offsets of others. Raises TopicError or ClusterError.
        """
        if not _may_have_a_note(definition, topics):
            return None
        with self._complain:
            job = self._all().get(definition.job_name)
            return job if job is not None and self._are_there(job.topics) else None

    def forget(self, definition: Definition, topics: Collection[str]) -> None:
        """Take the note of a job away that runs again."""
        if _may_have_a_note(definition, topics) and definition.job_name in self._all():
            with self._complain:
                self._broker().jobs.forget(definition.job_name)
            with self._lock:
                self._noted = {name: job for name, job in (self._noted or {}).items() if name != definition.job_name}

    def _flink_line(self) -> str:
        """Return the release line of the Flink whose jobs end; empty where it does not answer any more."""
        with self._lock:
            if self._line is None:
                try:
                    self._line = release_line(self._access.quick_jobmanager().overview().flink_version)
                except (FlinkSqlError, ClusterError):
                    self._line = ""
            return self._line

    def _all(self) -> Mapping[str, LastJob]:
        broker = self._broker()
        with self._lock:
            if self._noted is None:
                self._noted = broker.jobs.all()
            return self._noted

    def _own_topics(self, stack: str) -> Mapping[str, str]:
        """Return the ids of the topics that the stack made, by name."""
        broker = self._broker()
        with self._lock:
            if self._own is None:
                self._own = {name: one.topic_id for name, one in broker.owners.notes().items() if one.stack == stack and one.topic_id}
            return self._own

    def _are_there(self, topics: Mapping[str, str]) -> bool:
        found = {name: self._broker().admin.describe(name) for name in topics}
        return all(topic is not None and topic.topic_id == topics[name] for name, topic in found.items())

    def _broker(self) -> _Broker:
        with self._lock:
            if self._reached is None:
                self._access.hold_broker(self._complain)
                where, options = self._access.kafka_bootstrap, self._access.kafka_options
                admin = TopicAdmin(where, options)
                self._reached = _Broker(admin=admin, owners=TopicOwners(where, admin, options), jobs=LastJobs(where, admin, options))
            return self._reached


def _may_have_a_note(definition: Definition, topics: Collection[str]) -> bool:
    """Tell whether a statement leaves state that is about topics: of any other the broker is not asked."""
    return bool(topics) and definition.statement.kind is Kind.JOB
