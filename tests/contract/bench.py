"""What the contract tests share: a Flink at hand, small definitions, and looking at the jobs of one test."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flinksql.flink.gateway import GatewayClient
from flinksql.flink.jobmanager import JobManagerClient, JobSummary
from flinksql.sql import render
from flinksql.statement import Definition, Kind, Statement
from flinksql.statements import FailurePoint, LifecycleSettings, StatementLifecycle

SOURCE = "CREATE TABLE src (id BIGINT, v STRING) WITH ('connector' = 'datagen', 'rows-per-second' = '${rate}');\n"
SINK = "CREATE TABLE snk (id BIGINT, v STRING) WITH ('connector' = 'blackhole')\n"
FEW = "CREATE TABLE few (id BIGINT, v STRING) WITH ('connector' = 'datagen', 'number-of-rows' = '5')\n"
COPY = "-- rows as they come\nINSERT INTO snk\nSELECT id, v FROM src\n"
COPY_SOME = "INSERT INTO snk\nSELECT id, UPPER(v) FROM src WHERE id > 3\n"
LOOPS = "INSERT INTO snk\nSELECT id, CAST(CAST(CONCAT('x', v) AS INT) AS STRING) FROM src\n"
FEW_ROWS = "-- kind: bounded\nINSERT INTO snk SELECT id, v FROM few\n"
MODEL = """CREATE MODEL summarizer INPUT (reviews STRING) OUTPUT (content STRING)
WITH ('provider' = 'openai', 'endpoint' = 'http://127.0.0.1:1/v1/chat/completions', 'api-key' = '${secret:KEY}', 'model' = 'm');
"""


def catalog_object(name: str, text: str) -> Statement:
    """Return a table, view, model or function."""
    return Statement(name=name, kind=Kind.CATALOG_OBJECT, text=text, file=f"sql/contract/{name}.sql")


SRC = catalog_object("src", SOURCE)
SNK = catalog_object("snk", SINK)


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A Flink and a test's own name space in it."""

    gateway: GatewayClient
    jobmanager: JobManagerClient
    settings: LifecycleSettings
    prefix: str
    options: Mapping[str, str]

    def lifecycle(
        self, secrets: Mapping[str, str] | None = None, failure_point: Callable[[FailurePoint], None] | None = None
    ) -> StatementLifecycle:
        """Return a lifecycle over the Flink at hand."""
        point = failure_point or (lambda _name: None)
        return StatementLifecycle(self.gateway, self.jobmanager, secrets, settings=self.settings, failure_point=point)

    def definition(self, statement: Statement, *closure: Statement) -> Definition:
        """Return a definition under the test's own job name."""
        name = f"{self.prefix}/{statement.name}"
        return Definition(statement=statement, closure=closure, parameters={"rate": "20"}, options=self.options, job_name=name)

    def job(self, text: str = COPY, *closure: Statement, name: str = "copy") -> Definition:
        """Return an unbounded job, by default from `src` to `snk`."""
        return self.definition(Statement(name=name, kind=Kind.JOB, text=text, file=f"sql/contract/{name}.sql"), *(closure or (SRC, SNK)))

    def by_hand(self, text: str = COPY, *, name: str = "by hand") -> str:
        """Start a job as a person with a SQL client does, under a name of this test; return its id when it runs."""
        with self.gateway.session() as session:
            for statement in (SRC, SNK):
                session.configure(render(statement.text, statement.file, {"rate": "20"}).sql)
            started = session.execute(text, {**self.options, **self.settings.defaults, "pipeline.name": f"{self.prefix}/{name}"})
        until(lambda: any(job.job_id == started.job_id and job.all_tasks_running for job in self.alive()))
        return started.job_id

    def bounded(self) -> Definition:
        """Return a job over five rows."""
        statement = Statement(name="few_rows", kind=Kind.BOUNDED_JOB, text=FEW_ROWS, file="sql/contract/few_rows.sql")
        return self.definition(statement, catalog_object("few", FEW), SNK)

    def jobs(self) -> list[JobSummary]:
        """Return the test's own jobs, newest first."""
        return [job for job in self.jobmanager.jobs() if job.name.startswith(self.prefix)]

    def alive(self) -> list[JobSummary]:
        """Return the test's own jobs that are not over."""
        return [job for job in self.jobs() if not job.state.terminal]

    def clean(self) -> None:
        """Cancel what the test left."""
        for job in self.alive():
            self.jobmanager.cancel(job.job_id)
        until(lambda: not self.alive())


def until(condition: Callable[[], object], *, seconds: float = 30) -> None:
    """Return when the condition holds; fail at the deadline."""
    deadline = time.monotonic() + seconds
    pause = 0.01
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(pause)
        pause = min(pause * 2, 0.2)
