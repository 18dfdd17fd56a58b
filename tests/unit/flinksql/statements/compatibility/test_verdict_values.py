"""A verdict as a value: what follows from its findings, how it is doubted and worded."""

import pytest

from flinksql.statements.compatibility.values import Decision, Finding, Restore, Verdict, unknown, verdict_of

REMARK = Finding(decision=Decision.KEEPS, operator="Rank", why="old rows are gone", restore=Restore.STRICT)
DOUBT = Finding(decision=Decision.UNKNOWN, why="nobody knows", restore=Restore.STRICT)
PART = Finding(decision=Decision.RESETS, operator="sink s (Writer)", why="elsewhere", restore=Restore.IGNORE_UNCLAIMED)
ALL = Finding(decision=Decision.RESETS, operator="source s", why="gone", restore=Restore.NONE)


@pytest.mark.parametrize(
    ("findings", "decision", "restore", "text"),
    [
        pytest.param([], Decision.KEEPS, Restore.STRICT, "keeps state", id="nothing"),
        pytest.param([REMARK], Decision.KEEPS, Restore.STRICT, "keeps state: Rank: old rows are gone", id="a remark"),
        pytest.param([REMARK, DOUBT], Decision.UNKNOWN, Restore.STRICT, "unknown: nobody knows", id="a doubt hides remarks"),
        pytest.param(
            [DOUBT, PART],
            Decision.RESETS,
            Restore.IGNORE_UNCLAIMED,
            "resets state: sink s (Writer): elsewhere; nobody knows",
            id="what is certain comes first",
        ),
        pytest.param(
            [PART, ALL, PART], Decision.RESETS, Restore.NONE, "resets state: sink s (Writer): elsewhere; source s: gone", id="each once"
        ),
        pytest.param(
            [ALL, DOUBT, PART],
            Decision.RESETS,
            Restore.NONE,
            "resets state: source s: gone; sink s (Writer): elsewhere; nobody knows",
            id="the most careful start",
        ),
    ],
)
def test_the_worst_finding_decides(findings: list[Finding], decision: Decision, restore: Restore, text: str) -> None:
    found = verdict_of(findings)
    assert (found.decision, found.restore, str(found)) == (decision, restore, text)


def test_a_doubt_takes_the_promise_back_and_leaves_the_state() -> None:
    found = verdict_of([REMARK]).with_doubt("a third definition runs")
    assert (found.decision, found.restore) == (Decision.UNKNOWN, Restore.STRICT)
    assert str(found) == "unknown: a third definition runs"
    assert found.consequence == "the job is restored from the state that there is, if Flink accepts it"


def test_a_doubt_keeps_what_was_found_and_what_follows() -> None:
    found = Verdict(decision=Decision.RESETS, findings=(ALL,), restore=Restore.NONE, consequence="it starts anew").with_doubt("who knows")
    assert (found.decision, found.restore, found.consequence) == (Decision.RESETS, Restore.NONE, "it starts anew")
    assert str(found) == "resets state: source s: gone; who knows"
    assert [each.decision for each in found.findings] == [Decision.RESETS, Decision.UNKNOWN]


def test_other_words_reach_every_text_and_nothing_else() -> None:
    found = Verdict(decision=Decision.RESETS, findings=(ALL, PART), restore=Restore.NONE, consequence="topic gone").map_text(str.upper)
    assert str(found) == "resets state: SOURCE S: GONE; SINK S (WRITER): ELSEWHERE"
    assert (found.consequence, found.decision, found.restore) == ("TOPIC GONE", Decision.RESETS, Restore.NONE)
    assert [each.restore for each in found.findings] == [Restore.NONE, Restore.IGNORE_UNCLAIMED]


@pytest.mark.parametrize(
    ("restore", "consequence"),
    [
        pytest.param(Restore.NONE, "the job starts without state", id="without state"),
        pytest.param(Restore.STRICT, "", id="from the whole state"),
    ],
)
def test_what_cannot_be_judged_is_unknown_with_its_reason(restore: Restore, consequence: str) -> None:
    found = unknown("no plan", restore)
    assert (found.decision, found.restore, str(found), found.consequence) == (Decision.UNKNOWN, restore, "unknown: no plan", consequence)
    assert found.findings == (Finding(decision=Decision.UNKNOWN, why="no plan", restore=restore),)


def test_what_cannot_be_judged_starts_without_state_unless_it_is_said() -> None:
    assert unknown("no plan").restore is Restore.NONE
