"""The cluster as the statements' provider meets it: clients for one process, and one look at all jobs that many statements share."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from threading import Lock

from components.endpoints import embedded_endpoints
from components.settings import PlatformKind, Settings
from embedded.control import ServiceControl, ServiceState
from embedded.specification import ServiceName
from flinksql.gateway import GatewayClient
from flinksql.jobmanager import JobManagerClient, JobSummary
from flinksql.lifecycle import HealthPolicy, LifecycleSettings, StatementLifecycle
from flinksql.transport import Endpoint

SNAPSHOT_SECONDS = 1.0
"""So long a look at all jobs serves the statements that ask what became of them."""


class SharedLook(JobManagerClient):
    """A JobManager whose list of jobs is asked for once a second, however many statements want it. Only for looking."""

    def __init__(self, endpoint: Endpoint, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(endpoint)
        self._clock = clock
        self._lock = Lock()
        self._taken = float("-inf")
        self._jobs: tuple[JobSummary, ...] = ()

    def jobs(self) -> tuple[JobSummary, ...]:
        """Return all jobs as they were at most a second ago, newest first."""
        with self._lock:
            if self._clock() - self._taken >= SNAPSHOT_SECONDS:
                self._jobs = super().jobs()
                self._taken = self._clock()
            return self._jobs


class Cluster:
    """SQL Gateway and JobManager of a stack. Safe to share between threads."""

    def __init__(self, settings: Settings, health: HealthPolicy | None = None) -> None:
        self._settings = settings
        where = embedded_endpoints(settings)
        endpoint = Endpoint(name="JobManager", base_url=where.jobmanager_url)
        self._gateway = GatewayClient(Endpoint(name="SQL Gateway", base_url=where.gateway_url))
        self._jobmanager = JobManagerClient(endpoint)
        self._look = SharedLook(endpoint)
        self._lifecycle_settings = _lifecycle_settings(settings, health or HealthPolicy())

    def lifecycle(self, secrets: Mapping[str, str]) -> StatementLifecycle:
        """Return the lifecycle for doing."""
        return StatementLifecycle(self._gateway, self._jobmanager, secrets, settings=self._lifecycle_settings)

    def validation(self, secrets: Mapping[str, str]) -> StatementLifecycle:
        """Return the lifecycle for validating in a preview: a gateway that is not there is not waited for."""
        return StatementLifecycle(self._gateway, self._jobmanager, secrets, settings=replace(self._lifecycle_settings, retry_waits=()))

    def looking(self) -> StatementLifecycle:
        """Return the lifecycle for observing."""
        return StatementLifecycle(self._gateway, self._look, settings=self._lifecycle_settings)

    def jobs_are_gone(self) -> bool:
        """Tell whether the JobManager went and took its jobs along: the embedded one keeps none of them over a restart."""
        return embedded_state(self._settings, ServiceName.JOB_MANAGER) not in {None, ServiceState.RUNNING}


def embedded_state(settings: Settings, service: ServiceName) -> ServiceState | None:
    """Return what a service's process does; None on a platform that is not made of processes here."""
    if settings.platform is not PlatformKind.EMBEDDED:
        return None
    return ServiceControl(settings.embedded).observe(service).state


def _lifecycle_settings(settings: Settings, health: HealthPolicy) -> LifecycleSettings:
    embedded = settings.platform is PlatformKind.EMBEDDED
    folder = settings.embedded.folder
    return LifecycleSettings(
        health=health,
        checkpoints_folder=folder.checkpoints if embedded else None,
        savepoints_folder=folder.savepoints if embedded else None,
    )
