"""Rows as the page gets them: bounded, and texts whatever they hold."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from console.errors import ConsoleError
from console.formats.codec import JsonCodec
from console.ui.rows import LONGEST_KEY, LONGEST_TEXT, MOST_READERS, MOST_ROWS, RowReaders, shown_row
from console.watching.tail import KafkaRecord
from tests.contract.bench import until
from tests.support.ui import HOSTILE, FakeTail, plain_records, record, world_of


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(b'{"a": 1}', {"value": '{"a": 1}', "cut": False, "error": "", "bytes": 8}, id="json"),
        pytest.param(None, {"value": "", "deleted": True, "bytes": 0}, id="a deletion"),
        pytest.param(b"{", {"value": "ew==", "cut": False}, id="unreadable"),
        pytest.param(f'"{HOSTILE}"'.replace('"', "'").encode(), {"cut": False}, id="markup"),
        pytest.param(b"", {"value": "", "deleted": False}, id="empty"),
    ],
)
def test_a_record_is_shown_as_text(value: bytes | None, expected: dict[str, Any]) -> None:
    shown = shown_row(record(1, value), JsonCodec(), "raw")
    assert {name: shown[name] for name in expected} == expected
    assert shown["id"] == "0:1"


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(b'{"x":"' + b"y" * 900_000 + b'"}', id="900 kB"),
        pytest.param(b"\xff" * 900_000, id="900 kB that are no text"),
        pytest.param("ä".encode() * 450_000, id="900 kB of umlauts"),
        pytest.param(b'{"x":"' + b"y" * 20_000 + b'"}', id="20 kB"),
        pytest.param(b"[" * 30_000, id="deep"),
    ],
)
def test_a_large_record_is_cut_and_says_how_large_it_is(value: bytes) -> None:
    shown = shown_row(record(1, value), JsonCodec(), "raw")
    assert len(shown["value"]) == LONGEST_TEXT
    assert (shown["cut"], shown["bytes"]) == (True, len(value))
    assert len(shown["error"]) < LONGEST_TEXT + 4


@pytest.mark.parametrize("value", [pytest.param(b"{}", id="small"), pytest.param(b"x" * 900_000, id="large")])
def test_a_long_key_is_cut(value: bytes) -> None:
    shown = shown_row(record(1, value, key=b"k" * 100_000), JsonCodec(), "raw")
    assert len(shown["key"]) == LONGEST_KEY + 3


def values(readers: RowReaders, topic: str = "orders") -> list[str]:
    return [row["value"] for row in readers.rows(topic)["rows"]]


class Broker:
    """A broker of which each test says whether it is there."""

    def __init__(self) -> None:
        self.world = world_of([])
        self.away = ""
        self.opened: list[str] = []

    @contextmanager
    def open(self, topic: str) -> Iterator[Any]:
        self.opened.append(topic)
        if self.away:
            raise ConsoleError(self.away)
        yield FakeTail(self.world), JsonCodec(), "raw"


@pytest.fixture
def broker() -> Broker:
    return Broker()


@pytest.fixture
def readers(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> Iterator[RowReaders]:
    monkeypatch.setattr("console.ui.rows._PAUSE_SECONDS", 0.01)
    monkeypatch.setattr("console.ui.rows._AGAIN_SECONDS", 0.01)
    made = RowReaders(broker.open)
    yield made
    made.stop()


def test_the_newest_rows_come_and_no_more_than_are_shown(broker: Broker, readers: RowReaders) -> None:
    assert readers.rows("orders")["rows"] == []
    until(lambda: readers.rows("orders")["at"] is not None)
    broker.world.records[:] = plain_records(500)
    until(lambda: len(values(readers)) == MOST_ROWS)
    assert "order-499" in values(readers)[-1]


def test_many_pages_have_one_reader(broker: Broker, readers: RowReaders) -> None:
    threads = [threading.Thread(target=readers.rows, args=("orders",)) for _ in range(50)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    until(lambda: readers.rows("orders")["at"] is not None)
    assert broker.opened == ["orders"]


def test_a_broker_that_is_away_is_said_and_the_rows_stay(broker: Broker, readers: RowReaders) -> None:
    broker.away = "the broker does not answer"
    until(lambda: readers.rows("orders")["error"] == "the broker does not answer")
    broker.away = ""
    broker.world.records[:] = plain_records(2)
    until(lambda: len(values(readers)) == 2 and readers.rows("orders")["error"] == "")


def test_only_so_many_topics_are_read_at_once(broker: Broker, readers: RowReaders) -> None:
    for number in range(MOST_READERS * 3):
        readers.rows(f"topic-{number}")
    until(lambda: sum(one.name.startswith("rows of topic-") for one in threading.enumerate()) <= MOST_READERS)


def test_a_topic_that_nobody_shows_is_read_no_longer(broker: Broker, readers: RowReaders, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.ui.rows._IDLE_SECONDS", 0.05)
    readers.rows("forgotten")
    until(lambda: not any(one.name == "rows of forgotten" for one in threading.enumerate()))


def test_a_record_without_a_time_has_none() -> None:
    one = KafkaRecord(partition=3, offset=9, at=None, key=None, value=b"{}")
    shown = shown_row(one, JsonCodec(), "raw")
    assert (shown["id"], shown["time"], shown["key"]) == ("3:9", "", "")
