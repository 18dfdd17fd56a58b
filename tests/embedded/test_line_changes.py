"""Another Flink line under a running stack: judged in a preview, and carried out with open windows.

By default from 2.2 to 2.3; FLINK_REVIEWS_LINES=all begins with 2.1, whose planner differs more: 16 minutes on a busy machine.
FLINK_REVIEWS_LINES=killed kills the `up` that moves, at each of its steps in turn.
"""

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.feeding import feeding, settled
from tests.support.flow import begin
from tests.support.project import ProjectCopy, project_copy

pytestmark = [pytest.mark.real, pytest.mark.timeout(2400)]

WINDOW_SECONDS = 20
JOBS = ("contexts", "summaries")
FIRST, *FURTHER = ("2.1", "2.2", "2.3") if os.environ.get("FLINK_REVIEWS_LINES") == "all" else ("2.2", "2.3")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProjectCopy]:
    folder = tmp_path_factory.mktemp("line-changes") / "project"
    folder.mkdir()
    values = {"bundle__parameters__window_seconds": WINDOW_SECONDS, "flink__checkpointIntervalSeconds": 5, "samples__feed": False}
    with project_copy(folder, flink__line=FIRST, **values) as copy:
        copy.succeed("up")
        yield copy


def test_jobs_go_on_from_line_to_line_with_open_windows(stack: ProjectCopy) -> None:
    flow = begin(str(stack.outputs()["kafkaBootstrap"]))
    with feeding(flow, "lines") as fed:
        for line in FURTHER:
            _wait_for_more(fed)
            _change_line(stack, line)
            _well(stack)
    fate = settled(flow, fed)
    assert (fate.duplicated_reviews, fate.duplicated_summaries) == (0, 0)
    assert stack.outputs()["flinkLine"] == "2.3"


STEPS = {
    "one job stopped": "Job flink-reviews/local/contexts is stopped|Job flink-reviews/local/summaries is stopped",
    "both jobs stopped": "contexts is stopped.*summaries is stopped|summaries is stopped.*contexts is stopped",
    "one job on the new line": "runs on Flink 2.3",
}
"""What `up` has said when it is killed."""


@pytest.mark.skipif(os.environ.get("FLINK_REVIEWS_LINES") != "killed", reason="FLINK_REVIEWS_LINES=killed: a stack for each step")
@pytest.mark.parametrize("said", [pytest.param(said, id=name) for name, said in STEPS.items()])
def test_a_move_that_is_killed_is_finished_by_the_next_up(tmp_path: Path, said: str) -> None:
    values = {"bundle__parameters__window_seconds": WINDOW_SECONDS, "flink__checkpointIntervalSeconds": 5, "samples__feed": False}
    (tmp_path / "project").mkdir()
    with project_copy(tmp_path / "project", flink__line="2.2", **values) as stack:
        stack.succeed("up")
        flow = begin(str(stack.outputs()["kafkaBootstrap"]))
        with feeding(flow, "killed") as fed:
            _wait_for_more(fed)
            stack.configure(flink__line="2.3")
            _killed_after(stack, said)
            finished = stack.run("up")
            if "whose Flink does not answer" in finished.said:
                # Killed between the two lines: nothing runs, and what is told leads on.
                assert "`pulumi config set flink.line 2.2`, `up`" in finished.said
                stack.configure(flink__line="2.2")
                stack.succeed("up")
                stack.configure(flink__line="2.3")
                finished = stack.run("up")
            assert finished.code == 0, finished.said
            _well(stack)
        # No review is lost; what was under way when it was killed may come twice, as after any failure.
        settled(flow, fed)
        assert stack.outputs()["flinkLine"] == "2.3"


def _killed_after(stack: ProjectCopy, said: str) -> None:
    process = stack.start("up")
    assert process.stdout is not None
    heard = ""
    for line in process.stdout:
        heard += line
        if re.search(said, heard, re.DOTALL):
            break
    else:
        pytest.fail(heard)
    process.kill()
    process.wait(timeout=60)


def _change_line(stack: ProjectCopy, line: str) -> None:
    stack.configure(flink__line=line)
    file = stack.folder / "sql" / "reviews" / "contexts.sql"
    text = file.read_text(encoding="utf-8")
    if line == "2.2":
        # 2.2 writes a condition before the windows otherwise than 2.1: that it is the same one, no plan says.
        before = _well(stack)
        refused = stack.run("up")
        assert refused.code == 1
        assert "statement contexts on Flink 2.2: what becomes of its state is not proven" in refused.said, refused.said
        assert "Then: the job is restored with its whole state." in refused.said
        assert _well(stack) == before, "nothing was touched"
        file.write_text(f"-- allow_state_reset: true\n{text}", encoding="utf-8")
    previewed = stack.succeed("preview").said
    said = {"contexts": "unknown" if line == "2.2" else "keeps state", "summaries": "keeps state"}
    assert all(f"Flink {line}: Statement {job}: {words}" in previewed for job, words in said.items()), previewed
    told = stack.succeed("up").said
    assert all(f"Statement {job} runs on Flink {line} from file:" in told for job in JOBS), told
    file.write_text(text, encoding="utf-8")
    assert stack.succeed("up").code == 0


def _well(stack: ProjectCopy) -> dict[str, str]:
    """Return the id of each statement's job; each must run and be well."""
    jobs = stack.run("status", "--json").json()["jobs"]
    assert all(job["healthy"] for job in jobs), jobs
    return {str(job["statement"]): str(job["jobId"]) for job in jobs}


def _wait_for_more(fed: list[str]) -> None:
    """Return when more reviews were sent: their window is open."""
    before, deadline = len(fed), time.monotonic() + 120.0
    while len(fed) == before:
        assert time.monotonic() < deadline
        time.sleep(0.2)
