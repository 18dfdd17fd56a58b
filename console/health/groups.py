"""How far the consumer groups of a stack's jobs have come: what lies in their topics and is not committed yet."""

from collections.abc import Iterable

from confluent_kafka import Consumer, KafkaException, TopicPartition

from console.health.report import GroupHealth
from console.health.topics import kafka_text
from console.kafka import reader
from flinksql.kafka.committed import CommittedOffsets
from flinksql.kafka.errors import BrokerUnreachableError, TopicError
from flinksql.kafka.offsets import bounds

_ANSWER_SECONDS = 5.0


def observe_groups(bootstrap: str, job_names: Iterable[str]) -> tuple[GroupHealth, ...]:
    """Look for each group whose name is that of a job, or begins with it and a `/`, as `${job_name}` in a table gives it.

    Never raises: what cannot be learnt is in the rows.
    """
    names = tuple(sorted(set(job_names)))
    committed = CommittedOffsets(bootstrap, seconds=_ANSWER_SECONDS)
    try:
        groups = [one for one in committed.groups() if one in names or one.startswith(tuple(f"{name}/" for name in names))]
    except TopicError:
        # The topics, which are asked for at the same time, say that the broker does not answer.
        return ()
    consumer = reader(bootstrap)
    try:
        return tuple(row for group in groups for row in _rows(committed, consumer, group))
    finally:
        consumer.close()


def _rows(committed: CommittedOffsets, consumer: Consumer, group: str) -> list[GroupHealth]:
    try:
        places = committed.of(group)
        topics = sorted({place.topic for place in places})
        return [
            GroupHealth(group=group, topic=topic, lag=sum(_lag(consumer, place) for place in places if place.topic == topic))
            for topic in topics
        ]
    except BrokerUnreachableError:
        return [GroupHealth(group=group, topic="", lag=None, reason="the broker does not answer")]
    except TopicError as error:
        return [GroupHealth(group=group, topic="", lag=None, reason=str(error))]
    except KafkaException as error:
        return [GroupHealth(group=group, topic="", lag=None, reason=kafka_text(error))]


def _lag(consumer: Consumer, place: TopicPartition) -> int:
    """Return how many offsets lie behind what is committed. The markers of transactions take offsets too."""
    low, high = bounds(consumer, place.topic, place.partition, timeout=_ANSWER_SECONDS)
    return max(high - max(place.offset, low), 0)
