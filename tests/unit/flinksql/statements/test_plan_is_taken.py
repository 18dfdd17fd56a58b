"""`up` takes the steps that a preview says: both ask one function, and the executor adds none."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from flinksql.errors import JobFailedError
from flinksql.policy import DeleteMode, Policy, UpgradeMode
from flinksql.statement import Deployed
from flinksql.statements import FailurePoint, Moment, Recorded, Wanted
from flinksql.statements.steps import otherwise
from tests.contract.bench import COPY_SOME, Bench
from tests.fakes.flink import FakeFlink
from tests.fakes.jobs import Fate


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What is recorded of a job that runs, and what is wanted of it now."""

    bench: Bench
    flink: FakeFlink
    first: Deployed

    def recorded(self, deployed: Deployed | None = None) -> Recorded:
        return Recorded(definition=self.bench.job(), deployed=deployed or self.first)

    def changed(self, policy: Policy | None = None) -> Wanted:
        return Wanted(definition=replace(self.bench.job(COPY_SOME), policy=policy or Policy(health_window_seconds=0.6)))


Situation = tuple[Recorded, Wanted]


def an_upgrade(scene: Scene) -> Situation:
    return scene.recorded(), scene.changed()


def an_upgrade_without_state(scene: Scene) -> Situation:
    return scene.recorded(), scene.changed(Policy(upgrade_mode=UpgradeMode.STATELESS))


def a_repair(scene: Scene) -> Situation:
    scene.flink.cluster.end(scene.first.job_id, "CANCELED")
    return scene.recorded(), Wanted(definition=scene.bench.job())


def a_healthy_job(scene: Scene) -> Situation:
    return scene.recorded(), Wanted(definition=scene.bench.job())


def an_upgrade_of_an_ailing_job(scene: Scene) -> Situation:
    scene.flink.cluster.jobs[scene.first.job_id].fate = Fate.LOST_A_TASK
    return scene.recorded(), scene.changed()


def a_pause(scene: Scene) -> Situation:
    return scene.recorded(), scene.changed(Policy(running=False))


def a_new_statement_beside_its_job(scene: Scene) -> Situation:
    return Recorded(), Wanted(definition=scene.bench.job())


def a_deletion(scene: Scene) -> Situation:
    return scene.recorded(), Wanted(definition=scene.bench.job(), deleted=True)


def a_deletion_with_a_savepoint(scene: Scene) -> Situation:
    kept = replace(scene.bench.job(), policy=Policy(delete_mode=DeleteMode.SAVEPOINT))
    return scene.recorded(), Wanted(definition=kept, deleted=True)


@pytest.mark.parametrize(
    "situation",
    [
        an_upgrade,
        an_upgrade_without_state,
        a_repair,
        a_healthy_job,
        an_upgrade_of_an_ailing_job,
        a_pause,
        a_new_statement_beside_its_job,
        a_deletion,
        a_deletion_with_a_savepoint,
    ],
    ids=lambda situation: situation.__name__,
)
def test_up_takes_the_steps_that_the_preview_says(bench: Bench, flink: FakeFlink, situation: Callable[[Scene], Situation]) -> None:
    recorded, wanted = situation(Scene(bench=bench, flink=flink, first=bench.lifecycle().create(bench.job())))
    said = bench.lifecycle().plan(recorded, wanted)
    assert taken(bench, recorded, wanted) == [str(one.name) for one in said]


def test_a_preview_touches_nothing(bench: Bench, flink: FakeFlink) -> None:
    scene = Scene(bench=bench, flink=flink, first=bench.lifecycle().create(bench.job()))
    before = (len(flink.gateway.bodies), [job.job_id for job in bench.alive()])
    flink.jobmanager_server.calls.clear()
    bench.lifecycle().plan(*an_upgrade(scene))
    assert (len(flink.gateway.bodies), [job.job_id for job in bench.alive()]) == before
    assert all(call.startswith("GET") for call in flink.jobmanager_server.calls)


def test_the_steps_after_a_failure_are_those_of_the_plan(bench: Bench, flink: FakeFlink) -> None:
    scene = Scene(bench=bench, flink=flink, first=bench.lifecycle().create(bench.job()))
    flink.cluster.next_fates = [Fate.LOOPS]
    recorded, wanted = an_upgrade(scene)
    watch = bench.lifecycle().plan(recorded, wanted)[-1]
    steps = taken(bench, recorded, wanted)
    assert steps == ["prepare", "stop-with-savepoint", "cancel", "submit", *(str(one.name) for one in otherwise(watch))]


def test_a_job_that_gives_no_savepoint_is_looked_at_again(bench: Bench, flink: FakeFlink) -> None:
    scene = Scene(bench=bench, flink=flink, first=bench.lifecycle().create(bench.job()))
    flink.cluster.savepoint_failures = 99
    job = flink.cluster.jobs[scene.first.job_id]
    job.extra_failures = [job.started, job.started + 0.01]
    steps = taken(bench, *an_upgrade(scene))
    assert steps == ["prepare", "look-again", "prepare", "cancel", "find-state", "submit", "watch"]


def taken(bench: Bench, recorded: Recorded, wanted: Wanted) -> list[str]:
    """Carry a plan out; return the steps that were finished."""
    finished: list[str] = []

    def note(point: FailurePoint) -> None:
        if point.moment is Moment.AFTER:
            finished.append(str(point.step))

    lifecycle = bench.lifecycle(failure_point=note)
    try:
        if wanted.deleted:
            lifecycle.delete(wanted.definition, recorded.deployed)
        else:
            lifecycle.bring_about(recorded, wanted)
    except JobFailedError:
        pass
    return finished
