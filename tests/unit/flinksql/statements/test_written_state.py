"""State that the platform is asked for, and state that a person names."""

from collections.abc import Collection, Sequence
from dataclasses import replace

import pytest

from flinksql.errors import JobFailedError
from flinksql.policy import Policy
from flinksql.statement import Definition, Deployed
from flinksql.statements import StatementLifecycle, WrittenState
from tests.contract.bench import COPY_SOME, Bench
from tests.fakes.flink import FakeFlink

PATH = "file:/flink-data/checkpoints/1/chk-7"
RESTORE = "execution.state-recovery.path"


def _asking(bench: Bench, *written: WrittenState | None) -> StatementLifecycle:
    """A lifecycle whose platform tells what jobs left; None stands for one that cannot be asked."""

    def listing(job_ids: Collection[str]) -> Sequence[WrittenState] | None:
        return None if None in written else [one for one in written if one is not None and one.job_id in job_ids]

    settings = replace(bench.settings, listing=listing, state_root="file:///flink-data")
    return StatementLifecycle(bench.gateway, bench.jobmanager, settings=settings)


def _naming(definition: Definition, path: str = PATH) -> Definition:
    return replace(definition, policy=Policy(restore_from=path))


def _lost(bench: Bench, flink: FakeFlink) -> Deployed:
    deployed = bench.lifecycle().create(bench.job())
    flink.cluster.forget()
    return deployed


def test_a_forgotten_job_goes_on_from_the_newest_that_the_platform_finds(bench: Bench, flink: FakeFlink) -> None:
    lost = _lost(bench, flink)
    old, new = (WrittenState(job_id=lost.job_id, path=f"file:/c/chk-{number}", modified=number) for number in (30, 31))
    other = WrittenState(job_id="f" * 32, path="file:/c/chk-99", modified=99)
    repaired = _asking(bench, WrittenState(job_id=lost.job_id), new, old, other).repair(bench.job(), lost)
    assert (repaired.restored_from, flink.cluster.submissions[-1][RESTORE]) == ("file:/c/chk-31", "file:/c/chk-31")


def test_a_job_whose_folder_is_there_and_empty_never_had_state(bench: Bench, flink: FakeFlink) -> None:
    lost = _lost(bench, flink)
    assert _asking(bench, WrittenState(job_id=lost.job_id)).repair(bench.job(), lost).restored_from == ""


@pytest.mark.parametrize("written", [pytest.param((), id="the volume is new"), pytest.param((None,), id="it cannot be asked")])
def test_a_job_of_which_nothing_is_found_is_not_started_unasked(
    bench: Bench, flink: FakeFlink, written: tuple[WrittenState | None, ...]
) -> None:
    lost = _lost(bench, flink)
    with pytest.raises(JobFailedError, match="no checkpoint or savepoint of it was found") as caught:
        _asking(bench, *written).repair(bench.job(), lost)
    assert f"`-- restore_from: file:///flink-data/checkpoints/{lost.job_id}/chk-<number>`" in str(caught.value)
    assert bench.jobs() == []


def test_a_named_state_is_used_whatever_else_there_is(bench: Bench, flink: FakeFlink) -> None:
    lost = _lost(bench, flink)
    newer = WrittenState(job_id=lost.job_id, path="file:/c/chk-31", modified=31)
    repaired = _asking(bench, newer).repair(_naming(bench.job()), lost)
    assert (repaired.restored_from, repaired.restore_used) == (PATH, PATH)


def test_a_named_state_counts_once(bench: Bench, flink: FakeFlink) -> None:
    named = _naming(bench.job())
    first = _asking(bench).repair(named, _lost(bench, flink))
    flink.cluster.forget()
    newer = WrittenState(job_id=first.job_id, path="file:/c/chk-31", modified=31)
    second = _asking(bench, newer).repair(named, first)
    assert (second.restored_from, second.restore_used) == ("file:/c/chk-31", PATH)


def test_a_new_statement_starts_from_a_named_state(bench: Bench, flink: FakeFlink) -> None:
    made = bench.lifecycle().create(_naming(bench.job()))
    assert (made.restored_from, made.restore_used, flink.cluster.submissions[-1][RESTORE]) == (PATH, PATH, PATH)


def test_a_job_that_runs_is_left_alone(bench: Bench) -> None:
    running = bench.lifecycle().create(bench.job())
    with pytest.raises(JobFailedError, match="`restore_from` would have it do again"):
        bench.lifecycle().update(bench.job(), _naming(bench.job(COPY_SOME)), running)
    assert [job.job_id for job in bench.alive()] == [running.job_id]


def test_the_line_left_in_place_touches_no_job_that_was_started_from_it(bench: Bench, flink: FakeFlink) -> None:
    named = _naming(bench.job())
    first = bench.lifecycle().repair(named, _lost(bench, flink))
    assert bench.lifecycle().repair(named, first).job_id == first.job_id
    assert bench.lifecycle().repair(bench.job(), first).job_id == first.job_id
