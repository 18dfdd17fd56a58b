"""A circuit breaker: where another upstream can answer, one that keeps failing is left alone for a while, then tried by one request.

It decides between upstreams. The only one that is left is asked all the same: rows that fail for their own sake would else hold up those
that do not, and each waiting row pauses longer and longer by itself (`pool`).

Of our own, because those that know asyncio let every waiting call through once half open, and take a cancelled call for a recovery.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

THRESHOLD = 5
"""Failures in a row that open it."""
OPEN_SECONDS = 5.0
"""How long it stays open. Short: what waits here is a row of a stream."""

_ONE_TRIES = 1.0
"""Seconds after which another call may look again while one tries."""


class CircuitBreaker:
    """Closed, open, or half open while one call tries. Times are of a monotonic clock, in seconds."""

    def __init__(
        self, *, threshold: int = THRESHOLD, open_seconds: float = OPEN_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._threshold, self._open_seconds, self._clock = threshold, open_seconds, clock
        self._failures = 0
        self._opened_at: float | None = None
        self._trying = 0
        self.last_success = -1.0

    @property
    def state(self) -> str:
        """`closed`, `open` or `half-open`."""
        if self._opened_at is None:
            return "closed"
        return "half-open" if self._trying or self.wait_seconds == 0 else "open"

    @property
    def wait_seconds(self) -> float:
        """Seconds until a call may try; 0 for now."""
        if self._opened_at is None:
            return 0.0
        rest = max(0.0, self._opened_at + self._open_seconds - self._clock())
        return rest or (_ONE_TRIES if self._trying else 0.0)

    @contextmanager
    def call(self) -> Iterator[None]:
        """Hold a call. The caller reports `succeeded` or `failed`; a call that is cancelled says nothing."""
        tries = self._opened_at is not None
        self._trying += tries
        try:
            yield
        finally:
            self._trying -= tries

    def succeeded(self) -> None:
        """Close it: the server answers."""
        self._failures, self._opened_at, self.last_success = 0, None, self._clock()

    def failed(self) -> None:
        """Count a failure; the last one that is allowed opens it, and one while half open opens it again."""
        self._failures += 1
        if self._opened_at is not None or self._failures >= self._threshold:
            self._opened_at = self._clock()
