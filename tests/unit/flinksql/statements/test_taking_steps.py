"""How the steps of a plan are taken: with what each is asked for, what follows a failure, and what is told and recorded then."""

from dataclasses import replace
from typing import Any

import pytest

from flinksql.errors import StatementError, StateNotFoundError
from flinksql.policy import Policy, UpgradeMode
from flinksql.statement import Deployed, Kind
from flinksql.statements.compatibility import Restore
from flinksql.statements.situation import Life, Recorded, Saved, SavedState, Seen, Wanted
from flinksql.statements.stopping import ATTEMPTS
from flinksql.statements.values import Result
from tests.contract.bench import MODEL, catalog_object
from tests.unit.flinksql.statements.plan_situations import NAMED, NEW, NEW_HASH, OLD_HASH, PAUSED, job
from tests.unit.flinksql.statements.scripted_flink import (
    BEFORE,
    NEW_JOB,
    NEW_RUNS,
    OLD_RUNS,
    OLD_SAVED,
    SAME,
    UNHEALTHY,
    WINDOW,
    ScriptedFlink,
    brought_about,
    failed,
    submitted,
    summary,
    wanted,
)


def test_an_upgrade_takes_its_steps_in_order() -> None:
    flink = ScriptedFlink(seen=[OLD_RUNS], named=[summary("old", "RUNNING"), summary("theirs"), summary("ended", "FAILED")])
    result = brought_about(flink, BEFORE, replace(wanted(), restore=Restore.IGNORE_UNCLAIMED))
    assert flink.asked == [
        ("look",),
        ("prepare", NEW_HASH, {"planned": True, "shared": False}),
        ("stop", "old", NEW_HASH, ATTEMPTS),
        ("cancel", "theirs"),
        ("await the end of", "old"),
        ("submit", NEW_HASH, {"from": "file:/s", "generation": 1, "drops": True}),
        ("close",),
        ("watch", NEW_JOB, Kind.JOB, {"since": 0, "within": WINDOW}),
        ("closed",),
    ]
    assert result == Result(
        deployed=Deployed(definition_hash=NEW_HASH, generation=1, job_id=NEW_JOB, restored_from="file:/s"), kept="file:/s"
    )
    steps = ["prepare", "stop-with-savepoint", "cancel", "submit", "watch"]
    during = {"stop-with-savepoint", "submit"}
    expected = [[f"before-{one}", *([f"during-{one}"] if one in during else []), f"after-{one}"] for one in steps]
    assert flink.points == [point for points in expected for point in points]


def test_the_first_start_shares_a_session_and_is_planned_by_its_submission() -> None:
    flink = ScriptedFlink()
    result = brought_about(flink, Recorded(), wanted())
    assert flink.asked == [
        ("look",),
        ("prepare", NEW_HASH, {"planned": False, "shared": True}),
        ("submit", NEW_HASH, {"from": "", "generation": 1, "drops": False}),
        ("close",),
        ("watch", NEW_JOB, Kind.JOB, {"since": 0, "within": None}),
        ("closed",),
    ]
    assert result.deployed.restored_from == ""


def test_a_model_that_does_not_answer_ends_the_run_before_a_job_is_touched() -> None:
    flink = ScriptedFlink(seen=[OLD_RUNS])
    closed = catalog_object("summarizer", MODEL.replace("127.0.0.1:1", "closed").replace("${secret:KEY}", "k"))
    with pytest.raises(StatementError, match=r"is closed\. No job was touched"):
        brought_about(flink, BEFORE, Wanted(definition=replace(NEW, closure=(closed,))))
    assert [call[0] for call in flink.asked] == ["look", "prepare", "closed"]


# A job that gives no savepoint


def test_a_job_that_is_gone_gives_none_and_a_new_look_decides() -> None:
    gone = Seen(jobs=(), saved=Saved(forward=SavedState(path="file:/chk", writer=OLD_HASH), back=OLD_SAVED))
    flink = ScriptedFlink(seen=[OLD_RUNS, gone], savepoint="")
    assert brought_about(flink, BEFORE, wanted()).deployed.restored_from == "file:/chk"
    assert [call for call in flink.asked if call[0] == "look"] == [("look",), ("look", "old")]
    assert [call[0] for call in flink.asked].count("prepare") == 1


def test_a_job_that_fails_again_and_again_is_replaced_from_its_checkpoint() -> None:
    saved = Saved(forward=SavedState(path="file:/chk", writer=OLD_HASH), back=OLD_SAVED)
    loops = Seen(jobs=(job("old", Life.AILING, OLD_HASH, savepointless=True),), saved=saved)
    flink = ScriptedFlink(seen=[OLD_RUNS, loops], named=[summary("old")], stops=[UNHEALTHY], restarting=True, found=saved)
    result = brought_about(flink, BEFORE, wanted())
    assert result.deployed.restored_from == "file:/chk"
    assert result.kept == "file:/chk"
    assert ("observe", "old") in flink.asked
    assert ("cancel", "old") in flink.asked


def test_a_job_that_is_well_and_cannot_write_one_is_left_running() -> None:
    flink = ScriptedFlink(seen=[OLD_RUNS], named=[summary("old")], stops=[UNHEALTHY])
    assert failed(flink, BEFORE, wanted()) == str(UNHEALTHY)
    assert [call[0] for call in flink.asked] == ["look", "prepare", "stop", "observe", "closed"]


def test_a_change_without_state_does_not_insist_on_one() -> None:
    ailing = Seen(jobs=(job("old", Life.WELL, OLD_HASH, savepointless=True),))
    flink = ScriptedFlink(seen=[OLD_RUNS, ailing], named=[summary("old")], stops=[UNHEALTHY])
    result = brought_about(flink, BEFORE, wanted(upgrade_mode=UpgradeMode.STATELESS))
    assert ("stop", "old", NEW_HASH, 1) in flink.asked
    assert submitted(flink) == [("new", "")]
    assert result.deployed.restored_from == ""


UNCERTAIN = Saved(forward=SavedState(path="file:/thought", certain=False), back=SavedState(certain=False))


@pytest.mark.parametrize(
    ("found", "policy", "start"),
    [
        pytest.param(Saved(forward=SavedState(certain=False)), {}, None, id="lost"),
        pytest.param(Saved(forward=SavedState(certain=False)), {"allow_state_reset": True}, "", id="lost, and given up"),
        pytest.param(Saved(), {}, "", id="never any"),
        pytest.param(Saved(forward=SavedState(path="file:/x", certain=False)), {}, "file:/x", id="found"),
    ],
)
def test_a_job_whose_state_is_not_found_when_it_has_ended_is_not_started_unasked(
    found: Saved, policy: dict[str, Any], start: str | None
) -> None:
    seen = Seen(jobs=(job("old", Life.AILING, OLD_HASH),), saved=UNCERTAIN)
    flink = ScriptedFlink(seen=[seen], named=[summary("old")], found=found)
    if start is None:
        with pytest.raises(StateNotFoundError, match="statement copy: its job old is gone"):
            brought_about(flink, BEFORE, wanted(**policy))
    else:
        brought_about(flink, BEFORE, wanted(**policy))
    assert submitted(flink) == ([] if start is None else [("new", start)])


# What is recorded


@pytest.mark.parametrize(
    ("policy", "used"),
    [
        pytest.param(Policy(restore_from=NAMED), NAMED, id="used up by a job that runs"),
        pytest.param(Policy(), "", id="no line any more"),
        pytest.param(Policy(restore_from=NAMED, running=False), "file:/once", id="not by a pause"),
    ],
)
def test_a_named_state_is_used_up_by_a_job_that_runs(policy: Policy, used: str) -> None:
    ended = Seen(saved=Saved(forward=SavedState(path="file:/old")))
    assert brought_about(ScriptedFlink(seen=[ended]), BEFORE, Wanted(definition=replace(NEW, policy=policy))).deployed.restore_used == used


def test_the_same_definition_gets_the_next_generation() -> None:
    flink = ScriptedFlink(seen=[Seen(saved=Saved(forward=SavedState(path="file:/chk")))])
    assert brought_about(flink, SAME, wanted()).deployed.generation == 4


def test_a_job_that_runs_is_recorded_with_what_it_says_of_itself() -> None:
    flink = ScriptedFlink(seen=[NEW_RUNS], tags={"generation": "5"}, restored="file:/chk")
    deployed = brought_about(flink, SAME, wanted()).deployed
    assert deployed == Deployed(definition_hash=NEW_HASH, generation=5, job_id="new", restored_from="file:/chk of new")
    assert ("tags", "new", "new") in flink.asked
    assert brought_about(ScriptedFlink(seen=[NEW_RUNS]), SAME, wanted()).deployed.generation == 0


def test_only_other_jobs_are_cancelled_beside_one_that_is_kept() -> None:
    both = Seen(jobs=(job("new", Life.WELL, NEW_HASH), job("third", Life.WELL, "third")))
    flink = ScriptedFlink(seen=[both], named=[summary("new"), summary("third")])
    brought_about(flink, SAME, wanted())
    assert [call for call in flink.asked if call[0] == "cancel"] == [("cancel", "third")]


@pytest.mark.parametrize(
    ("recorded", "generation", "asked"),
    [
        pytest.param(BEFORE, 0, ["look", "prove", "stop", "cancel", "await the end of"], id="another definition"),
        pytest.param(
            replace(SAME, deployed=replace(SAME.deployed, job_id="old")), 3, ["look", "stop", "cancel", "await the end of"], id="the same"
        ),
    ],
)
def test_a_pause_records_where_the_state_lies(recorded: Recorded, generation: int, asked: list[str]) -> None:
    flink = ScriptedFlink(seen=[OLD_RUNS], named=[summary("old")])
    result = brought_about(flink, recorded, Wanted(definition=replace(NEW, policy=PAUSED)))
    assert [call[0] for call in flink.asked] == asked
    assert result.deployed == replace(
        Deployed(definition_hash=NEW_HASH),
        generation=generation,
        savepoint="file:/s",
        restore_used=recorded.deployed.restore_used,
        flink_line="2.2",
    )


# A job of somebody


ADOPTED = "statement copy: job hand cannot be adopted: {}. Name a job that runs, or remove the line `adopt_job` and let a job be started."


@pytest.mark.parametrize(
    ("known", "problem"),
    [
        pytest.param([summary("other")], "the JobManager does not know it", id="not known"),
        pytest.param([summary("hand", "FAILED", {"total": 2})], "it is FAILED with 0 of 2 tasks running", id="failed"),
        pytest.param([summary("hand", "RUNNING", {"running": 1, "total": 2})], "it is RUNNING with 1 of 2 tasks running", id="one task"),
    ],
)
def test_a_job_that_does_not_run_cannot_be_adopted(known: list[Any], problem: str) -> None:
    assert failed(ScriptedFlink(known=known), Recorded(), wanted(adopt_job="hand")) == ADOPTED.format(problem)


def test_an_adopted_job_is_recorded_and_not_touched() -> None:
    flink = ScriptedFlink(known=[summary("other"), summary("hand")], restored="file:/x")
    deployed = brought_about(flink, Recorded(), wanted(adopt_job="hand")).deployed
    assert deployed == Deployed(definition_hash=NEW_HASH, job_id="hand", restored_from="file:/x of hand")
    assert [call[0] for call in flink.asked] == ["look", "prove"]


def test_a_named_state_is_refused_beside_a_job_that_runs() -> None:
    flink = ScriptedFlink(seen=[OLD_RUNS], named=[summary("old")])
    message = failed(flink, BEFORE, wanted(restore_from=NAMED))
    assert message.startswith("statement copy: its job old runs, and `restore_from` would have it do again what it has done since.")
    assert flink.asked == [("look",)]


def test_a_job_whose_state_is_lost_is_refused_before_anything() -> None:
    flink = ScriptedFlink(seen=[Seen(saved=Saved(forward=SavedState(certain=False)))])
    with pytest.raises(StateNotFoundError, match="statement copy: its job old is gone"):
        brought_about(flink, BEFORE, wanted())
    assert flink.asked == [("look",)]
