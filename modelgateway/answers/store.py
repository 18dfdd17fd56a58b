"""The ledger's file: SQLite with a write-ahead log, one writer, bounded by size and age.

A commit is in the log before the answer leaves the gateway, so `kill -9` loses nothing. `synchronous=NORMAL` leaves out the wait for the
disk: a power cut may cost the answers of the last moments, which are then asked for again.
"""

import logging
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from modelgateway.answers.record import Record, outcome_of
from modelgateway.completion import Answer
from modelgateway.rejection import Rejection
from modelgateway.settings import LedgerSettings
from modelgateway.usage import Usage

LOGGER = logging.getLogger("modelgateway")
LAYOUT = 1
"""In `user_version`. A file of another layout is put aside, as a broken one is."""
PRUNE_EVERY = 256
"""Writes between two looks at age and size."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (
    key BLOB PRIMARY KEY, made REAL NOT NULL, lane TEXT NOT NULL, model TEXT NOT NULL, prompt TEXT NOT NULL, input TEXT NOT NULL,
    reason TEXT NOT NULL, body TEXT NOT NULL, prompt_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL, calls INTEGER NOT NULL,
    money REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS answers_made ON answers (made);
CREATE TABLE IF NOT EXISTS spent (
    day TEXT NOT NULL, model TEXT NOT NULL, calls INTEGER NOT NULL, prompt_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL,
    money REAL NOT NULL, PRIMARY KEY (day, model)
);
"""
_SPEND = """
INSERT INTO spent VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
    calls = calls + excluded.calls, prompt_tokens = prompt_tokens + excluded.prompt_tokens,
    completion_tokens = completion_tokens + excluded.completion_tokens, money = money + excluded.money
"""


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What a day has cost."""

    usage: Usage
    money: float


class Store:
    """The open file. Every method may raise sqlite3.Error; none is for two threads at once."""

    def __init__(self, settings: LedgerSettings) -> None:
        self._settings = settings
        self._file = settings.file
        self._connection = _open_usable(self._file)
        self._writes = 0
        self.prune()

    def find(self, key: bytes) -> Answer | Rejection | None:
        """Return what is kept under a key, None for nothing or for what cannot be read."""
        row = self._connection.execute(
            "SELECT body, reason, prompt_tokens, completion_tokens, calls FROM answers WHERE key = ? AND made > ?",
            (key, self._oldest()),
        ).fetchone()
        if row is None:
            return None
        try:
            return outcome_of(row[0], reason=row[1], usage=Usage(prompt=row[2], completion=row[3], calls=row[4]))
        except (ValueError, KeyError, TypeError):
            LOGGER.warning("ledger: an answer cannot be read and is asked for again")
            return None

    def keep(self, record: Record) -> None:
        """Keep a record, in place of an older one of the same key."""
        usage = record.usage
        values = (
            *(record.key, record.made, record.lane, record.model, record.prompt, record.input, record.reason, record.body),
            *(usage.prompt, usage.completion, usage.calls, record.money),
        )
        with self._connection:
            self._connection.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
        self._writes += 1
        if self._writes % PRUNE_EVERY == 0:
            self.prune()

    def spend(self, model: str, usage: Usage, money: float, day: str) -> None:
        """Add to what a day has cost."""
        with self._connection:
            self._connection.execute(_SPEND, (day, model, usage.calls, usage.prompt, usage.completion, money))

    def spent(self, day: str) -> Spent:
        """Return what a day has cost."""
        row = self._connection.execute(
            "SELECT TOTAL(calls), TOTAL(prompt_tokens), TOTAL(completion_tokens), TOTAL(money) FROM spent WHERE day = ?", (day,)
        ).fetchone()
        return Spent(usage=Usage(calls=int(row[0]), prompt=int(row[1]), completion=int(row[2])), money=float(row[3]))

    def count(self) -> int:
        """Return how many answers and rejections are kept."""
        return int(self._connection.execute("SELECT COUNT(*) FROM answers").fetchone()[0])

    def prune(self) -> None:
        """Remove what is too old, then the oldest until the rest is small enough, and give the room back to the disk."""
        with self._connection:
            self._connection.execute("DELETE FROM answers WHERE made <= ?", (self._oldest(),))
            size, count = self._size(), self.count()
            if size > self._settings.max_bytes:
                # A tenth more than needed, so that the next write does not begin again.
                surplus = min(count, int(count * (1 - 0.9 * self._settings.max_bytes / size)) + 1)
                self._connection.execute("DELETE FROM answers WHERE key IN (SELECT key FROM answers ORDER BY made LIMIT ?)", (surplus,))
        # It gives back a page a step, and `execute` takes one step only.
        self._connection.executescript("PRAGMA incremental_vacuum")

    def _size(self) -> int:
        """Return the bytes of the pages that hold something."""
        pages, free, size = (
            self._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
        )
        return int((pages - free) * size)

    def close(self) -> None:
        """Close the file; the write-ahead log goes into it."""
        self._connection.close()

    def _oldest(self) -> float:
        return time.time() - self._settings.max_days * 86_400


def today(seconds: float | None = None) -> str:
    """Return the day in UTC, as 2026-11-28."""
    return datetime.fromtimestamp(time.time() if seconds is None else seconds, tz=UTC).date().isoformat()


@contextmanager
def opened(file: Path, *, read_only: bool) -> Iterator[sqlite3.Connection]:
    """Open a ledger beside a running gateway, for an operator."""
    with closing(sqlite3.connect(f"file:{file}?mode={'ro' if read_only else 'rw'}", uri=True, timeout=10)) as connection:
        yield connection


def _open_usable(file: Path | None) -> sqlite3.Connection:
    if file is None:
        return _open(":memory:")
    file.parent.mkdir(parents=True, exist_ok=True)
    # Answers are the user's own texts: nobody else reads them.
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    try:
        return _open(str(file))
    except sqlite3.DatabaseError as error:
        aside = file.with_name(f"{file.name}.unreadable-{int(time.time())}")
        LOGGER.warning("ledger: %s cannot be read (%s); it is kept as %s and a new one begun", file, error, aside.name)
        for suffix in ("", "-wal", "-shm"):
            part = Path(f"{file}{suffix}")
            if part.exists():
                part.replace(f"{aside}{suffix}")
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
        return _open(str(file))


def _open(name: str) -> sqlite3.Connection:
    connection = sqlite3.connect(name, timeout=5, check_same_thread=False)
    try:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, LAYOUT):
            raise sqlite3.DatabaseError(f"layout {version}, not {LAYOUT}")
        connection.executescript(_SCHEMA)
        connection.execute(f"PRAGMA user_version = {LAYOUT}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection
