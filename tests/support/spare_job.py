"""A job of its own beside a real stack's pipeline, so that creating, changing and deleting a statement cost little and disturb nobody."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from components.names import PROJECT
from tests.contract.bench import until
from tests.support.flink import gateway_in, job_manager_in
from tests.support.project import ProjectCopy

NAME = "spare_copy"
_ROWS = "CREATE TABLE spare_rows (id BIGINT, v STRING) WITH ('connector' = 'datagen', 'rows-per-second' = '20')\n"
_NOTHING = "CREATE TABLE spare_nothing (id BIGINT, v STRING) WITH ('connector' = 'blackhole')\n"
_TABLES = {"spare_rows": _ROWS, "spare_nothing": _NOTHING}
_HEADER = "-- allow_state_reset: true\n"
"""The state of a generator of rows is nothing that the verdict knows."""
_FAILS = "CAST(CAST(CONCAT('x', v) AS INT) AS STRING)"


class SpareJob:
    """The job's files in a copy of the project. Nothing is deployed before somebody runs `up`."""

    def __init__(self, stack: ProjectCopy) -> None:
        self.stack = stack
        self.version = 0
        self._jobmanager = job_manager_in(stack.outputs())

    def write(self, *, works: bool = True) -> None:
        """Write another version of the statement; one that does not work fails at its first row."""
        self.version += 1
        value = f"CONCAT(v, '{self.version}')" if works else _FAILS
        self._file(NAME).write_text(f"{_HEADER}INSERT INTO spare_nothing\nSELECT id, {value} FROM spare_rows\n", encoding="utf-8")

    @property
    def written(self) -> bool:
        """Whether the bundle has the statement."""
        return self._file(NAME).exists()

    def remove(self) -> None:
        """Remove the statement; its tables stay."""
        self._file(NAME).unlink(missing_ok=True)

    def running(self) -> Counter[str]:
        """Count the stack's jobs that are alive by name."""
        ours = f"{PROJECT}/{self.stack.stack}/"
        return Counter(job.name for job in self._jobmanager.jobs() if job.name.startswith(ours) and not job.state.terminal)

    def expected(self) -> Counter[str]:
        """Return one for each job that the stack's outputs name."""
        statements = self.stack.outputs()["statements"].values()
        return Counter(one["jobName"] for one in statements if one["kind"] == "job")

    def start_by_hand(self, name: str) -> str:
        """Start a job under a name as a person does with Flink's own tools, and return the name."""
        with gateway_in(self.stack.outputs()).session() as session:
            for table in _TABLES.values():
                session.configure(table)
            session.execute("INSERT INTO spare_nothing SELECT id, v FROM spare_rows", {"pipeline.name": name})
        return name

    def end(self, name: str) -> None:
        """Cancel the job of a name, if there is one, and wait until it has ended."""
        for job in self._jobmanager.jobs():
            if job.name == name and not job.state.terminal:
                self._jobmanager.cancel(job.job_id)
        until(lambda: not self.running()[name], seconds=60)

    def drivers_left(self) -> list[str]:
        """Return the command lines of engines and provider processes that still work in the stack's folder."""
        left = []
        for process in psutil.process_iter(["cmdline", "cwd"]):
            line = " ".join(process.info["cmdline"] or [])
            if process.info["cwd"] == str(self.stack.folder) and "pulumi" in line:
                left.append(line)
        return left

    def _file(self, name: str) -> Path:
        return self.stack.folder / "sql" / "reviews" / f"{name}.sql"


@contextmanager
def spare_job(stack: ProjectCopy) -> Iterator[SpareJob]:
    """Add the job's tables to the bundle for a while; afterwards everything of it is gone again."""
    job = SpareJob(stack)
    for name, text in _TABLES.items():
        job._file(name).write_text(text, encoding="utf-8")
    try:
        stack.succeed("up")
        yield job
    finally:
        for name in (NAME, *_TABLES):
            job._file(name).unlink(missing_ok=True)
        stack.succeed("up")
