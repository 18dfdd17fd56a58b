"""The plans of all situations. Their table is docs/statement-plan.md; what holds for every one of them is asserted here."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from components.names import PROJECT_FOLDER
from flinksql.policy import DeleteMode
from flinksql.statement import Kind
from flinksql.statements import StepName, in_detail, in_one_line
from flinksql.statements.plan import DELETED, plan
from flinksql.statements.situation import Life
from flinksql.statements.steps import (
    Cancel,
    Discard,
    FindState,
    Keep,
    Prepare,
    Prove,
    Refusal,
    Refuse,
    RollBack,
    Start,
    Step,
    Stop,
    Submit,
    Watch,
    otherwise,
)
from tests.unit.flinksql.statements.plan_situations import DOCUMENT, NEW_HASH, OLD_HASH, THIRD_HASH, Situation, document, situations

ALL = list(situations())


def all_steps(steps: tuple[Step, ...]) -> Iterator[Step]:
    for one in steps:
        yield one
        yield from all_steps(otherwise(one))


def kinds(situation: Situation) -> list[type[Step]]:
    return [type(one) for one in situation.steps]


def test_the_document_shows_the_plans_of_the_code() -> None:
    written = (PROJECT_FOLDER / DOCUMENT).read_text(encoding="utf-8")
    assert written == document(), f"write {DOCUMENT} anew: python -m tests.unit.flinksql.statements.plan_situations"


def test_every_step_occurs_in_some_plan() -> None:
    assert {one.name for situation in ALL for one in all_steps(situation.steps)} == set(StepName)


def has_words(one: Situation) -> bool:
    return bool(in_one_line(one.steps)) and len(in_detail(one.steps)) >= len(one.steps)


def proves_before_it_touches(one: Situation) -> bool:
    recorded, wanted, _ = one.values
    if Submit in kinds(one):
        return kinds(one)[0] is Prepare
    # A job that runs what is wanted was proven by running.
    changed = not wanted.deleted and recorded.deployed.definition_hash != wanted.hash
    return not changed or kinds(one)[0] in {Prove, Refuse} or Keep in kinds(one)


def submits_once_and_beside_no_other_job(one: Situation) -> bool:
    names = kinds(one)
    beside = Submit in names and bool(one.values[2].alive) and Cancel not in names[: names.index(Submit)]
    return names.count(Submit) <= 1 and not beside


def leaves_the_wanted_job_alone(one: Situation) -> bool:
    _, wanted, seen = one.values
    running = next((job for job in seen.alive if job.definition == wanted.hash), None)
    if running is None or wanted.deleted or not wanted.definition.policy.running or wanted.kind is Kind.CATALOG_OBJECT:
        return True
    touches = any(
        isinstance(step, Submit | Stop | Discard) or (isinstance(step, Cancel) and step.keep != running.job_id) for step in one.steps
    )
    return Keep(job_id=running.job_id) in one.steps and not touches


def takes_a_savepoint_of_a_well_job_before_it_cancels(one: Situation) -> bool:
    recorded, wanted, seen = one.values
    dropped = wanted.deleted and wanted.definition.policy.delete_mode is DeleteMode.CANCEL
    ends = wanted.deleted or not wanted.definition.policy.running
    # What is ended keeps whatever state there is; what is replaced hands on only what is recorded, or at least this project's.
    holds = {OLD_HASH, NEW_HASH, THIRD_HASH} if ends or recorded.nothing else {OLD_HASH} & recorded.hashes
    well = [job.job_id for job in seen.alive if job.definition in holds and job.life is Life.WELL and not job.savepointless]
    names = kinds(one)
    if wanted.kind is not Kind.JOB or dropped or not well or Keep in names or Cancel not in names:
        return True
    return [step.job_id for step in one.steps if isinstance(step, Stop)] == well[:1] and names.index(Stop) < names.index(Cancel)


def drops_no_state_unasked(one: Situation) -> bool:
    recorded, wanted, seen = one.values
    asked = wanted.stateless or wanted.definition.policy.allow_state_reset
    none_there = seen.saved.forward.certain and not seen.saved.forward.path
    empty = any(isinstance(step, Submit) and step.start is Start.NOTHING for step in one.steps)
    return not empty or recorded.nothing or asked or none_there


def finds_state_once_nothing_writes(one: Situation) -> bool:
    names = kinds(one)
    if not any(isinstance(step, Submit) and step.start is Start.FOUND for step in one.steps):
        return True
    return names.index(Cancel) < names.index(FindState) < names.index(Submit)


def brings_back_only_a_recorded_job_that_ran(one: Situation) -> bool:
    recorded, wanted, seen = one.values
    if not any(isinstance(step, RollBack) for step in all_steps(one.steps)):
        return True
    former = recorded.definition
    return bool(former and former.policy.running) and recorded.hashes == {OLD_HASH} and seen.saved.forward.writer != wanted.hash


def asks_a_job_once_for_a_savepoint(one: Situation) -> bool:
    recorded, wanted, seen = one.values
    stopped = {step.job_id for step in one.steps if isinstance(step, Stop)}
    jobs = tuple(replace(job, savepointless=job.job_id in stopped) for job in seen.jobs)
    again = plan(recorded, wanted, replace(seen, jobs=jobs))
    return not stopped & {step.job_id for step in again if isinstance(step, Stop)}


def goes_on_with_one_job(one: Situation) -> bool:
    """A plan for a job ends with one: submitted, kept or adopted; for none it ends with none."""
    _, wanted, seen = one.values
    ends = {"submit", "keep", "adopt", "refuse"} & {str(step.name) for step in one.steps}
    if wanted.kind is Kind.CATALOG_OBJECT:
        return not ends
    if wanted.deleted or not wanted.definition.policy.running:
        return not ends and (Cancel in kinds(one)) is bool(seen.alive)
    others = [job for job in seen.alive if job.definition != NEW_HASH]
    return len(ends) == 1 and (ends == {"refuse"} or not others or Cancel in kinds(one))


def names_the_next_definition_in_a_savepoint(one: Situation) -> bool:
    """A savepoint's trigger is found again by the definition that it is for; only a job whose state goes on insists on one."""
    _, wanted, _ = one.values
    stops = [step for step in all_steps(one.steps) if isinstance(step, Stop)]
    goes_on = wanted.definition.policy.running and not wanted.deleted
    next_one = DELETED if wanted.deleted else wanted.hash
    return all(stop.next_hash == next_one and stop.insists is not (goes_on and wanted.stateless) for stop in stops)


def watches_a_changed_job_as_long_as_its_policy_says(one: Situation) -> bool:
    recorded, wanted, _ = one.values
    changed = recorded.definition is not None and recorded.hashes != {wanted.hash}
    window = wanted.definition.policy.health_window_seconds if changed else None
    return all(step.window == window for step in one.steps if isinstance(step, Watch))


def asks_the_planner_first_where_a_refusal_would_do_harm(one: Situation) -> bool:
    recorded, wanted, seen = one.values
    repeated = wanted.kind is Kind.BOUNDED_JOB and recorded.deployed.definition_hash == wanted.hash
    harmless = not seen.alive and (recorded.nothing or repeated)
    return all(step.planned == (not harmless) for step in one.steps if isinstance(step, Prepare))


def names_the_job_when_it_refuses(one: Situation) -> bool:
    recorded, _, seen = one.values
    alive = {job.job_id for job in seen.alive}
    refusals = [step for step in one.steps if isinstance(step, Refuse)]
    return all(
        step.job_id in alive if step.reason is Refusal.RESTORE_BESIDE_A_JOB else step.job_id == recorded.deployed.job_id
        for step in refusals
    )


@pytest.mark.parametrize(
    "rule",
    [
        has_words,
        proves_before_it_touches,
        submits_once_and_beside_no_other_job,
        leaves_the_wanted_job_alone,
        takes_a_savepoint_of_a_well_job_before_it_cancels,
        drops_no_state_unasked,
        finds_state_once_nothing_writes,
        brings_back_only_a_recorded_job_that_ran,
        asks_a_job_once_for_a_savepoint,
        goes_on_with_one_job,
        names_the_job_when_it_refuses,
        names_the_next_definition_in_a_savepoint,
        watches_a_changed_job_as_long_as_its_policy_says,
        asks_the_planner_first_where_a_refusal_would_do_harm,
    ],
    ids=lambda rule: rule.__name__,
)
def test_every_plan(rule: Callable[[Situation], bool]) -> None:
    assert [str(one) for one in ALL if not rule(one)] == []
