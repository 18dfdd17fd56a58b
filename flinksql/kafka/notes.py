"""Notes that every stack on a broker can read: Kafka keeps no labels, so a compacted topic of our own holds them, one record a key."""

from collections.abc import Callable, Iterator, Mapping
from threading import Lock
from typing import TypeVar

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Message, Producer, TopicPartition

from flinksql.kafka.admin import TopicAdmin, translate
from flinksql.kafka.errors import TransientTopicError
from flinksql.kafka.passing import wait_out
from flinksql.kafka.topic import Topic

NOTES = "flink-reviews-topic-owners"
"""The topic, by the name of what it held first."""
_SECONDS = 10.0
_QUIET = {"log_level": 0}
Note = TypeVar("Note")


class Notes:
    """The notes on the brokers at `bootstrap`. May be used from several threads; raises TopicError.

    `options` are further ones of the Kafka client, such as `security.protocol`.
    """

    def __init__(self, bootstrap: str, admin: TopicAdmin, options: Mapping[str, str] | None = None) -> None:
        self._bootstrap = bootstrap
        self._options = {**_QUIET, **(options or {}), "bootstrap.servers": bootstrap}
        self._admin = admin
        self._lock = Lock()

    def read(self, understand: Callable[[str, bytes], Note | None], doing: str) -> Mapping[str, Note]:
        """Return the newest note under each key; none where nobody ever noted anything. `doing` is for an error.

        `understand` reads a note of a key; what it returns None for is somebody else's record, and says nothing.
        """
        with self._lock:
            if self._admin.describe(NOTES) is None:
                return {}
            settings = {**self._options, "group.id": NOTES, "enable.auto.commit": False}
            consumer = Consumer({**settings, "enable.partition.eof": False, "isolation.level": "read_committed"})
            try:
                return wait_out(lambda: _all(consumer, understand, doing))
            except KafkaException as error:
                raise translate(error, doing, self._bootstrap) from error
            finally:
                consumer.close()

    def write(self, notes: Mapping[str, bytes | None], doing: str, *, replication: int = 0) -> None:
        """Put notes in place of those under their keys; None takes one away.

        `replication` is for the topic itself where it has to be made; with 0 nothing is written where there is none.
        """
        with self._lock:
            if not notes:
                return
            if self._admin.describe(NOTES) is None:
                if not replication:
                    return
                # A broker may want two replicas to have each record, which a single one never fulfils.
                alone = {"min.insync.replicas": "1"} if replication == 1 else {}
                config = {"cleanup.policy": "compact", **alone}
                self._admin.apply(Topic(name=NOTES, partitions=1, replication=replication, config=config))
            failures: list[str] = []
            producer = Producer({**self._options, "acks": "all", "message.timeout.ms": int(_SECONDS * 1000)})
            for key, value in notes.items():
                producer.produce(
                    NOTES, key=key.encode(), value=value, on_delivery=lambda error, _message: failures.append(str(error or ""))
                )
            producer.flush(_SECONDS)
            if failures != [""] * len(notes):
                raise TransientTopicError(f"{doing} failed: {next(filter(None, failures), 'no answer')}. Try again")


def _all(consumer: Consumer, understand: Callable[[str, bytes], Note | None], doing: str) -> dict[str, Note]:
    """Read from the beginning to where the topic ended when it was begun."""
    found: dict[str, Note] = {}
    for message in _messages(consumer, doing):
        key, value = (message.key() or b"").decode(errors="replace"), message.value()
        if value is None:
            found.pop(key, None)
        elif (note := understand(key, value)) is not None:
            found[key] = note
    return found


def _messages(consumer: Consumer, doing: str) -> Iterator[Message]:
    place = TopicPartition(NOTES, 0, OFFSET_BEGINNING)
    ends = consumer.get_watermark_offsets(TopicPartition(NOTES, 0), timeout=_SECONDS)
    if ends is None:
        # Silence is no proof that nobody noted anything.
        raise TransientTopicError(f"{doing} failed: the broker does not say how many records there are. Try again")
    if ends[1] == 0:
        return
    consumer.assign([place])
    at = 0
    while at < ends[1]:
        message = consumer.poll(_SECONDS)
        if message is None:
            # Compaction and markers of transactions leave offsets without a record at the end.
            at = consumer.position([place])[0].offset
            if at < ends[1]:
                raise TransientTopicError(f"{doing} failed: the broker gives no record. Try again")
            return
        failure = message.error()
        if failure:
            raise KafkaException(failure)
        yield message
        at = (message.offset() or 0) + 1
