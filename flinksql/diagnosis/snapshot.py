"""What Flink and Kafka report of a statement at one moment: all that a diagnosis may use. It can be written to JSON and read back."""

from collections.abc import Mapping
from functools import cached_property

from pydantic import Field

from flinksql.flink.jobmanager.wire import Checkpoints, ExceptionEntry, JobDetails, MetricRange, Overview
from flinksql.flink.transport import Wire


class Partition(Wire):
    """A partition of a topic, in offsets. `stable` is the first offset that a reader of committed records does not get.

    `last_written` is the newest record's timestamp in ms since 1970, 0 when there is none.
    """

    begin: int
    end: int
    stable: int
    last_written: int = 0

    @property
    def records(self) -> int:
        """How many offsets lie in the partition; the markers of transactions have some too."""
        return self.end - self.begin


class Topic(Wire):
    """A topic by partition; without partitions it is not there. `similar` are others that resemble its name, with their records."""

    partitions: Mapping[int, Partition] = Field(default_factory=dict)
    similar: Mapping[str, int] = Field(default_factory=dict)

    @property
    def records(self) -> int:
        """How many offsets lie in it."""
        return sum(one.records for one in self.partitions.values())

    @property
    def written(self) -> int:
        """How many records were ever written, expired ones included."""
        return sum(one.end for one in self.partitions.values())

    @property
    def last_written(self) -> int:
        """The newest record's timestamp, 0 when there is none."""
        return max((one.last_written for one in self.partitions.values()), default=0)


class Snapshot(Wire):
    """`job` is None when the JobManager knows no job of the statement. `metrics` are by vertex and name, over its subtasks.

    `topics` are those of the statement's tables; where one is missing, the broker was not asked or does not answer. `groups` are the
    offsets that consumer groups have committed, by `topic-partition`. `event_times` are those of the newest records of a table, in ms.
    `interval` is that of checkpoints in seconds. Times are ms since 1970 by the JobManager's clock.
    """

    now: int
    job: JobDetails | None = None
    metrics: Mapping[str, Mapping[str, MetricRange]] = Field(default_factory=dict)
    checkpoints: Checkpoints = Checkpoints()
    interval: float | None = None
    failures: tuple[ExceptionEntry, ...] = ()
    restarts: int = 0
    cluster: Overview | None = None
    topics: Mapping[str, Topic] = Field(default_factory=dict)
    groups: Mapping[str, Mapping[str, int]] = Field(default_factory=dict)
    event_times: Mapping[str, tuple[int, ...]] = Field(default_factory=dict)

    @cached_property
    def since(self) -> int:
        """When the job began to run last: its counts are since then."""
        return self.job.timestamps.get("RUNNING", 0) or self.job.start_time if self.job else 0

    @property
    def uptime_seconds(self) -> float:
        """For how long the job has run since it was last started."""
        return max((self.now - self.since) / 1000, 0.0) if self.since else 0.0
