"""How long nothing comes out while a job is upgraded: ours, against the fewest REST calls that can do it, on the same stack.

The gap is read from the broker's own record times: from the last record of the old job to the first of the new one, at 200 rows a second.
The bare calls have their session and tables ready beforehand, look at the savepoint every ten milliseconds, do not wait for the old job's
end and see no error. Ours does all of it: validates first, waits until the old job has ended, and could go back.
"""

import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import requests
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from benchmarks.article_by_hand import bootstrap
from benchmarks.comparison import Comparison, Measurement, alternate
from benchmarks.errors import JobsNeverRanError
from benchmarks.project import Project
from benchmarks.ready_time import start_together
from benchmarks.scale import Scale
from components.flink_endpoint import GATEWAY, JOB_MANAGER, flink_endpoint
from embedded.control import ServiceControl
from embedded.settings import EmbeddedSettings
from flinksql.flink.gateway import GatewayClient
from flinksql.flink.jobmanager import JobManagerClient
from flinksql.statement import Definition, Deployed, Kind, Statement
from flinksql.statements import StatementLifecycle

GOAL = 1.2
RATE = 200
SOURCE_TOPIC = "gap_rows"
_TICK_SECONDS = 0.01
_DEADLINE_SECONDS = 60.0
_SETTLED_SECONDS = 2.0
"""So long each job runs between two upgrades, so that both sides are asked of a job that works steadily."""
_SOURCE = """CREATE TABLE gap_rows (id BIGINT, v STRING) WITH ('connector' = 'kafka', 'topic' = 'gap_rows', 'format' = 'json',
    'properties.bootstrap.servers' = '{bootstrap}', 'properties.group.id' = '{sink}', 'scan.startup.mode' = 'latest-offset')"""
_SINK = """CREATE TABLE {sink} (id BIGINT, v STRING, version STRING) WITH ('connector' = 'kafka', 'topic' = '{sink}', 'format' = 'json',
    'properties.bootstrap.servers' = '{bootstrap}')"""
_JOB = "INSERT INTO {sink} SELECT id, UPPER(v), '{version}' FROM gap_rows"
_OPTIONS = {"execution.checkpointing.interval": "2 s", "parallelism.default": "1"}


def run(scale: Scale) -> Sequence[Comparison]:
    """Measure upgrades of each side, in turn."""
    project = Project({}, scale)
    project.prepare()
    control = ServiceControl(project.settings)
    try:
        start_together(control)
        _create_topics(bootstrap(project.settings))
        with _feeding(bootstrap(project.settings)):
            sides = Ours(project.settings), Bare(project.settings)
            # Once without measuring: the first upgrade loads the classes for the following ones.
            for side in scale.of(sides, ()):
                side.gap()
            ours, theirs = alternate(scale.pairs, sides[0].gap, sides[1].gap)
    finally:
        control.shutdown()
        project.empty()
    return [
        Comparison(
            name="output gap of an upgrade",
            ours=Measurement(label="upgrade of a statement", unit="s", values=ours),
            theirs=Measurement(label="bare REST calls", unit="s", values=theirs),
            goal=GOAL,
            notes=(f"{RATE} rows a second, one slot, by the broker's record times",),
        )
    ]


class UpgradedJob:
    """A job that is upgraded again and again, from version to version."""

    sink = ""

    def __init__(self, settings: EmbeddedSettings) -> None:
        self.bootstrap = bootstrap(settings)
        self.gateway_url = settings.sql_gateway_url
        self.jobmanager_url = settings.job_manager_url
        self.gateway = flink_endpoint(GATEWAY, self.gateway_url, settings.data_folder)
        self.jobmanager = flink_endpoint(JOB_MANAGER, self.jobmanager_url, settings.data_folder)
        self.version = 1
        self.start()

    def start(self) -> None:
        """Run the first version."""
        raise NotImplementedError

    def upgrade(self) -> None:
        """Replace the job by the present version, which is one more than the running one's."""
        raise NotImplementedError

    def sql(self, template: str) -> str:
        """Fill in a statement."""
        return template.format(bootstrap=self.bootstrap, sink=self.sink, version=self.version)

    def gap(self) -> float:
        """Upgrade once and give the seconds without output. Raises JobsNeverRanError."""
        self._output(str(self.version))
        time.sleep(_SETTLED_SECONDS)
        self.version += 1
        self.upgrade()
        before, after = self._output(str(self.version))
        return (after - before) / 1000

    def _output(self, version: str) -> tuple[int, int]:
        """Wait for the version's first record; give the times (ms) of the last record of others before it, and of that record."""
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": "gap", "enable.auto.commit": False, "log_level": 4})
        deadline = time.monotonic() + _DEADLINE_SECONDS
        try:
            consumer.assign([TopicPartition(self.sink, 0, 0)])
            before, after = 0, 0
            while not after:
                if time.monotonic() > deadline:
                    raise JobsNeverRanError(f"version {version} of the job wrote nothing within {_DEADLINE_SECONDS:g} s")
                message = consumer.poll(0.5)
                if message is None or message.error() is not None:
                    continue
                _, moment = message.timestamp()
                if json.loads(message.value() or b"{}")["version"] == version:
                    after = moment
                else:
                    before = max(before, moment)
            return before, after
        finally:
            consumer.close()


class Ours(UpgradedJob):
    """An upgrade as the statement's provider does it."""

    sink = "gap_ours"

    def start(self) -> None:
        """Run the first version."""
        self._lifecycle = StatementLifecycle(GatewayClient(self.gateway), JobManagerClient(self.jobmanager))
        self._definition = self._present()
        self._deployed: Deployed = self._lifecycle.create(self._definition)

    def upgrade(self) -> None:
        """Replace the job."""
        new = self._present()
        self._deployed = self._lifecycle.update(self._definition, new, self._deployed)
        self._definition = new

    def _present(self) -> Definition:
        closure = [("gap_rows", _SOURCE), (self.sink, _SINK)]
        return Definition(
            statement=Statement(name="gap", kind=Kind.JOB, text=self.sql(_JOB), file="gap.sql"),
            closure=tuple(
                Statement(name=name, kind=Kind.CATALOG_OBJECT, text=self.sql(text), file=f"{name}.sql") for name, text in closure
            ),
            options=_OPTIONS,
            job_name="benchmarks/gap/ours",
        )


class Bare(UpgradedJob):
    """The fewest calls: stop with savepoint, submit from it."""

    sink = "gap_bare"

    def start(self) -> None:
        """Run the first version."""
        self._http = requests.Session()
        self._http.trust_env = False
        self._http.cert, self._http.verify = self.gateway.certificate, self.gateway.verify
        self._job = self._submit(self._session(), {})

    def upgrade(self) -> None:
        """Replace the job."""
        session = self._session()
        job = f"{self.jobmanager_url}/jobs/{self._job}"
        trigger = self._post(f"{job}/stop", {"drain": False})["request-id"]
        while not (operation := self._get(f"{job}/savepoints/{trigger}").get("operation")):
            time.sleep(_TICK_SECONDS)
        self._job = self._submit(session, {"execution.state-recovery.path": operation["location"]})

    def _session(self) -> str:
        session = f"{self.gateway_url}/v2/sessions/{self._post(f'{self.gateway_url}/v2/sessions', {})['sessionHandle']}"
        for template in (_SOURCE, _SINK):
            self._post(f"{session}/configure-session", {"statement": self.sql(template)})
        return session

    def _submit(self, session: str, configuration: dict[str, str]) -> str:
        body = {"statement": self.sql(_JOB), "executionConfig": {**_OPTIONS, **configuration}}
        result = f"{session}/operations/{self._post(f'{session}/statements', body)['operationHandle']}/result/0?rowFormat=JSON"
        while (page := self._get(result))["resultType"] == "NOT_READY":
            time.sleep(_TICK_SECONDS)
        return str(page["jobID"])

    def _post(self, url: str, body: Mapping[str, object]) -> Any:  # noqa: ANN401  # JSON of either server
        return self._http.post(url, json=body, timeout=_DEADLINE_SECONDS).json()

    def _get(self, url: str) -> Any:  # noqa: ANN401  # JSON of either server
        return self._http.get(url, timeout=_DEADLINE_SECONDS).json()


def _create_topics(kafka_bootstrap: str) -> None:
    """Create the topics, of one partition each: then records are read in the order of their times."""
    admin = AdminClient({"bootstrap.servers": kafka_bootstrap, "log_level": 4})
    for created in admin.create_topics([NewTopic(name, 1, 1) for name in (SOURCE_TOPIC, Ours.sink, Bare.sink)]).values():
        created.result()


@contextmanager
def _feeding(kafka_bootstrap: str) -> Iterator[None]:
    """Send rows evenly until the end of the block."""
    stop = threading.Event()

    def feed() -> None:
        producer = Producer({"bootstrap.servers": kafka_bootstrap, "linger.ms": 0, "log_level": 4})
        number = 0
        while not stop.wait(_TICK_SECONDS):
            for _ in range(round(RATE * _TICK_SECONDS)):
                number += 1
                producer.produce(SOURCE_TOPIC, json.dumps({"id": number, "v": "row"}).encode())
            producer.poll(0)
        producer.flush(_DEADLINE_SECONDS)

    thread = threading.Thread(target=feed)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
