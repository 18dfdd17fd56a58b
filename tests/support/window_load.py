"""A job that counts in windows of event time while rows flow, and what an undisturbed run of it would have counted.

With event time the totals of each window follow from the rows alone, whenever they are read: an upgrade that loses, repeats or tears
anything shows in a number.
"""

import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from flinksql.statement import Definition, Deployed, Kind, Statement
from tests.contract.bench import Bench, catalog_object
from tests.support.kafka import read_json, send

KEYS = 5
TICK_SECONDS = 0.1
HANG_SECONDS = 120.0
_ROWS = """CREATE TABLE load_rows (
    k STRING, v BIGINT, ts BIGINT, event_time AS TO_TIMESTAMP_LTZ(ts, 3), WATERMARK FOR event_time AS event_time
) WITH ('connector' = 'kafka', 'topic' = '{topic}-in', 'properties.bootstrap.servers' = '{bootstrap}', 'format' = 'json',
    'properties.group.id' = '{topic}', 'scan.startup.mode' = 'earliest-offset')
"""
_TOTALS = """CREATE TABLE load_totals (k STRING, n BIGINT, total BIGINT, latest BIGINT, version STRING)
WITH ('connector' = 'kafka', 'topic' = '{topic}-out', 'properties.bootstrap.servers' = '{bootstrap}', 'format' = 'json',
    {more}'sink.delivery-guarantee' = '{guarantee}', 'sink.transactional-id-prefix' = '{topic}',
    'properties.transaction.timeout.ms' = '60000')
"""
_JOB = """INSERT INTO load_totals
SELECT k, COUNT(*), {total}, MAX(ts), '{version}'
FROM TABLE(TUMBLE(TABLE load_rows, DESCRIPTOR(event_time), INTERVAL '{seconds}' SECOND))
GROUP BY k, window_start, window_end
"""
Window = tuple[str, int]
"""A key and the number of its window."""


@dataclass(kw_only=True)
class WindowLoad:
    """Rows, the job that counts them, and its state. `guarantee` is the sink's; `seconds` is the length of a window."""

    bootstrap: str
    bench: Bench
    seconds: int
    rate: int = 100
    guarantee: str = "exactly-once"
    topic: str = field(default_factory=lambda: f"load-{uuid.uuid4().hex[:8]}")
    sent: dict[Window, list[int]] = field(default_factory=dict)
    version: int = 0
    definition: Definition | None = None
    deployed: Deployed | None = None

    @property
    def job_name(self) -> str:
        """The job's name, which no other load on the same Flink has."""
        return f"{self.bench.prefix}/{self.topic}"

    def version_of(self, *, total: str = "SUM(v)", more: str = "") -> Definition:
        """Return another version of the job. `total` is the expression of its sum, `more` are further options of its sink."""
        self.version += 1
        values = {"topic": self.topic, "bootstrap": self.bootstrap, "guarantee": self.guarantee, "more": more}
        closure = (catalog_object("load_rows", _ROWS.format(**values)), catalog_object("load_totals", _TOTALS.format(**values)))
        text = _JOB.format(total=total, version=self.version, seconds=self.seconds)
        return self.bench.definition(Statement(name=self.topic, kind=Kind.JOB, text=text, file="sql/load/load.sql"), *closure)

    def start(self) -> None:
        """Create the topics and run the first version."""
        admin = AdminClient({"bootstrap.servers": self.bootstrap})
        topics = [NewTopic(f"{self.topic}-{end}", num_partitions=1, replication_factor=1) for end in ("in", "out")]
        for created in admin.create_topics(topics).values():
            created.result()
        self.definition = self.version_of()
        self.deployed = self.bench.lifecycle().create(self.definition)

    def upgrade(self, new: Definition) -> Deployed:
        """Upgrade to another version; what fails leaves the version of before as the recorded one."""
        assert self.definition is not None
        assert self.deployed is not None
        deployed = self.bench.lifecycle().update(self.definition, new, self.deployed)
        self.definition, self.deployed = new, deployed
        return deployed

    @contextmanager
    def feeding(self) -> Iterator[None]:
        """Send rows with the present time until the end of the block."""
        stop = threading.Event()
        thread = threading.Thread(target=self._feed, args=(stop,))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def settled(self) -> list[dict[str, Any]]:
        """Wait until every window that was open or past when this was called has a result, while rows go on; return those results."""
        last = _milliseconds() // self._window
        deadline = time.monotonic() + self.seconds + HANG_SECONDS
        while True:
            wanted = {window for window in list(self.sent) if window[1] <= last}
            rows = [row for row in read_json(self.bootstrap, f"{self.topic}-out") if self._window_of(row) in wanted]
            missing = wanted - {self._window_of(row) for row in rows}
            if not missing and _milliseconds() // self._window > last:
                return rows
            assert time.monotonic() < deadline, f"{len(missing)} of {len(wanted)} windows have no result: {sorted(missing)[:3]}"
            time.sleep(0.5)

    def wrong(self, rows: list[dict[str, Any]]) -> Mapping[Window, tuple[list[int], list[list[int]]]]:
        """Return the windows whose results differ from an undisturbed run's: the right count and sum, and those that came."""
        came: dict[Window, list[list[int]]] = {}
        for row in rows:
            came.setdefault(self._window_of(row), []).append([row["n"], row["total"]])
        return {window: (self.sent[window], results) for window, results in came.items() if results != [self.sent[window]]}

    def repeated(self, rows: list[dict[str, Any]]) -> int:
        """Return how many results came again, the same as before: what an at-least-once sink may do."""
        seen = Counter((*self._window_of(row), row["n"], row["total"]) for row in rows)
        return sum(count - 1 for count in seen.values())

    def _feed(self, stop: threading.Event) -> None:
        number = 0
        while not stop.wait(TICK_SECONDS):
            values = []
            for _ in range(round(self.rate * TICK_SECONDS)):
                number += 1
                key, moment = f"k{number % KEYS}", _milliseconds()
                values.append(json.dumps({"k": key, "v": number, "ts": moment}).encode())
                count = self.sent.setdefault((key, moment // self._window), [0, 0])
                count[0] += 1
                count[1] += number
            send(self.bootstrap, values, f"{self.topic}-in")

    @property
    def _window(self) -> int:
        return self.seconds * 1_000

    def _window_of(self, row: Mapping[str, Any]) -> Window:
        return row["k"], row["latest"] // self._window


def _milliseconds() -> int:
    return time.time_ns() // 1_000_000
