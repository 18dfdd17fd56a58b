"""The verdict on every edit of known truth, over the plans that real gateways of each line made of them."""

import json
from dataclasses import replace

import pytest

from flinksql.policy import Policy, UpgradeMode
from flinksql.statements.compatibility import Decision, Restore, Verdict, judge
from tests.verdict.edit import Edit, Truth
from tests.verdict.edits import EDITS
from tests.verdict.recorded import LINES, WORDS, judged_edits, planned, refused, words

JUDGED = [pytest.param(edit, line, id=f"{edit.name}-{line}") for line in LINES for edit in judged_edits(line)]
BY_NAME = {edit.name: edit for edit in EDITS}


def verdict(name: str, line: str = "2.2", vertices: tuple[str, ...] = ()) -> Verdict:
    return judge(*planned(BY_NAME[name], line), vertices)


@pytest.mark.parametrize(
    ("edit", "line"), [pytest.param(edit, line, id=f"{edit.name}-{line}") for line in LINES for edit in judged_edits(line)]
)
def test_an_edit_gets_the_verdict_that_its_truth_allows(edit: Edit, line: str) -> None:
    found = judge(*planned(edit, line))
    assert (found.decision, found.restore) == (edit.decision, edit.restore)
    assert not found.keeps or edit.truth_on(line) in {Truth.GOES_ON, Truth.AS_THEY_WERE}
    assert not found.keeps or bool(found.findings) is edit.remarked
    assert all(isinstance(each.decision, Decision) for each in found.findings)


@pytest.mark.parametrize(
    ("edit", "line"), [pytest.param(edit, line, id=f"{edit.name}-{line}") for line in LINES for edit in judged_edits(line)]
)
def test_no_change_keeps_everything(edit: Edit, line: str) -> None:
    _, same = planned(edit, line)
    assert str(judge(same, same)) == "keeps state"


def test_only_the_newest_line_refuses_jobs_and_says_what_to_write() -> None:
    assert {line: len(refused(line)) for line in LINES} == {"2.1": 0, "2.2": 0, "2.3": 13}
    assert all("ON CONFLICT" in said for line in LINES for said in refused(line).values())


def test_people_are_told_of_each_edit_what_is_written_down() -> None:
    written = json.loads(WORDS.read_text(encoding="utf-8"))
    assert written.keys() == BY_NAME.keys()
    for edit in EDITS:
        assert words(edit, "2.2") == written[edit.name], f"{edit.name}: run `python -m tests.verdict.recorded` and read the diff"


def test_a_verdict_names_the_operator_and_both_sides_of_the_change() -> None:
    text = str(verdict("a longer window"))
    assert text.startswith("resets state: GlobalWindowAggregate: the window changes from [TUMBLE(")
    assert "size=[20 s]" in text
    assert "size=[30 s]" in text


@pytest.mark.parametrize(
    ("name", "words"),
    [
        pytest.param("another key", "topic edit-in is read again from its beginning", id="all state"),
        pytest.param("a first condition where no operator for it is", "the rest of its state: no record is read twice", id="a part of it"),
        pytest.param("a condition before the window", "is restored with its whole state", id="nothing in form"),
    ],
)
def test_a_verdict_says_what_happens_when_the_change_is_let_through(name: str, words: str) -> None:
    assert words in verdict(name).consequence


def test_a_job_that_is_not_what_its_definition_plans_to_is_not_judged_by_the_plan() -> None:
    found = verdict("the prompt", vertices=("0" * 32,))
    assert found.decision is Decision.UNKNOWN
    assert "another version of Flink" in str(found)


def test_the_stateless_mode_gives_up_all_state_and_needs_no_other_permission() -> None:
    old, new = planned(BY_NAME["the prompt"], "2.2")
    policy = Policy(upgrade_mode=UpgradeMode.STATELESS)
    found = judge(old, replace(new, definition=replace(new.definition, policy=policy)))
    assert (found.decision, found.restore, found.allowed_by(policy)) == (Decision.RESETS, Restore.NONE, True)


def test_only_what_keeps_state_is_allowed_without_asking() -> None:
    assert verdict("the prompt").allowed_by(Policy())
    assert not verdict("a longer window").allowed_by(Policy())
    assert not verdict("a condition before the window").allowed_by(Policy())
    assert verdict("a longer window").allowed_by(Policy(allow_state_reset=True))


@pytest.mark.parametrize(
    ("options", "decision"),
    [
        pytest.param({"parallelism.default": "128"}, Decision.KEEPS, id="as many subtasks as any state can be spread over"),
        pytest.param({"parallelism.default": "129"}, Decision.UNKNOWN, id="one more"),
        pytest.param({"table.exec.state.ttl": "1 d"}, Decision.UNKNOWN, id="an option that is not known"),
        pytest.param({"pipeline.max-parallelism": "64"}, Decision.UNKNOWN, id="the maximum parallelism"),
    ],
)
def test_options_of_the_job_count(options: dict[str, str], decision: Decision) -> None:
    old, new = planned(BY_NAME["the prompt"], "2.2")
    definition = replace(new.definition, options={**new.definition.options, **options})
    assert judge(old, replace(new, definition=definition)).decision is decision


def test_every_truth_that_is_no_keeping_is_among_the_edits() -> None:
    assert {edit.truth for edit in EDITS} == set(Truth)
    assert len(EDITS) >= 25
