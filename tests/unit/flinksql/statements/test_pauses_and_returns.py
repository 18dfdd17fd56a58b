"""What a pause keeps, and what a rollback brings back."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from flinksql.errors import JobFailedError
from flinksql.policy import DeleteMode, Policy, UpgradeMode
from flinksql.statement import Definition, Deployed
from flinksql.statements import StatementLifecycle
from tests.contract.bench import COPY_SOME, Bench
from tests.fakes.flink import FakeFlink
from tests.fakes.jobs import Fate

PAUSED = Policy(running=False)


def looping_without_savepoints(flink: FakeFlink, deployed: Deployed) -> str:
    """Let the job fail again and again and give no savepoint; return its newest checkpoint."""
    flink.cluster.savepoint_failures = 99
    job = flink.cluster.jobs[deployed.job_id]
    job.extra_failures = [job.started, job.started + 0.01]
    return f"file:/checkpoints/{deployed.job_id}/chk-1"


def with_policy(definition: Definition, policy: Policy) -> Definition:
    return replace(definition, policy=policy)


def test_a_job_that_fails_again_and_again_is_paused_with_its_newest_checkpoint(bench: Bench, flink: FakeFlink) -> None:
    first = bench.lifecycle().create(bench.job())
    checkpoint = looping_without_savepoints(flink, first)
    assert bench.lifecycle().repair(with_policy(bench.job(), PAUSED), first).savepoint == checkpoint
    assert bench.alive() == []


def test_a_job_that_fails_again_and_again_is_deleted_and_its_newest_checkpoint_told(bench: Bench, flink: FakeFlink) -> None:
    definition = with_policy(bench.job(), Policy(delete_mode=DeleteMode.SAVEPOINT))
    first = bench.lifecycle().create(definition)
    checkpoint = looping_without_savepoints(flink, first)
    assert bench.lifecycle().delete(definition, first) == checkpoint
    assert bench.alive() == []


def test_a_well_job_without_a_savepoint_is_not_paused(bench: Bench, flink: FakeFlink) -> None:
    first = bench.lifecycle().create(bench.job())
    flink.cluster.savepoint_failures = 99
    with pytest.raises(JobFailedError, match="goes on running"):
        bench.lifecycle().repair(with_policy(bench.job(), PAUSED), first)
    assert [job.job_id for job in bench.alive()] == [first.job_id]


def test_a_rollback_does_not_start_a_statement_that_was_paused(bench: Bench, flink: FakeFlink) -> None:
    paused = with_policy(bench.job(), PAUSED)
    stopped = bench.lifecycle().repair(paused, bench.lifecycle().create(bench.job()))
    flink.cluster.next_fates = [Fate.LOOPS]
    with pytest.raises(JobFailedError) as caught:
        bench.lifecycle().update(paused, bench.job(COPY_SOME), stopped)
    assert bench.alive() == []
    assert "runs again" not in str(caught.value)
    assert f"Its state is kept at {stopped.savepoint}" in str(caught.value)


def test_a_named_state_is_not_used_up_by_a_pause(bench: Bench) -> None:
    policy = Policy(running=False, restore_from="file:/elsewhere")
    stopped = bench.lifecycle().create(with_policy(bench.job(), policy))
    assert stopped.restore_used == ""
    started = bench.lifecycle().repair(with_policy(bench.job(), replace(policy, running=True)), stopped)
    assert (started.restored_from, started.restore_used) == ("file:/elsewhere", "file:/elsewhere")


def moved_to(flink: FakeFlink, version: str) -> None:
    """Let another Flink take the place of the one that runs: it knows no job."""
    flink.cluster.jobs.clear()
    flink.cluster.version = version


def test_an_older_flink_is_not_given_what_a_newer_one_wrote(bench: Bench, flink: FakeFlink) -> None:
    """Tried, a job runs for minutes on state that it cannot write again, and all that it does in that time is done twice."""
    definition = bench.job()
    stopped = bench.lifecycle().repair(with_policy(definition, PAUSED), bench.lifecycle().create(definition))
    assert stopped.flink_line == "2.2"
    before = len(flink.cluster.submissions)
    moved_to(flink, "2.1.3")
    with pytest.raises(JobFailedError) as caught:
        bench.lifecycle().repair(definition, stopped)
    assert f"its state at {stopped.savepoint} was written by Flink 2.2, and Flink 2.1 reads" in str(caught.value)
    assert "Set flink.line back to 2.2" in str(caught.value)
    with pytest.raises(JobFailedError, match=r"written by Flink 2\.2"):
        bench.lifecycle().update(with_policy(definition, PAUSED), bench.job(COPY_SOME), stopped)
    assert len(flink.cluster.submissions) == before, "nothing was tried"
    still = bench.lifecycle().repair(with_policy(definition, PAUSED), stopped)
    assert (still.savepoint, still.flink_line) == (stopped.savepoint, "2.2"), "who wrote it does not change by a look"


@pytest.mark.parametrize(
    ("version", "policy", "restores"),
    [
        pytest.param("2.2.1", Policy(), True, id="the line set back"),
        pytest.param("2.3.0", Policy(), True, id="a newer one reads it"),
        pytest.param("2.1.3", Policy(allow_state_reset=True), False, id="older, and its state may go"),
        pytest.param("2.1.3", Policy(upgrade_mode=UpgradeMode.STATELESS), False, id="older, and it needs none"),
    ],
)
def test_a_paused_job_starts_on_a_flink_that_can_read_its_state_or_needs_not(
    bench: Bench, flink: FakeFlink, version: str, policy: Policy, *, restores: bool
) -> None:
    definition = bench.job()
    stopped = bench.lifecycle().repair(with_policy(definition, PAUSED), bench.lifecycle().create(definition))
    moved_to(flink, version)
    started = bench.lifecycle().repair(with_policy(definition, policy), stopped)
    assert started.restored_from == (stopped.savepoint if restores else "")
    assert started.flink_line == "", "of a job that runs it is asked when it is stopped"


FULL = "the volume of Flink's state is full; make room"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda lifecycle, bench, first: lifecycle.update(bench.job(), bench.job(COPY_SOME), first), id="an edit"),
        pytest.param(lambda lifecycle, bench, first: lifecycle.repair(with_policy(bench.job(), PAUSED), first), id="a pause"),
        pytest.param(lambda lifecycle, bench, first: lifecycle.restart(bench.job(), first), id="a rotated secret"),
        pytest.param(lambda lifecycle, bench, first: lifecycle.delete(bench.job(), first), id="a statement that goes"),
    ],
)
def test_no_job_is_ended_where_its_state_cannot_be_written(
    bench: Bench, flink: FakeFlink, change: Callable[[StatementLifecycle, Bench, Deployed], object]
) -> None:
    """A JobManager with high availability ended itself over it, and could not start again (Flink 2.2, a full volume)."""
    first = bench.lifecycle().create(bench.job())
    bench = replace(bench, settings=replace(bench.settings, full_state=lambda: FULL))
    with pytest.raises(JobFailedError, match="statement copy: its job is not touched: the volume of Flink's state is full; make room"):
        change(bench.lifecycle(), bench, first)
    assert [job.job_id for job in bench.alive()] == [first.job_id]
    assert not flink.cluster.jobs[first.job_id].savepoints, "it was not even asked"
    assert bench.lifecycle().repair(bench.job(), first).job_id == first.job_id, "what is well needs no room"
