"""A JobManager that is a dictionary of jobs, and what looks for their state in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from flinksql.errors import UnreachableError
from flinksql.flink.jobmanager import Checkpoints, JobManagerClient, JobNotFoundError, JobSummary
from flinksql.flink.jobmanager.wire import ExceptionEntry, JobDetails
from flinksql.statement import Deployed
from flinksql.statements.observe import JobInspector
from flinksql.statements.situation import SavedState
from flinksql.statements.state import StateFinder
from flinksql.statements.values import LifecycleSettings, Listing
from tests.unit.flinksql.statements.plan_situations import OLD, OLD_HASH

NAME = OLD.job_name
HELD = SavedState(path="s3://b/chk-9", writer=OLD_HASH)
WROTE = {"completed": {"external_path": HELD.path, "trigger_timestamp": 5}}
NOTHING = Deployed(definition_hash="")


@dataclass
class KnownJob:
    """A job as the JobManager knows it. One without checkpoints in it wrote none; `forgotten` is one that is only in the list."""

    name: str = NAME
    state: str = "FAILED"
    definition: str = OLD_HASH
    latest: Mapping[str, Any] = field(default_factory=dict)
    completed: int = 0
    ran: bool = True
    forgotten: bool = False
    failures: Sequence[int] = ()
    """When it failed (ms since 1970), newest first."""
    vertices: Sequence[str] = ()


@dataclass
class JobManager:
    """What is asked when state is looked for, from a dictionary, newest job first."""

    known: dict[str, KnownJob] = field(default_factory=dict)
    configured: Mapping[str, str] | None = field(default_factory=dict)
    """Flink's configuration; None for a JobManager that does not tell it."""

    def configuration(self) -> Mapping[str, str]:
        if self.configured is None:
            raise UnreachableError("JobManager does not answer")
        return self.configured

    def jobs(self) -> list[JobSummary]:
        return [JobSummary.model_validate({"jid": key, "name": job.name, "state": job.state}) for key, job in self.known.items()]

    def tags(self, key: str) -> dict[str, str]:
        definition = self._job(key).definition
        return {"definition": definition} if definition else {}

    def checkpoints(self, key: str) -> Checkpoints:
        job = self._job(key)
        return Checkpoints.model_validate({"counts": {"completed": job.completed}, "latest": job.latest})

    def details(self, key: str) -> JobDetails:
        job = self._job(key)
        times = {"RUNNING": 1 if job.ran else 0}
        vertices = [{"id": one} for one in job.vertices]
        return JobDetails.model_validate({"jid": key, "name": job.name, "state": job.state, "timestamps": times, "vertices": vertices})

    def failures(self, key: str, *, at_most: int) -> list[ExceptionEntry]:
        return [ExceptionEntry(timestamp=time) for time in self._job(key).failures[:at_most]]

    def _job(self, key: str) -> KnownJob:
        job = self.known.get(key)
        if job is None or job.forgotten:
            raise JobNotFoundError(key)
        return job


def finder(known: Mapping[str, KnownJob] | None = None, *, listing: Listing | None = None, folder: Path | None = None) -> StateFinder:
    settings = LifecycleSettings(
        listing=listing,
        salt="salt",
        checkpoints_folder=folder and folder / "checkpoints",
        savepoints_folder=folder and folder / "savepoints",
    )
    return StateFinder(jobmanager=cast("JobManagerClient", JobManager(dict(known or {}))), settings=settings)


def inspector(known: Mapping[str, KnownJob]) -> JobInspector:
    state = finder(known)
    return JobInspector(jobmanager=state.jobmanager, state=state)
