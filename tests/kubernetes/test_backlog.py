"""A backlog after a stop: the windows and counts of a run that was never stopped, for they follow from the records' own timestamps."""

import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

import pytest
from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition

from tests.kubernetes.figures import note
from tests.kubernetes.stack import KubernetesStack
from tests.support.flow import CONTEXTS, Flow
from tests.support.kafka import ends, read_json

pytestmark = [pytest.mark.timeout(2400)]

COUNT = int(os.environ.get("FLINK_REVIEWS_BACKLOG", "20000"))
"""500,000 for the long form."""
PRODUCTS = 6
REVIEWS = "product_reviews"
_HANG_SECONDS = 1500.0
_SECONDS = 60.0
Windows = Counter[tuple[str, int]]
"""Product and start of the window, in seconds since 1970, to its number of reviews."""


def test_a_backlog_after_a_stop_gives_the_windows_that_the_timestamps_say(deployed: KubernetesStack) -> None:
    _set_running(deployed, running=False)
    with deployed.flow() as flow:
        before = ends(flow.bootstrap, REVIEWS)
        _send(flow.bootstrap)
        began = time.monotonic()
        _set_running(deployed, running=True)
        rows = _settled(flow)
        seconds = time.monotonic() - began
        expected = _expected(flow.bootstrap, before, _window_seconds(rows[0]))
    found: Windows = Counter()
    for row in rows:
        key = (str(row["product_id"]), _start(row))
        assert key not in found, "a window came twice"
        found[key] = int(str(row["review_count"]))
    assert found == expected
    restarts = [job for job in deployed.copy.run("status", "--json").json()["jobs"] if job["restarts"]]
    assert not restarts, restarts
    note("backlog after a stop", fed=COUNT, windows=len(found), lost=0, seconds=seconds)


def _set_running(stack: KubernetesStack, *, running: bool) -> None:
    """Stop the jobs with a savepoint, or start them from it."""
    pause = "-- running: false\n"
    for name in ("contexts", "summaries"):
        file = stack.copy.folder / "sql" / "reviews" / f"{name}.sql"
        text = file.read_text(encoding="utf-8").removeprefix(pause)
        file.write_text(text if running else pause + text, encoding="utf-8")
    stack.up()


def _send(bootstrap: str) -> None:
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 20, "queue.buffering.max.messages": 1_000_000})
    for number in range(COUNT):
        product = f"B{number % PRODUCTS}"
        fields = {"review_id": f"b{number}", "product_id": product, "rating": 1 + number % 5, "review_text": "Great sound, but it broke."}
        producer.produce(REVIEWS, json.dumps(fields).encode(), product.encode())
        producer.poll(0)
    assert producer.flush(_HANG_SECONDS) == 0


def _settled(flow: Flow) -> list[dict[str, object]]:
    """Wait until every review that was sent is in a context, and return these."""
    deadline = time.monotonic() + _HANG_SECONDS
    while True:
        rows = [row for row in read_json(flow.bootstrap, CONTEXTS, flow.before[CONTEXTS]) if str(row["product_id"]).startswith("B")]
        counted = sum(row["review_count"] for row in rows)
        if counted >= COUNT:
            return rows
        assert time.monotonic() < deadline, f"{counted} of {COUNT} reviews are in contexts"
        time.sleep(2)


def _expected(bootstrap: str, since: dict[int, int], window_seconds: int) -> Windows:
    expected: Windows = Counter()
    for key, stamp in _records(bootstrap, since):
        if key.startswith("B"):
            start = stamp // 1000 // window_seconds * window_seconds
            expected[key, start] += 1
    return expected


def _records(bootstrap: str, since: dict[int, int]) -> Iterator[tuple[str, int]]:
    """Give key and timestamp of each record from these offsets on."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "tests", "enable.auto.commit": False, "enable.partition.eof": True})
    try:
        for partition, offset in since.items():
            consumer.assign([TopicPartition(REVIEWS, partition, offset)])
            while True:
                message = consumer.poll(_SECONDS)
                assert message is not None, "the broker says nothing"
                error = message.error()
                if error is not None:
                    assert error.code() == KafkaError._PARTITION_EOF, error
                    break
                yield (message.key() or b"").decode(errors="replace"), message.timestamp()[1]
    finally:
        consumer.close()


def _start(row: dict[str, object]) -> int:
    return _instant(row["window_start"])


def _window_seconds(row: dict[str, object]) -> int:
    return _instant(row["window_end"]) - _start(row)


def _instant(text: object) -> int:
    return int(datetime.fromisoformat(str(text)).timestamp())
