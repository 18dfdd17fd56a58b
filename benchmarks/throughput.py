"""Reviews per second through stage one: our form, which judges every record in SQL, against the article's, which lets Flink parse JSON.

Both are the bundles' own SQL and read the same topic to its present end, so that a job's own time from RUNNING to FINISHED is the measure.
One slot, one TaskManager, the embedded platform's settings. The windows of processing time are open when the data ends: what is measured is
reading, judging and aggregating, and ours writes contexts too: its windows of record time close at the end of the data.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from confluent_kafka import Producer

from benchmarks.article_by_hand import TOPICS, bootstrap, create_topics
from benchmarks.comparison import Comparison, Measurement, alternate
from benchmarks.errors import JobsNeverRanError
from benchmarks.places import REPOSITORY
from benchmarks.project import Project
from benchmarks.ready_time import start_together
from benchmarks.scale import Scale
from components.flink_endpoint import GATEWAY, JOB_MANAGER, flink_endpoint
from embedded.control import ServiceControl
from embedded.settings import EmbeddedSettings
from flinksql.flink.gateway import GatewayClient
from flinksql.flink.jobmanager import JobManagerClient
from flinksql.sql import read_bundle, render

REVIEWS = 100_000
PRODUCTS = 2_000
"""Enough of them to keep the texts of one product in one window as short as they are in life: LISTAGG is quadratic in them."""

_REJECTED = "product_review_rejected"
_OURS = ("reviews", "contexts")
_THEIRS = ("article", "aggregate_reviews")
_SCAN = "'scan.startup.mode' = 'earliest-offset'"
_BOUNDED = f"{_SCAN}, 'scan.bounded.mode' = 'latest-offset'"
_DEADLINE_SECONDS = 600.0
_POLL_SECONDS = 0.2


def run(scale: Scale) -> Sequence[Comparison]:
    """Measure jobs of each form, in turn, over the same topic."""
    count = scale.of(REVIEWS, 2_000)
    project = Project({}, scale)
    project.prepare()
    control = ServiceControl(project.settings)
    try:
        start_together(control)
        create_topics(bootstrap(project.settings), (*TOPICS, _REJECTED))
        feed(bootstrap(project.settings), count)
        stage = StageOne(project.settings, count)
        # Once without measuring: the first job loads the classes for the following ones.
        stage.rate(*_OURS)
        stage.rate(*_THEIRS)
        ours, theirs = alternate(scale.pairs, lambda: stage.rate(*_OURS), lambda: stage.rate(*_THEIRS))
    finally:
        control.shutdown()
        project.empty()
    return [
        Comparison(
            name="reviews through stage one",
            ours=Measurement(label="bytes, judged in SQL", unit="reviews/s", values=ours),
            theirs=Measurement(label="the article's JSON form", unit="reviews/s", values=theirs),
            notes=(f"{count} valid reviews of {PRODUCTS} products, one slot; higher is better, the ratio is what judging leaves",),
        )
    ]


class StageOne:
    """Runs the first job of a bundle over what lies in the topic."""

    def __init__(self, settings: EmbeddedSettings, count: int) -> None:
        self._count = count
        self._gateway = GatewayClient(flink_endpoint(GATEWAY, settings.sql_gateway_url, settings.data_folder))
        self._job_manager = JobManagerClient(flink_endpoint(JOB_MANAGER, settings.job_manager_url, settings.data_folder))
        self._parameters = parameters(bootstrap(settings))

    def rate(self, bundle: str, statement: str) -> float:
        """Run one job to its end; reviews per second."""
        folder = REPOSITORY / "sql" / bundle
        *catalog, job = bounded_script(folder, statement, self._parameters)
        options = read_bundle(folder, self._parameters, REPOSITORY).header(statement).options
        with self._gateway.session() as session:
            for sql in catalog:
                session.configure(sql)
            job_id = session.execute(job, options).job_id
        return self._count / self._seconds(job_id)

    def _seconds(self, job_id: str) -> float:
        deadline = time.monotonic() + _DEADLINE_SECONDS
        while (state := self._job_manager.status(job_id)) != "FINISHED":
            if state.terminal or time.monotonic() > deadline:
                failures = [failure.exception_name for failure in self._job_manager.failures(job_id, at_most=1)]
                raise JobsNeverRanError(f"a job over {self._count} reviews is {state} instead of FINISHED {failures}")
            time.sleep(_POLL_SECONDS)
        moments = self._job_manager.details(job_id).timestamps
        return (moments["FINISHED"] - moments["RUNNING"]) / 1000


def bounded_script(folder: Path, statement: str, values: Mapping[str, str]) -> list[str]:
    """Return the SQL of a bundle's statement after that of all it needs, every source bounded to what its topic holds now."""
    bundle = read_bundle(folder, values, REPOSITORY)
    wanted = (*bundle.closure(statement), bundle.entry(statement).statement)
    return [render(one.text, one.file, bundle.values).sql.replace(_SCAN, _BOUNDED) for one in wanted]


def parameters(kafka_bootstrap: str) -> dict[str, str]:
    """Return a value for each parameter of both bundles. The window is the article's minute."""
    return {
        "kafka_bootstrap": kafka_bootstrap,
        "topic_prefix": "",
        "job_name": "benchmarks/throughput/job",
        "model_endpoint": "http://127.0.0.1:9/v1/chat/completions",
        "model_name": "none",
        "prompt_version": "1",
        "window_seconds": "60",
        "delivery_guarantee": "at-least-once",
        "heartbeat_keys": "",
        "heartbeat_interval_seconds": "2",
        "heartbeat_hold_seconds": "66",
        "source_idle_timeout": "0 s",
        "kafka_max_record_bytes": "1048576",
    }


def reviews(count: int) -> Iterator[tuple[bytes, bytes]]:
    """Return `count` (key, value) pairs: the sample reviews in turn, spread over many products."""
    lines = (REPOSITORY / "samples" / "reviews.jsonl").read_text(encoding="utf-8").splitlines()
    samples = [json.loads(line) for line in lines]
    for number in range(count):
        product = f"P{number % PRODUCTS}"
        review = {**samples[number % len(samples)], "review_id": f"B{number}", "product_id": product}
        yield product.encode(), json.dumps(review, ensure_ascii=False).encode()


def feed(kafka_bootstrap: str, count: int) -> None:
    """Put reviews into the topic and return when the broker has all of them."""
    producer = Producer({"bootstrap.servers": kafka_bootstrap, "linger.ms": 20, "queue.buffering.max.messages": count + 1, "log_level": 4})
    for key, value in reviews(count):
        producer.produce(TOPICS[0], key=key, value=value)
        producer.poll(0)
    producer.flush()
