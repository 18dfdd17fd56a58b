"""What is known of a stack's savepoints, from its state, this machine's journal, the JobManager and the folder: values, nothing asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from components.statement_history import Entry
from flinksql.savepoints import Presence, SavepointFolder, canonical
from flinksql.statement import Deployed


@dataclass(frozen=True, kw_only=True)
class StatementFacts:
    """A job's statement as the stack's state has it. `job_ids` are all ids that its jobs may have had; `below` its tables, views, models.

    `restore_from` is the path that its recorded header names and that no job was started from yet.
    """

    name: str
    deployed: Deployed
    is_running: bool = True
    job_ids: frozenset[str] = frozenset()
    below: tuple[str, ...] = ()
    restore_from: str = ""


@dataclass(frozen=True, kw_only=True)
class JobSavepoint:
    """A savepoint that a job wrote, as the JobManager remembers it. `at` are seconds since 1970."""

    path: str
    at: float
    bytes: int | None = None


@dataclass(frozen=True, kw_only=True)
class JobFacts:
    """A job that the JobManager knows. `statement` is empty for one that is not the stack's; `newest` is the path of its newest state.

    `is_own` says that the stack submitted or adopted it: somebody else's may bear a statement's name. `is_well` says that all its tasks run
    and that it completed a checkpoint of its own.
    """

    job_id: str
    statement: str = ""
    definition: str = ""
    is_own: bool = True
    is_alive: bool = False
    is_well: bool = False
    restored: str = ""
    newest: str = ""
    written: tuple[JobSavepoint, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything that was found out. `entries` are oldest first, those of removed statements too; `recorded` those in the state.

    `jobs` are None where the JobManager did not answer for every job: then nobody knows what runs from a savepoint. `pending` are the
    savepoints of undo orders that wait, by statement. `named` are the files that name a savepoint, by its folder's name; None for files
    that cannot be read.
    """

    statements: Mapping[str, StatementFacts] = field(default_factory=dict)
    entries: Sequence[Entry] = ()
    recorded: Sequence[Entry] = ()
    jobs: Sequence[JobFacts] | None = ()
    folder: SavepointFolder | None = None
    pending: Mapping[str, str] = field(default_factory=dict)
    named: Mapping[str, str] | None = field(default_factory=dict)
    is_flink_shared: bool = False


class Reason(StrEnum):
    """Why a savepoint was taken."""

    UPGRADE = "upgrade"
    PAUSE = "pause"
    UNDO = "undo"
    DELETED = "statement deleted"
    ASKED = "asked for"
    UNKNOWN = "not known"


class Claim(StrEnum):
    """How well it is known that a savepoint was written by a job of the stack."""

    RECORDED = "recorded"
    """Flink said so, and its name fits."""
    NAMED = "named"
    """Only its name says so: the first six digits are those of a job's id."""
    NONE = "none"


class NeedKind(StrEnum):
    """What a savepoint is needed for."""

    START = "start"
    """Something may be started from it without anybody asking."""
    UNDO = "undo"


@dataclass(frozen=True, kw_only=True)
class Need:
    """Something that refers to a savepoint; `what` says it in words."""

    kind: NeedKind
    what: str


@dataclass(frozen=True, kw_only=True)
class Savepoint:
    """A state that can be restored. `at` is when it was taken (ISO 8601, UTC), `definition` the hash that its job ran; both may be empty.

    `is_current` says whether that is the definition that is deployed now, None where that is not known.
    """

    path: str
    statement: str
    at: str = ""
    reason: Reason = Reason.UNKNOWN
    definition: str = ""
    is_current: bool | None = None
    bytes: int | None = None
    presence: Presence = Presence.UNKNOWN
    is_checkpoint: bool = False
    claim: Claim = Claim.NONE
    needs: tuple[Need, ...] = ()

    @property
    def key(self) -> str:
        """The path in the spelling by which paths are compared."""
        return canonical(self.path)
