"""How many records of a topic came since a moment, by partition and offset: what a job reads again that goes back to it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from confluent_kafka import Consumer, KafkaException, TopicPartition

from console.kafka import reader
from flinksql.kafka.offsets import bounds

_ANSWER_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class RowsSince:
    """By topic and partition: the first offset since the moment, and the one after the last. `reason` says why a topic is not known."""

    ranges: Mapping[str, Mapping[int, tuple[int, int]]] = field(default_factory=dict)
    reason: str = ""

    def plain(self) -> dict[str, object]:
        """Return it as plain values."""
        return {topic: {str(number): list(one) for number, one in parts.items()} for topic, parts in self.ranges.items()}

    def __str__(self) -> str:
        if self.reason or not self.ranges:
            return f"what came since then ({self.reason or 'from no topic that is known'})"
        return "; ".join(f"about {_number(parts)} records of {topic} ({_offsets(parts)})" for topic, parts in self.ranges.items())


def rows_since(bootstrap: str, topics: Iterable[str], since: str) -> RowsSince:
    """Ask the broker. `since` is ISO 8601. Never raises: what cannot be learnt is the reason."""
    try:
        at = int(datetime.fromisoformat(since.replace("Z", "+00:00")).timestamp() * 1000)
    except ValueError:
        return RowsSince(reason="from when is not known")
    consumer = reader(bootstrap)
    try:
        return RowsSince(ranges={topic: _ranges(consumer, topic, at) for topic in topics})
    except KafkaException:
        return RowsSince(reason="the broker does not answer")
    finally:
        consumer.close()


def _ranges(consumer: Consumer, topic: str, at: int) -> dict[int, tuple[int, int]]:
    known = consumer.list_topics(topic, timeout=_ANSWER_SECONDS).topics[topic].partitions
    wanted = [TopicPartition(topic, number, at) for number in sorted(known)]
    found: dict[int, tuple[int, int]] = {}
    for place in consumer.offsets_for_times(wanted, timeout=_ANSWER_SECONDS) if wanted else ():
        low, high = bounds(consumer, topic, place.partition, timeout=_ANSWER_SECONDS)
        found[place.partition] = (max(place.offset, low) if place.offset >= 0 else high, high)
    return found


def _number(parts: Mapping[int, tuple[int, int]]) -> str:
    return f"{sum(end - start for start, end in parts.values()):,}"


def _offsets(parts: Mapping[int, tuple[int, int]]) -> str:
    return ", ".join(f"partition {number}: from offset {start}" for number, (start, _) in sorted(parts.items()))
