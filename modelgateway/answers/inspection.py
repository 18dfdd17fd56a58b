"""Looking into a ledger beside a running gateway: what is kept, what it cost, taking a copy, forgetting answers."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from modelgateway.answers.record import outcome_of
from modelgateway.answers.store import opened, today
from modelgateway.completion import Answer
from modelgateway.usage import NOTHING


class LedgerError(Exception):
    """The ledger cannot be read or written. `str(error)` says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """Answers of one model to one prompt, or rejections of one reason among them. `inputs` counts different ones."""

    model: str
    prompt: str
    reason: str
    count: int
    inputs: int
    prompt_tokens: int
    completion_tokens: int
    money: float
    newest: str


@dataclass(frozen=True, kw_only=True)
class Overview:
    """What a ledger holds. `today` is what the day (UTC) has cost so far."""

    file: str
    bytes: int
    groups: tuple[Group, ...]
    today: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One answer for people: `text` is the content, or the rejection's message."""

    made: str
    lane: str
    model: str
    reason: str
    text: str
    tokens: int


def overview(file: Path) -> Overview:
    """Return what a ledger holds. Raises LedgerError."""
    with _reading(file) as connection:
        rows = connection.execute(
            "SELECT model, prompt, reason, COUNT(*), COUNT(DISTINCT input), SUM(prompt_tokens), SUM(completion_tokens), SUM(money),"
            " MAX(made) FROM answers GROUP BY model, prompt, reason ORDER BY MAX(made) DESC"
        ).fetchall()
        spent = connection.execute(
            "SELECT TOTAL(calls), TOTAL(prompt_tokens), TOTAL(completion_tokens), TOTAL(money) FROM spent WHERE day = ?", (today(),)
        ).fetchone()
    names = ("calls", "prompt_tokens", "completion_tokens")
    cost = {**{name: int(value) for name, value in zip(names, spent, strict=False)}, "money": round(spent[3], 6)}
    groups = tuple(
        Group(
            model=row[0],
            prompt=row[1],
            reason=row[2],
            count=row[3],
            inputs=row[4],
            prompt_tokens=row[5],
            completion_tokens=row[6],
            money=round(row[7], 6),
            newest=_time(row[8]),
        )
        for row in rows
    )
    size = sum(part.stat().st_size for suffix in ("", "-wal") if (part := Path(f"{file}{suffix}")).exists())
    return Overview(file=str(file), bytes=size, groups=groups, today={"day": today(), **cost})


def newest(file: Path, count: int) -> list[Shown]:
    """Return the newest answers and rejections. Raises LedgerError."""
    with _reading(file) as connection:
        rows = connection.execute(
            "SELECT made, lane, model, reason, body, prompt_tokens + completion_tokens FROM answers ORDER BY made DESC LIMIT ?", (count,)
        ).fetchall()
    return [Shown(made=_time(row[0]), lane=row[1], model=row[2], reason=row[3], text=_text(row[4], row[3]), tokens=row[5]) for row in rows]


def copy(file: Path, target: Path) -> None:
    """Write a consistent copy into one new file, beside a running gateway. Raises LedgerError."""
    if target.exists():
        raise LedgerError(f"{target} exists already: name a new file.")
    target.touch(mode=0o600)
    with _reading(file) as connection:
        try:
            connection.execute("VACUUM INTO ?", (str(target),))
        except sqlite3.Error as error:
            raise LedgerError(f"{target} cannot be written: {error}.") from None


def forget(file: Path, *, model: str = "", prompt: str = "", reason: str = "", rejected: bool = False) -> int:
    """Remove the answers that all given conditions fit, all of them without any; return how many. They are asked for again when needed.

    Raises LedgerError.
    """
    conditions = {"model": model, "prompt": prompt, "reason": reason}
    given = {name: value for name, value in conditions.items() if value}
    clauses = [f"{name} = ?" for name in given] + (["reason <> ''"] if rejected else [])
    where = f" WHERE {' AND '.join(clauses)}" if clauses else ""
    try:
        with opened(_existing(file), read_only=False) as connection, connection:
            return connection.execute(f"DELETE FROM answers{where}", tuple(given.values())).rowcount  # noqa: S608  # names are ours
    except sqlite3.Error as error:
        raise LedgerError(f"{file} cannot be written: {error}.") from None


@contextmanager
def _reading(file: Path) -> Iterator[sqlite3.Connection]:
    """Open a ledger for reading; what SQLite says of it becomes a LedgerError."""
    try:
        with opened(_existing(file), read_only=True) as connection:
            yield connection
    except sqlite3.Error as error:
        raise LedgerError(f"{file} cannot be read: {error}.") from None


def _existing(file: Path) -> Path:
    if not file.is_file():
        raise LedgerError(f"there is no ledger at {file}: no answer of a model has been paid for yet.")
    return file


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%d %H:%M:%S")


def _text(body: str, reason: str) -> str:
    try:
        found = outcome_of(body, reason=reason, usage=NOTHING)
    except (ValueError, KeyError, TypeError):
        return "(cannot be read)"
    return found.content if isinstance(found, Answer) else found.message
