"""Which records `tail` shows, and how, with a broker that has some."""

from collections.abc import Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

import pytest
from confluent_kafka import TIMESTAMP_CREATE_TIME, Consumer, KafkaError, TopicPartition

from console.errors import ConsoleError
from console.formats.codec import JsonCodec
from console.show.record import printable, record_line, record_plain
from console.watching.tail import Beginning, KafkaRecord, Tail

START = 1_700_000_000_000


class FakeMessage:
    def __init__(self, partition: int, offset: int, at: int, *, end: bool = False) -> None:
        self._partition, self._offset, self._at, self._end = partition, offset, at, end

    def error(self) -> object:
        return SimpleNamespace(code=lambda: KafkaError._PARTITION_EOF) if self._end else None

    def partition(self) -> int:
        return self._partition

    def offset(self) -> int:
        return self._offset

    def timestamp(self) -> tuple[int, int]:
        return TIMESTAMP_CREATE_TIME, self._at

    def key(self) -> bytes:
        return b"k"

    def value(self) -> bytes:
        return b'{"a": 1}'

    def headers(self) -> None:
        return None


class FakeConsumer:
    """Two partitions; the markers of transactions take each second offset of the first one."""

    def __init__(self, partitions: Sequence[Sequence[int]]) -> None:
        self.partitions = partitions
        self.waiting: list[FakeMessage] = []

    def list_topics(self, topic: str, **_: float) -> SimpleNamespace:
        known = dict.fromkeys(range(len(self.partitions)))
        return SimpleNamespace(topics={topic: SimpleNamespace(partitions=known)})

    def get_watermark_offsets(self, place: TopicPartition, **_: float) -> tuple[int, int]:
        return 0, max(self.partitions[place.partition], default=-1) + 2

    def offsets_for_times(self, wanted: list[TopicPartition], **_: float) -> list[TopicPartition]:
        found = [next((one for one in self.partitions[p.partition] if START + one >= p.offset), -1) for p in wanted]
        return [TopicPartition("t", place.partition, offset) for place, offset in zip(wanted, found, strict=True)]

    def assign(self, places: list[TopicPartition]) -> None:
        self.waiting = []
        for place in places:
            self.waiting += [
                FakeMessage(place.partition, one, START + one) for one in self.partitions[place.partition] if one >= place.offset
            ]
            self.waiting.append(FakeMessage(place.partition, 0, 0, end=True))

    def poll(self, _timeout: float) -> FakeMessage | None:
        return self.waiting.pop(0) if self.waiting else None


def shown(partitions: Sequence[Sequence[int]], beginning: Beginning) -> list[tuple[int, int]]:
    tail = Tail(cast("Consumer", FakeConsumer(partitions)), "t")
    return [(one.partition, one.offset) for one in tail.records(beginning, follow=False)]


@pytest.mark.parametrize(
    ("beginning", "expected"),
    [
        pytest.param(Beginning(), [(0, 0), (0, 2), (0, 4), (0, 40), (1, 1), (1, 3)], id="the beginning"),
        pytest.param(Beginning(latest=True), [], id="the end"),
        pytest.param(Beginning(newest=2), [(0, 4), (0, 40)], id="the newest of all partitions, past many markers"),
        pytest.param(Beginning(newest=100), [(0, 0), (1, 1), (0, 2), (1, 3), (0, 4), (0, 40)], id="more than there are"),
        pytest.param(Beginning(time=datetime.fromtimestamp((START + 3) / 1000, tz=UTC)), [(0, 4), (0, 40), (1, 3)], id="a time"),
    ],
)
def test_records_from_a_place_on(beginning: Beginning, expected: list[tuple[int, int]]) -> None:
    assert shown([[0, 2, 4, 40], [1, 3]], beginning) == expected


def test_a_topic_that_is_not_there_is_told() -> None:
    with pytest.raises(ConsoleError, match="the broker does not have it"):
        shown([], Beginning())


RECORD = KafkaRecord(partition=1, offset=7, at=datetime(2026, 1, 1, 10, tzinfo=UTC), key=b"k", value=b'{"a": 1}', headers=(("h", b"\xff"),))


def test_a_record_is_shown_with_its_place() -> None:
    assert record_line(RECORD, JsonCodec(), "raw") == '1:7  2026-01-01 10:00:00.000  k  {"a": 1}  {"h": {"base64": "/w=="}}'
    assert record_plain(RECORD, JsonCodec(), "raw")["value"] == {"a": 1}


def test_a_record_that_cannot_be_read_is_shown_as_it_is() -> None:
    record = KafkaRecord(partition=0, offset=0, at=None, key=None, value=b"{")
    assert record_plain(record, JsonCodec(), "raw")["base64"] == "ew=="
    assert "(unreadable: it is no JSON" in record_line(record, JsonCodec(), "raw")
    assert record_line(KafkaRecord(partition=0, offset=1, at=None, key=None, value=None), JsonCodec(), "raw") == "0:1  no time  (deleted)"


def test_what_a_terminal_would_obey_is_shown_and_not_sent_to_it() -> None:
    assert printable("a\x1b[2Jb\nü") == "a\\x1b[2Jb\\x0aü"
