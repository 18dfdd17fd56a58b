"""The JobManager's list of all jobs, asked for once for many statements.

The JobManager asks each of its jobs for it, so a hundred statements that ask about a hundred jobs cost it more than starting them.
"""

import time
from collections.abc import Callable
from threading import Lock

from flinksql.flink.jobmanager import JobManagerClient, JobSummary, JobsView
from flinksql.flink.transport import Endpoint

SNAPSHOT_SECONDS = 1.0
"""So long a look at all jobs serves the statements that ask what became of them."""

WATCH_SECONDS = 0.1
"""So long it serves those that are watched until they are healthy: as often as one of them would look alone."""

LOOKING_SHARE = 10
SLOW_SECONDS = 0.5
"""A look serves so many times as long as it took, and at most so long, unless it is meant to serve longer.

Among hundreds of jobs, looking must not take the cores from starting them.
"""


class ConcurrentObservation(JobManagerClient):
    """A JobManager whose list of jobs those share who ask for it at the same time. Each gets one that was asked for after they came."""

    def __init__(self, endpoint: Endpoint, clock: Callable[[], float] = time.monotonic, *, view: JobsView | None = None) -> None:
        super().__init__(endpoint, view=view)
        self._clock = clock
        self._lock = Lock()
        self._began = float("-inf")
        self._jobs: tuple[JobSummary, ...] = ()

    def jobs(self) -> tuple[JobSummary, ...]:
        """Return all jobs as they were at this moment or later, newest first."""
        came = self._clock()
        with self._lock:
            if self._began <= came:
                began = self._clock()
                self._jobs = super().jobs()
                self._began = began
            return self._jobs


class SharedObservation(JobManagerClient):
    """A JobManager whose list of jobs is asked for once in `seconds`, however many statements want it, less often when it is slow.

    Only for looking.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        clock: Callable[[], float] = time.monotonic,
        *,
        seconds: float = SNAPSHOT_SECONDS,
        view: JobsView | None = None,
    ) -> None:
        super().__init__(endpoint, view=view)
        self._seconds = seconds
        self._clock = clock
        self._lock = Lock()
        self._taken = float("-inf")
        self._took = 0.0
        self._jobs: tuple[JobSummary, ...] = ()

    def jobs(self) -> tuple[JobSummary, ...]:
        """Return all jobs as they were at most so long ago, newest first."""
        with self._lock:
            began = self._clock()
            if began - self._taken >= max(self._seconds, min(self._took * LOOKING_SHARE, SLOW_SECONDS)):
                self._jobs = super().jobs()
                self._taken = self._clock()
                self._took = self._taken - began
            return self._jobs
