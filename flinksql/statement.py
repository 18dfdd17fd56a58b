"""What a statement is before it meets Flink: its text, its place, its kind, and the definition that identifies it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from flinksql.policy import Policy


class Kind(StrEnum):
    """What becomes of a statement in Flink, which decides its whole life."""

    CATALOG_OBJECT = "catalog object"
    """TABLE, VIEW, MODEL or FUNCTION: lives in a session's private catalog and is replayed from Pulumi's state."""
    JOB = "job"
    """INSERT or STATEMENT SET over unbounded sources: runs until somebody stops it."""
    BOUNDED_JOB = "bounded job"
    """INSERT or STATEMENT SET over bounded sources: must reach FINISHED."""


@dataclass(frozen=True, kw_only=True)
class Position:
    """A place in a file. Lines and columns count from 1, as editors do."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One SQL file: exactly the text as written, placeholders included.

    `file` is relative to the project's folder, with forward slashes, and is for messages only: it is not part of the identity.
    `written` is the text as written where `text` was made from it, as for a job with lanes; else empty.
    """

    name: str
    kind: Kind
    text: str
    file: str
    written: str = ""


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A statement together with everything that decides what Flink would run.

    `closure` holds the catalog objects that the statement depends on, directly or not, in an order that can be replayed.
    `parameters` are the values of `${name}` placeholders; secrets are never among them.
    `options` are Flink configuration keys sent with the submission (`parallelism.default`, `execution.checkpointing.interval`).
    `job_name` is `<project>/<stack>/<statement>`; the JobManager is searched by it.
    `policy` says how the job is treated; two definitions that differ in it alone have the same hash.
    """

    statement: Statement
    closure: tuple[Statement, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    job_name: str
    policy: Policy = field(default_factory=Policy)

    @property
    def name(self) -> str:
        """The statement's name, unique in its bundle."""
        return self.statement.name

    @property
    def identity(self) -> str:
        """The name by which Flink knows the job: the statement's, or the one that its file had before it was renamed."""
        return self.job_name.rpartition("/")[2]


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """What is known of a definition that was brought to Flink. For a catalog object `job_id` is empty and `generation` 0.

    `job_id` is 32 lower-case hexadecimal digits. `restored_from` is the savepoint or checkpoint path that the job started from, or empty
    when it started without state. `savepoint` is where the state of a statement lies whose job was stopped on purpose, because its policy
    says that it is not to run; the job that it gets later goes on from there. `restore_used` is the path of the policy's `restore_from`
    that a job was started from: it counts once. `flink_line` is the release line (`2.2`) of the Flink that the job was stopped on, known
    of one that was stopped on purpose: an older Flink cannot read what it left. `started` says that the job was submitted just now, with
    the secrets of now; one that ran already may have been given others.
    """

    definition_hash: str
    generation: int = 0
    job_id: str = ""
    restored_from: str = ""
    savepoint: str = ""
    restore_used: str = ""
    flink_line: str = ""
    started: bool = field(default=False, compare=False)
