"""The newest records of topics, for as long as a page shows them. One reader for each topic, however many pages ask."""

import json
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from confluent_kafka import KafkaException

from console.errors import ConsoleError
from console.formats.base import Codec
from console.health.topics import kafka_text
from console.show.record import record_plain
from console.ui.collector import problem_text
from console.watching.tail import Beginning, KafkaRecord, Tail

MOST_ROWS = 10
"""The newest ones. Of a topic with more in two seconds, the page shows a part."""
MOST_READERS = 4
LONGEST_TEXT = 1000
"""Characters of a value or an error."""
LONGEST_KEY = 200
LARGEST_DECODED = 32 * 1024
"""Bytes. The beginning of a larger record is shown as it is."""
_PAUSE_SECONDS = 2.0
_AGAIN_SECONDS = 5.0
_IDLE_SECONDS = 15.0

Opened = tuple[Tail, Codec, str]
"""A reader of a topic, what reads its values, and the format of its keys."""
Open = Callable[[str], AbstractContextManager[Opened]]
"""Opens a topic, by its name. Raises what commands raise."""


class RowReaders:
    """The readers of all topics that pages show now."""

    def __init__(self, open_topic: Open) -> None:
        self._open = open_topic
        self._lock = threading.Lock()
        self._readers: dict[str, _Reader] = {}

    def rows(self, topic: str) -> dict[str, Any]:
        """Return the newest rows of a topic that are known, oldest first, and what is wrong. The first answer of a topic is empty."""
        with self._lock:
            reader = self._readers.get(topic)
            if reader is None or not reader.is_alive():
                while len(self._readers) >= MOST_READERS:
                    oldest = min(self._readers, key=lambda name: self._readers[name].wanted_at)
                    self._readers.pop(oldest).stop()
                reader = self._readers[topic] = _Reader(topic, self._open)
                reader.start()
            reader.wanted_at = time.monotonic()
            return reader.known

    def stop(self) -> None:
        """End all readers."""
        with self._lock:
            for reader in self._readers.values():
                reader.stop()
            self._readers.clear()


class _Reader(threading.Thread):
    def __init__(self, topic: str, open_topic: Open) -> None:
        super().__init__(name=f"rows of {topic}", daemon=True)
        self._topic = topic
        self._open = open_topic
        self._stopped = threading.Event()
        self.wanted_at = time.monotonic()
        self.known: dict[str, Any] = {"topic": topic, "rows": [], "at": None, "error": ""}

    def stop(self) -> None:
        self._stopped.set()

    def run(self) -> None:
        while self._is_wanted():
            try:
                with self._open(self._topic) as (tail, codec, key_format):
                    self._follow(tail, codec, key_format)
            except Exception as error:  # noqa: BLE001  # it is shown on the page, and tried again
                self.known = {**self.known, "error": _reason(error)}
                self._stopped.wait(_AGAIN_SECONDS)

    def _follow(self, tail: Tail, codec: Codec, key_format: str) -> None:
        ends: dict[int, int] | None = None
        while self._is_wanted():
            now = tail.ends()
            rows = self.known["rows"]
            if now != ends:
                ends = now
                rows = [shown_row(one, codec, key_format) for one in tail.records(Beginning(newest=MOST_ROWS), follow=False)]
            self.known = {"topic": self._topic, "rows": rows, "at": time.time(), "error": ""}
            self._stopped.wait(_PAUSE_SECONDS)

    def _is_wanted(self) -> bool:
        return not self._stopped.is_set() and time.monotonic() - self.wanted_at < _IDLE_SECONDS


def shown_row(record: KafkaRecord, codec: Codec, key_format: str) -> dict[str, Any]:
    """Return a record as texts of bounded length. `cut` tells that `value` is a part; `bytes` is the size of the whole value."""
    size = len(record.value or b"")
    frame = {
        "id": f"{record.partition}:{record.offset}",
        "time": record.at.isoformat(timespec="milliseconds") if record.at else "",
        "bytes": size,
        "deleted": record.value is None,
    }
    if record.value is not None and size > LARGEST_DECODED:
        text = record.value[: LONGEST_TEXT * 4].decode(errors="replace")
        return {**frame, "key": _key(record.key), "value": text[:LONGEST_TEXT], "cut": True, "error": ""}
    plain = record_plain(record, codec, key_format)
    value = plain["base64"] if "error" in plain else plain["value"]
    text = "" if value is None else _text(value)
    return {
        **frame,
        "key": _cut(_text(plain["key"]), LONGEST_KEY) if plain["key"] is not None else "",
        "value": text[:LONGEST_TEXT],
        "cut": len(text) > LONGEST_TEXT,
        "error": _cut(str(plain.get("error", "")), LONGEST_TEXT),
    }


def _reason(error: Exception) -> str:
    if isinstance(error, KafkaException):
        return kafka_text(error)
    # Without advice: that of `tail` is about its own options.
    return str(error) if isinstance(error, ConsoleError) else problem_text(error)


def _key(key: bytes | None) -> str:
    return "" if key is None else _cut(key[: LONGEST_KEY * 4].decode(errors="replace"), LONGEST_KEY)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}..."
