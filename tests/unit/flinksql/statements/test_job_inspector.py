"""One look at Flink: which jobs are seen, what each is asked, and which of them a change would take its state from."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from flinksql.policy import Policy
from flinksql.statement import Deployed
from flinksql.statements.situation import Recorded, Saved, SavedState, SeenJob, Wanted
from tests.unit.flinksql.statements.known_jobs import HELD, WROTE, KnownJob, inspector
from tests.unit.flinksql.statements.plan_situations import NEW, NEW_HASH, OLD, OLD_HASH

THIRD = "job a under its name runs a definition that is neither the old nor the new one"


@pytest.mark.parametrize(
    ("known", "job", "made", "doubt"),
    [
        pytest.param({}, "", False, "", id="none"),
        pytest.param({"a": KnownJob(vertices=["v", ""])}, "a", False, "", id="the old definition's job, ended"),
        pytest.param({"a": KnownJob(state="RUNNING", definition=NEW_HASH)}, "", True, "", id="the change runs already"),
        pytest.param({"a": KnownJob(definition=NEW_HASH, latest=WROTE)}, "a", False, THIRD, id="the change ran, and left state"),
        pytest.param(
            {"a": KnownJob(definition=NEW_HASH), "b": KnownJob(vertices=["v"])}, "b", False, "", id="the change ran and left none"
        ),
        pytest.param({"a": KnownJob(state="RUNNING", definition="third")}, "a", False, THIRD, id="a third definition runs"),
        pytest.param(
            {"a": KnownJob(definition="third", latest={"savepoint": {"external_path": "s3://b/s"}})},
            "a",
            False,
            THIRD,
            id="a third one's savepoint",
        ),
        pytest.param(
            {"a": KnownJob(definition="third", latest={"completed": {"external_path": "s3://b/s", "discarded": True}}), "b": KnownJob()},
            "b",
            False,
            "",
            id="a third one's discarded checkpoint",
        ),
        pytest.param({"a": KnownJob(state="RUNNING", definition=""), "b": KnownJob()}, "b", False, "", id="somebody else's job"),
        pytest.param({"a": KnownJob(forgotten=True), "b": KnownJob()}, "b", False, "", id="a job that is being forgotten"),
        pytest.param({"a": KnownJob(name="other", definition=NEW_HASH, state="RUNNING")}, "", False, "", id="another name's job"),
    ],
)
def test_the_job_whose_state_a_change_would_be_given(known: Mapping[str, KnownJob], job: str, made: bool, doubt: str) -> None:
    found = inspector(known).predecessor(OLD, NEW)
    assert (found.job_id, found.made, found.doubt) == (job, made, doubt)
    assert found.vertices == (tuple(filter(None, known[job].vertices)) if job and not doubt else ())


def test_only_jobs_of_the_name_and_the_recorded_one_are_seen() -> None:
    known = {"a": KnownJob(), "b": KnownJob(name="other"), "c": KnownJob(name="by hand")}
    assert [job.job_id for job in inspector(known).named(OLD, Deployed(definition_hash=OLD_HASH, job_id="c"))] == ["a", "c"]


@pytest.mark.parametrize(
    ("recorded", "wanted", "known", "definitions"),
    [
        pytest.param(Recorded(), Wanted(definition=NEW), {"a": KnownJob()}, ("",), id="nothing recorded: what ended says nothing"),
        pytest.param(
            Recorded(definition=OLD, deployed=Deployed(definition_hash=OLD_HASH)),
            Wanted(definition=NEW),
            {"a": KnownJob()},
            (OLD_HASH,),
            id="recorded: the ended job's definition counts",
        ),
        pytest.param(
            Recorded(definition=OLD, deployed=Deployed(definition_hash=OLD_HASH)),
            Wanted(definition=NEW),
            {"a": KnownJob(state="RUNNING"), "b": KnownJob()},
            (OLD_HASH, ""),
            id="beside one that runs, ended ones do not",
        ),
        pytest.param(
            Recorded(definition=OLD, deployed=Deployed(definition_hash=OLD_HASH)),
            Wanted(definition=NEW, deleted=True),
            {"a": KnownJob(state="RUNNING"), "b": KnownJob()},
            ("", ""),
            id="deleted without a savepoint: nobody is asked",
        ),
    ],
)
def test_jobs_are_asked_what_they_run_only_where_a_plan_depends_on_it(
    recorded: Recorded, wanted: Wanted, known: Mapping[str, KnownJob], definitions: tuple[str, ...]
) -> None:
    assert tuple(job.definition for job in inspector(known).seen(recorded, wanted).jobs) == definitions


def test_an_adopted_job_that_runs_is_the_one_before_and_what_it_runs_is_not_known() -> None:
    adopting = replace(OLD, policy=Policy(adopt_job="hand"))
    known = {"a": KnownJob(), "hand": KnownJob(name="by hand", state="RUNNING", definition="")}
    found = inspector({"hand": known["hand"], "a": known["a"]}).predecessor(adopting, NEW)
    assert (found.job_id, found.doubt) == ("hand", "job hand was started by hand, and what it runs is not known")
    assert inspector(known).predecessor(adopting, NEW).job_id == "a", "the newest of the name counts"
    assert inspector({"hand": KnownJob(name="by hand")}).predecessor(adopting, NEW).job_id == "", "it ended"
    assert inspector({"b": KnownJob(name="b", state="RUNNING")}).predecessor(adopting, NEW).job_id == "", "another job"


RECORDED = Recorded(definition=OLD, deployed=Deployed(definition_hash=OLD_HASH, generation=3, job_id="hand"))
NEWER = {"completed": {"external_path": "s3://b/newer", "trigger_timestamp": 9}}


def test_a_look_names_the_recorded_job_and_those_that_gave_no_savepoint() -> None:
    known = {"a": KnownJob(state="RUNNING"), "hand": KnownJob(name="by hand", definition="")}
    a, hand = inspector(known).seen(RECORDED, Wanted(definition=NEW), {"a"}).jobs
    assert (a.job_id, a.definition, a.savepointless) == ("a", OLD_HASH, True)
    assert (hand.job_id, hand.savepointless) == ("hand", False)


def test_state_is_looked_for_where_a_plan_depends_on_it_and_nowhere_else() -> None:
    ended = inspector({"new": KnownJob(definition=NEW_HASH, latest=NEWER), "old": KnownJob(latest=WROTE)})
    newer = SavedState(path="s3://b/newer", writer=NEW_HASH)
    assert ended.seen(RECORDED, Wanted(definition=NEW)).saved == Saved(forward=newer, back=HELD)
    assert ended.seen(Recorded(), Wanted(definition=NEW)).saved == Saved(), "a new statement takes nothing over"
    assert ended.seen(RECORDED, Wanted(definition=NEW, deleted=True)).saved == Saved()


def test_whatever_the_project_left_counts_where_nothing_would_have_to_fit() -> None:
    third = inspector({"third": KnownJob(definition="third", latest=NEWER), "old": KnownJob(latest=WROTE)})
    newest = Saved(forward=SavedState(path="s3://b/newer", writer="third"))
    assert third.saved(RECORDED, Wanted(definition=NEW)) == Saved(forward=HELD, back=HELD)
    assert third.saved(Recorded(), Wanted(definition=NEW)) == newest
    assert third.saved(RECORDED, Wanted(definition=NEW, deleted=True)) == newest
    assert third.saved(RECORDED, Wanted(definition=replace(NEW, policy=Policy(running=False)))) == newest
    adopted = inspector({"hand": KnownJob(name="by hand", definition="", latest=WROTE)})
    assert adopted.saved(RECORDED, Wanted(definition=NEW, deleted=True)).forward == HELD, "the recorded job counts under any name"


def test_what_a_job_says_of_itself_and_what_the_record_says_of_it() -> None:
    known = inspector({"a": KnownJob(definition="third"), "hand": KnownJob(definition=""), "silent": KnownJob(definition="")})
    assert known.tags("a", RECORDED.deployed) == {"definition": "third"}
    assert known.tags("hand", RECORDED.deployed) == {"definition": OLD_HASH, "generation": "3"}
    assert known.tags("gone", RECORDED.deployed) == {}
    [silent] = inspector({"silent": KnownJob(definition="", state="RUNNING")}).seen(RECORDED, Wanted(definition=NEW)).jobs
    assert silent == SeenJob(job_id="silent", life=silent.life, definition="")


@pytest.mark.parametrize(
    ("job", "checkpointed", "started_from", "failed_at"),
    [
        pytest.param(None, False, "", 0, id="forgotten"),
        pytest.param(KnownJob(), False, "", 0, id="fresh"),
        pytest.param(KnownJob(completed=1, failures=[9, 4]), True, "", 9, id="well once"),
        pytest.param(KnownJob(latest={"restored": {"external_path": "s3://b/before"}}), False, "s3://b/before", 0, id="restored"),
        pytest.param(KnownJob(latest={"restored": {}}), False, "", 0, id="restored from a place that is not told"),
    ],
)
def test_what_is_asked_of_one_job(job: KnownJob | None, checkpointed: bool, started_from: str, failed_at: int) -> None:
    known = inspector({"a": job} if job else {})
    assert (known.completed_a_checkpoint("a"), known.restored_from("a"), known.newest_failure("a")) == (
        checkpointed,
        started_from,
        failed_at,
    )
