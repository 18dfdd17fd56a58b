"""A hundred INSERTs brought to Flink with four requests in flight: our lifecycle against a bare client.

Ours runs in as many threads as the provider process has, and never has more than four requests at the gateway. It looks first, fixes the
job id, sees every error and watches each job until it is healthy. The bare client has four sessions, defines the two tables once in each,
posts an INSERT, fetches its result and goes on.
"""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count

from benchmarks.article_by_hand import bare_client
from benchmarks.bare_client import BareClient
from benchmarks.comparison import Comparison, Measurement, alternate
from benchmarks.project import Project
from benchmarks.scale import Scale
from components.flink_endpoint import GATEWAY, JOB_MANAGER, flink_endpoint
from components.provider_process import THREADS
from components.providers.shared_observation import WATCH_SECONDS, ConcurrentObservation, SharedObservation
from embedded.control import ServiceControl
from embedded.settings import EmbeddedSettings
from embedded.specification import ServiceName
from flinksql.flink.gateway import GatewayClient, SharedSessions
from flinksql.flink.gateway.shared import SESSIONS
from flinksql.statement import Definition, Kind, Statement
from flinksql.statements import FailurePoint, Moment, StatementLifecycle, StepName

JOBS = 100
GOAL = 1 / 0.9
"""In seconds: nine tenths of the bare client's throughput."""

SOURCE = "CREATE TABLE source (id INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1')"
SINK = "CREATE TABLE sink (id INT) WITH ('connector' = 'blackhole')"
INSERT = "INSERT INTO sink SELECT id FROM source"
_SERVICES = (ServiceName.JOB_MANAGER, ServiceName.SQL_GATEWAY, ServiceName.TASK_MANAGER)


def run(scale: Scale) -> Sequence[Comparison]:
    """Measure both in turn on one cluster with a slot for each job."""
    number = scale.of(JOBS, SESSIONS)
    project = Project({"flink.taskSlots": number}, scale)
    project.prepare()
    control = ServiceControl(project.settings)
    bench = Bench(project.settings, number)
    try:
        with ThreadPoolExecutor(len(_SERVICES)) as pool:
            list(pool.map(control.start, _SERVICES))
        # Once without measuring: the first INSERT of a gateway loads its planner.
        bench.theirs(SESSIONS)
        accepted: list[float] = []
        ours, theirs = alternate(scale.pairs, partial(bench.ours, accepted), partial(bench.theirs, number))
    finally:
        control.shutdown()
        project.empty()
    bare = Measurement(label="bare client, until the last is accepted", unit="s", values=theirs)
    return [
        Comparison(
            name=f"{number} INSERTs submitted",
            ours=Measurement(label="until the last is accepted", unit="s", values=tuple(accepted)),
            theirs=bare,
            goal=GOAL,
            notes=(f"throughput, ours in theirs: goal 0.9; {SESSIONS} requests at the gateway at a time on both sides",),
        ),
        Comparison(
            name=f"{number} INSERTs until all are healthy",
            ours=Measurement(label="until each was watched for its quiet second", unit="s", values=ours),
            theirs=bare,
        ),
    ]


class Bench:
    """Both sides on one cluster. Every measurement leaves it without a running job."""

    def __init__(self, settings: EmbeddedSettings, number: int) -> None:
        self._number = number
        self._gateway = GatewayClient(flink_endpoint(GATEWAY, settings.sql_gateway_url, settings.data_folder))
        self._jobmanager = ConcurrentObservation(flink_endpoint(JOB_MANAGER, settings.job_manager_url, settings.data_folder))
        self._bare: BareClient = bare_client(settings)
        self._rounds = count(1)

    def ours(self, accepted: list[float]) -> float:
        """Create all statements; seconds until the last is healthy. Adds the seconds until the last was accepted."""
        moments: list[float] = []

        def note(point: FailurePoint) -> None:
            if point == FailurePoint(Moment.AFTER, StepName.SUBMIT):
                moments.append(time.perf_counter())

        lifecycle = StatementLifecycle(
            self._gateway,
            self._jobmanager,
            sessions=SharedSessions(self._gateway),
            watched=SharedObservation(self._jobmanager.transport.endpoint, seconds=WATCH_SECONDS),
            failure_point=note,
        )
        definitions = jobs(next(self._rounds), self._number)
        began = time.perf_counter()
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(lifecycle.create, definitions))
        seconds = time.perf_counter() - began
        accepted.append(max(moments) - began)
        self._bare.cancel()
        return seconds

    def theirs(self, number: int) -> float:
        """Submit that many INSERTs; seconds until the last is accepted."""
        began = time.perf_counter()
        with ThreadPoolExecutor(SESSIONS) as pool:
            list(pool.map(self._submit, [number // SESSIONS] * SESSIONS))
        seconds = time.perf_counter() - began
        self._bare.cancel()
        return seconds

    def _submit(self, number: int) -> None:
        with self._gateway.session() as session:
            for sql in (SOURCE, SINK):
                session.configure(sql)
            for _ in range(number):
                session.execute(INSERT)


def jobs(round_number: int, many: int = JOBS) -> list[Definition]:
    """Return a definition for each job, of names that no earlier round had."""
    source = Statement(name="source", kind=Kind.CATALOG_OBJECT, text=SOURCE, file="sql/source.sql")
    sink = Statement(name="sink", kind=Kind.CATALOG_OBJECT, text=SINK, file="sql/sink.sql")
    names = [f"job_{round_number}_{number:03}" for number in range(many)]
    return [
        Definition(
            statement=Statement(name=name, kind=Kind.JOB, text=INSERT, file=f"sql/{name}.sql"),
            closure=(source, sink),
            options={"parallelism.default": "1"},
            job_name=f"benchmark/throughput/{name}",
        )
        for name in names
    ]
