"""What became of what was sent: good, rejected, lost, twice. Counted from the topics alone."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from benchmarks.load.shapes import Sent

CONTEXTS = "product_review_context"
REJECTED = "product_review_rejected"
SUMMARIES = "product_review_summary"
SUMMARIES_REJECTED = "product_review_summary_rejected"
TOPICS = (CONTEXTS, REJECTED, SUMMARIES, SUMMARIES_REJECTED)


@dataclass(kw_only=True)
class Account:
    """Grows as records are read. A window that comes twice counts once as good; the reviews of its repetition are `repeated`."""

    windows: dict[tuple[str, str], int] = field(default_factory=dict)
    repeated: int = 0
    rejected: set[tuple[int, int]] = field(default_factory=set)
    reasons: Counter[str] = field(default_factory=Counter)
    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    answers_rejected: int = 0
    largest: dict[str, int] = field(default_factory=dict)

    def read(self, topic: str, values: Iterable[bytes]) -> None:
        """Take in what a topic holds."""
        for value in values:
            self.largest[topic] = max(self.largest.get(topic, 0), len(value))
            _READERS[topic](self, json.loads(value))

    @property
    def good(self) -> int:
        """Reviews in contexts, each window once."""
        return sum(self.windows.values())

    def per_product(self) -> Counter[str]:
        """Count the reviews in contexts by product."""
        counts: Counter[str] = Counter()
        for (product, _), count in self.windows.items():
            counts[product] += count
        return counts

    def lost(self, sent: Iterable[Sent]) -> int:
        """Count the reviews and records that came out nowhere."""
        expected = Counter(record.product for record in sent)
        bad = expected.pop(None, 0)
        found = self.per_product()
        missing = sum(max(count - found[str(product)], 0) for product, count in expected.items())
        return missing + max(bad - len(self.rejected), 0)

    def wrong_windows(self, sent: Iterable[Sent], window_seconds: int) -> int:
        """Count the windows whose reviews are not those that the timestamps say, of records that were sent with one."""
        expected = Counter((str(one.product), _window(one.stamp, window_seconds)) for one in sent if one.stamp and one.product)
        if not expected:
            return 0
        return sum(self.windows.get(key, 0) != expected.get(key, 0) for key in expected.keys() | self.windows.keys())

    @property
    def answered(self) -> bool:
        """Whether each context has a summary or a rejected one."""
        return len(self.answers) + self.answers_rejected >= len(self.windows)

    def _context(self, row: Mapping[str, object]) -> None:
        key = (str(row["product_id"]), str(row["window_start"]))
        count = int(str(row["review_count"]))
        if key in self.windows:
            self.repeated += count
        self.windows[key] = max(count, self.windows.get(key, 0))

    def _rejected(self, row: Mapping[str, object]) -> None:
        place = (int(str(row["kafka_partition"])), int(str(row["kafka_offset"])))
        if place in self.rejected:
            self.repeated += 1
            return
        self.rejected.add(place)
        self.reasons[str(row["reason"])] += 1

    def _summary(self, row: Mapping[str, object]) -> None:
        self.answers[str(row["product_id"]), str(row["window_start"])] += 1

    def _summary_rejected(self, _row: Mapping[str, object]) -> None:
        self.answers_rejected += 1


def _window(stamp: int, seconds: int) -> str:
    start = stamp // 1000 // seconds * seconds
    return datetime.fromtimestamp(start, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_READERS = {
    CONTEXTS: Account._context,  # noqa: SLF001  # its own methods, by topic
    REJECTED: Account._rejected,  # noqa: SLF001
    SUMMARIES: Account._summary,  # noqa: SLF001
    SUMMARIES_REJECTED: Account._summary_rejected,  # noqa: SLF001
}
