"""The topics of a stack, as the broker tells."""

from collections.abc import Iterable

from confluent_kafka import Consumer, KafkaError, KafkaException

from console.health.report import TopicHealth
from console.kafka import reader
from flinksql.kafka.offsets import bounds

_ANSWER_SECONDS = 5.0

_NO_ANSWER = frozenset({"_TRANSPORT", "_ALL_BROKERS_DOWN", "_TIMED_OUT", "_RESOLVE"})
"""Names of librdkafka's own errors that all mean the same to a person."""


def observe_topics(bootstrap: str, names: Iterable[str]) -> tuple[TopicHealth, ...]:
    """Look for each topic. Never raises: what cannot be learnt is in the rows."""
    wanted = sorted(set(names))
    if not wanted:
        return ()
    consumer = reader(bootstrap)
    try:
        known = consumer.list_topics(timeout=_ANSWER_SECONDS).topics
        return tuple(_health(consumer, name, list(known[name].partitions) if name in known else []) for name in wanted)
    except KafkaException as error:
        return tuple(TopicHealth(name=name, partitions=None, messages=None, reason=kafka_text(error)) for name in wanted)
    finally:
        consumer.close()


def _health(consumer: Consumer, name: str, partitions: list[int]) -> TopicHealth:
    if not partitions:
        return TopicHealth(name=name, partitions=None, messages=None, reason="the broker does not have it: run `up`")
    try:
        messages = sum(_messages(consumer, name, number) for number in partitions)
    except KafkaException as error:
        return TopicHealth(name=name, partitions=len(partitions), messages=None, reason=kafka_text(error))
    return TopicHealth(name=name, partitions=len(partitions), messages=messages)


def _messages(consumer: Consumer, topic: str, partition: int) -> int:
    low, high = bounds(consumer, topic, partition, timeout=_ANSWER_SECONDS)
    return high - low


def kafka_text(error: KafkaException) -> str:
    """Say in plain words what the Kafka client has to complain about."""
    reason = error.args[0] if error.args else error
    if not isinstance(reason, KafkaError):
        return str(reason)
    return "the broker does not answer" if reason.name() in _NO_ANSWER else reason.str()
