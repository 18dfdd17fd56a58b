"""The steps of which a statement's plan is made, as values. Nothing here acts: `plan` makes them, `apply` takes them.

A step that can fail in a way that was foreseen says in `otherwise` which steps follow then. What is not foreseen ends the run.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


class StepName(StrEnum):
    """What a step is called in plans, in the documentation and in the names of failure points."""

    PROVE = "prove"
    PREPARE = "prepare"
    STOP = "stop-with-savepoint"
    LOOK_AGAIN = "look-again"
    CANCEL = "cancel"
    FIND_STATE = "find-state"
    SUBMIT = "submit"
    WATCH = "watch"
    KEEP = "keep"
    ADOPT = "adopt"
    PAUSE = "pause"
    FORGET = "forget"
    DISCARD = "discard"
    ROLL_BACK = "roll-back"
    WATCH_OLD = "watch-old"
    REFUSE = "refuse"


class Start(StrEnum):
    """What a job is submitted from."""

    NOTHING = "nothing"
    SAVEPOINT = "the savepoint"
    """What the plan's stop-with-savepoint wrote."""
    FOUND = "the newest state"
    """What the plan's find-state finds, once nothing writes any more."""
    PATH = "a path"
    """A savepoint or checkpoint whose path is known already."""


class Refusal(StrEnum):
    """Why nothing is done."""

    RESTORE_BESIDE_A_JOB = "restore_from while its job runs"
    STATE_NOT_FOUND = "its last state cannot be found"
    STATE_TOO_NEW = "its last state is of a newer Flink"


@dataclass(frozen=True, kw_only=True)
class Prove:
    """Have the planner check the statement, in a session that is closed after it."""

    name: ClassVar[StepName] = StepName.PROVE


@dataclass(frozen=True, kw_only=True)
class Prepare:
    """Open the session for the submission and ask whether the statement's models answer. Nothing that runs is touched.

    `planned` has the planner check the statement too, for a submission that must not be refused.
    """

    planned: bool
    name: ClassVar[StepName] = StepName.PREPARE


@dataclass(frozen=True, kw_only=True)
class ObserveAgain:
    """Plan anew from a new look, knowing that the job gives no savepoint. Always the last step of a branch."""

    name: ClassVar[StepName] = StepName.LOOK_AGAIN


@dataclass(frozen=True, kw_only=True)
class Stop:
    """Stop a job with a savepoint. `next_hash` goes into the trigger's id: asking again, from another run too, is asking once.

    `otherwise` is for a job that is gone, or fails again and again. One that is well goes on running and fails the plan, unless
    `insists` is false: then a savepoint is only good to have.
    """

    job_id: str
    next_hash: str
    insists: bool = True
    otherwise: "tuple[Step, ...]" = (ObserveAgain(),)
    name: ClassVar[StepName] = StepName.STOP


@dataclass(frozen=True, kw_only=True)
class Cancel:
    """Cancel what runs under the statement's name, but for the job to keep, and wait until it has ended and a stopped job has too."""

    keep: str = ""
    name: ClassVar[StepName] = StepName.CANCEL


@dataclass(frozen=True, kw_only=True)
class FindState:
    """Find the newest savepoint or retained checkpoint, now that nothing under the name writes one any more."""

    name: ClassVar[StepName] = StepName.FIND_STATE


@dataclass(frozen=True, kw_only=True)
class Submit:
    """Submit the wanted definition. `otherwise` follows when Flink refuses it."""

    start: Start = Start.NOTHING
    path: str = ""
    otherwise: "tuple[Step, ...]" = ()
    name: ClassVar[StepName] = StepName.SUBMIT


@dataclass(frozen=True, kw_only=True)
class Watch:
    """Watch the wanted job until it is healthy, or finished. `job_id` is the one that runs already, empty for the submitted one.

    `window` are the seconds that an upgraded job is given, None for one without a version to go back to. `otherwise` follows when it
    does not become healthy; a job that ran before is then left as it is without it, and also when it completed a checkpoint of its own.
    """

    job_id: str = ""
    window: float | None = None
    otherwise: "tuple[Step, ...]" = ()
    name: ClassVar[StepName] = StepName.WATCH


@dataclass(frozen=True, kw_only=True)
class Keep:
    """Record a job that runs the wanted definition already."""

    job_id: str
    name: ClassVar[StepName] = StepName.KEEP


@dataclass(frozen=True, kw_only=True)
class Adopt:
    """Record a job that somebody started by hand, as `adopt_job` says. It is not touched."""

    job_id: str
    name: ClassVar[StepName] = StepName.ADOPT


@dataclass(frozen=True, kw_only=True)
class Pause:
    """Record where the state of a statement lies that is not to run."""

    name: ClassVar[StepName] = StepName.PAUSE


@dataclass(frozen=True, kw_only=True)
class Forget:
    """The statement leaves the state."""

    name: ClassVar[StepName] = StepName.FORGET


@dataclass(frozen=True, kw_only=True)
class Discard:
    """Cancel the job that did not become healthy, so that nothing half-done stays."""

    name: ClassVar[StepName] = StepName.DISCARD


@dataclass(frozen=True, kw_only=True)
class RollBack:
    """Submit the recorded definition again, from the state of its own job."""

    start: Start = Start.NOTHING
    path: str = ""
    name: ClassVar[StepName] = StepName.ROLL_BACK


@dataclass(frozen=True, kw_only=True)
class WatchOld:
    """Watch the recorded definition's job. Whatever comes of it, it is left running."""

    name: ClassVar[StepName] = StepName.WATCH_OLD


@dataclass(frozen=True, kw_only=True)
class Refuse:
    """Do nothing and say why. `job_id` is the job that it is about.

    Of state that is too new, `state` is its path, `written_by` the line of the Flink that wrote it, and `flink_line` the one that runs.
    """

    reason: Refusal
    job_id: str
    state: str = ""
    written_by: str = ""
    flink_line: str = ""
    name: ClassVar[StepName] = StepName.REFUSE


Step = (
    Prove
    | Prepare
    | Stop
    | ObserveAgain
    | Cancel
    | FindState
    | Submit
    | Watch
    | Keep
    | Adopt
    | Pause
    | Forget
    | Discard
    | RollBack
    | WatchOld
    | Refuse
)


def otherwise(step: Step) -> tuple[Step, ...]:
    """Return the steps that follow when the step fails as foreseen; none for one that ends the run."""
    match step:
        case Stop(otherwise=steps) | Submit(otherwise=steps) | Watch(otherwise=steps):
            return steps
        case _:
            return ()
