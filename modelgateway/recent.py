"""How the last answers went, so that a job that runs while its model refuses everything does not pass for healthy."""

import time
from collections import Counter, deque
from collections.abc import Callable

KEPT = 20
FRESH_SECONDS = 600.0
FEWEST = 3
"""Fewer rejections than these say nothing about the model."""
FAILING_SHARE = 0.5


class Recent:
    """The outcomes of the last requests that went to an upstream: an empty text for an answer, else the reason."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._outcomes: deque[tuple[float, str]] = deque(maxlen=KEPT)

    def add(self, reason: str) -> None:
        """Remember one."""
        self._outcomes.append((self._clock(), reason))

    def told(self) -> dict[str, object]:
        """Return how many of the last ones were rejected, and why; `failing` when that is more than half of them."""
        fresh = [reason for at, reason in self._outcomes if self._clock() - at < FRESH_SECONDS]
        rejected = Counter(reason for reason in fresh if reason)
        failing = rejected.total() >= FEWEST and rejected.total() > FAILING_SHARE * len(fresh)
        return {"asked": len(fresh), "rejected": rejected.total(), "reasons": dict(rejected.most_common(3)), "failing": failing}
