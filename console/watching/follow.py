"""Reading a topic from a place on, as an endless stream with pauses in which the caller can look at the clock."""

from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, TopicPartition

from console.errors import ConsoleError
from console.health.topics import kafka_text
from console.kafka import reader
from console.watching.results import Display, Result
from flinksql.kafka.offsets import bounds

_ANSWER_SECONDS = 10.0
_POLL_SECONDS = 0.2

Place = dict[int, int]
"""Partition to the offset that is read next."""


class Following:
    """One reader of one topic."""

    def __init__(self, consumer: Consumer, topic: str) -> None:
        self._consumer = consumer
        self._topic = topic

    def end(self) -> Place:
        """Tell where the topic ends now. Raises ConsoleError when the broker does not answer or has no such topic."""
        try:
            found = self._consumer.list_topics(self._topic, timeout=_ANSWER_SECONDS).topics[self._topic].partitions
            return {number: self._high(number) for number in found}
        except KafkaException as error:
            raise unreadable(self._topic, kafka_text(error)) from error

    def start(self, place: Place | None = None) -> None:
        """Read from `place` on, or from the beginning. Raises ConsoleError when the topic is not there."""
        numbers = list(self.end() if place is None else place)
        if not numbers:
            raise unreadable(self._topic, "the broker does not have it")
        offsets = place or dict.fromkeys(numbers, OFFSET_BEGINNING)
        self._consumer.assign([TopicPartition(self._topic, number, offset) for number, offset in offsets.items()])

    def results(self, display: Display) -> Iterator[Result | None]:
        """Give results for ever; None for a pause in which nothing came."""
        while True:
            message = self._consumer.poll(_POLL_SECONDS)
            if message is None or message.error() is not None:
                yield None
            elif (result := display.parse(message.value())) is not None:
                yield result

    def _high(self, partition: int) -> int:
        return bounds(self._consumer, self._topic, partition, timeout=_ANSWER_SECONDS)[1]


@contextmanager
def following(bootstrap: str, topic: str) -> Iterator[Following]:
    """Open a reader and close it in any case."""
    consumer = reader(bootstrap)
    try:
        yield Following(consumer, topic)
    finally:
        consumer.close()


def unreadable(topic: str, reason: str) -> ConsoleError:
    """Return the error of a topic that cannot be read."""
    return ConsoleError(
        f"topic {topic} cannot be read: {reason}", advice="look at `python -m console status`; `up` repairs what is not running"
    )
