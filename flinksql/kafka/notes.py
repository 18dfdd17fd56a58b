"""Notes that every stack on a broker can read: Kafka keeps no labels, so a compacted topic of our own holds them, one record a key."""

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Generic, TypeVar

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


class Notes(Generic[Note]):
    """The notes on the brokers at `bootstrap`. May be used from several threads; raises TopicError.

    `understand` reads a note of a key; what it returns None for is somebody else's record, and says nothing. `options` are further ones of
    the Kafka client, such as `security.protocol`.

    Each record is read once: the stacks of a broker may have noted thousands of topics, and a run looks for each topic of its own.
    """

    def __init__(
        self,
        bootstrap: str,
        admin: TopicAdmin,
        understand: Callable[[str, bytes], Note | None],
        options: Mapping[str, str] | None = None,
    ) -> None:
        self._bootstrap = bootstrap
        self._options = {**_QUIET, **(options or {}), "bootstrap.servers": bootstrap}
        self._admin = admin
        self._understand = understand
        self._lock = Lock()
        self._found: dict[str, Note] = {}
        self._at = 0
        """The offset up to which records were read."""
        self._topic_id = ""

    def read(self, doing: str) -> Mapping[str, Note]:
        """Return the newest note under each key; none where nobody ever noted anything. `doing` is for an error."""
        with self._lock:
            topic = self._admin.describe(NOTES)
            if topic is None:
                return {}
            if topic.topic_id != self._topic_id or not topic.topic_id:
                # Another topic of that name, or a broker that does not tell.
                self._begin_again()
                self._topic_id = topic.topic_id
            settings = {**self._options, "group.id": NOTES, "enable.auto.commit": False}
            consumer = Consumer({**settings, "enable.partition.eof": False, "isolation.level": "read_committed"})
            try:
                wait_out(lambda: self._read_on(consumer, doing))
            except KafkaException as error:
                raise translate(error, doing, self._bootstrap) from error
            finally:
                consumer.close()
            return dict(self._found)

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

    def _begin_again(self) -> None:
        self._found, self._at = {}, 0

    def _read_on(self, consumer: Consumer, doing: str) -> None:
        """Read from where the last reading ended to where the topic ended when this one was begun."""
        place = TopicPartition(NOTES, 0)
        bounds = consumer.get_watermark_offsets(place, timeout=_SECONDS)
        if bounds is None:
            # Silence is no proof that nobody noted anything.
            raise TransientTopicError(f"{doing} failed: the broker does not say how many records there are. Try again")
        begin, end = bounds
        if not begin <= self._at <= end:
            # Records that were read are gone, or were never kept by all replicas.
            self._begin_again()
        if self._at == end:
            return
        consumer.assign([TopicPartition(NOTES, 0, self._at or OFFSET_BEGINNING)])
        while self._at < end:
            message = consumer.poll(_SECONDS)
            if message is None:
                # Compaction and markers of transactions leave offsets without a record at the end.
                if consumer.position([place])[0].offset < end:
                    raise TransientTopicError(f"{doing} failed: the broker gives no record. Try again")
                self._at = end
                return
            failure = message.error()
            if failure:
                raise KafkaException(failure)
            self._take(message)

    def _take(self, message: Message) -> None:
        key, value = (message.key() or b"").decode(errors="replace"), message.value()
        if value is None:
            self._found.pop(key, None)
        elif (note := self._understand(key, value)) is not None:
            self._found[key] = note
        self._at = (message.offset() or 0) + 1
