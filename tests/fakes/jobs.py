"""The fake cluster's jobs. Time goes by in short steps, so that a test sees a whole life within a fraction of a second."""

import threading
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from tests.fakes.traces import duplicate_job, refused, trace
from tests.fakes.world import World

START_SECONDS = 0.02
FAILURE_SECONDS = 0.03


class Fate(StrEnum):
    """What a job does after it was accepted."""

    RUNS = "runs"
    FINISHES = "finishes"
    FAILS = "fails at once"
    LOOPS = "fails and restarts for ever"
    NEVER_ALL_RUNNING = "never has all tasks running"
    LOST_A_TASK = "completed a checkpoint, and has lost a task since"
    NO_CHECKPOINT = "runs and never completes a checkpoint"
    NO_INTERVAL = "runs and makes no checkpoints by itself"
    STATE_MISMATCH = "cannot read its state, and restarts"


@dataclass(kw_only=True)
class FakeJob:
    """A job with its submission's configuration. Times are seconds of the monotonic clock; the wire's milliseconds are made from them.

    `paused` is the time between a failure and the next try. `ended_after` are the seconds from the submission to an end from outside.
    """

    job_id: str
    name: str
    tags: dict[str, str]
    fate: Fate
    restored: str = ""
    started: float = field(default_factory=time.monotonic)
    ended_as: str = ""
    savepoints: dict[str, str] = field(default_factory=dict)
    operators: list[str] = field(default_factory=list)
    checkpoint_interval: int = 10_000
    extra_failures: list[float] = field(default_factory=list)
    paused: bool = False
    ended_after: float = float("inf")

    def end(self, state: str) -> None:
        """End from outside."""
        self.ended_after = self.age
        self.ended_as = state

    @property
    def ever_ran(self) -> bool:
        """Whether the job got past its initialisation."""
        return min(self.age, self.ended_after) > START_SECONDS

    @property
    def age(self) -> float:
        """Seconds since the submission."""
        return time.monotonic() - self.started

    @property
    def state(self) -> str:
        """Flink's name of the state."""
        if self.ended_as:
            return self.ended_as
        if self.paused:
            return "RESTARTING"
        if self.age < START_SECONDS:
            return "INITIALIZING"
        if self.fate is Fate.FINISHES:
            return "FINISHED"
        if self.fate is Fate.FAILS:
            return "FAILED"
        between = self.fate is Fate.LOOPS and int(self.age / FAILURE_SECONDS) % 2
        stuck = self.fate is Fate.STATE_MISMATCH and self.age > FAILURE_SECONDS
        return "RESTARTING" if between or stuck else "RUNNING"

    @property
    def checkpoint(self) -> str:
        """The newest retained checkpoint: every job that runs makes one at once."""
        made = self.fate in {Fate.RUNS, Fate.LOST_A_TASK} and self.ever_ran and self.ended_as != "FAILED"
        return f"file:/checkpoints/{self.job_id}/chk-1" if made else ""

    @property
    def checkpointed(self) -> float:
        """When the newest checkpoint was begun: a job that is well makes one all the time."""
        return time.monotonic() if self.fate is Fate.RUNS and not self.ended_as else self.started + START_SECONDS

    @property
    def terminal(self) -> bool:
        """Whether the job is over."""
        return self.state in {"FINISHED", "FAILED", "CANCELED"}

    @property
    def running_tasks(self) -> int:
        """How many of two tasks run."""
        if self.state != "RUNNING":
            return 0
        return 1 if self.fate in {Fate.NEVER_ALL_RUNNING, Fate.LOST_A_TASK} else 2

    def failures(self) -> list[float]:
        """Return the moments of failure, newest first."""
        moments = list(self.extra_failures)
        if self.fate is Fate.FAILS and self.state == "FAILED":
            moments.append(self.started + START_SECONDS)
        if self.fate is Fate.STATE_MISMATCH and self.age > FAILURE_SECONDS:
            moments.append(self.started + FAILURE_SECONDS)
        if self.fate is Fate.LOOPS:
            moments += [self.started + count * FAILURE_SECONDS for count in range(1, int(self.age / FAILURE_SECONDS) + 1)]
        return sorted(moments, reverse=True)


class FakeCluster:
    """All jobs of a JobManager. Thread-safe."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.jobs: dict[str, FakeJob] = {}
        self.submissions: list[dict[str, str]] = []
        self.next_fates: list[Fate] = []
        self.lost_savepoints: set[str] = set()
        self.savepoint_failures = 0
        self.disposals: list[str] = []
        """Paths of savepoints that were to be deleted, in order; empty for one that was not there."""
        self.free_slots = 8
        self.taskmanagers = 1
        self.version = "2.2.1"
        self.configuration = {
            "execution.checkpointing.dir": "file:///checkpoints",
            "execution.checkpointing.savepoint-dir": "file:///savepoints",
        }
        self.world = World()

    def submit(self, configuration: dict[str, str], fate: Fate, operators: Sequence[str] = ()) -> str:
        """Accept a job. Raises the refusal of a used id or a missing savepoint."""
        with self.lock:
            job_id = configuration.get("$internal.pipeline.job-id") or uuid.uuid4().hex
            if job_id in self.jobs:
                raise duplicate_job()
            self.submissions.append(configuration)
            restore = configuration.get("execution.state-recovery.path", "")
            self.world.look(self.jobs)
            self.world.submitted(restore)
            job = FakeJob(
                job_id=job_id,
                name=configuration.get("pipeline.name", "insert-into"),
                tags=dict(part.split(":", 1) for part in configuration.get("pipeline.global-job-parameters", "").split(",") if part),
                fate=self.next_fates.pop(0) if self.next_fates else fate,
                restored=restore,
                operators=list(operators),
            )
            self.jobs[job_id] = job
            if restore in self.lost_savepoints:
                job.ended_as = "FAILED"
                raise refused(
                    f"Cannot find checkpoint or savepoint file/directory '{restore}' on file system 'file'.",
                    "java.io.FileNotFoundException",
                )
            return job_id

    def end(self, job_id: str, state: str) -> None:
        """End a job from outside."""
        with self.lock:
            self.jobs[job_id].end(state)

    def forget(self) -> None:
        """Restart without high availability."""
        with self.lock:
            self.jobs.clear()

    def alive(self, name: str) -> list[FakeJob]:
        """Return the jobs under a name that are not over."""
        with self.lock:
            return [job for job in self.jobs.values() if job.name == name and not job.terminal]


def failure_entry(moment: float, fate: Fate = Fate.LOOPS) -> dict[str, object]:
    """Return an entry of the exception history; the first line shows a row, as Flink does for a failed model call."""
    cause = ("java.lang.NumberFormatException", 'For input string: "a customer\'s words".')
    if fate is Fate.STATE_MISMATCH:
        cause = (
            "org.apache.flink.util.StateMigrationException",
            "The new state typeSerializer for operator state must not be incompatible.",
        )
    text = trace(("java.lang.Exception", "Could not complete the stream element: Record @ (undef) : +I(7, a customer's words)."), cause)
    return {"exceptionName": "java.lang.Exception", "stacktrace": text, "timestamp": int(moment * 1000), "taskName": "Source: src (1/1)"}
