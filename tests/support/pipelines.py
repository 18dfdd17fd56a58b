"""The pipelines of `tests/cases/pipelines`: what is fed into them, and what must come out of each."""

import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from confluent_kafka import Producer

from tests.support.kafka import newest, read

FOLDER = Path(__file__).resolve().parents[1] / "cases" / "pipelines"
HANG_SECONDS = 120.0
_SECONDS = 30.0


def expectations() -> dict[str, dict[str, dict[str, list[Any]]]]:
    """Return what must lie in each topic of each pipeline."""
    found: dict[str, dict[str, dict[str, list[Any]]]] = yaml.safe_load((FOLDER / "expected.yaml").read_text(encoding="utf-8"))
    return found


def feed_new(bootstrap: str, noted: Path) -> None:
    """Feed the topics that are there and were not fed yet: one that stays between two pipelines keeps its rows. `noted` says which were."""
    fed = set(noted.read_text(encoding="utf-8").split()) if noted.exists() else set()
    producer = Producer({"bootstrap.servers": bootstrap})
    there = set(producer.list_topics(timeout=_SECONDS).topics)
    fed &= there
    for file in ("rows.yaml", "rows_of_topics.yaml"):
        for topic, records in yaml.safe_load((FOLDER / file).read_text(encoding="utf-8")).items():
            if topic in there - fed:
                fed.add(topic)
                for record in records:
                    producer.produce(topic, _bytes(record["value"]), key=_bytes(record["key"]) if "key" in record else None)
    assert producer.flush(_SECONDS) == 0
    noted.write_text("\n".join(sorted(fed)), encoding="utf-8")


def differences(bootstrap: str, names: Iterable[str]) -> dict[str, Any]:
    """Return what lies in topics whose rows are not as expected, once they are or the time is over; nothing when all are."""
    wanted = {topic: rows for name in names for topic, rows in expectations()[name].items()}
    deadline = time.monotonic() + HANG_SECONDS
    while True:
        wrong = {topic: found for topic, rows in wanted.items() if (found := _rows(bootstrap, topic, rows)) != _sorted(*rows.values())}
        if not wrong or time.monotonic() > deadline:
            return wrong
        time.sleep(0.5)


def _rows(bootstrap: str, topic: str, rows: dict[str, list[Any]]) -> list[str]:
    values = newest(bootstrap, topic) if "newest" in rows else read(bootstrap, topic)
    return _sorted([json.loads(value) if value.startswith(b"{") else value.decode().rstrip("\n") for value in values])


def _sorted(rows: list[Any]) -> list[str]:
    """Return rows as texts in order. Flink writes a decimal as `1E+1`: numbers are compared, not their spelling."""
    return sorted(json.dumps(plain_value(row), sort_keys=True, ensure_ascii=False) for row in rows)


def plain_value(value: object) -> object:
    """Return a value whose numbers are compared by what they are worth."""
    if isinstance(value, dict):
        return {key: plain_value(one) for key, one in value.items()}
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _bytes(value: object) -> bytes:
    return (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)).encode()
