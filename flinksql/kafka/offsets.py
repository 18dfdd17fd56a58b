"""Where the records of a partition begin and end."""

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition


def bounds(consumer: Consumer, topic: str, partition: int, *, timeout: float) -> tuple[int, int]:
    """Return the offsets of the first record and after the last one; `timeout` is in seconds.

    Raises KafkaException. The library returns None for a broker that does not answer in time, which is no proof that nothing is there.
    """
    found: tuple[int, int] | None = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=timeout)
    if found is None:
        raise KafkaException(KafkaError(KafkaError._TIMED_OUT))  # noqa: SLF001  # the library has no other name for it
    return int(found[0]), int(found[1])
