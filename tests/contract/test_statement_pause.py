"""Statements without a job of their own: paused, adopted, deleted with a savepoint. Asked of the fake and of a real Flink."""

import re
from dataclasses import replace

import pytest

from flinksql.errors import JobFailedError, StatementError
from flinksql.flink.jobmanager import JobState
from flinksql.policy import DeleteMode, Policy
from flinksql.sql import definition_hash
from flinksql.statement import Definition, Deployed
from flinksql.statements import ObservedState
from tests.contract.bench import COPY, COPY_SOME, Bench, until

PAUSED = Policy(running=False)


def paused(definition: Definition) -> Definition:
    return replace(definition, policy=PAUSED)


def adopting(definition: Definition, job_id: str) -> Definition:
    return replace(definition, policy=Policy(adopt_job=job_id))


def test_a_statement_that_is_not_to_run_is_checked_and_gets_no_job(bench: Bench) -> None:
    lifecycle, definition = bench.lifecycle(), paused(bench.job())
    deployed = lifecycle.create(definition)
    assert (deployed.definition_hash, deployed.job_id, deployed.savepoint) == (definition_hash(definition), "", "")
    assert bench.jobs() == []
    assert lifecycle.observe(definition, deployed).state is ObservedState.PAUSED


def test_a_wrong_statement_is_refused_although_it_is_not_to_run(bench: Bench) -> None:
    with pytest.raises(StatementError, match="missing_column"):
        bench.lifecycle().create(paused(bench.job("INSERT INTO snk SELECT id, missing_column FROM src")))


def test_a_paused_job_stops_with_a_savepoint_and_goes_on_from_it(bench: Bench) -> None:
    lifecycle, definition = bench.lifecycle(), bench.job()
    first = lifecycle.create(definition)
    stopped = lifecycle.repair(paused(definition), first)
    assert "savepoint" in stopped.savepoint
    assert bench.jobmanager.status(first.job_id) is JobState.FINISHED
    assert lifecycle.observe(paused(definition), stopped).state is ObservedState.PAUSED
    second = lifecycle.repair(definition, stopped)
    assert (second.restored_from, second.savepoint, second.generation) == (stopped.savepoint, "", 2)
    assert [job.job_id for job in bench.alive()] == [second.job_id]


def test_pausing_again_after_a_crash_finds_the_same_savepoint(bench: Bench) -> None:
    lifecycle, definition = bench.lifecycle(), bench.job()
    first = lifecycle.create(definition)
    stopped = lifecycle.repair(paused(definition), first)
    assert lifecycle.repair(paused(definition), first) == stopped
    assert lifecycle.repair(paused(definition), stopped) == stopped


def test_a_statement_that_changed_while_it_was_paused_goes_on_from_its_savepoint(bench: Bench) -> None:
    lifecycle, old, new = bench.lifecycle(), bench.job(), bench.job(COPY_SOME)
    stopped = lifecycle.repair(paused(old), lifecycle.create(old))
    edited = lifecycle.update(paused(old), paused(new), stopped)
    assert (edited.savepoint, edited.definition_hash) == (stopped.savepoint, definition_hash(new))
    assert bench.alive() == []
    assert lifecycle.update(paused(new), new, edited).restored_from == stopped.savepoint


def test_a_job_under_a_paused_statement_is_seen_and_ended(bench: Bench) -> None:
    lifecycle, definition = bench.lifecycle(), bench.job()
    stopped = lifecycle.repair(paused(definition), lifecycle.create(definition))
    job_id = bench.by_hand(name="copy")
    seen = lifecycle.observe(paused(definition), stopped)
    assert (seen.state, seen.job_id) == (ObservedState.OTHER, job_id)
    assert lifecycle.repair(paused(definition), stopped) == stopped
    assert bench.alive() == []


def test_an_adopted_job_keeps_its_id_and_is_left_alone(bench: Bench) -> None:
    job_id = bench.by_hand()
    lifecycle, definition = bench.lifecycle(), adopting(bench.job(), job_id)
    deployed = lifecycle.create(definition)
    assert (deployed.job_id, deployed.definition_hash) == (job_id, definition_hash(definition))
    assert lifecycle.observe(definition, deployed).state is ObservedState.RUNNING
    assert lifecycle.repair(definition, deployed).job_id == job_id
    assert lifecycle.create(definition) == deployed
    assert [job.job_id for job in bench.alive()] == [job_id]


@pytest.mark.parametrize(
    ("running", "written", "difference"),
    [
        pytest.param(COPY, COPY, "", id="the same query"),
        pytest.param(COPY_SOME, COPY_SOME, "", id="the same query with a filter"),
        pytest.param(COPY, COPY_SOME, r"\+ only in the file: Calc\(select=.*UPPER\(v\)", id="the file does more"),
        pytest.param(COPY_SOME, COPY, r"- only in the job:  Calc\(select=.*UPPER\(v\)", id="the job does more"),
    ],
)
def test_what_is_known_of_a_job_is_told_before_it_is_adopted(bench: Bench, running: str, written: str, difference: str) -> None:
    job_id = bench.by_hand(running)
    told = bench.lifecycle().adoption_report(adopting(bench.job(written), job_id))
    for line in [f"takes over job {job_id}", f'its name is "{bench.prefix}/by hand", it is RUNNING', "cannot be proven", difference]:
        assert re.search(line, told), told
    assert ("only in" in told) is bool(difference), told


def test_an_adopted_job_is_upgraded_from_its_savepoint(bench: Bench) -> None:
    job_id = bench.by_hand()
    lifecycle, old = bench.lifecycle(), adopting(bench.job(), job_id)
    new = adopting(bench.job(COPY_SOME), job_id)
    upgraded = lifecycle.update(old, new, lifecycle.create(old))
    assert "savepoint" in upgraded.restored_from
    assert [(job.job_id, job.name) for job in bench.alive()] == [(upgraded.job_id, new.job_name)]


def test_an_adopted_job_is_deleted_like_any_other(bench: Bench) -> None:
    job_id = bench.by_hand()
    lifecycle, definition = bench.lifecycle(), adopting(bench.job(), job_id)
    lifecycle.delete(definition, lifecycle.create(definition))
    assert bench.alive() == []


def test_a_job_that_does_not_run_cannot_be_adopted(bench: Bench) -> None:
    with pytest.raises(JobFailedError, match=r"cannot be adopted: the JobManager does not know it\. Name a job that runs, or remove"):
        bench.lifecycle().create(adopting(bench.job(), "e" * 32))
    assert bench.jobs() == []


def test_a_deleted_job_leaves_a_savepoint_when_it_is_asked_to(bench: Bench) -> None:
    lifecycle = bench.lifecycle()
    definition = replace(bench.job(), policy=Policy(delete_mode=DeleteMode.SAVEPOINT))
    deployed = lifecycle.create(definition)
    kept = lifecycle.delete(definition, deployed)
    assert "savepoint" in kept
    assert bench.jobmanager.status(deployed.job_id) is JobState.FINISHED
    assert lifecycle.delete(definition, deployed) == kept


def test_what_somebody_else_runs_under_the_name_gives_way_to_the_statements_own_state(bench: Bench) -> None:
    lifecycle, definition = bench.lifecycle(), bench.job()
    deployed = lifecycle.create(definition)
    until(lambda: bench.jobmanager.checkpoints(deployed.job_id).latest.completed)
    bench.jobmanager.cancel(deployed.job_id)
    until(lambda: not bench.alive())
    foreign = bench.by_hand(COPY, name="copy")
    assert lifecycle.observe(definition, deployed).state is ObservedState.OTHER
    repaired = lifecycle.repair(definition, deployed)
    assert f"{deployed.job_id}/chk-" in repaired.restored_from
    assert bench.jobmanager.status(foreign) is JobState.CANCELED
    assert [job.job_id for job in bench.alive()] == [repaired.job_id]


def test_deleting_with_a_savepoint_works_where_nothing_was_ever_started(bench: Bench) -> None:
    definition = replace(bench.job(), policy=Policy(delete_mode=DeleteMode.SAVEPOINT))
    assert bench.lifecycle().delete(definition, Deployed(definition_hash="d")) == ""


def naming(definition: Definition, path: str) -> Definition:
    return replace(definition, policy=Policy(restore_from=path))


def test_a_job_starts_once_from_a_state_that_the_header_names(bench: Bench) -> None:
    lifecycle, definition = bench.lifecycle(), bench.job()
    stopped = lifecycle.repair(paused(definition), lifecycle.create(definition))
    named = naming(definition, stopped.savepoint)
    started = lifecycle.repair(named, replace(stopped, savepoint=""))
    assert (started.restored_from, started.restore_used) == (stopped.savepoint, stopped.savepoint)
    assert lifecycle.repair(named, started).job_id == started.job_id
    assert lifecycle.repair(definition, started).job_id == started.job_id
    assert [job.job_id for job in bench.alive()] == [started.job_id]
