"""After an `up`: whether what it left behind is well, as `status` sees it. The engine waits for what it changed and for nothing else."""

import time
from collections.abc import Callable

from console.health.report import UNKNOWN, Report

WELL_SECONDS = 120.0
"""A JobManager that comes back and restores its jobs takes about a minute."""
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
            say("the JobManager does not answer yet: waiting for it, to look at the jobs then")
            told = True
        sleep(_POLL_SECONDS)
    return True


def wait_until_well(
    look: Callable[[], Report],
    say: Callable[[str], None],
    *,
    within: float = WELL_SECONDS,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> list[str]:
    """Wait until services and jobs are healthy, and return what is not: at once for a job that fails again and again at one place."""
    deadline = clock() + within
    told: list[str] = []
    while True:
        report = look()
        problems = report.problems()
        if not problems or any(job.fails_again for job in report.jobs) or clock() >= deadline:
            return problems
        if problems != told:
            say(f"waiting until it is healthy: {'; '.join(problems[:2])}")
            told = problems
        sleep(_POLL_SECONDS)
