"""How far the consumer groups of a stack's jobs have come: what lies in their topics and is not committed yet."""

from collections.abc import Iterable
from concurrent.futures import Future
from typing import Any

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from console.health.report import GroupHealth
from console.health.topics import kafka_text
from console.kafka import quiet_settings, reader
from flinksql.kafka.brokers import client_options
from flinksql.kafka.offsets import bounds

_ANSWER_SECONDS = 5.0


def observe_groups(bootstrap: str, job_names: Iterable[str]) -> tuple[GroupHealth, ...]:
    """Look for each group whose name is that of a job, or begins with it and a `/`, as `${job_name}` in a table gives it.

    Never raises: what cannot be learnt is in the rows.
    """
    names = tuple(sorted(set(job_names)))
    client = AdminClient({**quiet_settings(), **client_options(bootstrap), "bootstrap.servers": bootstrap})
    try:
        listed: Any = client.list_consumer_groups(request_timeout=_ANSWER_SECONDS).result(timeout=2 * _ANSWER_SECONDS)
    except (KafkaException, TimeoutError):
        # The topics, which are asked for at the same time, say that the broker does not answer.
        return ()
    groups = sorted(one.group_id for one in listed.valid if one.group_id in names or one.group_id.startswith(tuple(f"{n}/" for n in names)))
    consumer = reader(bootstrap)
    try:
        return tuple(row for group in groups for row in _rows(client, consumer, group))
    finally:
        consumer.close()


def _rows(client: AdminClient, consumer: Consumer, group: str) -> list[GroupHealth]:
    try:
        committed = _committed(client, group)
        topics = sorted({place.topic for place in committed})
        return [
            GroupHealth(group=group, topic=topic, lag=sum(_lag(consumer, place) for place in committed if place.topic == topic))
            for topic in topics
        ]
    except KafkaException as error:
        return [GroupHealth(group=group, topic="", lag=None, reason=kafka_text(error))]
    except TimeoutError:
        return [GroupHealth(group=group, topic="", lag=None, reason="the broker does not answer")]


def _committed(client: AdminClient, group: str) -> list[TopicPartition]:
    asked = client.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)], request_timeout=_ANSWER_SECONDS)
    futures: dict[str, Future[ConsumerGroupTopicPartitions]] = asked
    return list(futures[group].result(timeout=2 * _ANSWER_SECONDS).topic_partitions or ())


def _lag(consumer: Consumer, place: TopicPartition) -> int:
    """Return how many offsets lie behind what is committed. The markers of transactions take offsets too."""
    low, high = bounds(consumer, place.topic, place.partition, timeout=_ANSWER_SECONDS)
    return max(high - max(place.offset, low), 0)
