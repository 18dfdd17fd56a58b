"""One feeding of a running pipeline, followed to its end: what went in, and what lies in each topic since."""

import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.oracle.totals import Expected, expect
from tests.support.kafka import ends, read, read_json, send

CONTEXTS = "product_review_context"
SUMMARIES = "product_review_summary"
REJECTED = "product_review_rejected"
SUMMARIES_REJECTED = "product_review_summary_rejected"
TOPICS = (CONTEXTS, SUMMARIES, REJECTED, SUMMARIES_REJECTED)
HANG_SECONDS = 240.0
Row = dict[str, Any]


@dataclass(kw_only=True)
class Flow:
    """The production pipeline between two moments. `prefix` begins its topics' names.

    `fed` counts all records, `expected` is what an independent reader makes of them.
    """

    bootstrap: str
    prefix: str
    before: dict[str, dict[int, int]]
    values: list[bytes] = field(default_factory=list)
    rows: dict[str, list[Row]] = field(default_factory=dict)
    context_records: int = 0

    def feed(self, values: Sequence[bytes]) -> None:
        """Send records and remember them."""
        send(self.bootstrap, values, f"{self.prefix}product_reviews")
        self.values += values

    @property
    def expected(self) -> Expected:
        """What must come out, computed from the records alone."""
        return expect(self.values)

    def look(self) -> None:
        """Read all topics again."""
        contexts = read(self.bootstrap, self.prefix + CONTEXTS, self.before[CONTEXTS])
        self.context_records = len(contexts)
        others = (SUMMARIES, REJECTED, SUMMARIES_REJECTED)
        self.rows = {topic: read_json(self.bootstrap, self.prefix + topic, self.before[topic]) for topic in others}
        self.rows[CONTEXTS] = [row for row in map(_object, contexts) if "review_count" in row]

    def settle(self, *, second_stage: bool = True) -> None:
        """Wait until everything that was fed is accounted for at both stages, or at the first one."""
        deadline = time.monotonic() + HANG_SECONDS
        expected = self.expected
        while True:
            self.look()
            if (
                self.reviewed >= expected.accepted_count
                and len(self.rows[REJECTED]) >= expected.rejected_count
                and (not second_stage or self._answered())
            ):
                return
            counts = {topic: len(rows) for topic, rows in self.rows.items()}
            assert time.monotonic() < deadline, f"{self.reviewed} of {expected.accepted_count} reviews are in contexts; rows: {counts}"
            time.sleep(0.5)

    @property
    def reviewed(self) -> int:
        """Reviews in all contexts."""
        return sum(row["review_count"] for row in self.rows[CONTEXTS])

    def totals(self, topic: str) -> dict[str, tuple[int, int, int, int]]:
        """Return count, sum of ratings, negatives and positives of each product over all windows."""
        totals: dict[str, Counter[str]] = {}
        for row in self.rows[topic]:
            total = totals.setdefault(row["product_id"], Counter())
            total.update(
                count=row["review_count"],
                ratings=round(row["average_rating"] * row["review_count"]),
                negatives=row["negative_reviews"],
                positives=row["positive_reviews"],
            )
        return {name: (total["count"], total["ratings"], total["negatives"], total["positives"]) for name, total in totals.items()}

    def expected_totals(self) -> dict[str, tuple[int, int, int, int]]:
        """Return the same from the records."""
        return {name: (one.count, one.rating_sum, one.negatives, one.positives) for name, one in self.expected.products.items()}

    def reasons(self) -> Counter[str]:
        """Count the rejected records by reason."""
        return Counter(row["reason"] for row in self.rows[REJECTED])

    def _answered(self) -> bool:
        return self.context_records == len(self.rows[SUMMARIES]) + len(self.rows[SUMMARIES_REJECTED])


def begin(bootstrap: str, prefix: str = "") -> Flow:
    """Remember where each topic ends."""
    return Flow(bootstrap=bootstrap, prefix=prefix, before={topic: ends(bootstrap, prefix + topic) for topic in TOPICS})


def _object(value: bytes) -> Row:
    """Read a record of the context topic; one that is no JSON object, which only a test puts there, is empty."""
    try:
        found = json.loads(value)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
