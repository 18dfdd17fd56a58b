"""Reading a topic's records with their places, from where somebody asks, to its end or without one."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, Consumer, KafkaError, KafkaException, Message, TopicPartition

from console.health.topics import kafka_text
from console.kafka import reader
from console.watching.follow import unreadable
from flinksql.kafka.offsets import bounds

_ANSWER_SECONDS = 10.0
_POLL_SECONDS = 0.2
_FARTHER = 4
"""So many times farther back the next try goes: transactions take offsets too, and not each offset has a record."""


@dataclass(frozen=True, kw_only=True)
class Beginning:
    """Where to begin: with the `newest` records, at the topic's end, at a time, else at the topic's beginning."""

    newest: int = 0
    latest: bool = False
    time: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class KafkaRecord:
    """A record as it lies in its topic. `at` is None where its time is not known, `value` for a deletion."""

    partition: int
    offset: int
    at: datetime | None
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


class Tail:
    """A reader of one topic."""

    def __init__(self, consumer: Consumer, topic: str) -> None:
        self._consumer = consumer
        self._topic = topic
        self._ended: set[int] = set()
        self._partitions = 0

    def records(self, beginning: Beginning, *, follow: bool) -> Iterator[KafkaRecord]:
        """Give the records from a place on; with `follow` for ever, else to where the topic ends.

        Raises ConsoleError when the broker does not answer or has no such topic.
        """
        try:
            bounds = self._bounds()
            if beginning.newest:
                yield from self._newest(bounds, beginning.newest)
            else:
                self._assign(self._start(bounds, beginning))
                yield from self._to_the_end()
        except KafkaException as error:
            raise unreadable(self._topic, kafka_text(error)) from error
        while follow:
            found = self._poll()
            if found is not None:
                yield found

    def ends(self) -> dict[int, int]:
        """Return the offset after the last record of each partition. Raises KafkaException, and ConsoleError for no such topic."""
        return {number: high for number, (_, high) in self._bounds().items()}

    def _bounds(self) -> dict[int, tuple[int, int]]:
        found = self._consumer.list_topics(self._topic, timeout=_ANSWER_SECONDS).topics[self._topic].partitions
        if not found:
            raise unreadable(self._topic, "the broker does not have it")
        return {number: self._watermarks(number) for number in found}

    def _watermarks(self, partition: int) -> tuple[int, int]:
        return bounds(self._consumer, self._topic, partition, timeout=_ANSWER_SECONDS)

    def _start(self, bounds: dict[int, tuple[int, int]], beginning: Beginning) -> dict[int, int]:
        if beginning.latest:
            return {number: high for number, (_, high) in bounds.items()}
        if beginning.time is None:
            return {number: low for number, (low, _) in bounds.items()}
        at = int(beginning.time.timestamp() * 1000)
        wanted = [TopicPartition(self._topic, number, at) for number in bounds]
        found = self._consumer.offsets_for_times(wanted, timeout=_ANSWER_SECONDS)
        return {one.partition: one.offset if one.offset >= 0 else bounds[one.partition][1] for one in found}

    def _newest(self, bounds: dict[int, tuple[int, int]], count: int) -> Sequence[KafkaRecord]:
        """Return the newest records of all partitions, in the order of their times."""
        back = count
        while True:
            start = {number: max(low, high - back) for number, (low, high) in bounds.items()}
            self._assign(start)
            found = list(self._to_the_end())
            enough = Counter(one.partition for one in found)
            # A partition that gave fewer may have newer records than another one, farther back.
            if all(enough[number] >= count or start[number] == low for number, (low, _) in bounds.items()):
                epoch = datetime.fromtimestamp(0, tz=UTC)
                return sorted(found, key=lambda one: (one.at or epoch, one.partition, one.offset))[-count:]
            back *= _FARTHER

    def _assign(self, start: dict[int, int]) -> None:
        self._ended.clear()
        self._partitions = len(start)
        self._consumer.assign([TopicPartition(self._topic, number, offset) for number, offset in start.items()])

    def _to_the_end(self) -> Iterator[KafkaRecord]:
        while len(self._ended) < self._partitions:
            found = self._poll(strict=True)
            if found is not None:
                yield found

    def _poll(self, *, strict: bool = False) -> KafkaRecord | None:
        """Return the next record, None for a pause or the end of a partition. `strict` raises where the broker goes away."""
        message = self._consumer.poll(_POLL_SECONDS)
        if message is None:
            if strict:
                # The client itself waits for a broker that went away, for ever: asked directly, it gives up.
                self._consumer.list_topics(self._topic, timeout=_ANSWER_SECONDS)
            return None
        error = message.error()
        if error is None:
            return _record(message)
        if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001  # its public name
            self._ended.add(message.partition() or 0)
        elif strict:
            raise KafkaException(error)
        return None


@contextmanager
def tailing(bootstrap: str, topic: str) -> Iterator[Tail]:
    """Open a reader and close it in any case. It commits nothing."""
    consumer = reader(bootstrap, **{"enable.partition.eof": "true"})
    try:
        yield Tail(consumer, topic)
    finally:
        consumer.close()


def _record(message: Message) -> KafkaRecord:
    kind, milliseconds = message.timestamp()
    return KafkaRecord(
        partition=message.partition() or 0,
        offset=message.offset() or 0,
        at=None if kind == TIMESTAMP_NOT_AVAILABLE else datetime.fromtimestamp(milliseconds / 1000, tz=UTC),
        key=message.key(),
        value=message.value(),
        headers=_headers(message.headers()),
    )


def _headers(found: Any) -> tuple[tuple[str, bytes], ...]:  # noqa: ANN401  # a list of pairs, which the library types as more than it gives
    return tuple((name, value if isinstance(value, bytes) else str(value or "").encode()) for name, value in found or ())
