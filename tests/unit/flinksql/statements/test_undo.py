"""Going back to the version before: from the state that it left, and never to two jobs or to none."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest

from flinksql.errors import JobFailedError
from flinksql.policy import UpgradeMode
from flinksql.statement import Deployed
from flinksql.statements import FailurePoint, go_back, state_left_by
from flinksql.statements.failure_points import FailureHook
from tests.contract.bench import COPY_SOME, Bench
from tests.fakes.flink import FakeFlink, fake_flink
from tests.fakes.jobs import Fate

LEAST_MOMENTS = 4


def switched(bench: Bench) -> tuple[Deployed, str]:
    """Deploy a version and another one in its place; return the second and where the first one's state lies."""
    lifecycle = bench.lifecycle()
    first = lifecycle.create(bench.job())
    second = lifecycle.update(bench.job(), bench.job(COPY_SOME), first)
    return second, state_left_by(lifecycle, bench.job(), first)


def test_the_version_before_starts_from_the_state_that_it_left_and_the_other_leaves_one_too(bench: Bench) -> None:
    second, savepoint = switched(bench)
    undone = go_back(bench.lifecycle(), bench.job(COPY_SOME), bench.job(), second, savepoint)
    assert undone.deployed.restored_from == savepoint != ""
    assert undone.left_at not in {"", savepoint}
    (alive,) = bench.alive()
    assert alive.job_id == undone.deployed.job_id


def test_the_state_that_a_version_left_is_known_also_where_the_next_one_did_not_take_it(bench: Bench) -> None:
    lifecycle = bench.lifecycle()
    first = lifecycle.create(bench.job())
    stateless = replace(bench.job(COPY_SOME), policy=replace(bench.job().policy, upgrade_mode=UpgradeMode.STATELESS))
    second = lifecycle.update(bench.job(), stateless, first)
    assert second.restored_from == ""
    savepoint = state_left_by(lifecycle, bench.job(), first)
    assert go_back(lifecycle, stateless, bench.job(), second, savepoint).deployed.restored_from == savepoint != ""


def test_undone_twice_is_the_version_of_before_the_first_undo_from_what_it_left(bench: Bench) -> None:
    second, savepoint = switched(bench)
    once = go_back(bench.lifecycle(), bench.job(COPY_SOME), bench.job(), second, savepoint)
    twice = go_back(bench.lifecycle(), bench.job(), bench.job(COPY_SOME), once.deployed, once.left_at)
    assert twice.deployed.restored_from == once.left_at
    assert twice.deployed.definition_hash == second.definition_hash
    assert [job.job_id for job in bench.alive()] == [twice.deployed.job_id]


class KilledError(BaseException):
    """Stands for `kill -9`."""


def killed_at(number: int) -> FailureHook:
    """Return what ends a run at one of its moments, counted from 0."""
    moments = count()

    def reached(_point: FailurePoint) -> None:
        if next(moments) == number:
            raise KilledError

    return reached


def test_a_killed_undo_is_finished_by_the_next_one_wherever_it_was_killed(bench_at: Callable[[str, str], Bench]) -> None:
    for number in count():
        with fake_flink() as flink:
            bench = bench_at(flink.gateway_server.url, flink.jobmanager_server.url)
            second, savepoint = switched(bench)
            killed = False
            try:
                go_back(bench.lifecycle(failure_point=killed_at(number)), bench.job(COPY_SOME), bench.job(), second, savepoint)
            except KilledError:
                killed = True
                undone = go_back(bench.lifecycle(), bench.job(COPY_SOME), bench.job(), second, savepoint)
                assert [job.job_id for job in bench.alive()] == [undone.deployed.job_id], number
                assert undone.deployed.restored_from == savepoint, number
                assert undone.left_at not in {"", savepoint}, number
        if not killed:
            break
    assert number > LEAST_MOMENTS


def test_a_version_that_does_not_start_gives_way_to_the_one_that_ran(bench: Bench, flink: FakeFlink) -> None:
    second, savepoint = switched(bench)
    flink.cluster.next_fates = [Fate.LOOPS]
    with pytest.raises(JobFailedError, match=r"did not start, and the version of now runs again from .*savepoint"):
        go_back(bench.lifecycle(), bench.job(COPY_SOME), bench.job(), second, savepoint)
    (alive,) = bench.alive()
    assert bench.jobmanager.tags(alive.job_id)["definition"] == second.definition_hash


def test_a_mark_of_a_used_header_is_left_as_it_was(bench: Bench) -> None:
    second, savepoint = switched(bench)
    known = replace(second, restore_used="file:///once")
    assert go_back(bench.lifecycle(), bench.job(COPY_SOME), bench.job(), known, savepoint).deployed.restore_used == "file:///once"
