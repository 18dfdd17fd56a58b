"""What is asked of a statement's life on the way back to the version before, and what is told when that does not start."""

from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from flinksql.errors import FlinkSqlError, JobFailedError, StatementError
from flinksql.flink.jobmanager import JobManagerClient
from flinksql.statement import Definition, Deployed
from flinksql.statements import StatementLifecycle, go_back
from flinksql.statements.state import StateFinder
from flinksql.statements.values import LifecycleSettings, Observation, ObservedState
from tests.unit.flinksql.statements.known_jobs import HELD, WROTE, JobManager, KnownJob
from tests.unit.flinksql.statements.plan_situations import NEW, NEW_HASH, OLD, OLD_HASH

DEPLOYED = Deployed(definition_hash=OLD_HASH, generation=2, job_id="a", restore_used="file:/once")
"""What is known of the job of now, which runs `OLD`; `NEW` is the version before it."""


@dataclass
class Life:
    """A statement's life that answers as it is told to."""

    seen: Observation
    failures: list[FlinkSqlError] = field(default_factory=list)
    """Of one repair after the other."""
    savepoint: str = "file:/now"
    asked: list[tuple[str, Definition, Deployed | None]] = field(default_factory=list)
    settings: LifecycleSettings = field(default_factory=LifecycleSettings)
    jobmanager: JobManager = field(default_factory=lambda: JobManager({"a": KnownJob(latest=WROTE)}))

    def observe(self, definition: Definition, deployed: Deployed) -> Observation:
        assert (definition, deployed) == (NEW, Deployed(definition_hash=NEW_HASH))
        return self.seen

    def create(self, definition: Definition) -> Deployed:
        self.asked.append(("create", definition, None))
        return Deployed(definition_hash=NEW_HASH, job_id="kept")

    def update(self, old: Definition, new: Definition, deployed: Deployed) -> Deployed:
        assert old == OLD
        self.asked.append(("update", new, deployed))
        return Deployed(definition_hash=NEW_HASH, savepoint=self.savepoint)

    def repair(self, definition: Definition, deployed: Deployed) -> Deployed:
        self.asked.append(("repair", definition, deployed))
        if self.failures:
            raise self.failures.pop(0)
        return Deployed(
            definition_hash=deployed.definition_hash, job_id="j", restored_from=definition.policy.restore_from or deployed.savepoint
        )

    def last_state(self, job_name: str, deployed: Deployed, digest: str = "") -> str:
        finder = StateFinder(jobmanager=cast("JobManagerClient", self.jobmanager), settings=self.settings)
        return finder.latest(job_name, deployed, {digest or deployed.definition_hash}).path

    def back(self) -> Any:  # noqa: ANN401  # what an undo came to
        return go_back(cast("StatementLifecycle", self), OLD, NEW, DEPLOYED, "file:/before")


GONE = Observation(state=ObservedState.GONE)
PAUSED = replace(NEW, policy=replace(NEW.policy, running=False))
STARTED = replace(NEW, policy=replace(NEW.policy, running=True, restore_from="file:/before"))


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(GONE, id="no job of it"),
        pytest.param(Observation(state=ObservedState.RUNNING, definition_hash=OLD_HASH), id="another definition runs"),
        pytest.param(Observation(state=ObservedState.FAILED, definition_hash=NEW_HASH), id="its job failed"),
    ],
)
def test_the_job_of_now_stops_with_a_savepoint_and_the_one_before_starts_from_its_own(seen: Observation) -> None:
    life = Life(seen)
    undone = life.back()
    assert life.asked == [("update", PAUSED, DEPLOYED), ("repair", STARTED, Deployed(definition_hash=NEW_HASH))]
    expected = Deployed(definition_hash=NEW_HASH, job_id="j", restored_from="file:/before", restore_used="file:/once")
    assert (undone.deployed, undone.left_at) == (expected, "file:/now")


def test_a_job_that_a_killed_run_started_is_kept_and_what_the_other_left_is_found() -> None:
    life = Life(Observation(state=ObservedState.RUNNING, definition_hash=NEW_HASH))
    undone = life.back()
    assert life.asked == [("create", NEW, None)]
    assert (undone.deployed.job_id, undone.left_at) == ("kept", HELD.path)


def test_state_that_another_definition_left_is_not_that_of_the_job_of_now() -> None:
    life = Life(Observation(state=ObservedState.RUNNING, definition_hash=NEW_HASH))
    life.jobmanager = JobManager({"b": KnownJob(latest=WROTE, definition="third")})
    assert life.back().left_at == ""


@pytest.mark.parametrize("error", [JobFailedError("one\ntwo"), StatementError("one\ntwo")])
@pytest.mark.parametrize(("savepoint", "place"), [("file:/now", "file:/now"), ("", "the start")])
def test_when_the_version_before_does_not_start_the_other_returns_from_what_it_left(
    error: FlinkSqlError, savepoint: str, place: str
) -> None:
    life = Life(GONE, failures=[error], savepoint=savepoint)
    with pytest.raises(JobFailedError) as caught:
        life.back()
    assert (
        str(caught.value)
        == f"The version before did not start, and the version of now runs again from {place} (job j).\n  before: one\n  two"
    )
    assert life.asked[-1] == ("repair", OLD, replace(DEPLOYED, savepoint=savepoint))


@pytest.mark.parametrize(("savepoint", "place"), [("file:/now", "file:/now"), ("", "no place: it had none")])
def test_when_neither_starts_the_error_tells_both_and_where_the_state_is(savepoint: str, place: str) -> None:
    life = Life(GONE, failures=[JobFailedError("one\ntwo"), JobFailedError("three\nfour")], savepoint=savepoint)
    with pytest.raises(JobFailedError) as caught:
        life.back()
    assert str(caught.value) == (
        "The version before did not start, and the version of now did not come back.\n  before: one\n  two\n  now: three\n  four\n"
        f"  The state of statement copy is kept at {place}."
    )
