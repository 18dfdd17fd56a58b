"""What a context costs in stage two: bytes in, bytes out, and the processor time of each process, for a thousand contexts.

Contexts are written into their topic as stage one writes them, each of another product with texts of its own. The model is the offline
one, and then a server that answers at once: the difference is what the offline model computes, and production has none of it.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence

import psutil
from confluent_kafka import Producer

from benchmarks.article_by_hand import bootstrap
from benchmarks.comparison import Comparison, Measurement
from benchmarks.errors import BenchmarkError
from benchmarks.gateway.upstream import upstream
from benchmarks.load.topics import ends, read
from benchmarks.project import Project
from benchmarks.scale import Scale
from benchmarks.throughput import reviews
from embedded.processes import marked
from embedded.settings import EmbeddedSettings

CONTEXTS = 2_000
WARM = 1_000
"""So many go through before it is measured: the first ones pay for classes and for compiling them."""
REVIEWS = 10
_TOPIC, _SUMMARIES = "product_review_context", "product_review_summary"
_THOUSAND = 1_000
_HANG_SECONDS = 600.0
_POLL_SECONDS = 0.3
_SERVICES = ("taskmanager", "model-gateway", "kafka")


def run(scale: Scale) -> Sequence[Comparison]:
    """Measure once for each model; a small run takes the one that answers at once."""
    found = [] if scale.small else [_measured(scale, "offline", {"model.kind": "offline"})]
    with upstream() as server:
        found.append(
            _measured(
                scale, "a model that answers at once", {"model.kind": "openai", "model.endpoint": server.base, "model.name": "measured"}
            )
        )
    return found


def _measured(scale: Scale, model: str, values: Mapping[str, str]) -> Comparison:
    project = Project({"bundle": "reviews", "data.classArchives": "false", **values}, scale)
    count = scale.of(CONTEXTS, WARM // 20)
    project.prepare()
    try:
        project.run("up")
        where = bootstrap(project.settings)
        _through(where, scale.of(WARM, WARM // 20), "warm")
        before, began = _processor_seconds(project.settings), time.monotonic()
        bytes_in, bytes_out = _through(where, count, "measured")
        seconds, after = time.monotonic() - began, _processor_seconds(project.settings)
    finally:
        project.empty()
    spent = {name: (after[name] - before[name]) * _THOUSAND / count for name in _SERVICES}
    parts = ", ".join(f"{name} {value:.2f}" for name, value in spent.items())
    return Comparison(
        name=f"a thousand contexts, {model}",
        ours=Measurement(label="processor seconds of Flink, the model gateway and Kafka", unit="s", values=(sum(spent.values()),)),
        notes=(
            f"seconds by process: {parts}; what they do when nothing flows is in it",
            f"a context has {bytes_in:.0f} bytes with {REVIEWS} reviews, its summary {bytes_out:.0f}",
            f"{count / seconds:.0f} contexts a second",
        ),
    )


def contexts(count: int, run_name: str) -> Iterator[bytes]:
    """Return contexts as stage one writes them, each of a product of its own."""
    texts = [json.loads(value) for _, value in reviews(count * REVIEWS)]
    for number in range(count):
        told = texts[number * REVIEWS : (number + 1) * REVIEWS]
        ratings = [int(one["rating"]) for one in told]
        context = {
            "product_id": f"{run_name}-{number}",
            "product_name": f"Product {number}",
            "window_start": "2026-01-01T00:00:00Z",
            "window_end": "2026-01-01T00:01:00Z",
            "review_count": REVIEWS,
            "average_rating": sum(ratings) / REVIEWS,
            "negative_reviews": sum(one <= 2 for one in ratings),  # noqa: PLR2004  # two stars and less, as the SQL counts
            "positive_reviews": sum(one >= 4 for one in ratings),  # noqa: PLR2004
            "reviews": json.dumps([{"rating": one["rating"], "review": f"{one['review_text']} ({number})"} for one in told]),
            "reviews_left_out": 0,
        }
        yield json.dumps(context, ensure_ascii=False, separators=(",", ":")).encode()


def _through(where: str, count: int, run_name: str) -> tuple[float, float]:
    """Write contexts and wait until each has a summary; return the mean bytes of both. Raises BenchmarkError when some never come."""
    began = ends(where, _SUMMARIES)
    producer = Producer({"bootstrap.servers": where, "linger.ms": 5, "log_level": 4})
    written = 0
    for value in contexts(count, run_name):
        producer.produce(_TOPIC, value)
        producer.poll(0)
        written += len(value)
    producer.flush()
    deadline = time.monotonic() + _HANG_SECONDS
    while (came := sum(ends(where, _SUMMARIES).values()) - sum(began.values())) < count:
        if time.monotonic() > deadline:
            raise BenchmarkError(f"{came} of {count} contexts have a summary after {_HANG_SECONDS:g} s: see {_SUMMARIES}_rejected")
        time.sleep(_POLL_SECONDS)
    summaries = [len(value) for value in read(where, _SUMMARIES, began)]
    return written / count, sum(summaries) / len(summaries)


def _processor_seconds(settings: EmbeddedSettings) -> dict[str, float]:
    spent = dict.fromkeys(_SERVICES, 0.0)
    for one in marked(settings.folder):
        if one.service in spent:
            times = psutil.Process(one.pid).cpu_times()
            spent[one.service] += times.user + times.system
    return spent
