"""Where the records of a partition begin and end."""

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from flinksql.kafka.passing import wait_out


def bounds(consumer: Consumer, topic: str, partition: int, *, timeout: float) -> tuple[int, int]:
    """Return the offsets of the first record and after the last one; `timeout` is in seconds, also for a broker that only starts.

    Raises KafkaException. The library returns None for a broker that does not answer in time, which is no proof that nothing is there.
    """
    place = TopicPartition(topic, partition)
    found: tuple[int, int] | None = wait_out(lambda: consumer.get_watermark_offsets(place, timeout=timeout), seconds=timeout)
    if found is None:
        raise KafkaException(KafkaError(KafkaError._TIMED_OUT))  # noqa: SLF001  # the library has no other name for it
    return int(found[0]), int(found[1])
