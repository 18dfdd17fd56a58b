"""What an alert is about, done to a running stack for the length of a block: each undoes itself at the end."""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from embedded.control import ServiceControl
from embedded.settings import EmbeddedSettings
from embedded.specification import ServiceName
from flinksql.flink.gateway import GatewayClient
from flinksql.flink.jobmanager import JobManagerClient
from tests.contract.bench import until
from tests.fakes.model_server import Call, ModelServer, Reply, error, good, said
from tests.support.kafka import send
from tests.support.project import ProjectCopy
from tests.support.samples import review

HANG_SECONDS = 120.0
SLOW = "INSERT INTO drain SELECT CAST(CHAR_LENGTH(SHA512(REPEAT(v, 400000))) AS BIGINT) FROM slow_in"
"""Some milliseconds of work for each row."""
FLOOD = "CREATE TABLE flood (k INT, v STRING) WITH ('connector' = 'datagen', 'fields.k.min' = '0', 'fields.k.max' = '9')"
DRAIN = "CREATE TABLE drain (n BIGINT) WITH ('connector' = 'blackhole')"
LOOPS = "INSERT INTO drain SELECT CAST(CAST(CONCAT('x', v) AS INT) AS BIGINT) FROM flood"
HOLDS_UP = (
    "INSERT INTO drain SELECT CAST(CHAR_LENGTH(SHA512(REPEAT(CAST(n AS STRING), 400000))) AS BIGINT) "
    "FROM (SELECT k, COUNT(*) AS n FROM flood GROUP BY k)"
)
MANY_SLOTS = "100"
FIXED_DELAY = {
    "restart-strategy.type": "fixed-delay",
    "restart-strategy.fixed-delay.attempts": "100000",
    "restart-strategy.fixed-delay.delay": "300 ms",
}


@dataclass(kw_only=True)
class Watched:
    """A stack with metrics, the model server behind it, and the way to its parts."""

    copy: ProjectCopy
    server: ModelServer
    settings: EmbeddedSettings
    gateway: GatewayClient
    jobmanager: JobManagerClient
    bootstrap: str
    number: int = 0
    after: ExitStack = field(default_factory=ExitStack)
    """What goes on until an alert has ended."""

    def feed(self, count: int) -> None:
        """Send reviews, each of a product of its own: as many contexts, and as many calls of the model."""
        self.number += 1
        send(self.bootstrap, [review(f"p-{self.number}-{index}", f"Good sound, {self.number} {index}.") for index in range(count)])

    @contextmanager
    def feeding(self, each: Callable[[], None], *, pause: float) -> Iterator[None]:
        """Do something again and again during the block."""
        stop = threading.Event()

        def work() -> None:
            while not stop.wait(pause):
                each()

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(HANG_SECONDS)

    @contextmanager
    def stopped(self, service: ServiceName) -> Iterator[None]:
        """Let a process hang."""
        process_id = ServiceControl(self.settings).observe(service).pid
        os.kill(process_id, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(process_id, signal.SIGCONT)

    @contextmanager
    def job(self, name: str, sql: str, *tables: str, options: Mapping[str, str] | None = None) -> Iterator[None]:
        """Run a job that no statement stands for."""
        with self.gateway.session() as session:
            for table in tables:
                session.configure(table)
            started = session.execute(sql, {"pipeline.name": f"flink-reviews/local/{name}", **(options or {})})
        try:
            yield
        finally:
            self.jobmanager.cancel(started.job_id)
            until(lambda: self.jobmanager.status(started.job_id).terminal, seconds=HANG_SECONDS)

    def topic(self, name: str) -> None:
        """Create a topic with one partition, unless it is there."""
        admin = AdminClient({"bootstrap.servers": self.bootstrap})
        if name not in admin.list_topics(timeout=30).topics:
            admin.create_topics([NewTopic(name, 1, 1)])[name].result()

    def table(self, name: str) -> str:
        """Return a table over a topic of texts, read from its beginning."""
        return (
            f"CREATE TABLE {name} (v STRING) WITH ('connector' = 'kafka', 'topic' = '{name}', 'properties.bootstrap.servers' = "
            f"'{self.bootstrap}', 'properties.group.id' = '{name}', 'scan.startup.mode' = 'earliest-offset', 'format' = 'raw')"
        )


@contextmanager
def process_hangs(stack: Watched) -> Iterator[None]:
    """Let the model gateway hang."""
    with stack.stopped(ServiceName.MODEL_GATEWAY):
        yield


@contextmanager
def job_manager_hangs(stack: Watched) -> Iterator[None]:
    """Let the JobManager hang."""
    with stack.stopped(ServiceName.JOB_MANAGER):
        yield


@contextmanager
def task_manager_hangs(stack: Watched) -> Iterator[None]:
    """Let the TaskManager hang: after ten seconds it is nobody's."""
    with stack.stopped(ServiceName.TASK_MANAGER):
        yield


@contextmanager
def job_is_cancelled(stack: Watched) -> Iterator[None]:
    """Cancel a statement's job by hand; `up` repairs it."""
    [job] = [one for one in stack.jobmanager.jobs() if one.name.endswith("/summaries") and not one.state.terminal]
    stack.jobmanager.cancel(job.job_id)
    try:
        yield
    finally:
        stack.copy.succeed("up")


@contextmanager
def job_has_no_slots(stack: Watched) -> Iterator[None]:
    """Run a job that asks for more slots than there are, for all of its tasks at one time."""
    with stack.job("waits", HOLDS_UP, FLOOD, DRAIN, options={"parallelism.default": MANY_SLOTS}):
        yield


@contextmanager
def job_loops(stack: Watched) -> Iterator[None]:
    """Run a job that fails at its first row, each time."""
    with stack.job("loops", LOOPS, FLOOD, DRAIN, options=FIXED_DELAY):
        yield


@contextmanager
def checkpoints_cannot_be_written(stack: Watched) -> Iterator[None]:
    """Put a file where the folder of checkpoints is."""
    folder = stack.settings.folder.checkpoints
    aside = folder.with_name("checkpoints-aside")
    folder.rename(aside)
    folder.write_text("in the way", encoding="utf-8")
    try:
        yield
    finally:
        folder.unlink()
        aside.rename(folder)


@contextmanager
def task_is_held_up(stack: Watched) -> Iterator[None]:
    """Run a job whose last task is slower than its source."""
    with stack.job("held-up", HOLDS_UP, FLOOD, DRAIN):
        yield


@contextmanager
def lag_grows(stack: Watched) -> Iterator[None]:
    """Run a job that is slower than its topic grows; in the end it catches up, for nothing comes any more."""
    stack.topic("slow_in")
    stack.after.enter_context(stack.job("slow", SLOW, stack.table("slow_in"), DRAIN))
    with stack.feeding(lambda: send(stack.bootstrap, [b"01234"] * 600, "slow_in"), pause=0.5):
        yield


@contextmanager
def nothing_comes_out(stack: Watched) -> Iterator[None]:
    """Run a job that lets none of the rows through that come; in the end others come."""
    stack.topic("sieve_in")
    stack.topic("sieve_out")
    sql = "INSERT INTO sieve_out SELECT v FROM sieve_in WHERE v LIKE 'good%'"
    stack.after.enter_context(stack.job("sieve", sql, stack.table("sieve_in"), stack.table("sieve_out")))
    with stack.feeding(lambda: send(stack.bootstrap, [b"bad"] * 10, "sieve_in"), pause=1.0):
        yield
    stack.after.enter_context(stack.feeding(lambda: send(stack.bootstrap, [b"good"] * 10, "sieve_in"), pause=1.0))


@contextmanager
def model_refuses(stack: Watched) -> Iterator[None]:
    """Let the model server refuse each row; rows come after that, too."""
    stack.server.behave = lambda _call: Reply(status=400, body=error("content policy"))
    stack.after.enter_context(stack.feeding(lambda: stack.feed(5), pause=2.0))
    try:
        yield
    finally:
        stack.server.behave = good


@contextmanager
def model_server_is_away(stack: Watched) -> Iterator[None]:
    """Let the model server refuse connections while there are rows for it."""
    with stack.server.away():
        stack.feed(20)
        yield


@contextmanager
def budget_is_spent(stack: Watched) -> Iterator[None]:
    """Let one answer cost most of the day's tokens; then somebody raises the limit."""

    def dear(call: Call) -> Reply:
        content = '{"sentiment": "positive", "key_strengths": [], "key_complaints": [], "summary": "Dear.", "recommended_action": "Pay."}'
        stack.server.behave = good
        return Reply(body=said(content, prompt=850_000)) if call.time == 0 else good(call)

    stack.server.behave = dear
    try:
        stack.feed(1)
        yield
    finally:
        stack.server.behave = good
        stack.copy.configure(model__tokensPerDay=100_000_000)
        stack.copy.succeed("up")
