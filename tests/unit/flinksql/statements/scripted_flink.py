"""What an executor works on, as one value that answers as it is told to and writes down what it was asked: no server and no clock."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from flinksql.errors import FlinkSqlError, JobFailedError
from flinksql.flink.jobmanager import JobSummary
from flinksql.sql import definition_hash
from flinksql.statement import Definition, Deployed, Kind
from flinksql.statements.apply import Executor
from flinksql.statements.failure_points import FailurePoint
from flinksql.statements.script import Script, script_of
from flinksql.statements.situation import Life, Recorded, Saved, SavedState, Seen, Wanted
from flinksql.statements.state import StateFinder
from flinksql.statements.values import LifecycleSettings, Observation, ObservedState, Result
from tests.unit.flinksql.statements.plan_situations import NEW, NEW_HASH, OLD, OLD_HASH, job

RUNNING = {"running": 1, "total": 1}


def summary(job_id: str, state: str = "RUNNING", tasks: Mapping[str, int] | None = None) -> JobSummary:
    """Return a job of the list."""
    return JobSummary.model_validate({"jid": job_id, "name": "p/s/copy", "state": state, "tasks": tasks or RUNNING})


@dataclass
class ScriptedFlink:
    """Looks give `seen`, one after the other, the last one for ever. Errors are raised once each, by what they are for."""

    seen: list[Seen] = field(default_factory=lambda: [Seen()])
    named: list[JobSummary] = field(default_factory=list)
    known: list[JobSummary] = field(default_factory=list)
    found: Saved = field(default_factory=Saved)
    savepoint: str = "file:/s"
    restored: str = ""
    """What a job that runs says it started from."""
    tags: Mapping[str, str] = field(default_factory=dict)
    newest_failure: int = 0
    flink_line: str = "2.2"
    completed_a_checkpoint: bool = False
    restarting: bool = False
    stops: list[FlinkSqlError] = field(default_factory=list)
    submissions: list[FlinkSqlError | None] = field(default_factory=list)
    """What becomes of one submission after the other; beyond them each is accepted."""
    watches: list[FlinkSqlError | None] = field(default_factory=list)
    """What becomes of one watched job after the other; beyond them each is healthy."""
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    points: list[str] = field(default_factory=list)

    def executor(self) -> Executor:
        """Return an executor over it."""
        return Executor(
            inspector=cast("Any", self._look()),
            observer=cast("Any", SimpleNamespace(observe=self._observe)),
            submitter=cast("Any", SimpleNamespace(prepared=self._prepared, secrets={"KEY": "open-sesame"}, settings=LifecycleSettings())),
            watch=cast("Any", SimpleNamespace(wait=self._watch)),
            stopper=cast("Any", SimpleNamespace(stop_with_savepoint=self._stop, cancel=self._cancel, wait_until_ended=self._awaited)),
            validate=lambda definition: self.asked.append(("prove", definition)),
            probe=lambda url: f"{url} is closed" if "closed" in url else "",
            failure_point=self._point,
        )

    def _look(self) -> SimpleNamespace:
        def restored_from(job_id: str) -> str:
            return f"{self.restored} of {job_id}" if self.restored else ""

        def newest_failure(job_id: str) -> int:
            return self.newest_failure if job_id else -1

        def tags(job_id: str, deployed: Deployed) -> Mapping[str, str]:
            self.asked.append(("tags", job_id, deployed.job_id))
            return self.tags

        def completed_a_checkpoint(job_id: str) -> bool:
            self.asked.append(("completed a checkpoint?", job_id))
            return self.completed_a_checkpoint

        return SimpleNamespace(
            seen=self._at,
            named=lambda definition, deployed: self.named if (definition, deployed) == self._about else [],
            saved=self._saved,
            tags=tags,
            restored_from=restored_from,
            newest_failure=newest_failure,
            flink_line=lambda: self.flink_line,
            completed_a_checkpoint=completed_a_checkpoint,
            jobmanager=SimpleNamespace(jobs=lambda: self.known),
            state=StateFinder(jobmanager=cast("Any", None), settings=LifecycleSettings(state_root="file:///state")),
        )

    def _at(self, recorded: Recorded, wanted: Wanted, savepointless: set[str]) -> Seen:
        self._about = (wanted.definition, recorded.deployed)
        self.asked.append(("look", *sorted(savepointless)))
        return self.seen.pop(0) if len(self.seen) > 1 else self.seen[0]

    def _saved(self, recorded: Recorded, wanted: Wanted) -> Saved:
        assert (wanted.definition, recorded.deployed) == self._about
        self.asked.append(("find state",))
        return self.found

    def _observe(self, _name: str, deployed: Deployed) -> Observation:
        self.asked.append(("observe", deployed.job_id))
        return Observation(state=ObservedState.RESTARTING if self.restarting else ObservedState.RUNNING)

    @contextmanager
    def _prepared(self, definition: Definition, *, planned: bool = False, shared: bool = False) -> "Iterator[_Prepared]":
        self.asked.append(("prepare", definition_hash(definition), {"planned": planned, "shared": shared}))
        try:
            yield _Prepared(self, definition)
        finally:
            self.asked.append(("closed",))

    def _watch(
        self, job_id: str, kind: Kind, *, since: int = 0, upgraded_within: float | None = None, restored_within: float | None = None
    ) -> None:
        told = {"since": since, "within": upgraded_within, **({"restored within": restored_within} if restored_within else {})}
        self.asked.append(("watch", job_id, kind, told))
        _raise_next(self.watches)

    def _stop(self, job_id: str, next_hash: str, *, attempts: int, triggered: Callable[[], None]) -> str:
        self.asked.append(("stop", job_id, next_hash, attempts))
        triggered()
        _raise_next(self.stops)
        return self.savepoint

    def _cancel(self, jobs: Iterable[JobSummary]) -> None:
        self.asked.append(("cancel", *(job.job_id for job in jobs)))

    def _awaited(self, job_ids: Iterable[str]) -> None:
        self.asked.append(("await the end of", *job_ids))

    def _point(self, point: FailurePoint) -> None:
        self.points.append(str(point))


@dataclass
class _Prepared:
    flink: ScriptedFlink
    definition: Definition

    @property
    def script(self) -> Script:
        return script_of(self.definition, {})

    def submit(
        self, *, first_generation: int = 1, restore: str = "", ignore_unclaimed: bool = False, accepted: Callable[[], None] = lambda: None
    ) -> Deployed:
        digest = definition_hash(self.definition)
        told = {"from": restore, "generation": first_generation, "drops": ignore_unclaimed}
        self.flink.asked.append(("submit", digest, told))
        accepted()
        _raise_next(self.flink.submissions)
        return Deployed(definition_hash=digest, generation=first_generation, job_id=f"job of {digest[:4]}", restored_from=restore)

    def close(self) -> None:
        self.flink.asked.append(("close",))


def _raise_next(errors: "list[FlinkSqlError | None] | list[FlinkSqlError]") -> None:
    error = errors.pop(0) if errors else None
    if error is not None:
        raise error


BEFORE = Recorded(deployed=Deployed(definition_hash=OLD_HASH, generation=3, job_id="old", restore_used="file:/once"), definition=OLD)
SAME = Recorded(deployed=Deployed(definition_hash=NEW_HASH, generation=3, job_id="new"), definition=NEW)
OLD_JOB, NEW_JOB = f"job of {OLD_HASH[:4]}", f"job of {NEW_HASH[:4]}"
WINDOW = NEW.policy.health_window_seconds
OLD_RUNS = Seen(jobs=(job("old", Life.WELL, OLD_HASH),))
OLD_SAVED = SavedState(path="file:/back", writer=OLD_HASH)
NEW_RUNS = Seen(jobs=(job("new", Life.WELL, NEW_HASH),), saved=Saved(back=OLD_SAVED))
UNHEALTHY = JobFailedError("it fails again and again")


def wanted(**policy: Any) -> Wanted:  # noqa: ANN401  # fields of a policy
    """Return the new definition with this policy as what is to be."""
    return Wanted(definition=replace(NEW, policy=replace(NEW.policy, **policy)))


def brought_about(flink: ScriptedFlink, recorded: Recorded, target: Wanted) -> Result:
    """Make it true."""
    return flink.executor().bring_about(recorded, target)


def failed(flink: ScriptedFlink, recorded: Recorded, target: Wanted) -> str:
    """Return the error with which that fails."""
    with pytest.raises(JobFailedError) as caught:
        brought_about(flink, recorded, target)
    return str(caught.value)


def submitted(flink: ScriptedFlink) -> list[tuple[str, str]]:
    """Return of each submission which definition it was, and from what."""
    return [("old" if call[1] == OLD_HASH else "new", call[2]["from"]) for call in flink.asked if call[0] == "submit"]
