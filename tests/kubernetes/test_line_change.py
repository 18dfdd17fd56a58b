"""Another line of Flink on a running stack: refused while jobs run, and the way that works, there and back, with nothing lost."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from embedded.versions import FLINK_LINES
from tests.kubernetes.figures import note
from tests.kubernetes.stack import JOBS, KubernetesStack, Run
from tests.support.feeding import feeding, flow_for, settled

pytestmark = [pytest.mark.timeout(2400)]

PAUSED = "-- running: false\n"


def _said(run: Run) -> str:
    return "\n".join(str(one["message"]) for one in run.events if one["event"] in {"say", "problem"})


@contextmanager
def _paused(stack: KubernetesStack) -> Iterator[Run]:
    """Stop each job with a savepoint for as long as the block runs; the files say so, `up` does it."""
    files = [stack.copy.folder / "sql" / "reviews" / f"{name}.sql" for name in JOBS]
    before = [file.read_text(encoding="utf-8") for file in files]
    for file, text in zip(files, before, strict=True):
        file.write_text(PAUSED + text, encoding="utf-8")
    try:
        yield stack.up()
    finally:
        for file, text in zip(files, before, strict=True):
            file.write_text(text, encoding="utf-8")


def test_a_line_is_changed_between_pause_and_resume_there_and_back(deployed: KubernetesStack) -> None:
    here = deployed.given.flink_line
    there = next(line for line in FLINK_LINES if line != here)
    _refused(deployed, here, there)
    _moved(deployed, here, there)
    _moved(deployed, there, here)


def _refused(stack: KubernetesStack, here: str, there: str) -> None:
    ids = stack.running()
    stack.copy.configure(flink__line=there)
    try:
        for command in ("preview", "up"):
            refused = stack.run(command)
            note("flink.line changed under running jobs", command=command, code=refused.finished.code, said=_said(refused)[-1500:])
            assert refused.finished.code != 0
    finally:
        stack.copy.configure(flink__line=here)
    assert stack.up().changed == {}, "the way back is to set the line back"
    assert stack.running() == ids


def _moved(stack: KubernetesStack, old: str, new: str) -> None:
    with stack.flow() as flow, feeding(flow, f"line-{new}") as fed:
        flow_for(8.0)
        with _paused(stack) as paused:
            stack.copy.configure(flink__line=new)
            moved = stack.up()
        flow_for(4.0)
        resumed = stack.up()
        stack.wait_for_jobs(stack.job_names())
        flow_for(4.0)
    with stack.flow() as after:
        after.before = flow.before
        fate = settled(after, fed)
    note(
        f"flink.line {old} to {new}",
        seconds=[round(run.end["seconds"], 1) for run in (paused, moved, resumed)],
        resumed=_said(resumed)[-1000:],
        fed=fate.fed,
        lost=0,
        duplicated_reviews=fate.duplicated_reviews,
        duplicated_summaries=fate.duplicated_summaries,
    )
    assert (fate.duplicated_reviews, fate.duplicated_summaries) == (0, 0)
