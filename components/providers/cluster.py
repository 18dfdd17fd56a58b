"""The cluster as the statements' provider meets it: clients for one process, and one look at all jobs that many statements share."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock

from components.access import Access
from components.providers.engine import Doing, doing
from components.providers.failure_hook import failure_hook
from flinksql.errors import JobFailedError
from flinksql.flink.gateway import GatewayClient, SharedSessions
from flinksql.flink.jobmanager import JobManagerClient, JobSummary, JobsView
from flinksql.flink.transport import Endpoint
from flinksql.statements import HealthPolicy, LifecycleSettings, StatementLifecycle

SNAPSHOT_SECONDS = 1.0
"""So long a look at all jobs serves the statements that ask what became of them."""

WATCH_SECONDS = 0.1
"""So long it serves those that are watched until they are healthy: as often as one of them would look alone."""

LOOKING_SHARE = 5
SLOW_SECONDS = 0.5
"""A look serves so many times as long as it took, and at most so long, unless it is meant to serve longer.

Among hundreds of jobs, looking must not take the cores from starting them.
"""


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


class Cluster:
    """SQL Gateway and JobManager of a stack. Safe to share between threads."""

    def __init__(self, access: Access, health: HealthPolicy | None = None) -> None:
        self._access = access
        endpoint = access.jobmanager
        self._gateway = GatewayClient(access.gateway)
        # What is done waits for a JobManager that is on its way, as a start does; what is only looked at does not.
        waits = access.jobmanager_waits if access.jobmanager_waits and doing() is Doing.UPDATING else ()
        view = access.jobs_view()
        self._jobmanager = JobManagerClient(replace(endpoint, waits=waits), view=view)
        self._look = SharedObservation(endpoint, view=view)
        self._watch = SharedObservation(endpoint, seconds=WATCH_SECONDS, view=view)
        self._sessions = SharedSessions(self._gateway)
        self._probe = access.model_probe()
        self._lifecycle_settings = access.lifecycle_settings(health)

    def lifecycle(self, secrets: Mapping[str, str], statement: str = "") -> StatementLifecycle:
        """Return the lifecycle for doing. `statement` is whose, for tests that let it end in the middle."""
        return self._made(secrets, replace(self._lifecycle_settings, salt=self._access.salt(make=True)), statement)

    def validation(self, secrets: Mapping[str, str]) -> StatementLifecycle:
        """Return the lifecycle for validating in a preview: a gateway that is not there is not waited for."""
        return self._made(secrets, replace(self._lifecycle_settings, retry_waits=(), salt=self._access.salt()))

    def looking(self, *, salted: bool = False) -> StatementLifecycle:
        """Return the lifecycle for observing, which waits for nobody; `salted` knows the ids of jobs too."""
        settings = replace(self._lifecycle_settings, salt=self._access.salt()) if salted else self._lifecycle_settings
        return StatementLifecycle(self._gateway, self._look, settings=settings)

    def _made(self, secrets: Mapping[str, str], settings: LifecycleSettings, statement: str = "") -> StatementLifecycle:
        return StatementLifecycle(
            self._gateway,
            self._jobmanager,
            secrets,
            settings=settings,
            probe=self._probe,
            failure_point=failure_hook(statement),
            sessions=self._sessions,
            watched=self._watch,
        )

    @contextmanager
    def explaining(self) -> Iterator[None]:
        """Add to a job's failure which processes below it ended by themselves lately: then the job may be a bystander."""
        try:
            yield
        except JobFailedError as error:
            ended = self._access.ended_below(self._jobmanager)
            if not ended:
                raise
            raise JobFailedError(f"{error}\n{ended}") from error

    def jobs_are_gone(self, *, keeping_state: bool) -> bool:
        """Tell whether the JobManager went and took its jobs along. One that goes next took those along whose state is not to be kept."""
        return self._access.jobs_are_gone(goes=not keeping_state and doing() is Doing.DESTROYING)
