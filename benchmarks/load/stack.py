"""The stack under load: the production bundle as a user runs it, with what the load test has to know of its Flink."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.article_by_hand import bootstrap
from benchmarks.errors import BenchmarkError
from benchmarks.load.account import TOPICS
from benchmarks.load.topics import ends
from benchmarks.project import Project
from benchmarks.scale import Scale
from components.flink_endpoint import JOB_MANAGER, flink_endpoint
from console.health.records import record_counts
from flinksql.flink.jobmanager import JobManagerClient
from flinksql.flink.transport import Transport

REVIEWS = "product_reviews"
_JOBS = ("contexts", "summaries")
_HEAP = "Status.JVM.Memory.Heap.Used"
_MEGABYTE = 1_000_000
_ANSWER_SECONDS = 10.0


class LoadedStack:
    """One `up` of a copy of the project. `window_seconds` is short, so that the rows of the load test take minutes, not hours."""

    def __init__(self, line: str, *, window_seconds: int = 10) -> None:
        self.window_seconds = window_seconds
        values: dict[str, str | int | bool] = {
            "flink.line": line,
            "bundle.parameters.window_seconds": window_seconds,
            "topics.deleteOnDestroy": True,
        }
        self.project = Project(values, Scale())
        self.bootstrap = bootstrap(self.project.settings)
        settings = self.project.settings
        endpoint = flink_endpoint(JOB_MANAGER, settings.job_manager_url, settings.data_folder)
        self._job_manager, self._transport = JobManagerClient(endpoint), Transport(endpoint)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Start everything; stop and remove it in any case."""
        self.project.prepare()
        self._take_producers_timestamps()
        try:
            self.project.run("up")
            yield
        finally:
            self.project.empty()

    def moments(self) -> dict[str, dict[int, int]]:
        """Return the end of each topic that the pipeline writes."""
        return {topic: ends(self.bootstrap, topic) for topic in TOPICS}

    def pause(self) -> None:
        """Stop the jobs with a savepoint."""
        self._set_running(running=False)

    def resume(self) -> None:
        """Start the jobs from their savepoints."""
        self._set_running(running=True)

    def restarts(self) -> int:
        """Count the restarts of the jobs that run. A job that does not run counts as one."""
        found = {job.name.rsplit("/", 1)[-1]: job for job in reversed(self._job_manager.jobs())}
        count = 0
        for name in _JOBS:
            job = found.get(name)
            if job is None or not job.all_tasks_running:
                count += 1
                continue
            count += self._restarts(job.job_id)
        return count

    def reviews_read(self) -> int:
        """Count the records that stage one has read since its start."""
        job = next(job for job in self._job_manager.jobs() if job.name.endswith("/contexts"))
        return record_counts(self._job_manager, self._job_manager.details(job.job_id)).read or 0

    def heap_megabytes(self) -> float:
        """Return the heap that the TaskManager uses now."""
        managers = self._asked("/taskmanagers")["taskmanagers"]
        if not managers:
            raise BenchmarkError("no TaskManager is registered: it has ended under the load")
        answer = self._asked(f"/taskmanagers/{managers[0]['id']}/metrics?get={_HEAP}")
        return float(answer[0]["value"]) / _MEGABYTE if answer else 0.0

    def _asked(self, path: str) -> Any:  # noqa: ANN401  # JSON of the JobManager
        return json.loads(self._transport.get(path).text)

    def _restarts(self, job_id: str) -> int:
        answer = self._asked(f"/jobs/{job_id}/metrics?get=numRestarts")
        return int(answer[0]["value"]) if answer else 0

    def _set_running(self, *, running: bool) -> None:
        for name in _JOBS:
            file = self.project.root / "sql" / "reviews" / f"{name}.sql"
            text = re.sub(r"\A-- running: false\n", "", file.read_text(encoding="utf-8"))
            file.write_text(text if running else f"-- running: false\n{text}", encoding="utf-8")
        self.project.run("up")

    def _take_producers_timestamps(self) -> None:
        """Make the topic take producers' timestamps, so that an hour's backlog can be written in seconds."""
        file = self.project.root / "sql" / "reviews" / "bundle.yaml"
        file.write_text(file.read_text(encoding="utf-8").replace("LogAppendTime", "CreateTime"), encoding="utf-8")


def until(done: Callable[[], bool], *, limit_seconds: float, what: str) -> float:
    """Wait for a condition; the seconds it took. Raises BenchmarkError past the limit, which is there for a hang only."""
    began = time.monotonic()
    while not done():
        if time.monotonic() - began > limit_seconds:
            raise BenchmarkError(f"{what} did not happen within {limit_seconds:.0f} s")
        time.sleep(0.5)
    return time.monotonic() - began
