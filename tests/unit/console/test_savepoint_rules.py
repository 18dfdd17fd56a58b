"""Which savepoints there are, what needs each, and which may go: rules over facts, with nothing asked."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from components.statement_history import Action, Entry, Outcome
from console.savepoints.facts import Claim, Facts, JobFacts, JobSavepoint, NeedKind, Reason, Savepoint, StatementFacts
from console.savepoints.inventory import inventory, unclaimed
from console.savepoints.protection import Retention, expired, refusal
from flinksql.savepoints import Presence, SavepointFolder, WrittenSavepoint, savepoint_folder
from flinksql.statement import Deployed

ROOT = "file:/savepoints"
JOB, OLD_JOB, FOREIGN_JOB = "aaaaaa" + "0" * 26, "bbbbbb" + "0" * 26, "ffffff" + "0" * 26
NOW = datetime(2026, 1, 31, tzinfo=UTC)


def path(number: int, job_id: str = JOB) -> str:
    return f"{ROOT}/savepoint-{job_id[:6]}-{number:02}"


def at(day: int) -> str:
    return f"2026-01-{day:02}T00:00:00Z"


def entry(day: int, action: Action, **known: str) -> Entry:
    made = Entry(id=f"{action}{day}", statement="copy", at=at(day), by="ann", action=action, outcome=Outcome.DONE)
    return replace(made, **known)  # type: ignore[arg-type]  # texts, all of them


def taken(day: int, number: int | None = None) -> Entry:
    return entry(day, Action.SAVEPOINT_TAKEN, before="now", after="now", left_at=path(number or day))


COPY = StatementFacts(
    name="copy", deployed=Deployed(definition_hash="now", job_id=JOB), job_ids=frozenset({JOB, OLD_JOB}), below=("source",)
)
RUNNING = JobFacts(job_id=JOB, statement="copy", definition="now", is_alive=True, is_well=True, newest="file:/checkpoints/chk-9")


def facts(
    *entries: Entry,
    statement: StatementFacts = COPY,
    jobs: Sequence[JobFacts] | None = (RUNNING,),
    folder: SavepointFolder | None = None,
    **more: object,
) -> Facts:
    made = Facts(statements={statement.name: statement}, entries=entries, recorded=entries, jobs=jobs, folder=folder)
    return replace(made, **more)  # type: ignore[arg-type]  # fields of Facts


def only(known: Facts, wanted: str) -> Savepoint:
    (one,) = [one for one in inventory(known) if one.path == wanted]
    return one


@pytest.mark.parametrize(
    ("made", "reason", "definition", "current"),
    [
        pytest.param(
            entry(2, Action.CHANGED, before="old", after="now", left_at=path(1, OLD_JOB)), Reason.UPGRADE, "old", False, id="upgrade"
        ),
        pytest.param(entry(2, Action.UNDONE, before="old", after="now", left_at=path(1, OLD_JOB)), Reason.UNDO, "old", False, id="undo"),
        pytest.param(entry(2, Action.PAUSED, before="now", after="now", left_at=path(1)), Reason.PAUSE, "now", True, id="pause"),
        pytest.param(entry(2, Action.SAVEPOINT_TAKEN, before="now", left_at=path(1)), Reason.ASKED, "now", True, id="by the command"),
        pytest.param(entry(2, Action.DELETED, before="now", left_at=path(1)), Reason.DELETED, "now", True, id="deletion"),
    ],
)
def test_the_history_says_why_a_savepoint_was_taken_and_of_which_version(
    made: Entry, reason: Reason, definition: str, current: bool
) -> None:
    (one,) = inventory(facts(made))
    assert (one.reason, one.definition, one.is_current, one.claim, one.at) == (reason, definition, current, Claim.RECORDED, at(2))


def test_the_first_record_of_a_path_says_which_version_wrote_it() -> None:
    paused = entry(2, Action.PAUSED, before="a", after="a", left_at=path(1))
    changed = entry(3, Action.CHANGED, before="b", after="now", left_at=path(1))
    assert only(facts(paused, changed), path(1)).definition == "a"


def test_flinks_own_memory_adds_what_was_asked_for_by_hand_with_its_size() -> None:
    job = replace(RUNNING, written=(JobSavepoint(path=path(7), at=86_400.0, bytes=12),))
    one = only(facts(jobs=(job,)), path(7))
    assert (one.reason, one.bytes, one.at, one.claim) == (Reason.ASKED, 12, "1970-01-02T00:00:00.000Z", Claim.RECORDED)


def test_a_folder_adds_what_bears_a_jobs_name_and_names_what_bears_none() -> None:
    folder = savepoint_folder([WrittenSavepoint(name=f"savepoint-{job[:6]}-77", modified=9.0, bytes=5) for job in (JOB, FOREIGN_JOB)], ROOT)
    known = facts(folder=folder)
    (one,) = inventory(known)
    assert (one.path, one.claim, one.bytes, one.presence) == (f"{ROOT}/savepoint-aaaaaa-77", Claim.NAMED, 5, Presence.THERE)
    assert unclaimed(known, [one]) == ["savepoint-ffffff-77"]


def test_a_deleted_savepoint_is_left_out_unless_it_is_there_all_the_same() -> None:
    deleted = entry(5, Action.SAVEPOINT_DELETED, left_at=path(4))
    assert inventory(facts(taken(4), deleted)) == []
    folder = savepoint_folder([WrittenSavepoint(name=path(4).rpartition("/")[2], modified=1.0)], ROOT)
    assert [one.path for one in inventory(facts(taken(4), deleted, folder=folder))] == [path(4)]
    assert len(inventory(facts(taken(4), replace(deleted, outcome=Outcome.FAILED)))) == 1


VERSION = {"before": "old", "after": "now", "left_at": path(1, OLD_JOB)}
TABLE = Entry(id="t", statement="source", at=at(1), by="ann", action=Action.CREATED, outcome=Outcome.DONE, after="x")


@pytest.mark.parametrize(
    ("known", "words"),
    [
        pytest.param(facts(entry(2, Action.CHANGED, **VERSION, version="packed")), "undo of copy to old", id="a version that is kept"),
        pytest.param(
            facts(replace(TABLE, before="y"), entry(2, Action.CHANGED, **VERSION)), "undo of copy to old", id="a table below it was changed"
        ),
        pytest.param(
            facts(entry(2, Action.CHANGED, **VERSION), replace(TABLE, at=at(3))), "undo of copy to old", id="a table was made anew since"
        ),
        pytest.param(
            facts(entry(2, Action.CHANGED, **VERSION), jobs=(replace(RUNNING, restored=path(1, OLD_JOB)),)),
            f"job {JOB} was restored from it",
            id="a running job",
        ),
        pytest.param(
            facts(
                entry(2, Action.CHANGED, **VERSION),
                jobs=(RUNNING, JobFacts(job_id=FOREIGN_JOB, is_alive=True, restored=path(1, OLD_JOB).replace("file:/", "file:///"))),
            ),
            f"job {FOREIGN_JOB} was restored from it",
            id="somebody else's job, in another spelling",
        ),
        pytest.param(
            facts(
                entry(2, Action.CHANGED, **VERSION),
                statement=replace(COPY, deployed=replace(COPY.deployed, restored_from=path(1, OLD_JOB))),
            ),
            "the job of copy was restored from it",
            id="the recorded start",
        ),
        pytest.param(
            facts(entry(2, Action.CHANGED, **VERSION), statement=replace(COPY, restore_from=path(1, OLD_JOB))),
            "copy starts from it",
            id="a recorded header",
        ),
        pytest.param(
            facts(entry(2, Action.CHANGED, **VERSION), named={"savepoint-bbbbbb-01": "copy.sql"}), "named in copy.sql", id="a file's header"
        ),
        pytest.param(
            facts(entry(2, Action.CHANGED, **VERSION), pending={"copy": path(1, OLD_JOB)}), "an undo of copy that waits", id="an undo order"
        ),
        pytest.param(
            facts(
                entry(2, Action.CHANGED, **VERSION),
                jobs=(replace(RUNNING, is_well=False), JobFacts(job_id=OLD_JOB, statement="copy", newest=path(1, OLD_JOB))),
            ),
            f"the newest state of job {OLD_JOB}",
            id="the job before one that is not well",
        ),
        pytest.param(facts(entry(2, Action.CHANGED, **VERSION), jobs=None), "does not say of every job", id="no JobManager"),
        pytest.param(facts(entry(2, Action.CHANGED, **VERSION), named=None), "cannot be read", id="no files"),
        pytest.param(facts(entry(2, Action.CHANGED, **VERSION), jobs=()), "`up` may start from it", id="the last state of a lost job"),
    ],
)
def test_what_something_needs_is_not_deleted(known: Facts, words: str) -> None:
    found = inventory(known)
    one = only(known, path(1, OLD_JOB))
    assert words in refusal(one, found, known)
    assert expired([only(facts(taken(9)), path(9)), one], known, Retention(keep=1), NOW) == []


@pytest.mark.parametrize(
    "known",
    [
        pytest.param(facts(entry(2, Action.CHANGED, **VERSION)), id="a version that is not kept any more"),
        pytest.param(facts(replace(TABLE, after="x"), entry(2, Action.CHANGED, **VERSION)), id="with a table that never changed"),
        pytest.param(
            facts(
                entry(2, Action.CHANGED, **VERSION),
                jobs=(RUNNING, JobFacts(job_id=OLD_JOB, statement="copy", newest=path(1, OLD_JOB))),
            ),
            id="the newest state of a job that was replaced",
        ),
        pytest.param(
            facts(entry(2, Action.CHANGED, **VERSION), jobs=(RUNNING, JobFacts(job_id=FOREIGN_JOB, restored=path(1, OLD_JOB)))),
            id="a job that has ended was restored from it",
        ),
    ],
)
def test_what_nothing_needs_may_be_deleted(known: Facts) -> None:
    one = only(known, path(1, OLD_JOB))
    assert refusal(one, inventory(known), known) == ""
    assert expired([only(facts(taken(9)), path(9)), one], known, Retention(keep=1), NOW) == [one]


def test_one_that_is_gone_already_may_be_forgotten() -> None:
    known = facts(entry(2, Action.CHANGED, **VERSION), jobs=(), folder=SavepointFolder(root=ROOT))
    assert refusal(only(known, path(1, OLD_JOB)), inventory(known), known) == ""


def test_undo_may_be_given_up_and_nothing_else() -> None:
    known = facts(entry(2, Action.CHANGED, **VERSION, version="packed"))
    one = only(known, path(1, OLD_JOB))
    assert [need.kind for need in one.needs] == [NeedKind.UNDO]
    assert refusal(one, inventory(known), known, gives_up_undo=True) == ""
    running = replace(known, jobs=(replace(RUNNING, restored=one.path),))
    assert "was restored from it" in refusal(only(running, one.path), inventory(running), running, gives_up_undo=True)


@pytest.mark.parametrize(
    ("known", "wanted", "words"),
    [
        pytest.param(
            facts(entry(2, Action.CHANGED, before="old", after="now", left_at="file:/checkpoints/b/chk-7")),
            "file:/checkpoints/b/chk-7",
            "retained checkpoint",
            id="a checkpoint",
        ),
        pytest.param(
            facts(entry(2, Action.CREATED, after="now", restored_from=path(3, FOREIGN_JOB))),
            path(3, FOREIGN_JOB),
            "not known that a job of this stack",
            id="what a header named",
        ),
        pytest.param(
            facts(entry(2, Action.CHANGED, before="old", after="now", left_at=path(3, FOREIGN_JOB))),
            path(3, FOREIGN_JOB),
            "not known that a job of this stack",
            id="a state that a job only started from",
        ),
        pytest.param(
            facts(folder=savepoint_folder([WrittenSavepoint(name="savepoint-aaaaaa-77", modified=9.0)], ROOT), is_flink_shared=True),
            f"{ROOT}/savepoint-aaaaaa-77",
            "only its name",
            id="by its name alone, beside other stacks",
        ),
    ],
)
def test_what_is_not_known_to_be_the_stacks_is_not_deleted(known: Facts, wanted: str, words: str) -> None:
    assert words in refusal(only(known, wanted), inventory(known), known)


@pytest.mark.parametrize(
    ("retention", "gone"),
    [
        pytest.param(Retention(), [], id="no policy"),
        pytest.param(Retention(keep=2), [10, 20], id="a number"),
        pytest.param(Retention(keep=1), [10, 20, 28], id="the newest alone"),
        pytest.param(Retention(keep=9), [], id="more than there are"),
        pytest.param(Retention(keep_days=5), [10, 20], id="an age"),
        pytest.param(Retention(keep_days=15), [10], id="a greater age"),
        pytest.param(Retention(keep=2, keep_days=15), [10], id="what either keeps stays: by age"),
        pytest.param(Retention(keep=3, keep_days=1), [10], id="what either keeps stays: by number"),
        pytest.param(Retention(keep_days=1), [10, 20, 28], id="the newest stays however old"),
    ],
)
def test_the_policy_deletes_what_neither_number_nor_age_keeps(retention: Retention, gone: list[int]) -> None:
    known = facts(*(taken(day) for day in (10, 20, 28, 29)))
    assert [one.path for one in expired(inventory(known), known, retention, NOW)] == [path(day) for day in gone]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda known: replace(known, jobs=(replace(RUNNING, is_well=False),)), id="its job is not well"),
        pytest.param(lambda known: replace(known, jobs=()), id="its job is gone"),
        pytest.param(lambda known: replace(known, jobs=(replace(RUNNING, is_own=False),)), id="somebody else's job bears its name"),
        pytest.param(lambda known: replace(known, statements={}), id="the statement was removed"),
        pytest.param(lambda known: replace(known, entries=[replace(one, at="") for one in known.entries]), id="its age is not known"),
        pytest.param(lambda known: replace(known, folder=SavepointFolder(root=ROOT)), id="they are gone"),
    ],
)
def test_in_doubt_the_policy_keeps(change: Callable[[Facts], Facts]) -> None:
    known = change(facts(*(taken(day) for day in (10, 20, 28, 29))))
    assert expired(inventory(known), known, Retention(keep=1, keep_days=1), NOW) == []


def test_the_policy_leaves_what_only_a_name_claims() -> None:
    names = [f"savepoint-aaaaaa-{number}" for number in (71, 72, 73)]
    folder = savepoint_folder([WrittenSavepoint(name=name, modified=float(index)) for index, name in enumerate(names, start=1)], ROOT)
    known = facts(folder=folder)
    assert len(inventory(known)) == 3
    assert expired(inventory(known), known, Retention(keep=1), NOW) == []
