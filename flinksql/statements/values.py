"""What the lifecycle is told and what it tells."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from flinksql.statement import Deployed

RETAINED = "RETAIN_ON_CANCELLATION"
DEFINITION_TAG = "definition"
GENERATION_TAG = "generation"
"""What a submission says of itself, besides the statement's name: by it a job is known again."""


@dataclass(frozen=True, kw_only=True)
class HealthPolicy:
    """When a job counts as healthy. Seconds.

    A missing topic or an unresolvable host fails a job within 0.3 s (measured): a quiet second tells it from one that goes on.
    What fails later is seen by the next look.
    """

    settle_seconds: float = 1.0
    """All tasks must run that long without a new failure."""
    deadline_seconds: float = 90.0
    """A job that is not healthy by then never will be: no slots, no TaskManager, a broker that does not answer (60 s unless configured)."""
    poll_seconds: float = 0.1
    failures_of_a_loop: int = 3
    """So many failures while starting are a loop: the first can be a TaskManager that just went."""
    bounded_seconds: float = 600.0
    """How long a bounded job may take until it is FINISHED."""


@dataclass(frozen=True, kw_only=True)
class WrittenState:
    """What a job left where the platform's Flink writes: a complete checkpoint or savepoint, or with an empty `path` only its folder.

    `path` is a URI as Flink takes it; `modified` are seconds since 1970.
    """

    job_id: str
    path: str = ""
    modified: float = 0.0


Listing = Callable[[Collection[str]], Sequence[WrittenState] | None]
"""Gives what jobs left, by their ids; None when it cannot be looked at."""


@dataclass(frozen=True, kw_only=True)
class LifecycleSettings:
    """How statements are submitted and watched on a platform.

    `defaults` are Flink configuration keys sent with every submission unless the definition has its own; they are not part of the identity.
    The folders are where the platform's Flink writes, when this machine can read them: they hold the state of jobs that a restarted
    JobManager forgot.
    """

    health: HealthPolicy = field(default_factory=HealthPolicy)
    checkpoints_folder: Path | None = None
    savepoints_folder: Path | None = None
    listing: Listing | None = None
    """Asks the platform where its folders cannot be read from here."""
    state_root: str = ""
    """Where that is, for messages."""
    plans_folder: Path | None = None
    """Where the gateway can write a compiled plan for this machine to read; None lets the gateway read it itself."""
    defaults: Mapping[str, str] = field(
        default_factory=lambda: {
            "execution.checkpointing.externalized-checkpoint-retention": RETAINED,
            # By default one checkpoint that fails, on a busy machine by its time-out, restarts the job.
            "execution.checkpointing.tolerable-failed-checkpoints": "3",
            # The gateway would try for a minute to reach a JobManager that is down; trying again is our work.
            "rest.retry.max-attempts": "2",
        }
    )
    stop_seconds: float = 120.0
    """How long a savepoint or a cancellation may take."""
    retry_waits: tuple[float, ...] = (0.3, 1.0, 2.0)
    """Pauses between attempts after a transient failure: a supervised gateway is back within two seconds."""
    salt: str = ""
    """Goes into the ids of jobs. It must stay the same as long as the state of the jobs is kept."""
    full_state: Callable[[], str] = lambda: ""
    """Says why no state can be written now, and what helps; nothing where it can, or nobody can tell. Asked before a job is ended."""


class ObservedState(StrEnum):
    """What became of a statement, as seen on the cluster."""

    DEFINED = "defined"
    """A catalog object: it lives in the definition and nowhere else, so it cannot drift."""
    RUNNING = "running"
    STARTING = "starting"
    """Not all tasks run yet, and nothing has failed."""
    RESTARTING = "restarting"
    """It fails again and again, or Flink is restarting it; `cause` says why."""
    FAILED = "failed"
    CANCELLED = "cancelled"
    """Cancelled, and not by us: then nobody would ask."""
    FINISHED = "finished"
    PAUSED = "paused"
    """No job runs, and none is meant to: the statement's policy says so."""
    GONE = "gone"
    """The JobManager knows no such job: the cluster was recreated, restarted without high availability, or it ended over an hour ago."""
    OTHER = "other"
    """Something else runs under the statement's name."""
    UNREACHABLE = "unreachable"
    """The JobManager does not answer, so nothing is known."""


@dataclass(frozen=True, kw_only=True)
class Observation:
    """A look at a statement. `definition_hash` is what the job says of itself; `cause` is a text for people, empty when all is well."""

    state: ObservedState
    job_id: str = ""
    definition_hash: str = ""
    cause: str = ""

    @property
    def healthy(self) -> bool:
        """Whether nothing has to be done."""
        return self.state in {ObservedState.DEFINED, ObservedState.RUNNING, ObservedState.PAUSED}


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a plan came to. `kept` is where the state of a stopped job lies, empty when it has none or nobody asked."""

    deployed: Deployed
    kept: str = ""
