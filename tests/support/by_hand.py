"""What people do to a stack's jobs behind its back, over the REST APIs alone."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from flinksql.errors import FlinkSqlError
from flinksql.flink.gateway import GatewayClient
from flinksql.flink.jobmanager import JobManagerClient, JobState
from tests.contract.bench import until
from tests.support.flink import gateway_in, job_manager_in

TABLES = (
    "CREATE TABLE src (id BIGINT, v STRING) WITH ('connector' = 'datagen', 'rows-per-second' = '5')",
    "CREATE TABLE snk (id BIGINT, v STRING) WITH ('connector' = 'blackhole')",
)
RUNS = "INSERT INTO snk SELECT id, v FROM src"
LOOPS = "INSERT INTO snk SELECT id, CAST(CAST(CONCAT('x', v) AS INT) AS STRING) FROM src"
HANG_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class ByHand:
    """A person with the addresses of a stack and the names of its jobs."""

    gateway: GatewayClient
    jobmanager: JobManagerClient
    statements: Mapping[str, Mapping[str, Any]]

    def job_id(self, statement: str) -> str:
        """Return the id under which the last `up` left the statement's job."""
        return str(self.statements[statement]["jobId"])

    def cancel(self, statement: str) -> None:
        """Cancel a statement's job and wait until it is gone."""
        self.jobmanager.cancel(self.job_id(statement))
        until(lambda: self.jobmanager.status(self.job_id(statement)).terminal, seconds=HANG_SECONDS)

    def replace(self, statement: str) -> str:
        """Run something else under the name of a statement whose job has ended; return its id."""
        job_id = self._run(RUNS, self._named_as(statement))
        until(lambda: self.jobmanager.status(job_id) is JobState.RUNNING, seconds=HANG_SECONDS)
        return job_id

    def fail(self, statement: str) -> None:
        """Leave a FAILED job under the statement's own id, which the JobManager must have forgotten."""
        self._run_in_vain(self._as(statement))
        until(lambda: self.jobmanager.status(self.job_id(statement)) is JobState.FAILED, seconds=HANG_SECONDS)

    def fail_under_the_name_of(self, statement: str) -> None:
        """Leave a FAILED job under a statement's name, whose own job has ended, with an id of its own."""
        self._run_in_vain(self._named_as(statement))

    def loop(self, statement: str) -> None:
        """Leave a job that fails again and again under the statement's own id, which the JobManager must have forgotten."""
        restarts = {"restart-strategy.type": "fixed-delay", "restart-strategy.fixed-delay.attempts": "100000"}
        self._run(LOOPS, {**self._as(statement), **restarts, "restart-strategy.fixed-delay.delay": "300 ms"})
        until(lambda: len(self.jobmanager.failures(self.job_id(statement))) > 2, seconds=HANG_SECONDS)

    def checkpointed(self, *statements: str) -> None:
        """Wait until each statement's job has a completed checkpoint."""
        until(lambda: all(self._has_checkpoint(statement) for statement in statements), seconds=HANG_SECONDS)

    def _has_checkpoint(self, statement: str) -> bool:
        return self.jobmanager.checkpoints(self.job_id(statement)).latest.completed is not None

    def _named_as(self, statement: str) -> dict[str, str]:
        return {"pipeline.name": str(self.statements[statement]["jobName"])}

    def _as(self, statement: str) -> dict[str, str]:
        return {**self._named_as(statement), "$internal.pipeline.job-id": self.job_id(statement)}

    def _run_in_vain(self, configuration: Mapping[str, str]) -> None:
        """Run a job that fails at once: its savepoint is nowhere."""
        with suppress(FlinkSqlError):
            self._run(RUNS, {**configuration, "execution.state-recovery.path": "file:///nowhere/savepoint"})

    def _run(self, sql: str, configuration: Mapping[str, str]) -> str:
        with self.gateway.session() as session:
            for table in TABLES:
                session.configure(table)
            return session.execute(sql, configuration).job_id


def by_hand(outputs: Mapping[str, Any]) -> ByHand:
    """Take the addresses and names from a stack's outputs."""
    return ByHand(
        gateway=gateway_in(outputs),
        jobmanager=job_manager_in(outputs),
        statements=outputs["statements"],
    )


def said(lines: str) -> str:
    """Return what a run with `--json` said, one message a line."""
    events = [json.loads(line) for line in lines.splitlines() if line.startswith("{")]
    return "\n".join(str(event["message"]) for event in events if "message" in event)
