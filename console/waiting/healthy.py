"""After an `up`: whether what it left behind is well, as `status` sees it. The engine waits for what it changed and for nothing else."""

import time
from collections.abc import Callable, Iterable, Mapping

from console.health.report import UNKNOWN, JobHealth, Report

WELL_SECONDS = 120.0
"""A JobManager that comes back and restores its jobs takes about a minute."""
BACK_OFF_SECONDS = 120.0
"""The longest pause of a job that fails again and again, before it tries what the run has mended."""
_POLL_SECONDS = 2.0


def wait_until_jobs_are_seen(
    look: Callable[[], Report],
    say: Callable[[str], None],
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> bool:
    """Wait for a JobManager that was away while the engine looked, and tell whether it answers."""
    deadline = clock() + WELL_SECONDS
    told = False
    while any(job.state == UNKNOWN for job in look().jobs):
        if clock() >= deadline:
            return False
        if not told:
            say("waiting for the JobManager to answer, then checking the jobs")
            told = True
        sleep(_POLL_SECONDS)
    return True


def wait_until_well(
    look: Callable[[], Report],
    say: Callable[[str], None],
    *,
    within: float = WELL_SECONDS,
    mended: bool = False,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> list[str]:
    """Wait until services and jobs are healthy, and return what is not: at once for a job that fails again and again at one place.

    `mended`: the run changed something, perhaps what a job failed at. Then a loop counts when it goes on: with one failure more.
    """
    began = clock()
    told: list[str] = []
    before: Mapping[str, int] | None = None
    while True:
        report = look()
        problems = report.problems()
        looping = [job for job in report.jobs if job.fails_again]
        before = _failures(report.jobs) if before is None else before
        hopeless = [job for job in looping if not mended or (job.restarts or 0) > before.get(job.statement, 0)]
        longer = BACK_OFF_SECONDS if within and looping else 0.0
        if not problems or hopeless or clock() - began >= within + longer:
            return problems
        if problems != told:
            say(f"waiting until it is healthy: {'; '.join(problems[:2])}")
            told = problems
        sleep(_POLL_SECONDS)


def _failures(jobs: Iterable[JobHealth]) -> dict[str, int]:
    return {job.statement: job.restarts or 0 for job in jobs}
