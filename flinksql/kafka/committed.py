"""What a consumer group has committed, asked of a real broker."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from flinksql.kafka.admin import TopicAdmin, translate
from flinksql.kafka.brokers import client_settings
from flinksql.kafka.errors import BrokerUnreachableError
from flinksql.kafka.passing import wait_out

_REQUEST_SECONDS = 10.0


def uncommitted_partitions(bootstrap: str, group: str, topics: Sequence[str]) -> tuple[str, ...]:
    """Return the partitions for which a group has committed nothing, as `topic-0`; of a topic that is not there, its name.

    Raises BrokerUnreachableError at once when nobody listens, TopicError when the broker does not tell.
    """
    missing: list[str] = []
    partitions: list[TopicPartition] = []
    admin = TopicAdmin(bootstrap)
    for name in topics:
        topic = admin.describe(name)
        if topic is None:
            missing.append(name)
        else:
            partitions += [TopicPartition(name, number) for number in range(topic.partitions)]
    return (*missing, *(f"{one.topic}-{one.partition}" for one in committed_offsets(bootstrap, group, partitions) if one.offset < 0))


def committed_offsets(
    bootstrap: str, group: str, partitions: list[TopicPartition], options: Mapping[str, str] | None = None
) -> Sequence[TopicPartition]:
    """Return the partitions with the group's offsets; below zero where it has committed none, as a group has that is not there.

    `options` are further ones of the Kafka client. Raises TopicError.
    """
    if not partitions:
        return ()
    client = AdminClient(client_settings(bootstrap, options))
    asked = ConsumerGroupTopicPartitions(group, partitions)
    doing = f"reading what group {group} has committed"

    def ask() -> Sequence[TopicPartition]:
        futures: dict[str, Future[ConsumerGroupTopicPartitions]] = client.list_consumer_group_offsets(
            [asked], request_timeout=_REQUEST_SECONDS
        )
        return futures[group].result(timeout=2 * _REQUEST_SECONDS).topic_partitions or ()

    try:
        return wait_out(ask)
    except KafkaException as error:
        raise translate(error, doing, bootstrap) from error
    except TimeoutError as error:
        raise BrokerUnreachableError(doing, bootstrap) from error
