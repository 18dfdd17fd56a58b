"""The topic of notes as a log in memory, under the client that writes and reads it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, KafkaError, KafkaException, TopicPartition

from flinksql.kafka.admin import TopicAdmin
from flinksql.kafka.notes import NOTES
from flinksql.kafka.topic import Change, Topic

UNKNOWN = -1
"""In place of where a log ends: the broker did not say it in time, and the library gives none."""
BROKER = "broker.example.com:9092"


@dataclass
class Message:
    """A record, or an error in its place."""

    place: int
    name: bytes | None = b"reviews"
    content: bytes | None = b""
    failure: KafkaError | None = None

    def key(self) -> bytes | None:
        return self.name

    def value(self) -> bytes | None:
        return self.content

    def offset(self) -> int:
        return self.place

    def error(self) -> KafkaError | None:
        return self.failure


@dataclass(kw_only=True)
class Log:
    """The owners' topic: its records by offset, where it ends, and whether it is there. `trouble` is what a delivery tells."""

    records: list[Message] = field(default_factory=list)
    end: int | None = None
    made: list[Topic] = field(default_factory=list)
    trouble: str | None = ""
    unreadable: KafkaException | None = None
    unreadable_times: int | None = None
    settings: list[Mapping[str, Any]] = field(default_factory=list)
    closed: int = 0
    begin: int = 0
    read: int = 0
    """How many records were given to consumers."""

    def __len__(self) -> int:
        return len(self.records) if self.end is None else self.end


class Admin(TopicAdmin):
    """Knows the owners' topic once it is made."""

    def __init__(self, log: Log) -> None:
        super().__init__(BROKER)
        self.log = log

    def describe(self, name: str) -> Topic | None:
        return self.log.made[-1] if name == NOTES and self.log.made else None

    def apply(self, wanted: Topic) -> Change:
        self.log.made.append(wanted)
        return Change(create=True)


@dataclass
class FakeProducer:
    """Writes into a log."""

    log: Log
    delivered: list[Callable[[], None]] = field(default_factory=list)

    def produce(self, topic: str, *, key: bytes, value: bytes | None, on_delivery: Callable[[object, object], None]) -> None:
        assert topic == NOTES
        self.delivered.append(lambda: on_delivery(self.log.trouble or None, None))
        if not self.log.trouble:
            self.log.records.append(Message(len(self.log.records), key, value))

    def flush(self, seconds: float) -> None:
        assert seconds == 10
        if self.log.trouble is not None:
            for told in self.delivered:
                told()


@dataclass
class FakeConsumer:
    """Reads a log from its beginning, or from where it is told."""

    log: Log
    at: int = 0

    def get_watermark_offsets(self, place: TopicPartition, timeout: float) -> tuple[int, int] | None:
        assert (place.topic, place.partition, timeout) == (NOTES, 0, 10)
        if self.log.unreadable is not None and self.log.unreadable_times != 0:
            self.log.unreadable_times = self.log.unreadable_times and self.log.unreadable_times - 1
            raise self.log.unreadable
        return None if self.log.end == UNKNOWN else (self.log.begin, len(self.log))

    def assign(self, places: list[TopicPartition]) -> None:
        [place] = places
        assert (place.topic, place.partition) == (NOTES, 0)
        assert place.offset == OFFSET_BEGINNING or self.log.begin <= place.offset < len(self.log)
        self.at = self.log.begin if place.offset == OFFSET_BEGINNING else place.offset

    def poll(self, seconds: float) -> Message | None:
        assert seconds == 10
        assert self.at < len(self.log), "a poll at the end waits for nothing"
        found = next((one for one in self.log.records if one.place >= self.at), None)
        self.log.read += found is not None
        self.at = found.place + 1 if found else len(self.log)
        return found

    def position(self, places: list[TopicPartition]) -> list[TopicPartition]:
        return [TopicPartition(one.topic, one.partition, self.at if self.log.records else 0) for one in places]

    def close(self) -> None:
        self.log.closed += 1
