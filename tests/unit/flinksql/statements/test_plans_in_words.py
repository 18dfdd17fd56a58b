"""A plan as people are told it: in one line before a change, and step by step."""

import pytest

from flinksql.statements.describe import in_detail, in_one_line, is_plain_start
from flinksql.statements.steps import (
    Adopt,
    Cancel,
    Discard,
    FindState,
    Forget,
    Keep,
    Pause,
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
    WatchOld,
)

BACK = (RollBack(start=Start.SAVEPOINT), WatchOld())
FIRST = (Prepare(planned=False), Submit(), Watch(otherwise=(Discard(),)))
UPGRADE = (
    Prepare(planned=True),
    Stop(job_id="old", next_hash="h"),
    Cancel(),
    Submit(start=Start.SAVEPOINT, otherwise=BACK),
    Watch(window=60.0, otherwise=(Discard(), *BACK)),
)


@pytest.mark.parametrize(
    ("steps", "line"),
    [
        pytest.param(FIRST, "start without state, watch it", id="first start"),
        pytest.param(
            UPGRADE,
            "stop job old with a savepoint, start from the savepoint, watch it for at most 60 s; if that fails, roll back",
            id="upgrade",
        ),
        pytest.param(
            (Prepare(planned=True), Cancel(), FindState(), Submit(start=Start.FOUND), Watch()),
            "cancel what else runs under its name, start from the newest state, watch it",
            id="from the newest state",
        ),
        pytest.param(
            (Prepare(planned=True), Submit(start=Start.PATH, path="file:/s"), Watch()), "start from file:/s, watch it", id="from a path"
        ),
        pytest.param(
            (Cancel(keep="new"), Watch(job_id="new"), Keep(job_id="new")),
            "cancel what else runs under its name, watch it, keep job new",
            id="kept",
        ),
        pytest.param((Prove(), Adopt(job_id="hand")), "check it, adopt job hand", id="adopted"),
        pytest.param((Prove(), Pause()), "check it, leave it paused", id="paused"),
        pytest.param((Cancel(), Forget()), "cancel what else runs under its name, forget it", id="forgotten"),
        pytest.param(
            (Refuse(reason=Refusal.STATE_NOT_FOUND, job_id="old"),),
            "is refused: the last state of job old cannot be found",
            id="its state is lost",
        ),
        pytest.param(
            (Refuse(reason=Refusal.STATE_TOO_NEW, job_id="old", state="file:/s", written_by="2.2", flink_line="2.1"),),
            "is refused: Flink 2.2 wrote its last state, and Flink 2.1 reads none of a newer one",
            id="refused: its state is too new",
        ),
        pytest.param(
            (Refuse(reason=Refusal.RESTORE_BESIDE_A_JOB, job_id="old"),),
            "is refused: `restore_from` is for a job that does not run, and job old does",
            id="restored beside its job",
        ),
    ],
)
def test_a_plan_in_one_line(steps: tuple[Step, ...], line: str) -> None:
    assert in_one_line(steps) == line


def test_a_plan_in_detail() -> None:
    assert in_detail((*UPGRADE, Cancel(keep="new"), Submit(start=Start.PATH, path="file:/s"), Watch(job_id="new"), Keep(job_id="new"))) == [
        "1. prepare",
        "2. stop-with-savepoint (job old)",
        "   if it fails: look-again",
        "3. cancel",
        "4. submit (from the savepoint)",
        "   if it fails: roll-back (from the savepoint), watch-old",
        "5. watch (the new job for at most 60 s)",
        "   if it fails: discard, roll-back (from the savepoint), watch-old",
        "6. cancel (all but job new)",
        "7. submit (from file:/s)",
        "8. watch (job new)",
        "9. keep (job new)",
    ]


@pytest.mark.parametrize(
    ("steps", "plain"),
    [
        pytest.param(FIRST, True, id="first start"),
        pytest.param((Prove(), Pause()), True, id="paused from the start"),
        pytest.param((Forget(),), True, id="forgotten"),
        pytest.param(UPGRADE, False, id="upgrade"),
        pytest.param((Prove(), Adopt(job_id="hand")), False, id="adopted"),
        pytest.param((Prepare(planned=False), Submit(start=Start.PATH, path="file:/s"), Watch()), False, id="from a path"),
    ],
)
def test_only_a_plan_that_touches_and_keeps_nothing_is_plain(steps: tuple[Step, ...], plain: bool) -> None:
    assert is_plain_start(steps) is plain
