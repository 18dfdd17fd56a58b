"""Refuses worlds that no Flink can be in: a test over one of them proves nothing.

The fake cluster is looked at with every answer of its JobManager. What is impossible is noted, and fails the test when the fake is closed.
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.fakes.jobs import FakeJob

_CHECKPOINT = re.compile(r"file:/checkpoints/(?P<job>[^/]+)/chk-\d+")
_SAVEPOINT = re.compile(r"file:/savepoints/savepoint-(?P<job>[0-9a-f]{6})-\w+")


class World:
    """What was seen of a cluster so far."""

    def __init__(self) -> None:
        self.impossible: list[str] = []
        self._ever: set[str] = set()
        self._known: dict[str, FakeJob] = {}
        self._ended: dict[str, str] = {}

    def look(self, jobs: Mapping[str, "FakeJob"]) -> None:
        """Compare the jobs of now with what was seen before."""
        if not jobs:
            # A JobManager that was restarted without high availability takes every id again.
            self._known, self._ended = {}, {}
        for job_id, job in jobs.items():
            self._job(job_id, job)
        self._statements(list(jobs.values()))

    def submitted(self, restore: str) -> None:
        """Look at the path that a job is to start from: one of this cluster's shape was written by a job of this cluster."""
        for pattern in (_CHECKPOINT, _SAVEPOINT):
            found = pattern.fullmatch(restore)
            if found and not any(job_id.startswith(found["job"]) for job_id in self._ever):
                self._note(f"{restore} was written by a job that never was")

    def _job(self, job_id: str, job: "FakeJob") -> None:
        if self._known.setdefault(job_id, job) is not job:
            self._note(f"job id {job_id} is used twice")
        self._known[job_id] = job
        self._ever.add(job_id)
        state = job.state
        if job_id in self._ended and state != self._ended[job_id]:
            self._note(f"job {job_id} was {self._ended[job_id]} and is {state}")
        if job.terminal:
            self._ended[job_id] = state
        if not job.ever_ran and (job.checkpoint or any(job.savepoints.values())):
            self._note(f"job {job_id} never ran and has a checkpoint or savepoint")
        if job.terminal and job.running_tasks:
            self._note(f"job {job_id} has ended and has running tasks")

    def _statements(self, jobs: list["FakeJob"]) -> None:
        alive = [job.name for job in jobs if not job.terminal and "definition" in job.tags]
        for name in {name for name in alive if alive.count(name) > 1}:
            self._note(f"statement {name} has two jobs at once")

    def _note(self, problem: str) -> None:
        if problem not in self.impossible:
            self.impossible.append(problem)
