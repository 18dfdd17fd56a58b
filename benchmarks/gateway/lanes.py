"""Rows a second through the second stage, by lanes and by the time of an answer, against what calls in flight allow."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from confluent_kafka import Consumer, KafkaError, TopicPartition

from benchmarks.article_by_hand import PARTITIONS
from benchmarks.errors import BenchmarkError
from benchmarks.gateway.stack import StageTwo, Topics
from benchmarks.gateway.upstream import HANGS, Upstream
from embedded.specification import ServiceName
from flinksql.sql.lanes import CALLS_OF_A_LANE

CONCURRENCY = 40
"""Calls that the measured upstream takes at once: what eight lanes make."""
_ROUNDS = 12
"""The least number of times that each connection is used, so that one more or less does not count."""
_MOST_ROWS, _WARM_UP = 16_000, 1_000
_ANSWER_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Extent:
    """What is measured: numbers of lanes, times of an answer, and the seconds that one measurement takes if all calls go at full speed."""

    lanes: Sequence[int] = (1, 2, 4, 8)
    milliseconds: Sequence[int] = (50, 200, 2000)
    seconds: float = 20.0


@dataclass(frozen=True, kw_only=True)
class Rate:
    """One measurement. `ideal` is min(5 x lanes, the upstream's concurrency) / the time of an answer.

    `gateway_cores` and `all_cores` are how many cores the model gateway, and it with Flink and Kafka, computed on.
    """

    lanes: int
    milliseconds: int
    rows: int
    rejected: int
    calls: int
    most_at_once: int
    rows_per_second: float
    ideal: float
    gateway_cores: float
    all_cores: float
    beside_a_hanging_job: bool = False

    @property
    def ratio(self) -> float:
        """What was reached of the ideal."""
        return self.rows_per_second / self.ideal

    @property
    def goal(self) -> float:
        """What is asked for: the gateway's own milliseconds weigh more where the model's are few."""
        return 0.95 if self.milliseconds >= 200 else 0.85  # noqa: PLR2004


def rates(stage: StageTwo, server: Upstream, extent: Extent) -> Iterator[Rate]:
    """Measure every pair. The first job of all loads the classes for the others."""
    _measure(stage, server, 8, 20, extent.seconds, most=_WARM_UP)
    for answer in extent.milliseconds:
        for number in extent.lanes:
            yield _measure(stage, server, number, answer, extent.seconds)


def beside_a_hanging_job(stage: StageTwo, server: Upstream, extent: Extent) -> Rate:
    """Measure one lane while another statement of the same model has all its calls hanging."""
    topics = stage.feed(50, HANGS.decode())
    job = stage.start(topics, 1, "hanging")
    try:
        _until_calls(server, CALLS_OF_A_LANE)
        return _measure(stage, server, 1, extent.milliseconds[-1], extent.seconds, hanging=CALLS_OF_A_LANE)
    finally:
        stage.cancel(job)


def _measure(
    stage: StageTwo, server: Upstream, lanes: int, milliseconds: int, seconds: float, *, hanging: int = 0, most: int = _MOST_ROWS
) -> Rate:
    at_once = min(CALLS_OF_A_LANE * lanes, CONCURRENCY)
    ideal = at_once / (milliseconds / 1000)
    count = min(most, max(int(ideal * seconds), _ROUNDS * at_once)) // at_once * at_once
    topics = stage.feed(count)
    server.take(milliseconds)
    before = stage.processor_seconds()
    stage.wait(stage.start(topics, lanes))
    told = server.counts()
    done = _last_arrival(stage.bootstrap, topics)
    took = done - told.first
    computed = {service: after - before.get(service, 0.0) for service, after in stage.processor_seconds().items()}
    return Rate(
        lanes=lanes,
        milliseconds=milliseconds,
        rows=stage.rows(topics.summaries),
        rejected=stage.rows(topics.rejected),
        calls=told.calls,
        most_at_once=told.most_at_once,
        rows_per_second=count / took,
        ideal=ideal,
        gateway_cores=computed[ServiceName.MODEL_GATEWAY] / took,
        all_cores=sum(computed.values()) / took,
        beside_a_hanging_job=bool(hanging),
    )


def _until_calls(server: Upstream, count: int) -> None:
    deadline = time.monotonic() + _ANSWER_SECONDS
    while server.counts().calls < count:
        if time.monotonic() > deadline:
            raise BenchmarkError(f"the hanging job made no {count} calls within {_ANSWER_SECONDS:.0f} s")
        time.sleep(0.1)


def _last_arrival(bootstrap: str, topics: Topics) -> float:
    """Return when the broker took the last summary, in seconds of the day's clock."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "measured", "enable.auto.commit": False, "enable.partition.eof": True})
    last = 0
    try:
        for number in range(PARTITIONS):
            _low, high = consumer.get_watermark_offsets(TopicPartition(topics.summaries, number), _ANSWER_SECONDS)
            if high:
                consumer.assign([TopicPartition(topics.summaries, number, high - 1)])
                message = consumer.poll(_ANSWER_SECONDS)
                if message is None or message.error() not in {None, KafkaError._PARTITION_EOF}:  # noqa: SLF001  # the library's name
                    raise BenchmarkError(f"topic {topics.summaries} cannot be read")
                last = max(last, message.timestamp()[1])
    finally:
        consumer.close()
    return last / 1000
