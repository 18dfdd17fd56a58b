"""The comment as a reader of a pull request sees it; the pages are files, so that a change of theirs is read in a review."""

from pathlib import Path

import pytest

from console.comment.plan import Change, Plan, Problem, read_plan
from console.comment.render import MOST, Material, marker, render
from console.comment.sql_diff import FileDiff
from tests.support.project import REPOSITORY

PAGES = REPOSITORY / "tests" / "cases" / "comments"
SAFE = Change(kind="statement", name="summaries", operation="update", verdict="keeps state")
RESETTING = Change(kind="statement", name="contexts", operation="update", verdict="resets state: GroupWindowAggregate: the key changes")
NEW = Change(kind="topic", name="orders", operation="create")
GONE = Change(kind="statement", name="old_totals", operation="delete")
REFUSED = Problem(
    severity="error",
    resource="contexts",
    message="sql/reviews/contexts.sql:1:1: this change of a running job does not keep its state: resets state: the key changes",
    approvals=("c4f09d2b7e11",),
)
BROKEN = Problem(severity="error", resource="", message="sql/reviews/views.sql:12:9: Column 'ratng' not found in any table")
DIFF = FileDiff(path="sql/reviews/contexts.sql", text="@@ -1,2 +1,2 @@\n-GROUP BY a\n+GROUP BY b\n INTO `x`")
FAILED_TEST = {
    "test": "counts > late row",
    "file": "sql/reviews/tests/windows.yaml",
    "line": 3,
    "verdict": "failed",
    "findings": [{"file": "sql/reviews/tests/windows.yaml", "line": 14, "message": "a row is missing"}],
}
RUN = {"model": "smollm2", "figures": {"cases": 40, "score": 0.912, "valid": 1.0, "obeyed": 0.0}}


def ended(*changes: Change, problems: tuple[Problem, ...] = (), unchanged: int = 20, forecasts: tuple[str, ...] = ()) -> Plan:
    return Plan(
        changes=list(changes),
        problems=list(problems),
        unchanged=unchanged,
        forecasts=list(forecasts),
        ended=True,
        succeeded=not any(one.severity == "error" for one in problems),
    )


@pytest.mark.parametrize(
    ("name", "material"),
    [
        pytest.param("nothing", Material(stack="dev", plan=ended()), id="nothing to change"),
        pytest.param("safe", Material(stack="dev", plan=ended(SAFE, NEW), diffs=[DIFF], tests=[{"verdict": "passed"}]), id="safe"),
        pytest.param("approved", Material(stack="dev", plan=ended(SAFE, RESETTING, GONE)), id="a reset that was approved"),
        pytest.param(
            "mixed",
            Material(
                stack="dev",
                plan=ended(NEW, SAFE, RESETTING, problems=(REFUSED, BROKEN), forecasts=("contexts reads 65 records again",)),
                tests=[{"verdict": "passed"}, FAILED_TEST],
                evaluation=RUN,
                diffs=[DIFF],
            ),
            id="one safe, one resetting, one broken",
        ),
        pytest.param("cut_off", Material(stack="dev", plan=Plan(), log="error Pulumi.dev.yaml:3: not a setting\n"), id="not planned"),
    ],
)
def test_a_page(name: str, material: Material) -> None:
    assert render(material) == (PAGES / f"{name}.md").read_text(encoding="utf-8")


def test_the_page_of_a_recorded_preview() -> None:
    """Of a stack that ran: a prompt was changed, an aggregate too, and a new statement had a mistake."""
    with (PAGES / "refused.jsonl").open(encoding="utf-8") as recorded:
        page = render(Material(stack="local", plan=read_plan(recorded)))
    assert page == (PAGES / "refused.md").read_text(encoding="utf-8")


def test_every_page_is_one_of_these() -> None:
    assert sorted(file.stem for file in PAGES.glob("*.md")) == ["approved", "cut_off", "mixed", "nothing", "refused", "safe"]


def test_a_reset_that_was_approved_is_not_called_safe() -> None:
    assert "⛔ 1 change: 1 resets state" in render(Material(stack="dev", plan=ended(RESETTING)))
    unknown = Change(kind="statement", name="a", operation="update", verdict="a word that is not known")
    assert "⚠️ 1 change: 1 unknown" in render(Material(stack="dev", plan=ended(unknown)))


def test_a_statement_that_goes_is_in_the_headline() -> None:
    assert "### Stack `dev`: 🗑️ 2 changes: 1 keeps state, 1 statement deleted" in render(Material(stack="dev", plan=ended(SAFE, GONE)))
    text = render(Material(stack="dev", plan=ended(NEW)))
    assert "### Stack `dev`: 1 change\n" in text, "a topic that is created touches no job"


LONG = "x" * 100_000


@pytest.mark.parametrize(
    "material",
    [
        pytest.param(Material(stack="dev", plan=ended(*[RESETTING] * 10_000)), id="ten thousand changes"),
        pytest.param(
            Material(stack="dev", plan=ended(problems=tuple(Problem(severity="error", resource=LONG, message=LONG) for _ in range(500)))),
            id="five hundred long errors",
        ),
        pytest.param(Material(stack="dev", plan=ended(SAFE), diffs=[FileDiff(path="a.sql", text=LONG)]), id="a long file"),
        pytest.param(
            Material(stack="dev", plan=ended(SAFE), diffs=[FileDiff(path=f"{n}.sql", text="+a") for n in range(20_000)]), id="many files"
        ),
        pytest.param(Material(stack="dev", plan=Plan(), log="`" * 200_000), id="a long log"),
        pytest.param(Material(stack="dev", plan=ended(), tests=[FAILED_TEST | {"test": LONG}] * 3000), id="many failed tests"),
        pytest.param(Material(stack="dev", plan=ended(forecasts=("|" * 90_000,))), id="a long forecast"),
    ],
)
@pytest.mark.parametrize("most", [MOST, 5000])
def test_a_comment_is_never_longer_than_it_may_be_and_keeps_its_headline(material: Material, most: int) -> None:
    text = render(material, most)
    assert len(text) <= most
    assert text.startswith(f"{marker('dev')}\n### Stack `dev`: ")
    assert text.count("<details>") == text.count("</details>")


def test_what_does_not_fit_is_named() -> None:
    material = Material(stack="dev", plan=ended(SAFE), diffs=[FileDiff(path="a.sql", text="+" + LONG), DIFF])
    text = render(material)
    assert "- `a.sql` +1 -0" in text
    assert "<summary>sql/reviews/contexts.sql (+1 -1)</summary>" in text


def test_a_stack_cannot_end_the_hidden_line() -> None:
    assert marker("a--> <b") == "<!-- console comment: a--b -->"


def test_the_pages_hold_no_path_of_a_machine() -> None:
    assert all(str(Path.home()) not in file.read_text(encoding="utf-8") for file in PAGES.glob("*.md"))
