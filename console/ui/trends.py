"""The last minutes of a statement's figures, for its charts. They are kept in memory, and begin with the page's server."""

import threading
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from console.health.report import JobHealth

MOST_SAMPLES = 120
"""Ten minutes, at a question every five seconds."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Figures of one moment (Unix time): records a second, read and written, and the consumer lag in records. None for unknown ones."""

    at: float
    read_per_second: float | None
    written_per_second: float | None
    lag: int | None

    def plain(self) -> list[float | None]:
        """Return time, read, written, lag: short, because there are many."""
        return [round(self.at, 1), _rounded(self.read_per_second), _rounded(self.written_per_second), self.lag]


class Trends:
    """The samples of all statements."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._samples: dict[str, deque[Sample]] = {}

    def add(self, at: float, jobs: Iterable[JobHealth], lags: Mapping[str, int | None]) -> None:
        """Add a sample for each job. What is no longer among them is forgotten."""
        with self._lock:
            kept: dict[str, deque[Sample]] = {}
            for job in jobs:
                samples = self._samples.get(job.statement) or deque(maxlen=MOST_SAMPLES)
                samples.append(
                    Sample(
                        at=at,
                        read_per_second=job.records_in_per_second,
                        written_per_second=job.records_out_per_second,
                        lag=lags.get(job.statement),
                    )
                )
                kept[job.statement] = samples
            self._samples = kept

    def of(self, statement: str) -> list[list[float | None]]:
        """Return a statement's samples, oldest first, as plain values."""
        with self._lock:
            return [one.plain() for one in self._samples.get(statement, ())]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
