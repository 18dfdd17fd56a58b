"""What a consumer group has committed, asked of a real broker."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import cached_property
from typing import Any

from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from flinksql.kafka.admin import TopicAdmin, translate
from flinksql.kafka.brokers import client_settings
from flinksql.kafka.errors import BrokerUnreachableError
from flinksql.kafka.passing import wait_out

_REQUEST_SECONDS = 10.0
_AT_ONCE = 500
"""Partitions in a request. The client library looks through all of them for each that is answered: ten thousand took it half a second."""
_PASSING = 1.5
"""So many times as long as an answer may take, a passing one is waited out."""


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
    bootstrap: str, group: str, partitions: Sequence[TopicPartition], options: Mapping[str, str] | None = None
) -> Sequence[TopicPartition]:
    """Return the partitions with the group's offsets; below zero where it has committed none, as a group has that is not there.

    `options` are further ones of the Kafka client. Raises TopicError.
    """
    return CommittedOffsets(bootstrap, options).of(group, partitions) if partitions else ()


class CommittedOffsets:
    """What the consumer groups of a broker have committed. `seconds` is how long an answer may take.

    Each method raises TopicError.
    """

    def __init__(self, bootstrap: str, options: Mapping[str, str] | None = None, *, seconds: float = _REQUEST_SECONDS) -> None:
        self._bootstrap = bootstrap
        self._seconds = seconds
        self._settings = client_settings(bootstrap, options)

    @cached_property
    def _client(self) -> AdminClient:
        return AdminClient(self._settings)

    def groups(self) -> list[str]:
        """Return the names of all groups that the broker tells of."""
        with self._asking("reading the consumer groups"):
            listed: Any = self._client.list_consumer_groups(request_timeout=self._seconds).result(timeout=2 * self._seconds)
            return sorted(one.group_id for one in listed.valid)

    def of(self, group: str, partitions: Sequence[TopicPartition] | None = None) -> Sequence[TopicPartition]:
        """Return the partitions with the group's offsets; without `partitions`, those for which it has committed one."""
        # A consumer, which joins no group by this. librdkafka 2.16 ends the whole process (SIGSEGV in rd_kafka_cgrp_op) when an
        # administrative client asks for offsets and the broker answers that it is not the group's coordinator, as a young one does.
        settings = {**self._settings, "group.id": group, "enable.auto.commit": False, "isolation.level": "read_uncommitted"}
        with self._asking(f"reading what group {group} has committed"), closing(Consumer(settings)) as consumer:
            asked = list(partitions) if partitions else self._all_partitions
            if not asked:
                return ()
            found = [one for some in batches(asked) for one in self._told(consumer, some)]
            for one in found:
                if one.error is not None:
                    raise KafkaException(one.error)
            return found if partitions else [one for one in found if one.offset >= 0]

    def _told(self, consumer: Consumer, asked: list[TopicPartition]) -> Sequence[TopicPartition]:
        return wait_out(lambda: consumer.committed(asked, timeout=self._seconds), seconds=_PASSING * self._seconds)

    @cached_property
    def _all_partitions(self) -> list[TopicPartition]:
        """The partitions of all topics, asked for once however many groups there are."""
        topics = self._client.list_topics(timeout=self._seconds).topics
        return [TopicPartition(name, number) for name, one in topics.items() if not name.startswith("__") for number in one.partitions]

    @contextmanager
    def _asking(self, doing: str) -> Iterator[None]:
        try:
            yield
        except KafkaException as error:
            raise translate(error, doing, self._bootstrap) from error
        except TimeoutError as error:
            raise BrokerUnreachableError(doing, self._bootstrap) from error


def batches(partitions: Sequence[TopicPartition]) -> Iterator[list[TopicPartition]]:
    """Divide partitions into as many as the client library takes at once without losing time."""
    for begin in range(0, len(partitions), _AT_ONCE):
        yield list(partitions[begin : begin + _AT_ONCE])
