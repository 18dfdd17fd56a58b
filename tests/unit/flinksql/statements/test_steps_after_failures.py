"""What follows when a step of a plan fails: the steps back, what is left alone, and what is told."""

from dataclasses import replace
from typing import Any

import pytest

from flinksql.errors import FlinkSqlError, JobFailedError, NoCheckpointError, StatementError, TransientError, UnreachableError
from flinksql.policy import UpgradeMode
from flinksql.statement import Kind
from flinksql.statements.situation import Life, Recorded, Saved, SavedState, Seen
from tests.unit.flinksql.statements.plan_situations import NAMED, OLD, OLD_HASH, job
from tests.unit.flinksql.statements.scripted_flink import (
    BEFORE,
    NEW_JOB,
    NEW_RUNS,
    OLD_JOB,
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


def test_a_new_version_that_is_not_healthy_gives_way_to_the_old_one_from_the_savepoint() -> None:
    flink = ScriptedFlink(seen=[OLD_RUNS], named=[summary("old", "FINISHED"), summary(NEW_JOB)], watches=[UNHEALTHY])
    message = failed(flink, BEFORE, wanted())
    assert message.startswith(f"The new version failed, and the old one runs again from file:/s (job {OLD_JOB}).\n  new: ")
    assert "it fails again and again" in message
    names = [call[0] for call in flink.asked]
    assert flink.asked[names.index("watch") + 1 :] == [
        ("cancel", NEW_JOB),
        ("await the end of",),
        ("prepare", OLD_HASH, {"planned": False, "shared": False}),
        ("submit", OLD_HASH, {"from": "file:/s", "generation": 4, "drops": False}),
        ("closed",),
        ("watch", OLD_JOB, Kind.JOB, {"since": 0, "within": OLD.policy.health_window_seconds}),
        ("closed",),
    ]
    assert flink.points[-7:] == [
        "before-discard",
        "after-discard",
        "before-roll-back",
        "during-roll-back",
        "after-roll-back",
        "before-watch-old",
        "after-watch-old",
    ]


def test_a_new_version_that_is_refused_gives_way_to_the_old_one_and_discards_nothing() -> None:
    flink = ScriptedFlink(seen=[OLD_RUNS], submissions=[StatementError("no such state", statement="copy")])
    assert failed(flink, BEFORE, wanted()).startswith(f"The new version failed, and the old one runs again from file:/s (job {OLD_JOB}).")
    assert submitted(flink) == [("new", "file:/s"), ("old", "file:/s")]
    assert [call for call in flink.asked if call[0] == "cancel"] == [("cancel",)]


def test_when_both_versions_fail_the_error_tells_both_and_where_the_state_is() -> None:
    flink = ScriptedFlink(seen=[OLD_RUNS], watches=[JobFailedError("new\nline"), JobFailedError("old\nline")])
    message = failed(flink, BEFORE, wanted())
    assert message.startswith("The new version failed, and restoring the old one failed too.\n  new: ")
    assert "new\n  line" in message
    assert message.endswith("\n  old: old\n  line\n  The state of statement copy is kept at file:/s. The next `up` tries again.")


FAILED_JOB = Seen(jobs=(job("old", Life.CANCELLED, OLD_HASH),))


@pytest.mark.parametrize(
    ("watches", "told"),
    [
        pytest.param([UNHEALTHY], f"the old one runs again from the start (job {OLD_JOB})", id="the old one starts"),
        pytest.param([UNHEALTHY, UNHEALTHY], "is kept at no place: it had none.", id="the old one fails too"),
    ],
)
def test_a_job_that_had_no_state_goes_back_without_any(watches: list[Any], told: str) -> None:
    flink = ScriptedFlink(seen=[FAILED_JOB], watches=watches)
    assert told in failed(flink, BEFORE, wanted())
    assert submitted(flink) == [("new", ""), ("old", "")]


def test_a_job_that_had_ended_goes_back_to_the_state_that_it_left() -> None:
    saved = Saved(forward=SavedState(path="file:/forward", writer=OLD_HASH), back=OLD_SAVED)
    flink = ScriptedFlink(seen=[replace(FAILED_JOB, saved=saved)], watches=[UNHEALTHY])
    assert failed(flink, BEFORE, wanted()).startswith(
        f"The new version failed, and the old one runs again from file:/back (job {OLD_JOB})."
    )
    assert submitted(flink) == [("new", "file:/forward"), ("old", "file:/back")]


def test_a_start_without_state_does_not_tell_of_one_that_it_did_not_use() -> None:
    ailing = Seen(jobs=(job("old", Life.AILING, OLD_HASH),), saved=Saved(back=OLD_SAVED))
    found = Saved(forward=SavedState(path="file:/forward"), back=SavedState(certain=False))
    flink = ScriptedFlink(seen=[ailing], named=[summary("old")], watches=[UNHEALTHY], found=found)
    message = failed(flink, BEFORE, wanted(upgrade_mode=UpgradeMode.STATELESS))
    assert ("find state",) in flink.asked
    assert submitted(flink) == [("new", "")]
    assert "is kept at" not in message


def test_a_start_that_flink_does_not_answer_is_no_reason_to_go_back() -> None:
    flink = ScriptedFlink(seen=[OLD_RUNS], submissions=[UnreachableError("no answer")])
    with pytest.raises(UnreachableError) as caught:
        brought_about(flink, BEFORE, wanted())
    told = "statement copy: it is stopped and could not be started again: no answer Its state is kept at file:/s."
    assert str(caught.value) == told
    assert submitted(flink) == [("new", "file:/s")]


@pytest.mark.parametrize(
    "error", [pytest.param(TransientError("no answer"), id="no answer"), pytest.param(StatementError("refused"), id="refused")]
)
def test_a_first_start_that_fails_tells_its_error_as_it_is(error: FlinkSqlError) -> None:
    flink = ScriptedFlink(submissions=[error])
    with pytest.raises(type(error)) as caught:
        brought_about(flink, Recorded(), wanted())
    assert caught.value is error
    assert submitted(flink) == [("new", "")]


def test_a_restored_job_that_writes_no_checkpoint_goes_on_running_and_is_told() -> None:
    seen = Seen(saved=Saved(forward=OLD_SAVED, back=OLD_SAVED))
    flink = ScriptedFlink(seen=[seen], watches=[NoCheckpointError("the job runs and completed no checkpoint")])
    message = failed(flink, SAME, wanted())
    assert message.endswith(f"no checkpoint\nIt was started from {OLD_SAVED.path} and goes on running.")
    assert ("watch", NEW_JOB, Kind.JOB, {"since": 0, "within": None, "restored within": WINDOW}) in flink.asked
    assert all(call[0] != "cancel" for call in flink.asked)


def test_a_resumed_job_that_writes_no_checkpoint_is_ended_for_its_savepoint_is_what_it_had() -> None:
    """On the testbed such a job could not be paused again: it gave no savepoint either."""
    seen = Seen(saved=Saved(forward=OLD_SAVED, back=OLD_SAVED))
    flink = ScriptedFlink(seen=[seen], named=[summary(NEW_JOB)], watches=[NoCheckpointError("the job runs and completed no checkpoint")])
    paused = replace(SAME, deployed=replace(SAME.deployed, savepoint=OLD_SAVED.path))
    assert failed(flink, paused, wanted()).endswith(f" Its state is kept at {OLD_SAVED.path}.")
    assert ("cancel", NEW_JOB) in flink.asked


def test_a_job_that_could_not_be_watched_is_left_and_nothing_is_undone() -> None:
    flink = ScriptedFlink(seen=[OLD_RUNS], watches=[TransientError("no answer")])
    with pytest.raises(TransientError, match="no answer"):
        brought_about(flink, BEFORE, wanted())
    assert submitted(flink) == [("new", "file:/s")]


def test_a_state_that_the_header_names_is_told_where_it_did_not_help() -> None:
    flink = ScriptedFlink(watches=[UNHEALTHY])
    assert failed(flink, Recorded(), wanted(restore_from=NAMED)).endswith(f" Its state is kept at {NAMED}.")


@pytest.mark.parametrize(
    ("recorded", "completed"),
    [pytest.param(BEFORE, True, id="it was well once"), pytest.param(SAME, False, id="there is no version before")],
)
def test_a_job_that_ran_before_and_ails_is_left(recorded: Recorded, completed: bool) -> None:
    flink = ScriptedFlink(seen=[NEW_RUNS], named=[summary("new")], watches=[UNHEALTHY], completed_a_checkpoint=completed, newest_failure=7)
    told = "statement copy: it fails again and again\nThe job new ran before and is left as it is."
    assert failed(flink, recorded, wanted()) == told
    assert [call for call in flink.asked if call[0] in {"cancel", "submit"}] == []
    window = WINDOW if recorded is BEFORE else None
    assert ("watch", "new", Kind.JOB, {"since": 7, "within": window}) in flink.asked


def test_a_job_that_a_killed_run_left_and_that_never_was_well_is_undone() -> None:
    flink = ScriptedFlink(seen=[NEW_RUNS], named=[summary("new")], watches=[UNHEALTHY], found=Saved(back=OLD_SAVED))
    message = failed(flink, BEFORE, wanted())
    assert message == (
        f"The new version failed, and the old one runs again from file:/back (job {OLD_JOB}).\n"
        "  new: statement copy: it fails again and again"
    )
    assert ("completed a checkpoint?", "new") in flink.asked
    assert [call for call in flink.asked if call[0] == "cancel"] == [("cancel", "new")]
    assert submitted(flink) == [("old", "file:/back")]


@pytest.mark.parametrize(
    ("found", "back", "told"),
    [
        pytest.param(SavedState(path="file:/x", certain=False), [("old", "file:/x")], "runs again from file:/x", id="found after all"),
        pytest.param(SavedState(), [("old", "")], "runs again from the start", id="none, for certain"),
        pytest.param(SavedState(certain=False), [], "it fails again and again Its state is kept at file:/forward.", id="not to be found"),
    ],
)
def test_the_old_version_comes_back_only_where_its_state_is_known(found: SavedState, back: list[tuple[str, str]], told: str) -> None:
    saved = Saved(forward=SavedState(path="file:/forward"), back=found)
    flink = ScriptedFlink(seen=[NEW_RUNS], named=[summary("new")], watches=[UNHEALTHY], found=saved)
    assert told in failed(flink, BEFORE, wanted())
    assert submitted(flink) == back
