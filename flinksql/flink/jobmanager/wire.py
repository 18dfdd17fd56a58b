"""JSON shapes of the JobManager's REST API, as Flink 2.1 to 2.3 send them. Unknown fields are ignored, times are ms since 1970."""

from enum import StrEnum

from pydantic import Field, RootModel

from flinksql.flink.transport import Wire


class JobState(StrEnum):
    """Flink's job states."""

    INITIALIZING = "INITIALIZING"
    CREATED = "CREATED"
    RUNNING = "RUNNING"
    FAILING = "FAILING"
    FAILED = "FAILED"
    CANCELLING = "CANCELLING"
    CANCELED = "CANCELED"
    FINISHED = "FINISHED"
    RESTARTING = "RESTARTING"
    SUSPENDED = "SUSPENDED"
    RECONCILING = "RECONCILING"

    @property
    def terminal(self) -> bool:
        """Whether the job is over for good."""
        return self in {JobState.FAILED, JobState.CANCELED, JobState.FINISHED}


class Overview(Wire):
    """`GET /overview`."""

    taskmanagers: int
    slots_total: int = Field(alias="slots-total")
    slots_available: int = Field(alias="slots-available")
    flink_version: str = Field(default="", alias="flink-version")


class ConfigurationEntry(Wire):
    """A key of the cluster's configuration."""

    key: str
    value: str = ""


class ClusterConfiguration(RootModel[tuple[ConfigurationEntry, ...]]):
    """`GET /jobmanager/config`."""


class Tasks(Wire):
    """Tasks of a job, counted by state."""

    total: int = 0
    running: int = 0
    finished: int = 0


class JobSummary(Wire):
    """A job in `GET /jobs/overview`, which is not cached by the server."""

    job_id: str = Field(alias="jid")
    name: str
    state: JobState
    start_time: int = Field(default=0, alias="start-time")
    tasks: Tasks = Tasks()

    @property
    def all_tasks_running(self) -> bool:
        """RUNNING is also said of a job that has no TaskManager; this is not. Tasks of a finished source count as fine."""
        return self.state is JobState.RUNNING and self.tasks.running > 0 and self.tasks.running + self.tasks.finished >= self.tasks.total


class JobsOverview(Wire):
    """`GET /jobs/overview`."""

    jobs: tuple[JobSummary, ...]


class ExecutionConfig(Wire):
    """What the submission's `pipeline.global-job-parameters` became."""

    user_config: dict[str, str] = Field(default_factory=dict, alias="user-config")


class JobConfig(Wire):
    """`GET /jobs/:id/config`."""

    execution_config: ExecutionConfig = Field(default=ExecutionConfig(), alias="execution-config")


class StatusBody(Wire):
    """`GET /jobs/:id/status`."""

    status: JobState


class Vertex(Wire):
    """A vertex of a job's plan."""

    id: str = ""
    name: str = ""
    parallelism: int = 1


class Metric(Wire):
    """One entry of a list of metrics: a name alone, with its value, or with the sum over a vertex's subtasks."""

    id: str
    value: str = ""
    sum: float = 0.0


class MetricList(RootModel[tuple[Metric, ...]]):
    """The whole answer, which is an array."""


class MetricRange(Wire):
    """A metric over the subtasks of a vertex."""

    min: float = 0.0
    max: float = 0.0
    sum: float = 0.0


class NamedRange(MetricRange):
    """One entry of a list of metrics, over a vertex's subtasks."""

    id: str


class RangeList(RootModel[tuple[NamedRange, ...]]):
    """The whole answer, which is an array. Flink writes `"NaN"` where there is no number."""


class PlanEdge(Wire):
    """What flows into a vertex: from the one with this id."""

    id: str = ""


class PlanNode(Wire):
    """A vertex as a plan shows it: `description` is HTML, an operator a line, `<br/>` between two."""

    id: str = ""
    description: str = ""
    inputs: tuple[PlanEdge, ...] = ()


class JobPlan(Wire):
    """What a job is made of."""

    nodes: tuple[PlanNode, ...] = ()


class JobDetails(Wire):
    """`GET /jobs/:id`. Cached by the server for up to `web.refresh-interval`."""

    job_id: str = Field(alias="jid")
    name: str
    state: JobState
    now: int = 0
    timestamps: dict[str, int] = Field(default_factory=dict)
    start_time: int = Field(default=0, alias="start-time")
    vertices: tuple[Vertex, ...] = ()
    status_counts: dict[str, int] = Field(default_factory=dict, alias="status-counts")
    plan: JobPlan = JobPlan()

    @property
    def ever_ran(self) -> bool:
        """Whether the job got past its initialisation."""
        return self.timestamps.get(JobState.RUNNING, 0) > 0


class ExceptionEntry(Wire):
    """One failure of a job, newest first in the history. `task_name` is None where Flink blames no single task."""

    exception_name: str = Field(default="", alias="exceptionName")
    stacktrace: str = ""
    timestamp: int = 0
    task_name: str | None = Field(default=None, alias="taskName")


class ExceptionHistory(Wire):
    """The failures that the JobManager remembers."""

    entries: tuple[ExceptionEntry, ...] = ()


class JobExceptions(Wire):
    """`GET /jobs/:id/exceptions`."""

    exception_history: ExceptionHistory = Field(default=ExceptionHistory(), alias="exceptionHistory")


class CheckpointCounts(Wire):
    """How many checkpoints a job made."""

    restored: int = 0
    total: int = 0
    in_progress: int = 0
    completed: int = 0
    failed: int = 0


class CheckpointEntry(Wire):
    """A completed checkpoint or savepoint; `external_path` is where it lies, `state_size` counts bytes."""

    external_path: str | None = None
    trigger_timestamp: int = 0
    state_size: int = 0
    discarded: bool = False
    status: str = ""
    is_savepoint: bool = False


class RestoredEntry(Wire):
    """The savepoint or checkpoint that a job started or went on from last."""

    external_path: str | None = None


class LatestCheckpoints(Wire):
    """The newest of each sort."""

    completed: CheckpointEntry | None = None
    savepoint: CheckpointEntry | None = None
    restored: RestoredEntry | None = None


class Checkpoints(Wire):
    """`GET /jobs/:id/checkpoints`. `history` has the last ones, newest first, those that failed or are being made included."""

    counts: CheckpointCounts = CheckpointCounts()
    latest: LatestCheckpoints = LatestCheckpoints()
    history: tuple[CheckpointEntry, ...] = ()


class CheckpointConfig(Wire):
    """`GET /jobs/:id/checkpoints/config`, in ms. `interval` is the largest 64-bit number when the job makes none."""

    interval: int
    timeout: int = 600_000


class TriggerAccepted(Wire):
    """What is answered to a `POST` that begins something: a savepoint, a stop, a checkpoint, a savepoint's deletion."""

    request_id: str = Field(alias="request-id")


class TriggerStatus(Wire):
    """IN_PROGRESS or COMPLETED."""

    id: str


class FailureCause(Wire):
    """Why a savepoint could not be made."""

    stack_trace: str = Field(default="", alias="stack-trace")


class SavepointOperation(Wire):
    """The end of a savepoint operation: a place, or a cause; of a deletion that succeeded, neither."""

    location: str | None = None
    failure_cause: FailureCause | None = Field(default=None, alias="failure-cause")


class SavepointStatus(Wire):
    """`GET /jobs/:id/savepoints/:trigger` and `GET /savepoint-disposal/:trigger`."""

    status: TriggerStatus
    operation: SavepointOperation | None = None
