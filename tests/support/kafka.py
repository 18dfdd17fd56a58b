"""Reading whole topics, and feeding records as they are."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from confluent_kafka import Consumer, KafkaError, Message, Producer, TopicPartition

_SECONDS = 30.0
_AWAY_SECONDS = 240.0
"""A test that kills the broker sends on meanwhile; on a busy machine its repair by `up` takes minutes."""

Offsets = Mapping[int, int]


def send(bootstrap: str, values: Iterable[bytes], topic: str = "product_reviews") -> None:
    """Send values without keys; over when the broker has them all."""
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 5})
    for value in values:
        producer.produce(topic, value)
        producer.poll(0)
    left = producer.flush(_AWAY_SECONDS)
    assert left == 0, f"{left} records were not taken within {_AWAY_SECONDS} s"


def ends(bootstrap: str, topic: str) -> dict[int, int]:
    """Return the end offset of each partition."""
    consumer = _consumer(bootstrap)
    try:
        partitions = consumer.list_topics(topic, _SECONDS).topics[topic].partitions
        return {partition: consumer.get_watermark_offsets(TopicPartition(topic, partition), _SECONDS)[1] for partition in partitions}
    finally:
        consumer.close()


def read(bootstrap: str, topic: str, since: Offsets | None = None) -> list[bytes]:
    """Return all committed values from these offsets (or the beginning) to the end as it is now."""
    partitions = ends(bootstrap, topic)
    consumer = _consumer(bootstrap)
    values: list[bytes] = []
    try:
        for partition in partitions:
            consumer.assign([TopicPartition(topic, partition, (since or {}).get(partition, 0))])
            while (value := _next(consumer, f"{topic}/{partition}")) is not None:
                values.append(value)
    finally:
        consumer.close()
    return values


def _next(consumer: Consumer, place: str) -> bytes | None:
    """Return the next value, None at the end: offsets do not tell it, since a transaction's markers have some too."""
    record = _record(consumer, place)
    return None if record is None else record.value() or b""


def _record(consumer: Consumer, place: str) -> Message | None:
    message = consumer.poll(_SECONDS)
    assert message is not None, f"{place}: the broker says nothing"
    error = message.error()
    if error is None:
        return message
    assert error.code() == KafkaError._PARTITION_EOF, error
    return None


def read_stamped(bootstrap: str, topic: str) -> list[tuple[bytes, int]]:
    """Return all committed values with the milliseconds since 1970 at which the broker took them."""
    partitions = ends(bootstrap, topic)
    consumer = _consumer(bootstrap)
    found: list[tuple[bytes, int]] = []
    try:
        for partition in partitions:
            consumer.assign([TopicPartition(topic, partition, 0)])
            while (record := _record(consumer, f"{topic}/{partition}")) is not None:
                found.append((record.value() or b"", record.timestamp()[1]))
    finally:
        consumer.close()
    return found


def read_json(bootstrap: str, topic: str, since: Offsets | None = None) -> list[dict[str, Any]]:
    """Return the values as JSON objects."""
    return [json.loads(value) for value in read(bootstrap, topic, since)]


def _consumer(bootstrap: str) -> Consumer:
    return Consumer({"bootstrap.servers": bootstrap, "group.id": "tests", "enable.auto.commit": False, "enable.partition.eof": True})


def newest(bootstrap: str, topic: str) -> list[bytes]:
    """Return the last value of each key, as a table is read: a key whose last record has no value is gone."""
    partitions = ends(bootstrap, topic)
    consumer = _consumer(bootstrap)
    values: dict[bytes, bytes | None] = {}
    try:
        for partition in partitions:
            consumer.assign([TopicPartition(topic, partition, 0)])
            while (record := _record(consumer, f"{topic}/{partition}")) is not None:
                values[record.key() or b""] = record.value()
    finally:
        consumer.close()
    return [value for value in values.values() if value is not None]
