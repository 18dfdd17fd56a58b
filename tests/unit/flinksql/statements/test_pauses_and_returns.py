"""What a pause keeps, and what a rollback brings back."""

from dataclasses import replace

import pytest

from flinksql.errors import JobFailedError
from flinksql.policy import DeleteMode, Policy
from flinksql.statement import Definition, Deployed
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
