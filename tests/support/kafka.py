"""Reading whole topics, and feeding records as they are."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition

_SECONDS = 30.0
Offsets = Mapping[int, int]


def send(bootstrap: str, values: Iterable[bytes], topic: str = "product_reviews") -> None:
    """Send values without keys; over when the broker has them all."""
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 5})
    for value in values:
        producer.produce(topic, value)
        producer.poll(0)
    assert producer.flush(_SECONDS) == 0


def ends(bootstrap: str, topic: str) -> dict[int, int]:
    """Return the end offset of each partition."""
    consumer = _consumer(bootstrap)
    try:
        partitions = consumer.list_topics(topic, _SECONDS).topics[topic].partitions
        return {partition: consumer.get_watermark_offsets(TopicPartition(topic, partition), _SECONDS)[1] for partition in partitions}
    finally:
        consumer.close()


def read(bootstrap: str, topic: str, since: Offsets | None = None) -> list[bytes]:
    """Return all values from these offsets (or the beginning) to the end as it is now."""
    until = ends(bootstrap, topic)
    consumer = _consumer(bootstrap)
    values: list[bytes] = []
    try:
        for partition, end in until.items():
            position = (since or {}).get(partition, 0)
            consumer.assign([TopicPartition(topic, partition, position)])
            while position < end:
                message = consumer.poll(_SECONDS)
                assert message is not None, f"{topic}/{partition} ends before offset {end}"
                assert message.error() is None, message.error()
                position = (message.offset() or 0) + 1
                values.append(message.value() or b"")
    finally:
        consumer.close()
    return values


def read_json(bootstrap: str, topic: str, since: Offsets | None = None) -> list[dict[str, Any]]:
    """Return the values as JSON objects."""
    return [json.loads(value) for value in read(bootstrap, topic, since)]


def _consumer(bootstrap: str) -> Consumer:
    return Consumer({"bootstrap.servers": bootstrap, "group.id": "tests", "enable.auto.commit": False})
