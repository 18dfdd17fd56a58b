"""How a statement is to be treated: what its file's header says beyond what Flink runs. Never part of a definition's identity."""

from dataclasses import dataclass
from enum import StrEnum


class UpgradeMode(StrEnum):
    """What a changed statement's new job starts from."""

    SAVEPOINT = "savepoint"
    """The old job is stopped with a savepoint, and the new one goes on from it."""
    STATELESS = "stateless"
    """The new job starts without state. The old one still leaves a savepoint if it can, to go back to when the new one fails."""


class DeleteMode(StrEnum):
    """How a statement's job ends when its resource is deleted."""

    CANCEL = "cancel"
    """The job is cancelled; its last retained checkpoint stays where it is."""
    SAVEPOINT = "savepoint"
    """The job is stopped with a savepoint, and its path is told."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The options of a statement that decide what is done with its job, not what the job does.

    `allow_state_reset` lets a change through that loses the job's state or may lose it. `running` is false for a statement that is
    checked and registered without a job. `health_window_seconds` is how long an upgraded job is given to prove itself healthy.
    `adopt_job` is the id (32 lower-case hexadecimal digits) of a job started by hand that the statement takes over, or empty.
    `restore_from` is the savepoint or checkpoint that the next job of the statement starts from, or empty; it is used once.
    `renamed_from` is the name that the statement's file had when its job was first started, or empty: Flink knows the job by it.
    """

    upgrade_mode: UpgradeMode = UpgradeMode.SAVEPOINT
    allow_state_reset: bool = False
    running: bool = True
    health_window_seconds: float = 60.0
    delete_mode: DeleteMode = DeleteMode.CANCEL
    adopt_job: str = ""
    restore_from: str = ""
    renamed_from: str = ""
