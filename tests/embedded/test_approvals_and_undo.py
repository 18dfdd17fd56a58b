"""One change is approved, made, looked up in the log and undone, on a real stack by the command line, with windows open all the while.

The job counts rows in windows of event time, so its right results follow from what was sent, whenever they are read.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer

from tests.contract.bench import until
from tests.support.kafka import ends, read_json
from tests.support.project import Finished, ProjectCopy

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]

JOB, ROWS, COUNTS = "undo_counting", "undo_rows", "undo_counts"
WINDOW_MILLISECONDS = 10_000
BEGIN = 1_700_000_000_000
_TABLES = {
    ROWS: """CREATE TABLE undo_rows (k STRING, ts BIGINT, event_time AS TO_TIMESTAMP_LTZ(ts, 3), WATERMARK FOR event_time AS event_time)
WITH ('connector' = 'kafka', 'topic' = '${topic_prefix}undo_rows', 'properties.bootstrap.servers' = '${kafka_bootstrap}',
    'properties.group.id' = '${job_name}', 'scan.startup.mode' = 'earliest-offset', 'format' = 'json',
    'properties.max.partition.fetch.bytes' = '${kafka_max_record_bytes}', 'properties.fetch.max.bytes' = '${kafka_max_record_bytes}')
""",
    COUNTS: """CREATE TABLE undo_counts (k STRING, began BIGINT, n BIGINT, version STRING)
WITH ('connector' = 'kafka', 'topic' = '${topic_prefix}undo_counts', 'properties.bootstrap.servers' = '${kafka_bootstrap}',
    'properties.max.request.size' = '${kafka_max_record_bytes}', 'format' = 'json')
""",
}
_JOB = """INSERT INTO undo_counts
SELECT k, UNIX_TIMESTAMP(CAST(window_start AS STRING)), {count}, '{version}'
FROM TABLE(TUMBLE(TABLE undo_rows, DESCRIPTOR(event_time), INTERVAL '10' SECOND))
GROUP BY k, window_start, window_end
"""
FIRST = _JOB.format(count="COUNT(*)", version="first")
SECOND = _JOB.format(count="COUNT(*) + COALESCE(MAX(ts), 0) * 0", version="second")
"""Another aggregate: the state of the first version means nothing to it."""


class Counting:
    """The job's files in a shared stack, and its topics."""

    def __init__(self, stack: ProjectCopy) -> None:
        self.stack = stack
        self.bootstrap = str(stack.outputs()["kafkaBootstrap"])
        self.sent: Counter[int] = Counter()

    def file(self, name: str = JOB) -> Path:
        return self.stack.folder / "sql" / "reviews" / f"{name}.sql"

    def send(self, *windows: int, rows: int = 20) -> None:
        """Send rows of these windows, by number, to every partition: each has a watermark of its own."""
        producer = Producer({"bootstrap.servers": self.bootstrap})
        for window in windows:
            for number in range(rows):
                value = json.dumps({"k": "a", "ts": BEGIN + window * WINDOW_MILLISECONDS + number}).encode()
                producer.produce(ROWS, value, partition=number % len(ends(self.bootstrap, ROWS)))
            self.sent[window] += rows
        assert producer.flush(60) == 0

    def results(self, version: str) -> Sequence[int]:
        """Return the counts that a version wrote, one for each window that it closed, in the order of the windows."""
        rows = [row for row in read_json(self.bootstrap, COUNTS) if row["version"] == version]
        return [row["n"] for row in sorted(rows, key=lambda row: row["began"])]

    def take(self) -> str:
        """Take a savepoint of the running job; return its path."""
        (one,) = self.stack.succeed("savepoints", "take", JOB, "--json").json()["savepoints"]
        return str(one["path"])

    def savepoints(self) -> dict[str, dict[str, Any]]:
        """Return what the job can be restored from, by path."""
        return {one["path"]: one for one in self.stack.succeed("savepoints", JOB, "--json").json()["savepoints"]}

    def needs(self, savepoint: str) -> list[str]:
        """Return the kinds of what needs a savepoint."""
        return [one["kind"] for one in self.savepoints()[savepoint]["neededBy"]]

    def log(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.stack.succeed("log", JOB, "--json").json()["statements"]
        return found


@pytest.fixture
def counting(real_stack: ProjectCopy) -> Iterator[Counting]:
    made = Counting(real_stack)
    for name, text in {**_TABLES, JOB: FIRST}.items():
        made.file(name).write_text(text, encoding="utf-8")
    try:
        real_stack.succeed("up")
        yield made
    finally:
        for name in (JOB, *_TABLES):
            made.file(name).unlink(missing_ok=True)
        real_stack.succeed("up")


def test_an_approval_lets_one_change_through_and_undo_brings_the_version_before_back_with_its_open_windows(counting: Counting) -> None:
    stack, file = counting.stack, counting.file()
    counting.send(0, 1, rows=20)
    until(lambda: counting.results("first") == [20], seconds=60)
    taken = counting.take()

    file.write_text(SECOND, encoding="utf-8")
    change = approvable(stack.run("preview"))
    assert approvable(stack.run("up")) == change, "the same from one look to the next"
    other = stack.run("approve", "c00000000000")
    assert (other.code, change in other.said) == (2, True)
    stack.succeed("approve", change, "--reason", "counted anew")
    assert f"Approved as {change} by " in stack.succeed("up").said
    counting.send(1, rows=10)
    counting.send(2, rows=6)
    until(lambda: counting.results("second") == [20, 30], seconds=60)

    undone = stack.succeed("undo", JOB, "--yes", "--reason", "wrong after all")
    assert file.read_text(encoding="utf-8") == FIRST
    assert "about 16 records of undo_rows" in undone.said
    counting.send(2, rows=4)
    counting.send(3, rows=2)
    until(lambda: len(counting.results("first")) == 3, seconds=60)
    assert counting.results("first") == [counting.sent[window] for window in (0, 1, 2)] == [20, 30, 10]

    created, _, changed, back = counting.log()
    assert [one["action"] for one in (created, changed, back)] == ["created", "changed", "undone"]
    assert (changed["approval"], changed["reason"]) == (change, "counted anew")
    assert changed["verdict"].startswith("resets state: ")
    assert back["restored_from"] == changed["left_at"] != ""
    assert (back["before"], back["after"]) == (changed["after"], changed["before"])
    savepoints_are_kept_restored_and_deleted(counting, taken, for_undo=back["left_at"])

    file.write_text(SECOND, encoding="utf-8")
    again = approvable(stack.run("preview"))
    assert again != change, "the same change after something else happened is another one"
    spent = stack.run("approve", change)
    assert (spent.code, again in spent.said) == (2, True)
    file.write_text(FIRST, encoding="utf-8")


def savepoints_are_kept_restored_and_deleted(counting: Counting, taken: str, *, for_undo: str) -> None:
    """Go back to the savepoint of the beginning: the windows since then are counted once more, each as it was."""
    stack = counting.stack
    # Until the job of now has a checkpoint of its own, the newest state of the one before it is needed too.
    until(lambda: counting.needs(for_undo) == ["undo"], seconds=60)
    shown = counting.savepoints()
    assert (shown[taken]["why"], shown[taken]["deployedNow"], shown[taken]["there"], shown[taken]["neededBy"]) == (
        "asked for",
        True,
        True,
        [],
    )
    assert (shown[for_undo]["why"], shown[for_undo]["deployedNow"]) == ("undo", False)
    refused = stack.run("savepoints", "delete", for_undo, taken, "--yes")
    assert (refused.code, Path(taken.removeprefix("file:")).is_dir()) == (2, True), refused.said

    restored = stack.succeed("savepoints", "restore", JOB, taken, "--yes")
    assert "about 22 records of undo_rows" in restored.said
    assert counting.file().read_text(encoding="utf-8") == FIRST
    until(lambda: counting.results("first") == [20, 30, 30, 10, 10], seconds=60)
    until(lambda: counting.needs(taken) == ["start", "start"], seconds=60)

    needless = counting.take()
    until(lambda: counting.needs(needless) == [], seconds=60)
    stack.succeed("savepoints", "delete", needless, "--yes")
    assert needless not in counting.savepoints()
    assert not Path(needless.removeprefix("file:")).exists()


def approvable(refused: Finished) -> str:
    """Return the one change that a refused run says may be approved."""
    assert refused.code == 1, refused.said
    found = {word.strip("`") for word in refused.said.split() if word.startswith("c") and word.endswith("`,") for word in [word[:-2]]}
    assert len(found) == 1, refused.said
    return found.pop()
