"""Reviews at a steady rate while something happens to the pipeline, and what became of each of them."""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.support.flow import CONTEXTS, SUMMARIES, SUMMARIES_REJECTED, Flow
from tests.support.kafka import send

RATE = 25
"""Reviews a second."""
_HANG_SECONDS = 240.0


@dataclass(frozen=True, kw_only=True)
class Fate:
    """How often each product that was fed has come out. Each product has one review."""

    fed: int
    contexts: Counter[str]
    summaries: Counter[str]

    @property
    def duplicated_reviews(self) -> int:
        """Reviews that are counted in more than one context."""
        return self.contexts.total() - self.fed

    @property
    def duplicated_summaries(self) -> int:
        """Summaries more than one of a product."""
        return self.summaries.total() - len(self.summaries)


@contextmanager
def feeding(flow: Flow, name: str) -> Iterator[list[str]]:
    """Send reviews, each of a product of its own, until the end of the block; the list grows with what the broker has taken."""
    fed: list[str] = []
    stop = threading.Event()
    run = f"{name}-{time.time_ns()}"
    failures: list[AssertionError] = []

    def feed() -> None:
        while not stop.wait(1.0) and not failures:
            products = [f"{run}-{len(fed) + index}" for index in range(RATE)]
            try:
                send(flow.bootstrap, [_review(product) for product in products])
            except AssertionError as error:
                failures.append(error)
            fed.extend(products)

    thread = threading.Thread(target=feed)
    thread.start()
    try:
        yield fed
    finally:
        stop.set()
        thread.join()
    assert not failures, f"the broker did not take the reviews: {failures[0]}"


def flow_for(seconds: float) -> None:
    """Let reviews flow. Not a wait for something: the time is the point."""
    threading.Event().wait(seconds)


def settled(flow: Flow, fed: list[str]) -> Fate:
    """Wait until each product that was fed has a context and a summary."""
    deadline = time.monotonic() + _HANG_SECONDS
    while True:
        flow.look()
        contexts = Counter[str]()
        for row in flow.rows[CONTEXTS]:
            contexts[row["product_id"]] += row["review_count"]
        summaries = Counter(row["product_id"] for row in flow.rows[SUMMARIES])
        missing = {stage: [name for name in fed if not seen[name]] for stage, seen in (("contexts", contexts), ("summaries", summaries))}
        if not any(missing.values()):
            assert not flow.rows[SUMMARIES_REJECTED]
            return Fate(fed=len(fed), contexts=contexts, summaries=summaries)
        lost = {stage: (len(names), names[:3]) for stage, names in missing.items()}
        assert time.monotonic() < deadline, f"of {len(fed)} reviews these did not come out: {lost}"
        time.sleep(1)


def _review(product: str) -> bytes:
    fields = {"review_id": f"r-{product}", "product_id": product, "product_name": "N", "rating": 4, "review_text": "Great sound."}
    return json.dumps(fields).encode()
