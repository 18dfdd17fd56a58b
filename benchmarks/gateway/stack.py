"""The second stage of the production bundle on real Flink, in front of the measured gateway: one bounded job for each measurement."""

import json
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from benchmarks.article_by_hand import PARTITIONS, bootstrap
from benchmarks.errors import JobsNeverRanError
from benchmarks.load.topics import read
from benchmarks.places import REPOSITORY
from benchmarks.project import Project
from benchmarks.ready_time import start_together
from benchmarks.scale import Scale
from benchmarks.throughput import parameters
from components.flink_endpoint import GATEWAY, JOB_MANAGER, flink_endpoint
from embedded.control import ServiceControl
from embedded.model import api_key_file
from embedded.processes import marked
from embedded.settings import EmbeddedSettings
from flinksql.flink.gateway import GatewayClient
from flinksql.flink.jobmanager import JobManagerClient
from flinksql.sql import read_bundle, render
from flinksql.sql.lanes import MARK
from options.infrastructure import LOOPBACK
from options.model import ModelKind, ModelSettings

CONTEXTS, SUMMARIES, REJECTED = "product_review_context", "product_review_summary", "product_review_summary_rejected"
_BOUNDED = ("'scan.startup.mode' = 'earliest-offset'", "'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset'")
_DEADLINE_SECONDS = 600.0
_POLL_SECONDS = 0.1


@dataclass(frozen=True, kw_only=True)
class Topics:
    """The topics of one measurement, which no other one uses."""

    contexts: str
    summaries: str
    rejected: str

    def __iter__(self) -> Iterator[str]:
        return iter((self.contexts, self.summaries, self.rejected))


class StageTwo:
    """Runs the second stage over contexts of its own, again and again. Needs running services."""

    def __init__(self, settings: EmbeddedSettings) -> None:
        self._settings = settings
        self.bootstrap = bootstrap(settings)
        self._gateway = GatewayClient(flink_endpoint(GATEWAY, settings.sql_gateway_url, settings.data_folder))
        self._job_manager = JobManagerClient(flink_endpoint(JOB_MANAGER, settings.job_manager_url, settings.data_folder))
        self._number = 0

    def feed(self, count: int, text: str = "") -> Topics:
        """Make topics and put contexts into them that nobody has asked about before."""
        self._number += 1
        run = f"{int(time.time())}-{self._number}"
        topics = Topics(contexts=f"contexts-{run}", summaries=f"summaries-{run}", rejected=f"rejected-{run}")
        admin = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 4})
        # The broker's clock: when a row really was there.
        config = {"message.timestamp.type": "LogAppendTime"}
        for made in admin.create_topics([NewTopic(name, PARTITIONS, 1, config=config) for name in topics]).values():
            made.result()
        producer = Producer({"bootstrap.servers": self.bootstrap, "linger.ms": 20, "log_level": 4})
        for number in range(count):
            producer.produce(topics.contexts, context(f"{run}-{number}", text), partition=number % PARTITIONS)
            producer.poll(0)
        producer.flush()
        return topics

    def start(self, topics: Topics, lanes: int, name: str = "summaries") -> str:
        """Start the job and return its id."""
        with self._folder(lanes, name) as folder:
            model = f"http://{LOOPBACK}:{self._settings.ports.model_gateway}/lanes/{MARK}/v1/chat/completions"
            values = {**parameters(self.bootstrap), "model_endpoint": model, "model_name": "measured"}
            definition = read_bundle(folder, values, REPOSITORY).definition(name, name, {"parallelism.default": "1"})
        with self._gateway.session() as session:
            *catalog, job = (
                _moved(render(one.text, one.file, definition.parameters).sql, topics) for one in (*definition.closure, definition.statement)
            )
            for sql in catalog:
                session.configure(sql)
            return session.execute(job, definition.options).job_id

    def wait(self, job_id: str) -> None:
        """Wait until a job has finished. Raises JobsNeverRanError when it ends otherwise, or restarts."""
        deadline = time.monotonic() + _DEADLINE_SECONDS
        while (state := self._job_manager.status(job_id)) != "FINISHED":
            failures = [failure.exception_name for failure in self._job_manager.failures(job_id, at_most=1)]
            if state.terminal or failures or time.monotonic() > deadline:
                raise JobsNeverRanError(f"the second stage is {state} instead of FINISHED {failures}")
            time.sleep(_POLL_SECONDS)

    def cancel(self, job_id: str) -> None:
        """End a job that would not end by itself."""
        self._job_manager.cancel(job_id)

    def processor_seconds(self) -> Mapping[str, float]:
        """Return what each service has computed so far."""
        running = {str(one.service): psutil.Process(one.pid).cpu_times() for one in marked(self._settings.folder)}
        return {service: times.user + times.system for service, times in running.items()}

    def rows(self, topic: str) -> int:
        """Count the records of a topic."""
        return sum(1 for _value in read(self.bootstrap, topic, dict.fromkeys(range(PARTITIONS), 0)))

    @contextmanager
    def _folder(self, lanes: int, name: str) -> Iterator[Path]:
        """Return a folder with the bundle whose second stage has these lanes and this name."""
        folder = self._settings.data_folder / "measured-bundle"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(REPOSITORY / "sql" / "reviews", folder)
        text = (folder / "summaries.sql").read_text(encoding="utf-8")
        header = f"-- lanes: {lanes}\n-- lane_key: kafka_offset\n" if lanes > 1 else ""
        (folder / "summaries.sql").unlink()
        (folder / f"{name}.sql").write_text(header + text, encoding="utf-8")
        try:
            yield folder
        finally:
            shutil.rmtree(folder)


@contextmanager
def stage_two(line: str, upstream_base: str, concurrency: int, scale: Scale) -> Iterator[StageTwo]:
    """Run the embedded platform, with the gateway in front of an upstream that takes so many calls at once."""
    project = Project({"flink.line": line, "flink.taskSlots": 4}, scale)
    model = ModelSettings(kind=ModelKind.OPENAI, name="measured", endpoint=upstream_base, concurrency=concurrency)
    settings = replace(project.settings, flink=replace(project.settings.flink, line=line), model=model)
    project.settings = settings
    project.prepare()
    key = api_key_file(settings.folder)
    key.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # A server that asks for no key: its file is empty, and has to be there.
    key.touch(mode=0o600)
    control = ServiceControl(settings)
    try:
        start_together(control)
        yield StageTwo(settings)
    finally:
        control.shutdown()
        project.empty()


def context(name: str, text: str = "") -> bytes:
    """Return a record of the context topic."""
    reviews = json.dumps([{"rating": 4, "review": f"{text} review {name}: it does what it should, and the box was dented."}])
    fields = {
        "product_id": name,
        "product_name": name,
        "window_start": "2026-11-28T12:00:00Z",
        "window_end": "2026-11-28T12:01:00Z",
        "review_count": 1,
        "average_rating": 4.0,
        "negative_reviews": 0,
        "positive_reviews": 1,
        "reviews_left_out": 0,
        "reviews": reviews,
    }
    return json.dumps(fields).encode()


def _moved(sql: str, topics: Topics) -> str:
    """Return SQL whose tables lie on other topics, and whose source ends where its topic ends now."""
    names: Mapping[str, str] = {CONTEXTS: topics.contexts, SUMMARIES: topics.summaries, REJECTED: topics.rejected}
    for before, after in names.items():
        sql = sql.replace(f"'topic' = '{before}'", f"'topic' = '{after}'")
    return sql.replace(*_BOUNDED)
