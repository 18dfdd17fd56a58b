"""Another line of Flink on a running stack: refused while jobs run; the way that works to a newer one; and what an older one says."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from options.flink_lines import OPERATOR_LINES
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


def test_a_newer_line_takes_the_jobs_over_between_pause_and_resume(deployed: KubernetesStack) -> None:
    here = deployed.given.flink_line
    there = next((line for line in OPERATOR_LINES if line > here), "")
    if not there:
        pytest.skip(f"there is no newer line than {here}: run it with an older one")
    _refused(deployed, here, there)
    _moved(deployed, here, there)


def test_an_older_line_reads_no_state_of_a_newer_one_and_the_line_can_be_set_back(deployed: KubernetesStack) -> None:
    """Flink reads what an older line wrote, and not what a newer one did."""
    older, newer = min(OPERATOR_LINES), max(OPERATOR_LINES)
    if _line(deployed) != newer:
        _moved(deployed, _line(deployed), newer)
    deployed.copy.configure(flink__line=older)
    told = deployed.run("preview")
    deployed.copy.configure(flink__line=newer)
    note("an older line under running jobs", code=told.finished.code, said=_said(told)[-1500:])
    assert "Flink reads no state that a newer line wrote" in _said(told)
    with deployed.flow() as flow, feeding(flow, "older") as fed:
        flow_for(4.0)
        with _paused(deployed):
            deployed.copy.configure(flink__line=older)
            deployed.up()
        refused = deployed.run("up")
        note("resumed on an older line", code=refused.finished.code, said=_said(refused)[-1500:])
        assert refused.finished.code == 1, refused.told
        assert f"was written by Flink {newer}, and Flink {older} reads" in _said(refused)
        assert f"Set flink.line back to {newer}" in _said(refused)
        assert deployed.running() == {}, "nothing is tried"
        with _paused(deployed):
            deployed.copy.configure(flink__line=newer)
            deployed.up()
        resumed = deployed.up()
        deployed.wait_for_jobs(deployed.job_names())
    with deployed.flow() as after:
        after.before = flow.before
        fate = settled(after, fed)
    twice = (fate.duplicated_reviews, fate.duplicated_summaries)
    note("the line set back", resumed=_said(resumed)[-1000:], fed=fate.fed, lost=0, twice=twice)
    assert twice[0] == 0


def _line(stack: KubernetesStack) -> str:
    return str(stack.copy.outputs()["flinkLine"])


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
