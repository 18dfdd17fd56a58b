"""What an upgrade makes of policies, of trouble with the new job, and of what it finds under the name."""

from dataclasses import replace

import pytest

from flinksql.errors import JobFailedError
from flinksql.policy import Policy, UpgradeMode
from flinksql.statement import Definition
from flinksql.statements.compatibility import Restore
from tests.contract.bench import COPY_SOME, Bench
from tests.fakes.faults import Fault
from tests.fakes.flink import FakeFlink
from tests.fakes.jobs import FakeJob, Fate

RESTORE = "execution.state-recovery.path"
IGNORE = "execution.state-recovery.ignore-unclaimed-state"


def changed(bench: Bench, mode: UpgradeMode = UpgradeMode.SAVEPOINT) -> Definition:
    """Return the job's next version, which is given little time."""
    return replace(bench.job(COPY_SOME), policy=Policy(health_window_seconds=0.6, upgrade_mode=mode))


def running(bench: Bench) -> list[str]:
    """Return the definitions of the jobs that are alive."""
    return [bench.jobmanager.tags(job.job_id).get("definition", "") for job in bench.alive()]


@pytest.mark.parametrize(
    ("restore", "ignore"),
    [pytest.param(Restore.STRICT, "false", id="all of it"), pytest.param(Restore.IGNORE_UNCLAIMED, "true", id="what fits")],
)
def test_the_submission_says_whether_state_may_be_dropped(bench: Bench, flink: FakeFlink, restore: Restore, ignore: str) -> None:
    first = bench.lifecycle().create(bench.job())
    second = bench.lifecycle().update(bench.job(), changed(bench), first, restore=restore)
    sent = flink.cluster.submissions[-1]
    assert (sent[RESTORE], sent[IGNORE]) == (second.restored_from, ignore)


@pytest.mark.parametrize(
    ("restore", "mode"),
    [
        pytest.param(Restore.NONE, UpgradeMode.SAVEPOINT, id="the change resets the state"),
        pytest.param(Restore.STRICT, UpgradeMode.STATELESS, id="the statement is upgraded without state"),
    ],
)
def test_an_upgrade_without_state_still_goes_back_to_the_old_job_with_its_state(
    bench: Bench, flink: FakeFlink, restore: Restore, mode: UpgradeMode
) -> None:
    first = bench.lifecycle().create(bench.job())
    flink.cluster.next_fates = [Fate.LOOPS]
    with pytest.raises(JobFailedError, match=r"the old one runs again from file:/savepoints/savepoint-"):
        bench.lifecycle().update(bench.job(), changed(bench, mode), first, restore=restore)
    new, old = flink.cluster.submissions[-2:]
    assert RESTORE not in new
    assert "savepoint" in old[RESTORE]
    assert running(bench) == [first.definition_hash]


def test_a_stateless_upgrade_does_not_insist_on_a_savepoint(bench: Bench, flink: FakeFlink) -> None:
    first = bench.lifecycle().create(bench.job())
    flink.cluster.savepoint_failures = 99
    second = bench.lifecycle().update(bench.job(), changed(bench, UpgradeMode.STATELESS), first)
    assert second.restored_from == ""
    assert [job.job_id for job in bench.alive()] == [second.job_id]


def test_a_job_that_never_completes_a_checkpoint_gives_way_to_the_old_one(bench: Bench, flink: FakeFlink) -> None:
    first = bench.lifecycle().create(bench.job())
    flink.cluster.next_fates = [Fate.NO_CHECKPOINT]
    with pytest.raises(JobFailedError, match=r"(?s)old one runs again.*completed no checkpoint within 0.6 s.*health_window_seconds"):
        bench.lifecycle().update(bench.job(), changed(bench), first)
    assert running(bench) == [first.definition_hash]
    assert any(call.startswith("POST") and call.endswith("/checkpoints") for call in flink.jobmanager_server.calls)


def test_a_job_that_makes_no_checkpoints_is_not_waited_for(bench: Bench, flink: FakeFlink) -> None:
    first = bench.lifecycle().create(bench.job())
    flink.cluster.next_fates = [Fate.NO_INTERVAL]
    second = bench.lifecycle().update(bench.job(), changed(bench), first)
    assert [job.job_id for job in bench.alive()] == [second.job_id]


def test_a_state_that_does_not_fit_is_recognised_at_its_first_failure(bench: Bench, flink: FakeFlink) -> None:
    first = bench.lifecycle().create(bench.job())
    flink.cluster.next_fates = [Fate.STATE_MISMATCH]
    with pytest.raises(JobFailedError, match=r"(?s)the old one runs again.*StateMigrationException"):
        bench.lifecycle().update(bench.job(), changed(bench), first)
    assert running(bench) == [first.definition_hash]


def test_a_job_that_fails_again_and_again_and_gives_no_savepoint_is_replaced_from_its_checkpoint(bench: Bench, flink: FakeFlink) -> None:
    first = bench.lifecycle().create(bench.job())
    flink.cluster.savepoint_failures = 99
    job = flink.cluster.jobs[first.job_id]
    job.extra_failures = [job.started, job.started + 0.01]
    second = bench.lifecycle().update(bench.job(), changed(bench), first)
    assert second.restored_from == f"file:/checkpoints/{first.job_id}/chk-1"


def test_an_upgrade_of_a_job_that_had_failed_does_not_go_back_to_it(bench: Bench, flink: FakeFlink) -> None:
    first = bench.lifecycle().create(bench.job())
    flink.cluster.end(first.job_id, "FAILED")
    flink.cluster.next_fates = [Fate.LOOPS]
    with pytest.raises(JobFailedError) as caught:
        bench.lifecycle().update(bench.job(), changed(bench), first)
    assert "runs again" not in str(caught.value)
    assert bench.alive() == []


def test_what_somebody_else_runs_under_the_name_is_ended_and_gives_no_state(bench: Bench, flink: FakeFlink) -> None:
    first = bench.lifecycle().create(bench.job())
    flink.cluster.end(first.job_id, "CANCELED")
    foreign = FakeJob(job_id="f" * 32, name="p/s/copy", tags={}, fate=Fate.RUNS)
    foreign.started -= 1
    flink.cluster.jobs[foreign.job_id] = foreign
    second = bench.lifecycle().update(bench.job(), changed(bench), first)
    assert second.restored_from == f"file:/checkpoints/{first.job_id}/chk-1"
    assert [job.job_id for job in bench.alive()] == [second.job_id]


def test_a_new_version_that_ran_well_is_not_undone_when_it_ails_later(bench: Bench, flink: FakeFlink) -> None:
    first = bench.lifecycle().create(bench.job())
    second = bench.lifecycle().update(bench.job(), changed(bench), first)
    flink.cluster.jobs[second.job_id].fate = Fate.LOST_A_TASK
    with pytest.raises(JobFailedError, match="ran before and is left as it is"):
        bench.lifecycle().update(bench.job(), changed(bench), first)
    assert [job.job_id for job in bench.alive()] == [second.job_id]


def test_a_new_version_that_a_killed_run_left_and_that_never_was_well_is_undone(bench: Bench, flink: FakeFlink) -> None:
    first = bench.lifecycle().create(bench.job())
    second = bench.lifecycle().update(bench.job(), changed(bench), first)
    flink.cluster.jobs[second.job_id].fate = Fate.NEVER_ALL_RUNNING
    with pytest.raises(JobFailedError, match=r"the old one runs again from file:/savepoints/savepoint-"):
        bench.lifecycle().update(bench.job(), changed(bench), first)
    assert running(bench) == [first.definition_hash]


def test_a_lost_reply_to_the_stop_is_asked_for_again(bench: Bench, flink: FakeFlink) -> None:
    first = bench.lifecycle().create(bench.job())
    flink.jobmanager_server.faults.arm(Fault.REPLY_DROPPED, "POST .*/stop")
    assert "savepoint" in bench.lifecycle().update(bench.job(), changed(bench), first).restored_from


@pytest.mark.parametrize("generation", [pytest.param(number, id=str(number)) for number in (998, 999, 1000, 5000)])
def test_a_job_can_be_repaired_any_number_of_times(bench: Bench, flink: FakeFlink, generation: int) -> None:
    first = bench.lifecycle().create(bench.job())
    flink.cluster.jobs.clear()
    allowed = replace(bench.job(), policy=Policy(allow_state_reset=True))
    repaired = bench.lifecycle().repair(allowed, replace(first, generation=generation, restored_from=""))
    assert repaired.generation > generation
    assert running(bench) == [first.definition_hash]
