"""Many pipelines at once on one Flink and Kafka: their topics and records, their jobs, and what is seen of them."""

import json
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from flinksql.diagnosis import Snapshot, collect_job, with_topics
from flinksql.flink.gateway import GatewayClient
from flinksql.flink.jobmanager import JobManagerClient
from flinksql.flink.transport import Endpoint
from flinksql.kafka.positions import BrokerPositions
from flinksql.sql import read_bundle
from flinksql.statement import Definition
from flinksql.statements.script import script_of
from tests.support.silent_pipelines import RUN, Pipeline

_SECONDS = 60.0


class SilentModel(ThreadingHTTPServer):
    """A model server that takes every question and answers none."""

    daemon_threads = True

    def __init__(self) -> None:
        self.ended = threading.Event()
        super().__init__(("127.0.0.1", 0), _NoAnswer)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1/chat/completions"

    def close(self) -> None:
        """End it, with all questions."""
        self.ended.set()
        self.shutdown()
        self.server_close()


class _NoAnswer(BaseHTTPRequestHandler):
    server: SilentModel

    def do_POST(self) -> None:
        self.server.ended.wait()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


def definition_of(pipeline: Pipeline, folder: Path, values: Mapping[str, str]) -> Definition:
    """Return the definition of a pipeline's job, with its files written to a folder."""
    own = folder / pipeline.name
    own.mkdir(parents=True, exist_ok=True)
    for name, text in pipeline.files.items():
        (own / f"{name}.sql").write_text(text, encoding="utf-8")
    options = {"execution.checkpointing.interval": "2 s", **pipeline.options}
    return read_bundle(own, values, folder).definition("totals", f"silent/{values['run']}/{pipeline.name}", options)


@dataclass(kw_only=True)
class PipelineRuns:
    """Pipelines on a Flink and a broker. `run` tells their topics and jobs from those of others."""

    run: str
    folder: Path
    gateway: Endpoint
    jobmanager: Endpoint
    bootstrap: str
    model_url: str = ""
    jobs: dict[str, str] = field(default_factory=dict)
    _open: list[Producer] = field(default_factory=list)

    @property
    def values(self) -> Mapping[str, str]:
        """The values of the SQL's placeholders."""
        return {"run": self.run, "kafka_bootstrap": self.bootstrap, "model_url": self.model_url}

    def definition(self, pipeline: Pipeline) -> Definition:
        """Return the definition of a pipeline's job."""
        return definition_of(pipeline, self.folder, self.values)

    def start(self, pipelines: Sequence[Pipeline]) -> None:
        """Make topics and records, then submit all jobs."""
        admin = AdminClient({"bootstrap.servers": self.bootstrap})
        topics = [NewTopic(f"{self.run}-{name}", count, 1) for one in pipelines for name, count in one.partitions.items()]
        for future in admin.create_topics(topics).values() if topics else ():
            future.result(_SECONDS)
        for one in pipelines:
            self._send(one.before, open_transaction=one.open)
            self._prepare(one, admin)
        client = GatewayClient(self.gateway)
        for one in pipelines:
            definition = self.definition(one)
            script = script_of(definition, {})
            with client.session() as session:
                script.replay(session)
                found = session.execute(script.target.rendered.sql, {**definition.options, "pipeline.name": definition.job_name})
            self.jobs[one.name] = found.job_id

    def send_rest(self, pipelines: Iterable[Pipeline]) -> None:
        """Write what is written once the jobs run."""
        for one in pipelines:
            self._send(one.after)

    def snapshot(self, pipeline: Pipeline) -> Snapshot:
        """Return what is seen of a pipeline now."""
        job = collect_job(self.jobs[pipeline.name], JobManagerClient(self.jobmanager))
        return with_topics(self.definition(pipeline), job, BrokerPositions(self.bootstrap))

    def cancel(self, names: Iterable[str] = ()) -> None:
        """End jobs, all without names."""
        client = JobManagerClient(self.jobmanager)
        for name in list(names) or list(self.jobs):
            client.cancel(self.jobs.pop(name))
        for producer in self._open:
            producer.abort_transaction(_SECONDS)
        self._open.clear()

    def _prepare(self, pipeline: Pipeline, admin: AdminClient) -> None:
        first = next(iter(pipeline.partitions), "")
        places = [TopicPartition(f"{self.run}-{first}", number) for number in range(pipeline.partitions.get(first, 0))]
        if pipeline.committed:
            consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": f"{self.run}-{first}"})
            ends = [TopicPartition(one.topic, one.partition, consumer.get_watermark_offsets(one, _SECONDS)[1]) for one in places]
            consumer.commit(offsets=ends, asynchronous=False)
            consumer.close()
        if pipeline.deleted:
            for place in places:
                place.offset = -1
            for future in admin.delete_records(places).values():
                future.result(_SECONDS)

    def _send(self, records: Mapping[str, Mapping[int, Sequence[str]]], *, open_transaction: bool = False) -> None:
        if not records:
            return
        settings: dict[str, Any] = {"bootstrap.servers": self.bootstrap, "linger.ms": 5}
        if open_transaction:
            settings |= {"transactional.id": f"{self.run}-open", "transaction.timeout.ms": 900_000}
        producer = Producer(settings)
        if open_transaction:
            producer.init_transactions(_SECONDS)
            producer.begin_transaction()
            self._open.append(producer)
        for topic, partitions in records.items():
            for partition, values in partitions.items():
                for value in values:
                    producer.produce(f"{self.run}-{topic}", value.encode(), partition=partition)
                    producer.poll(0)
        left = producer.flush(_SECONDS)
        assert left == 0, f"{left} records were not taken"


def without_run(text: str, run: str) -> str:
    """Return a text in which the run is a placeholder again."""
    return text.replace(run, RUN)


def record(snapshots: Mapping[str, Snapshot], run: str, bootstrap: str) -> str:
    """Return snapshots as JSON: what a run makes of its own is replaced, and traces are cut after what decides."""
    found: dict[str, Any] = {}
    for name, one in snapshots.items():
        plain = json.loads(one.model_dump_json(by_alias=True).replace(run, "r").replace(bootstrap, "broker:9092"))
        plain["failures"] = [{**each, "stacktrace": _short(each["stacktrace"])} for each in plain["failures"][:3]]
        plain["job"] = plain["job"] and {key: value for key, value in plain["job"].items() if value}
        plain["metrics"] = {
            vertex: {key: [value["min"], value["max"], value["sum"]] for key, value in metrics.items()}
            for vertex, metrics in plain["metrics"].items()
        }
        found[name] = plain
    return json.dumps(found, indent=1)


def recorded(plain: Mapping[str, Any]) -> Snapshot:
    """Return a recorded snapshot."""
    metrics = {
        vertex: {key: dict(zip(("min", "max", "sum"), value, strict=True)) for key, value in found.items() if None not in value}
        for vertex, found in plain["metrics"].items()
    }
    return Snapshot.model_validate({**plain, "metrics": metrics})


def _short(trace: str) -> str:
    return "\n".join(line for line in trace.splitlines() if not line.startswith("\tat "))[:1500]


def wait_running(runs: PipelineRuns, names: Iterable[str], seconds: float = 120.0) -> None:
    """Return when the jobs run with all tasks, or after `seconds`."""
    client = JobManagerClient(runs.jobmanager)
    wanted = {runs.jobs[name] for name in names}
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        running = {job.job_id for job in client.jobs() if job.all_tasks_running}
        if wanted <= running:
            return
        time.sleep(0.5)
