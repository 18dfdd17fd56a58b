"""Sending at full speed, and reading what the pipeline wrote since a moment."""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition

from benchmarks.errors import BenchmarkError
from benchmarks.load.shapes import Sent

_ANSWER_SECONDS = 60.0
_QUEUED_KILOBYTES = 512_000
Offsets = Mapping[int, int]


def send(bootstrap: str, topic: str, records: Iterable[Sent]) -> list[Sent]:
    """Send all records, keyed by product, and return them when the broker has them. Raises BenchmarkError when it does not take one."""
    failures: list[str] = []

    def report(error: KafkaError | None, _message: object) -> None:
        if error is not None:
            failures.append(error.str())

    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "linger.ms": 20,
            "queue.buffering.max.messages": 1_000_000,
            "queue.buffering.max.kbytes": _QUEUED_KILOBYTES,
            "compression.type": "lz4",
        }
    )
    sent: list[Sent] = []
    now = time.time()
    for record in records:
        key = (record.product or "")[:100].encode() or None
        # 0 is the client's word for now
        stamp = int((now - record.age_seconds) * 1000) if record.age_seconds else 0
        while True:
            try:
                producer.produce(topic, record.value, key, timestamp=stamp, on_delivery=report)
                break
            except BufferError:
                producer.poll(0.1)
        producer.poll(0)
        sent.append(replace(record, stamp=stamp))
    if producer.flush(_ANSWER_SECONDS) or failures:
        raise BenchmarkError(f"the broker did not take every record: {failures[:1] or 'no answer'}")
    return sent


def ends(bootstrap: str, topic: str) -> dict[int, int]:
    """Return the end offset of each partition."""
    consumer = _consumer(bootstrap)
    try:
        numbers = consumer.list_topics(topic, _ANSWER_SECONDS).topics[topic].partitions
        return {number: consumer.get_watermark_offsets(TopicPartition(topic, number), _ANSWER_SECONDS)[1] for number in numbers}
    finally:
        consumer.close()


def read(bootstrap: str, topic: str, since: Offsets) -> Iterator[bytes]:
    """Return all values of a topic from these offsets to its end as it is now."""
    consumer = _consumer(bootstrap)
    try:
        open_partitions = set(since)
        consumer.assign([TopicPartition(topic, number, offset) for number, offset in since.items()])
        while open_partitions:
            message = consumer.poll(_ANSWER_SECONDS)
            error = message.error() if message is not None else None
            if message is None:
                raise BenchmarkError(f"topic {topic} cannot be read: the broker says nothing")
            if error is None:
                yield message.value() or b""
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001  # the library's name for it
                open_partitions.discard(message.partition())
            else:
                raise BenchmarkError(f"topic {topic} cannot be read: {error.str()}")
    finally:
        consumer.close()


def _consumer(bootstrap: str) -> Consumer:
    return Consumer({"bootstrap.servers": bootstrap, "group.id": "load-test", "enable.auto.commit": False, "enable.partition.eof": True})
