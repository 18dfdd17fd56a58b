"""What a plan is made from: what the last run recorded, what is wanted now, and what Flink has under the statement's name."""

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from flinksql.flink.jobmanager import JobState, JobSummary
from flinksql.policy import UpgradeMode
from flinksql.sql import definition_hash
from flinksql.statement import Definition, Deployed, Kind
from flinksql.statements.compatibility import Restore


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What the last run wrote down; nothing of a new statement. `definition` is None where only its hash is known."""

    deployed: Deployed = field(default_factory=lambda: Deployed(definition_hash=""))
    definition: Definition | None = None

    @cached_property
    def hashes(self) -> frozenset[str]:
        """The definitions whose jobs hold the statement's state."""
        own = definition_hash(self.definition) if self.definition else ""
        return frozenset({self.deployed.definition_hash, own} - {""})

    @property
    def nothing(self) -> bool:
        """Whether the statement is new."""
        return not self.deployed.definition_hash


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is to be. `restore` says what of the state another definition takes over, as its verdict found.

    `restarts` says that no job is kept, not even one that runs the definition: it was started with other secrets.
    """

    definition: Definition
    deleted: bool = False
    restore: Restore = Restore.STRICT
    restarts: bool = False

    @cached_property
    def hash(self) -> str:
        """The definition's hash."""
        return definition_hash(self.definition)

    @property
    def kind(self) -> Kind:
        """What becomes of the statement in Flink."""
        return self.definition.statement.kind

    @property
    def stateless(self) -> bool:
        """Whether the new job starts without its predecessor's state."""
        policy = self.definition.policy
        return self.kind is Kind.BOUNDED_JOB or self.restore is Restore.NONE or policy.upgrade_mode is UpgradeMode.STATELESS


class Life(StrEnum):
    """How a job is, as one look can tell."""

    WELL = "all tasks run"
    AILING = "starting, restarting or short of tasks"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def alive(self) -> bool:
        """Whether the job has not ended."""
        return self in {Life.WELL, Life.AILING}


_ENDED = {JobState.FINISHED: Life.FINISHED, JobState.FAILED: Life.FAILED, JobState.CANCELED: Life.CANCELLED}


def life_of(job: JobSummary) -> Life:
    """Return how a job is."""
    if job.state.terminal:
        return _ENDED[job.state]
    return Life.WELL if job.all_tasks_running else Life.AILING


@dataclass(frozen=True, kw_only=True)
class SeenJob:
    """A job under the statement's name, or the recorded one.

    `definition` is the hash that it says it runs, empty for a job that this project did not submit, or that was not asked.
    `savepointless` is one that was asked for a savepoint in this run and gave none.
    """

    job_id: str
    life: Life
    definition: str = ""
    savepointless: bool = False


@dataclass(frozen=True, kw_only=True)
class SavedState:
    """A savepoint or retained checkpoint to restore from.

    `path` is empty when there is none. `writer` is the hash of the definition whose job wrote it, empty when a job only started from it.
    `certain` is false when there is none to be found although there may be one: the JobManager forgot the job, and the folders are not
    readable here. `flink_line` is the release line of the Flink that wrote it where that may be another one than runs now; else empty.
    """

    path: str = ""
    writer: str = ""
    certain: bool = True
    flink_line: str = ""


@dataclass(frozen=True, kw_only=True)
class Saved:
    """The newest state of ended jobs: `forward` is for the wanted definition, `back` for the recorded one alone."""

    forward: SavedState = field(default_factory=SavedState)
    back: SavedState = field(default_factory=SavedState)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One look at Flink. `jobs` come newest first; `saved` is looked for only where a plan can depend on it.

    `flink_line` is the release line that runs, asked only where it is known which one wrote the state; else empty.
    """

    jobs: tuple[SeenJob, ...] = ()
    saved: Saved = field(default_factory=Saved)
    flink_line: str = ""

    @cached_property
    def alive(self) -> tuple[SeenJob, ...]:
        """The jobs that have not ended."""
        return tuple(job for job in self.jobs if job.life.alive)
