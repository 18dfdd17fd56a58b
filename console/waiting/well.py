"""After an `up`: whether what it left behind is well, as `status` sees it. The engine waits for what it changed and for nothing else."""

import time
from collections.abc import Callable

from console.health.report import Report

WELL_SECONDS = 120.0
"""A JobManager that comes back and restores its jobs takes about a minute."""
_POLL_SECONDS = 2.0


def wait_until_well(
    look: Callable[[], Report],
    say: Callable[[str], None],
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> list[str]:
    """Wait until services and jobs are healthy, and return what is not: at once for a job that fails again and again at one place."""
    deadline = clock() + WELL_SECONDS
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
