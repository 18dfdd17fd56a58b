"""A look at the stack's jobs now and then, while something is waited for that only they can bring."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from console.health.report import JobHealth
from console.project import Project
from flinksql.errors import FlinkSqlError

LOOK_SECONDS = 10.0
"""A loop needs some seconds until it shows, and a look takes one."""

ReadJobs = Callable[[], Iterable[JobHealth]]


class JobWatch:
    """Tells whether a job can still do what is waited for."""

    def __init__(self, read_jobs: ReadJobs, clock: Callable[[], float] = time.monotonic) -> None:
        self._read_jobs = read_jobs
        self._clock = clock
        self._next = clock() + LOOK_SECONDS
        self._stuck: tuple[JobHealth, ...] = ()

    def stuck(self) -> tuple[JobHealth, ...]:
        """Return the jobs that fail again and again at one place. Cheap to ask often: it looks every ten seconds."""
        if self._clock() >= self._next:
            self._stuck = tuple(job for job in self._read_jobs() if job.fails_again)
            self._next = self._clock() + LOOK_SECONDS
        return self._stuck

    def unwell(self) -> tuple[JobHealth, ...]:
        """Return the jobs that are not healthy now."""
        return tuple(job for job in self._read_jobs() if not job.healthy)


def jobs_of(project: Project, outputs: Mapping[str, Any]) -> ReadJobs:
    """Return the look at a stack's jobs. What cannot be asked is no job that is stuck."""

    def read_jobs() -> Iterable[JobHealth]:
        # The commands that only wait start sooner without Flink's client.
        from console.health.concealed import without_secrets  # noqa: PLC0415
        from console.health.jobs import observe_jobs  # noqa: PLC0415
        from console.reach import job_manager, job_salt  # noqa: PLC0415

        try:
            return without_secrets(
                project, observe_jobs(job_manager(project, outputs), outputs.get("statements") or {}, job_salt(project, outputs))
            )
        except FlinkSqlError:
            return ()

    return read_jobs


def lines(jobs: Iterable[JobHealth]) -> str:
    """Say of each job what is wrong with it."""
    return "\n".join(f"job {job.statement} {job.last_error if job.fails_again else f'is {job.state}: {job.last_error}'}" for job in jobs)
