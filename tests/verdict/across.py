"""A job carried from one Flink line to another with its state: what the verdict says before, and what the other line does with it.

Both Flinks run beside each other on one machine and share the older one's Kafka. The job itself does not change, so what comes out must be
what a job makes that ran on the newer line from the beginning.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from flinksql.statement import Definition
from flinksql.statements import StatementLifecycle
from flinksql.statements.compatibility import Verdict
from tests.verdict.bench import Observed, Trial, VerdictBench
from tests.verdict.comparing import ComparedTrial
from tests.verdict.edit import Edit, kept
from tests.verdict.edits import EDITS
from tests.verdict.scenarios import Scenario, Shape


@dataclass(kw_only=True)
class AcrossTrial(Trial):
    """A job under names of its own; what is restored runs on the other line."""

    later: VerdictBench
    placed: dict[str, VerdictBench] = field(default_factory=dict)

    def of(self, job_id: str) -> VerdictBench:
        """Return the Flink that has a job."""
        return self.placed.get(job_id, self.bench)

    def started_on(self, definition: Definition, restore: str) -> VerdictBench:
        """Return the newer line for a restored job."""
        return self.later if restore or definition.job_name.startswith(f"{self.prefix}-ref") else self.bench

    def _submit(self, definition: Definition, restore: str = "", *, ignore_unclaimed: bool = False) -> str:
        job_id = super()._submit(definition, restore, ignore_unclaimed=ignore_unclaimed)
        self.placed[job_id] = self.started_on(definition, restore)
        return job_id

    def _verdict(self, old: Definition, new: Definition) -> Verdict:
        lifecycle = StatementLifecycle(self.bench.gateway, self.bench.jobmanager, settings=self.bench.settings)
        return lifecycle.line_verdict(old, new, self.later.gateway)


@dataclass(kw_only=True)
class ComparedAcrossTrial(AcrossTrial, ComparedTrial):
    """The same beside a job that was always on the newer line."""


def unchanged_jobs() -> list[Edit]:
    """Return each job of the edits once, as an edit that changes nothing."""
    scenarios: dict[str, Scenario] = {}
    for edit in EDITS:
        # Compared with a job that was always there: then nobody has to say what comes out.
        summed = edit.scenario.shape in {Shape.TOTALS, Shape.WINDOWS}
        scenario = replace(edit.scenario, shape=Shape.COMPARED) if summed else edit.scenario
        scenarios.setdefault(repr(scenario), scenario)
    return [kept(f"{number:02} {scenario.job.splitlines()[0][:60]}", scenario) for number, scenario in enumerate(scenarios.values())]


def carried(older: VerdictBench, newer: VerdictBench, edit: Edit) -> Observed:
    """Run the job on the older line, judge, stop it with a savepoint, and give that to the newer line, whatever the verdict says.

    Raises StatementError where the newer planner refuses the job.
    """
    prefix = f"across-{uuid.uuid4().hex[:10]}"
    later = replace(newer, bootstrap=older.bootstrap)
    if edit.scenario.shape in {Shape.COMPARED, Shape.WAITING}:
        compared = ComparedAcrossTrial(bench=older, later=later, edit=edit, prefix=prefix)
        return _run(compared, compared.carry_out)
    trial = AcrossTrial(bench=older, later=later, edit=edit, prefix=prefix)
    return _run(trial, lambda: trial.run(recovers=False))


def _run(trial: Trial, carry_out: Callable[[], Observed]) -> Observed:
    try:
        trial.make_topics()
        return carry_out()
    finally:
        trial.clean()
