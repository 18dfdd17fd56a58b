"""Carrying an edit out, in the way that its scenario shows its truth."""

import uuid

from tests.verdict.bench import Observed, Trial, VerdictBench
from tests.verdict.comparing import ComparedTrial
from tests.verdict.edit import Edit
from tests.verdict.scenarios import Shape


def observe(bench: VerdictBench, edit: Edit, *, recovers: bool = False) -> Observed:
    """Run the old job, judge the edit, and give the new job the savepoint, whatever the verdict says.

    `recovers` starts a job that did not run a second time, as the verdict says.
    """
    prefix = f"verdict-{uuid.uuid4().hex[:10]}"
    trial = ComparedTrial(bench=bench, edit=edit, prefix=prefix) if _compared(edit) else Trial(bench=bench, edit=edit, prefix=prefix)
    try:
        trial.make_topics()
        return trial.carry_out() if isinstance(trial, ComparedTrial) else trial.run(recovers=recovers)
    finally:
        trial.clean()


def _compared(edit: Edit) -> bool:
    return edit.scenario.shape in {Shape.COMPARED, Shape.WAITING}
