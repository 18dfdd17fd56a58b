"""Whose a topic is, readable by every stack on a broker: Kafka keeps no labels, so a compacted topic of our own holds them.

A record says for a topic's name which stack makes it, and is written before the topic is: a run that is killed in between finds it again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Producer, TopicPartition

from flinksql.kafka.admin import TopicAdmin, translate
from flinksql.kafka.errors import TransientTopicError
from flinksql.kafka.passing import wait_out
from flinksql.kafka.topic import Topic

OWNERS = "flink-reviews-topic-owners"
_SECONDS = 10.0
_QUIET = {"log_level": 0}


@dataclass(frozen=True, kw_only=True)
class TopicOwner:
    """A stack: project and stack, and the id that its state knows.

    `is_released` tells that it went and left its topic on purpose, for the next life of the stack of that name. `topic_id` is the id that
    Kafka gave the topic that it made; empty where it had not been made yet when this was said, and in notes of an earlier version.
    """

    stack: str
    stack_id: str
    is_released: bool = False
    topic_id: str = field(default="", compare=False)


class TopicOwners:
    """The owners' topic of the brokers at `bootstrap`. May be used from several threads; raises TopicError.

    `options` are further ones of the Kafka client, such as `security.protocol`.
    """

    def __init__(self, bootstrap: str, admin: TopicAdmin, options: Mapping[str, str] | None = None) -> None:
        self._bootstrap = bootstrap
        self._options = {**_QUIET, **(options or {}), "bootstrap.servers": bootstrap}
        self._admin = admin
        self._lock = Lock()

    def find(self, topic: str) -> TopicOwner | None:
        """Return who said that the topic is his, or None when nobody did."""
        with self._lock:
            return self._read().get(topic)

    def notes(self) -> Mapping[str, TopicOwner]:
        """Return who said that a topic is his, by topic."""
        with self._lock:
            return self._read()

    def claim(self, topic: str, owner: TopicOwner, replication: int) -> None:
        """Record that the topic belongs to the owner. `replication` is for the owners' topic itself, if it has to be created."""
        told = {"stack": owner.stack, "stackId": owner.stack_id, "released": owner.is_released, "topicId": owner.topic_id}
        value = json.dumps(told).encode()
        with self._lock:
            if self._admin.describe(OWNERS) is None:
                config = {"cleanup.policy": "compact"}
                self._admin.apply(Topic(name=OWNERS, partitions=1, replication=replication, config=config))
            self._write(topic, value)

    def release(self, topic: str) -> None:
        """Record that the topic was deleted and belongs to nobody."""
        with self._lock:
            if self._admin.describe(OWNERS) is not None:
                self._write(topic, None)

    def _write(self, topic: str, value: bytes | None) -> None:
        doing = f"noting whose topic {topic} is"
        failures: list[str] = []
        producer = Producer({**self._options, "acks": "all", "message.timeout.ms": int(_SECONDS * 1000)})
        producer.produce(OWNERS, key=topic.encode(), value=value, on_delivery=lambda error, _message: failures.append(str(error or "")))
        producer.flush(_SECONDS)
        if failures != [""]:
            raise TransientTopicError(f"{doing} failed: {failures[0] if failures else 'no answer'}. Try again")

    def _read(self) -> Mapping[str, TopicOwner]:
        doing = "reading whose topics there are"
        if self._admin.describe(OWNERS) is None:
            return {}
        settings = {**self._options, "group.id": OWNERS, "enable.auto.commit": False}
        consumer = Consumer({**settings, "enable.partition.eof": False, "isolation.level": "read_committed"})
        try:
            return wait_out(lambda: _all(consumer, doing))
        except KafkaException as error:
            raise translate(error, doing, self._bootstrap) from error
        finally:
            consumer.close()


def _all(consumer: Consumer, doing: str) -> dict[str, TopicOwner]:
    """Read from the beginning to where the topic ended when it was begun."""
    found: dict[str, TopicOwner] = {}
    place = TopicPartition(OWNERS, 0, OFFSET_BEGINNING)
    ends = consumer.get_watermark_offsets(TopicPartition(OWNERS, 0), timeout=_SECONDS)
    if ends is None:
        # Silence is no proof that nobody noted anything.
        raise TransientTopicError(f"{doing} failed: the broker does not say how many records there are. Try again")
    if ends[1] == 0:
        return found
    consumer.assign([place])
    at = 0
    while at < ends[1]:
        message = consumer.poll(_SECONDS)
        if message is None:
            # Compaction and markers of transactions leave offsets without a record at the end.
            at = consumer.position([place])[0].offset
            if at < ends[1]:
                raise TransientTopicError(f"{doing} failed: the broker gives no record. Try again")
            break
        failure = message.error()
        if failure:
            raise KafkaException(failure)
        _note(found, message.key() or b"", message.value())
        at = (message.offset() or 0) + 1
    return found


def _note(found: dict[str, TopicOwner], key: bytes, value: bytes | None) -> None:
    topic = key.decode(errors="replace")
    if value is None:
        found.pop(topic, None)
        return
    try:
        told = json.loads(value)
        found[topic] = TopicOwner(
            stack=str(told["stack"]),
            stack_id=str(told["stackId"]),
            is_released=told.get("released") is True,
            topic_id=str(told.get("topicId") or ""),
        )
    except (ValueError, KeyError, TypeError):
        return  # a record of somebody else's says nothing
