"""A run that is killed at any moment of its plan, of every kind of plan, is finished by the next run.

`tests/contract/test_statement_kills.py` asks the telling moments of a real Flink too; here every moment that a run passes is tried.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from flinksql.errors import JobFailedError
from flinksql.policy import DeleteMode, Policy
from flinksql.sql import definition_hash
from flinksql.statement import Definition, Deployed
from flinksql.statements import FailurePoint, HealthPolicy, Moment, Recorded, Wanted
from tests.contract.bench import COPY_SOME, LOOPS, Bench
from tests.fakes.flink import FakeFlink, fake_flink

HEALTH = HealthPolicy(settle_seconds=0.02, deadline_seconds=0.5, poll_seconds=0.005, bounded_seconds=1)
WINDOW = Policy(health_window_seconds=0.5)
BenchAt = Callable[[str, str], Bench]


class Killed(BaseException):
    """Ends a run like a signal: nothing catches it."""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A Flink, and a job that runs."""

    bench: Bench
    flink: FakeFlink
    first: Deployed

    @property
    def recorded(self) -> Recorded:
        return Recorded(definition=self.bench.job(), deployed=self.first)

    def alive(self) -> list[str]:
        return [self.bench.jobmanager.tags(job.job_id)["definition"] for job in self.bench.alive()]


def upgrade(scene: Scene) -> Wanted:
    return Wanted(definition=replace(scene.bench.job(COPY_SOME), policy=WINDOW))


def upgrade_of_a_job_without_savepoints(scene: Scene) -> Wanted:
    scene.flink.cluster.savepoint_failures = 99
    job = scene.flink.cluster.jobs[scene.first.job_id]
    job.extra_failures = [job.started, job.started + 0.01]
    return upgrade(scene)


def rollback(scene: Scene) -> Wanted:
    return Wanted(definition=replace(scene.bench.job(LOOPS), policy=WINDOW))


def repair(scene: Scene) -> Wanted:
    scene.flink.cluster.end(scene.first.job_id, "CANCELED")
    return Wanted(definition=scene.bench.job())


def pause(scene: Scene) -> Wanted:
    return Wanted(definition=replace(scene.bench.job(), policy=Policy(running=False)))


def deletion(scene: Scene) -> Wanted:
    return Wanted(definition=scene.bench.job(), deleted=True)


def deletion_with_a_savepoint(scene: Scene) -> Wanted:
    return Wanted(definition=replace(scene.bench.job(), policy=Policy(delete_mode=DeleteMode.SAVEPOINT)), deleted=True)


def bring_about(scene: Scene, wanted: Wanted, hook: Callable[[FailurePoint], None] = lambda _point: None) -> str:
    """Do what `up` does; return what is told of the state, or of the failure."""
    lifecycle = scene.bench.lifecycle(failure_point=hook)
    try:
        if wanted.deleted:
            return lifecycle.delete(wanted.definition, scene.first)
        deployed = lifecycle.bring_about(scene.recorded, wanted)
    except JobFailedError as error:
        return str(error).partition(" (")[0]
    return deployed.savepoint or deployed.restored_from


@pytest.mark.parametrize(
    "change",
    [upgrade, upgrade_of_a_job_without_savepoints, rollback, repair, pause, deletion, deletion_with_a_savepoint],
    ids=lambda change: change.__name__,
)
def test_the_next_run_comes_to_the_same_end(bench_at: BenchAt, change: Callable[[Scene], Wanted]) -> None:
    points: list[FailurePoint] = []
    told, alive = ended(bench_at, change, kill_at=None, passed=points)
    assert Moment.DURING in {point.moment for point in points} or change in {deletion}
    for number, point in enumerate(points):
        again = ended(bench_at, change, kill_at=number, passed=[])
        assert again == (told, alive), f"killed {point}"


def ended(
    bench_at: BenchAt, change: Callable[[Scene], Wanted], *, kill_at: int | None, passed: list[FailurePoint]
) -> tuple[str, list[str]]:
    """Carry a change out on a Flink of its own, killed at the numbered moment and then done again; return what it came to."""

    def reach(point: FailurePoint) -> None:
        passed.append(point)
        if kill_at is not None and len(passed) == kill_at + 1:
            raise Killed

    with fake_flink() as flink:
        bench = bench_at(flink.gateway_server.url, flink.jobmanager_server.url)
        bench = replace(bench, settings=replace(bench.settings, health=HEALTH))
        first = bench.lifecycle().create(bench.job())
        scene = Scene(bench=bench, flink=flink, first=first)
        wanted = change(scene)
        if kill_at is None:
            told = bring_about(scene, wanted, reach)
        else:
            with pytest.raises(Killed):
                bring_about(scene, wanted, reach)
            told = bring_about(scene, wanted)
        return _STATE.sub(lambda path: f"state of {_writer(scene, path)}", told), [_named(one, bench.job()) for one in scene.alive()]


_STATE = re.compile(r"file:/(?:checkpoints/|savepoints/savepoint-)(?P<job>[0-9a-f]+)\S*")


def _writer(scene: Scene, path: re.Match[str]) -> str:
    """Return whose state it is. Which of it depends on the moment: a job that came back has newer state than its savepoint."""
    (job,) = (job for job in scene.flink.cluster.jobs.values() if job.job_id.startswith(path["job"]))
    return _named(job.tags["definition"], scene.bench.job())


def _named(digest: str, old: Definition) -> str:
    return "old" if digest == definition_hash(old) else "new"
