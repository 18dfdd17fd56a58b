"""A run that is killed between any two steps is finished by the next one. Asked of the fake and of a real Flink.

The run ends by an exception that nothing catches, which leaves Flink as a killed process does. All moments are tried on the fake;
on a real Flink the most telling ones, or all with FLINK_REVIEWS_KILL_MATRIX=all.
"""

import os
from collections.abc import Callable
from contextlib import suppress

import pytest

from flinksql.errors import JobFailedError
from flinksql.sql import definition_hash
from flinksql.statement import Definition, Deployed
from flinksql.statements import FailurePoint, Moment, ObservedState, StepName
from tests.contract.bench import COPY_SOME, LOOPS, Bench, until

CREATING = (
    FailurePoint(Moment.AFTER, StepName.PREPARE),
    FailurePoint(Moment.BEFORE, StepName.SUBMIT),
    FailurePoint(Moment.DURING, StepName.SUBMIT),
    FailurePoint(Moment.AFTER, StepName.SUBMIT),
    FailurePoint(Moment.AFTER, StepName.WATCH),
)
UPGRADING = (
    FailurePoint(Moment.AFTER, StepName.PREPARE),
    FailurePoint(Moment.DURING, StepName.STOP),
    FailurePoint(Moment.AFTER, StepName.STOP),
    FailurePoint(Moment.AFTER, StepName.CANCEL),
    FailurePoint(Moment.BEFORE, StepName.SUBMIT),
    FailurePoint(Moment.DURING, StepName.SUBMIT),
    FailurePoint(Moment.AFTER, StepName.SUBMIT),
    FailurePoint(Moment.AFTER, StepName.WATCH),
)
ROLLING_BACK = (
    FailurePoint(Moment.DURING, StepName.STOP),
    FailurePoint(Moment.AFTER, StepName.CANCEL),
    FailurePoint(Moment.AFTER, StepName.SUBMIT),
    FailurePoint(Moment.BEFORE, StepName.ROLL_BACK),
    FailurePoint(Moment.AFTER, StepName.ROLL_BACK),
)
DELETING = (FailurePoint(Moment.BEFORE, StepName.CANCEL), FailurePoint(Moment.AFTER, StepName.CANCEL))
TELLING = {
    "creating": {FailurePoint(Moment.DURING, StepName.SUBMIT)},
    "upgrading": {FailurePoint(Moment.DURING, StepName.STOP)},
    "rolling back": {FailurePoint(Moment.BEFORE, StepName.ROLL_BACK)},
    "deleting": set[FailurePoint](),
}
ALL = os.environ.get("FLINK_REVIEWS_KILL_MATRIX") == "all"


class Killed(BaseException):
    """Ends a run like a signal: nothing catches it."""


@pytest.fixture
def kill_at(bench: Bench, request: pytest.FixtureRequest) -> Callable[[str, FailurePoint], Callable[[FailurePoint], None]]:
    """Make the hook that ends a run at a point; on a real Flink only the telling points are tried by default."""
    real = request.node.callspec.params["bench"] == "real"

    def hook(kind: str, point: FailurePoint) -> Callable[[FailurePoint], None]:
        if real and not ALL and point not in TELLING[kind]:
            pytest.skip("on a real Flink with FLINK_REVIEWS_KILL_MATRIX=all")

        def kill(reached: FailurePoint) -> None:
            if reached == point:
                raise Killed

        return kill

    return hook


KillAt = Callable[[str, FailurePoint], Callable[[FailurePoint], None]]


def next_up(bench: Bench, recorded: tuple[Definition, Deployed], wanted: Definition) -> Deployed:
    """Do what the provider does in the next `up`: upgrade from what the state records, or repair what is not well."""
    old, deployed = recorded
    lifecycle = bench.lifecycle()
    if definition_hash(old) != definition_hash(wanted):
        return lifecycle.update(old, wanted, deployed)
    if lifecycle.observe(wanted, deployed).state is ObservedState.RUNNING:
        return deployed
    return lifecycle.repair(wanted, deployed)


def running_definition(bench: Bench) -> str:
    """Return the definition of the one job that is alive."""
    (alive,) = bench.alive()
    return bench.jobmanager.tags(alive.job_id)["definition"]


def ended_if_asked(bench: Bench, point: FailurePoint) -> None:
    """Wait for the end of a job that was asked to stop: to a look in that very moment it still runs."""
    if point == FailurePoint(Moment.DURING, StepName.STOP):
        until(lambda: not bench.alive())


@pytest.mark.parametrize("point", CREATING, ids=str)
def test_a_killed_creation_is_finished_by_the_next_up_with_one_job(bench: Bench, kill_at: KillAt, point: FailurePoint) -> None:
    hook = kill_at("creating", point)
    with pytest.raises(Killed):
        bench.lifecycle(failure_point=hook).create(bench.job())
    deployed = bench.lifecycle().create(bench.job())
    assert [job.job_id for job in bench.jobs()] == [deployed.job_id]
    assert deployed.generation == 1


@pytest.mark.parametrize("point", UPGRADING, ids=str)
def test_a_killed_upgrade_is_finished_by_the_next_up_from_the_savepoint(bench: Bench, kill_at: KillAt, point: FailurePoint) -> None:
    hook = kill_at("upgrading", point)
    old, new = bench.job(), bench.job(COPY_SOME)
    first = bench.lifecycle().create(old)
    with pytest.raises(Killed):
        bench.lifecycle(failure_point=hook).update(old, new, first)
    second = next_up(bench, (old, first), new)
    assert "savepoint" in second.restored_from
    assert [job.job_id for job in bench.alive()] == [second.job_id]
    assert len(bench.jobs()) == 2


@pytest.mark.parametrize("point", UPGRADING, ids=str)
def test_after_a_killed_upgrade_the_old_definition_can_be_had_back_with_its_own_state(
    bench: Bench, kill_at: KillAt, point: FailurePoint
) -> None:
    hook = kill_at("upgrading", point)
    old = bench.job()
    first = bench.lifecycle().create(old)
    with pytest.raises(Killed):
        bench.lifecycle(failure_point=hook).update(old, bench.job(COPY_SOME), first)
    ended_if_asked(bench, point)
    back = next_up(bench, (old, first), old)
    assert running_definition(bench) == first.definition_hash
    assert back == first or f"savepoint-{first.job_id[:6]}" in back.restored_from


@pytest.mark.parametrize("point", ROLLING_BACK, ids=str)
def test_a_killed_rollback_is_finished_by_the_next_up_with_the_same_definition(bench: Bench, kill_at: KillAt, point: FailurePoint) -> None:
    hook = kill_at("rolling back", point)
    old, bad = bench.job(), bench.job(LOOPS)
    first = bench.lifecycle().create(old)
    with pytest.raises(Killed):
        bench.lifecycle(failure_point=hook).update(old, bad, first)
    with pytest.raises(JobFailedError, match=r"(?s)the old one runs again from .*savepoint.*NumberFormatException"):
        next_up(bench, (old, first), bad)
    assert running_definition(bench) == first.definition_hash


@pytest.mark.parametrize("point", ROLLING_BACK, ids=str)
def test_after_a_killed_rollback_the_user_can_go_back_to_the_old_definition(bench: Bench, kill_at: KillAt, point: FailurePoint) -> None:
    hook = kill_at("rolling back", point)
    old = bench.job()
    first = bench.lifecycle().create(old)
    with pytest.raises(Killed):
        bench.lifecycle(failure_point=hook).update(old, bench.job(LOOPS), first)
    ended_if_asked(bench, point)
    next_up(bench, (old, first), old)
    (alive,) = bench.alive()
    assert running_definition(bench) == first.definition_hash
    restored = bench.jobmanager.checkpoints(alive.job_id).latest.restored
    assert restored
    assert "savepoint" in str(restored.external_path)


@pytest.mark.parametrize("point", DELETING, ids=str)
def test_a_killed_deletion_is_finished_by_the_next_one(bench: Bench, kill_at: KillAt, point: FailurePoint) -> None:
    hook = kill_at("deleting", point)
    deployed = bench.lifecycle().create(bench.job())
    with suppress(Killed):
        bench.lifecycle(failure_point=hook).delete(bench.job(), deployed)
    bench.lifecycle().delete(bench.job(), deployed)
    assert bench.alive() == []
