"""The life of jobs. Asked of the fake and of a real Flink."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from flinksql.errors import JobFailedError, StatementError
from flinksql.flink.jobmanager import JobState
from flinksql.sql import definition_hash
from flinksql.statements import ObservedState
from tests.contract.bench import COPY_SOME, LOOPS, Bench, until


def test_a_created_job_runs_under_its_derived_id_and_says_what_it_is(bench: Bench) -> None:
    definition = bench.job()
    deployed = bench.lifecycle().create(definition)
    assert [job.job_id for job in bench.alive()] == [deployed.job_id]
    expected = {"statement": "copy", "definition": definition_hash(definition), "generation": "1"}
    assert bench.jobmanager.tags(deployed.job_id) == expected
    assert deployed.restored_from == ""


def test_creating_again_adopts_the_running_job(bench: Bench) -> None:
    first = bench.lifecycle().create(bench.job())
    assert bench.lifecycle().create(bench.job()) == first
    assert len(bench.jobs()) == 1


def test_creating_four_times_at_once_gives_one_job(bench: Bench) -> None:
    lifecycle = bench.lifecycle()
    with ThreadPoolExecutor(4) as pool:
        deployed = list(pool.map(lambda _number: lifecycle.create(bench.job()), range(4)))
    assert {one.job_id for one in deployed} == {job.job_id for job in bench.jobs()}
    assert len(bench.jobs()) == 1


def test_a_bounded_job_is_created_when_it_is_finished_and_runs_once(bench: Bench) -> None:
    first = bench.lifecycle().create(bench.bounded())
    assert bench.jobmanager.status(first.job_id) is JobState.FINISHED
    assert bench.lifecycle().create(bench.bounded()).job_id == first.job_id
    assert len(bench.jobs()) == 1


def test_a_job_in_a_loop_is_an_error_with_its_cause_and_is_cancelled(bench: Bench) -> None:
    with pytest.raises(JobFailedError, match=r"statement copy: .*again and again.*: NumberFormatException") as caught:
        bench.lifecycle().create(bench.job(LOOPS))
    assert "+I(" not in str(caught.value)
    assert bench.alive() == []


def test_a_job_can_be_created_again_after_it_was_cancelled(bench: Bench) -> None:
    lifecycle = bench.lifecycle()
    first = lifecycle.create(bench.job())
    lifecycle.delete(bench.job(), first)
    second = lifecycle.create(bench.job())
    assert (second.generation, second.restored_from) == (2, "")
    assert second.job_id != first.job_id


def test_an_update_goes_on_from_a_savepoint(bench: Bench) -> None:
    lifecycle = bench.lifecycle()
    old, new = bench.job(), bench.job(COPY_SOME)
    first = lifecycle.create(old)
    second = lifecycle.update(old, new, first)
    assert "savepoint" in second.restored_from
    assert [job.job_id for job in bench.alive()] == [second.job_id]
    assert bench.jobmanager.status(first.job_id) is JobState.FINISHED


def test_an_update_to_a_wrong_statement_does_not_touch_the_job(bench: Bench) -> None:
    lifecycle = bench.lifecycle()
    first = lifecycle.create(bench.job())
    with pytest.raises(StatementError):
        lifecycle.update(bench.job(), bench.job("INSERT INTO snk SELECT id, missing_column FROM src"), first)
    assert [(job.job_id, job.state) for job in bench.jobs()] == [(first.job_id, JobState.RUNNING)]


def test_an_update_that_does_not_become_healthy_puts_the_old_job_back(bench: Bench) -> None:
    lifecycle = bench.lifecycle()
    first = lifecycle.create(bench.job())
    with pytest.raises(JobFailedError, match=r"(?s)the old one runs again from .*savepoint.*new: statement copy") as caught:
        lifecycle.update(bench.job(), bench.job(LOOPS), first)
    (alive,) = bench.alive()
    assert bench.jobmanager.tags(alive.job_id)["definition"] == first.definition_hash
    assert alive.job_id in str(caught.value)


def test_creating_over_another_definition_goes_on_from_its_state(bench: Bench) -> None:
    bench.lifecycle().create(bench.job())
    second = bench.lifecycle().create(bench.job(COPY_SOME))
    assert "savepoint" in second.restored_from
    assert [job.job_id for job in bench.alive()] == [second.job_id]


def test_a_repaired_job_goes_on_from_its_last_checkpoint(bench: Bench) -> None:
    lifecycle = bench.lifecycle()
    deployed = lifecycle.create(bench.job())
    until(lambda: bench.jobmanager.checkpoints(deployed.job_id).latest.completed)
    bench.jobmanager.cancel(deployed.job_id)
    until(lambda: not bench.alive())
    repaired = lifecycle.repair(bench.job(), deployed)
    assert f"{deployed.job_id}/chk-" in repaired.restored_from
    assert (repaired.generation, repaired.definition_hash) == (2, deployed.definition_hash)


def test_repairing_a_healthy_job_leaves_it_alone(bench: Bench) -> None:
    deployed = bench.lifecycle().create(bench.job())
    assert bench.lifecycle().repair(bench.job(), deployed) == deployed


def test_deleting_ends_every_job_of_the_name_and_can_be_done_twice(bench: Bench) -> None:
    lifecycle = bench.lifecycle()
    deployed = lifecycle.create(bench.job())
    lifecycle.delete(bench.job(), deployed)
    lifecycle.delete(bench.job(), deployed)
    assert [job.state for job in bench.jobs()] == [JobState.CANCELED]


def test_observing_tells_running_from_cancelled_replaced_and_gone(bench: Bench) -> None:
    lifecycle = bench.lifecycle()
    deployed = lifecycle.create(bench.job())
    assert lifecycle.observe(bench.job(), deployed).state is ObservedState.RUNNING
    other = lifecycle.observe(bench.job(COPY_SOME), replace(deployed, definition_hash="f" * 64, job_id="f" * 32))
    assert (other.state, other.job_id, other.definition_hash) == (ObservedState.OTHER, deployed.job_id, deployed.definition_hash)
    bench.jobmanager.cancel(deployed.job_id)
    until(lambda: not bench.alive())
    assert lifecycle.observe(bench.job(), deployed).state is ObservedState.CANCELLED
    gone = lifecycle.observe(bench.job(name="never"), replace(deployed, job_id="e" * 32))
    assert gone.state is ObservedState.GONE


def test_one_look_observes_many_jobs(bench: Bench) -> None:
    lifecycle = bench.lifecycle()
    copy, few = lifecycle.create(bench.job()), lifecycle.create(bench.bounded())
    names = {"copy": f"{bench.prefix}/copy", "few": f"{bench.prefix}/few_rows", "none": f"{bench.prefix}/none"}
    seen = lifecycle.observe_all(names.values())
    assert (seen[names["copy"]].state, seen[names["copy"]].job_id) == (ObservedState.RUNNING, copy.job_id)
    assert (seen[names["few"]].state, seen[names["few"]].job_id) == (ObservedState.FINISHED, few.job_id)
    assert seen[names["none"]].state is ObservedState.GONE
