"""An edit carried out on a real Flink with a bare client: what the verdict says before, and what Flink does with the savepoint."""

import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from flinksql.clock import SystemClock
from flinksql.errors import FlinkSqlError
from flinksql.flink.gateway import GatewayClient, RefusedError
from flinksql.flink.jobmanager import JobManagerClient, JobState
from flinksql.kafka.admin import TopicAdmin
from flinksql.kafka.topic import Topic
from flinksql.sql import definition_hash, render
from flinksql.statement import Definition, Statement
from flinksql.statements import LifecycleSettings, StatementLifecycle
from flinksql.statements.compatibility import Restore, Verdict
from flinksql.statements.stopping import JobStopper
from tests.support.kafka import read, send
from tests.verdict.definitions import definitions
from tests.verdict.edit import Edit, Truth
from tests.verdict.model_server import ModelServer
from tests.verdict.records import AFTER, BEFORE, CLOSING, ELSEWHERE, OPENING, ids_of, record, totals_of
from tests.verdict.scenarios import Shape

HANG_SECONDS = 180.0
_RESULT_SECONDS = 12.0
"""So long the results of a restored job may take to become right before they count as wrong."""
_STEADY_SECONDS = 1.0
"""So long a job must run: one that cannot restore its state fails within a third of a second (measured)."""
_REFUSAL = "Cannot map checkpoint/savepoint state"


@dataclass(frozen=True, kw_only=True)
class Observed:
    """What came of an edit. `detail` is for people; `recovered` tells whether the job ran when it was started as the verdict says."""

    verdict: Verdict
    truth: Truth
    detail: str
    recovered: bool = True


@dataclass(frozen=True, kw_only=True)
class VerdictBench:
    """A real Flink with a Kafka and a model server."""

    gateway: GatewayClient
    jobmanager: JobManagerClient
    bootstrap: str
    model: ModelServer
    settings: LifecycleSettings = field(default_factory=LifecycleSettings)


@dataclass(kw_only=True)
class Trial:
    """One edit under names of its own."""

    bench: VerdictBench
    edit: Edit
    prefix: str
    jobs: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.prefixes: tuple[str, ...] = (self.prefix,)

    def make_topics(self) -> None:
        """Create the topics that the jobs read and write."""
        admin = TopicAdmin(self.bench.bootstrap)
        for prefix in self.prefixes:
            for suffix in ("in", "more", "out", "other"):
                admin.apply(Topic(name=f"{prefix}-{suffix}", partitions=1))

    def run(self, *, recovers: bool) -> Observed:
        """Carry the edit out."""
        old, new = definitions(self.edit, self.prefix, self.bench.bootstrap, self.bench.model.endpoint(self.prefix))
        windowed = self.edit.scenario.shape is Shape.WINDOWS
        self._send("in", [*([OPENING] if windowed else []), *BEFORE])
        first = self._submit(old)
        until(lambda: self._taken_in() or self._failures(first))
        assert not self._failures(first), f"the old job fails: {self._failures(first)}"
        verdict = self._verdict(old, new)
        stopper = JobStopper(jobmanager=self.bench.jobmanager, settings=self.bench.settings, clock=SystemClock())
        savepoint = stopper.stop_with_savepoint(first, uuid.uuid4().hex)
        stopper.wait_until_ended([first])
        repeats = BEFORE if self.edit.scenario.shape is Shape.REPEATS else ()
        self._send("in", [*repeats, *AFTER, *([CLOSING] if windowed else [])])
        self._send("more", ELSEWHERE)
        truth, detail = self._restored(new, savepoint, ignore_unclaimed=False)
        recovered = not recovers or truth in {Truth.GOES_ON, Truth.WRONG} or self._recovers(new, savepoint, verdict.restore)
        return Observed(verdict=verdict, truth=truth, detail=detail, recovered=recovered)

    def clean(self) -> None:
        """Cancel what still runs and remove the topics."""
        with suppress(FlinkSqlError):
            for job_id in self.jobs:
                self.of(job_id).jobmanager.cancel(job_id)
            until(lambda: all(self.of(job_id).jobmanager.status(job_id).terminal for job_id in self.jobs))
        admin = TopicAdmin(self.bench.bootstrap)
        for prefix in self.prefixes:
            for suffix in ("in", "more", "out", "other"):
                admin.delete(f"{prefix}-{suffix}")

    def of(self, _job_id: str) -> VerdictBench:
        """Return the Flink that has a job."""
        return self.bench

    def started_on(self, _definition: Definition, _restore: str) -> VerdictBench:
        """Return the Flink on which a job is to be started."""
        return self.bench

    def _verdict(self, old: Definition, new: Definition) -> Verdict:
        found = StatementLifecycle(self.bench.gateway, self.bench.jobmanager, settings=self.bench.settings).verdict(old, new)
        assert found is not None
        return found

    def _restored(self, new: Definition, savepoint: str, *, ignore_unclaimed: bool) -> tuple[Truth, str]:
        try:
            job_id = self._submit(new, savepoint, ignore_unclaimed=ignore_unclaimed)
        except RefusedError as error:
            return Truth.REFUSED, str(error)
        until(lambda: self._failures(job_id) or self._steady(job_id))
        failure = self._failures(job_id)
        if failure:
            return (Truth.REFUSED if refused(failure) else Truth.LOOPS), failure
        wrong = self._wrong()
        deadline = time.monotonic() + _RESULT_SECONDS
        while wrong and time.monotonic() < deadline and not self._failures(job_id):
            time.sleep(0.2)
            wrong = self._wrong()
        failure = self._failures(job_id)
        if failure:
            return Truth.LOOPS, failure
        return (Truth.WRONG, wrong) if wrong else (Truth.GOES_ON, "")

    def _recovers(self, new: Definition, savepoint: str, restore: Restore) -> bool:
        """Whether the job runs when it is started as the verdict says; with the rest of its state every record must count once."""
        self.bench.jobmanager.cancel(self.jobs[-1])
        truth, _ = self._restored(new, "" if restore is Restore.NONE else savepoint, ignore_unclaimed=restore is Restore.IGNORE_UNCLAIMED)
        return truth is Truth.GOES_ON or (restore is Restore.NONE and truth is Truth.WRONG)

    def _submit(self, definition: Definition, restore: str = "", *, ignore_unclaimed: bool = False) -> str:
        tags = f"definition:{definition_hash(definition)}"
        configuration = {**definition.options, "pipeline.name": definition.job_name, "pipeline.global-job-parameters": tags}
        if restore:
            configuration["execution.state-recovery.path"] = restore
            configuration["execution.state-recovery.ignore-unclaimed-state"] = str(ignore_unclaimed).lower()
        with self.started_on(definition, restore).gateway.session() as session:
            for statement in definition.closure:
                session.configure(_sql(statement, definition.parameters))
            job_id = session.execute(_sql(definition.statement, definition.parameters), configuration).job_id
        self.jobs.append(job_id)
        return job_id

    def _send(self, suffix: str, numbers: Iterable[int], prefix: str = "") -> None:
        send(self.bench.bootstrap, [record(number) for number in numbers], f"{prefix or self.prefix}-{suffix}")

    def _outputs(self) -> list[bytes]:
        return [value for suffix in ("out", "other") for value in read(self.bench.bootstrap, f"{self.prefix}-{suffix}")]

    def _taken_in(self) -> bool:
        """Whether the old job has worked through what it was sent."""
        outputs = self._outputs()
        if self.edit.scenario.shape in {Shape.IDENTITIES, Shape.REPEATS}:
            return ids_of(outputs).keys() >= set(BEFORE)
        return len(outputs) >= (1 if self.edit.scenario.shape is Shape.WINDOWS else len(BEFORE))

    def _wrong(self) -> str:
        """Return how the results differ from what the new job must have made of all records, state kept; empty when they do not."""
        if self.edit.silent:
            return ""
        outputs = self._outputs()
        if self.edit.scenario.shape in {Shape.IDENTITIES, Shape.REPEATS}:
            counts = dict(ids_of(outputs))
            wanted = dict.fromkeys([*BEFORE, *(ELSEWHERE if self.edit.elsewhere else AFTER)], self.edit.copies)
            counts = {number: count for number, count in counts.items() if number not in BEFORE or count != 1}
            wanted = {number: count for number, count in wanted.items() if number not in BEFORE}
            return "" if counts == wanted else f"ids {counts}"
        totals = totals_of(outputs)
        return "" if totals == self.edit.expected_totals else f"totals {totals}"

    def _steady(self, job_id: str) -> bool:
        jobmanager = self.of(job_id).jobmanager
        job = next((job for job in jobmanager.jobs() if job.job_id == job_id), None)
        if job is None or not job.all_tasks_running:
            return False
        return jobmanager.details(job_id).now - job.start_time >= _STEADY_SECONDS * 1000

    def _failures(self, job_id: str) -> str:
        jobmanager = self.of(job_id).jobmanager
        entries = jobmanager.failures(job_id, at_most=1)
        if not entries and jobmanager.status(job_id) is JobState.FAILED:
            return "the job failed"
        return entries[0].stacktrace if entries else ""


def refused(failure: str) -> bool:
    """Whether Flink refuses to start a job for state that nobody claims."""
    return _REFUSAL in failure


def until(condition: Callable[[], object], *, seconds: float = HANG_SECONDS) -> None:
    """Return when the condition holds; fail at the deadline."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.1)


def _sql(statement: Statement, parameters: Mapping[str, str]) -> str:
    return render(statement.text, statement.file, parameters).sql
