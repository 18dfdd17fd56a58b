"""The cluster as the statements' provider meets it: clients for one process, and one look at all jobs that many statements share."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from threading import Lock

from components.ended_services import ended_services
from components.kubernetes.flink_configuration import FlinkState
from components.providers.connections import flink_endpoints, jobs_went_with_their_cluster, model_probe, written_state
from components.providers.engine import Doing, doing
from components.providers.failure_hook import failure_hook
from embedded.control import ServiceControl, ServiceState
from embedded.job_id_salt import read_salt
from embedded.specification import ServiceName
from flinksql.flink.gateway import GatewayClient, SharedSessions
from flinksql.flink.jobmanager import JobManagerClient, JobSummary
from flinksql.flink.transport import Endpoint
from flinksql.statements import HealthPolicy, LifecycleSettings, StatementLifecycle
from settings import PlatformKind, Settings

SNAPSHOT_SECONDS = 1.0
"""So long a look at all jobs serves the statements that ask what became of them."""
_POD_SECONDS = 240.0
"""On Kubernetes a job waits until its TaskManagers are pods, on a node that may have to pull the image first."""
_POD_WAITS = (0.5, 1.0, 2.0, 4.0, 8.0, 8.0)
"""A gateway's pod that was killed is back within about twenty seconds."""

_JOB_MANAGER_WAITS = (1.0, 2.0, *(4.0,) * 22)
"""A JobManager that lost the API server ends, and its next pod is ready after up to a minute and a half on a busy node."""

WATCH_SECONDS = 0.1
"""So long it serves those that are watched until they are healthy: as often as one of them would look alone."""

LOOKING_SHARE = 5
SLOW_SECONDS = 0.5
"""A look serves so many times as long as it took, and at most so long, unless it is meant to serve longer.

Among hundreds of jobs, looking must not take the cores from starting them.
"""


class SharedLook(JobManagerClient):
    """A JobManager whose list of jobs is asked for once in `seconds`, however many statements want it, less often when it is slow.

    Only for looking.
    """

    def __init__(self, endpoint: Endpoint, clock: Callable[[], float] = time.monotonic, *, seconds: float = SNAPSHOT_SECONDS) -> None:
        super().__init__(endpoint)
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

    def __init__(self, settings: Settings, health: HealthPolicy | None = None) -> None:
        self._settings = settings
        gateway, endpoint = flink_endpoints(settings)
        self._gateway = GatewayClient(gateway)
        # What is done waits for a JobManager that is on its way, as a start does; what is only looked at does not.
        patient = settings.platform is PlatformKind.KUBERNETES and doing() is Doing.UPDATING
        waits = _JOB_MANAGER_WAITS if patient else ()
        self._jobmanager = JobManagerClient(replace(endpoint, waits=waits))
        self._look = SharedLook(endpoint)
        self._watch = SharedLook(endpoint, seconds=WATCH_SECONDS)
        self._sessions = SharedSessions(self._gateway)
        self._probe = model_probe(settings)
        self._lifecycle_settings = _lifecycle_settings(settings, health)

    def lifecycle(self, secrets: Mapping[str, str], statement: str = "") -> StatementLifecycle:
        """Return the lifecycle for doing. `statement` is whose, for tests that let it end in the middle."""
        return self._made(secrets, replace(self._lifecycle_settings, salt=self._salt(make=True)), statement)

    def validation(self, secrets: Mapping[str, str]) -> StatementLifecycle:
        """Return the lifecycle for validating in a preview: a gateway that is not there is not waited for."""
        return self._made(secrets, replace(self._lifecycle_settings, retry_waits=(), salt=self._salt()))

    def looking(self, *, salted: bool = False) -> StatementLifecycle:
        """Return the lifecycle for observing, which waits for nobody; `salted` knows the ids of jobs too."""
        settings = replace(self._lifecycle_settings, salt=self._salt()) if salted else self._lifecycle_settings
        return StatementLifecycle(self._gateway, self._look, settings=settings)

    def _salt(self, *, make: bool = False) -> str:
        """Return the salt of the job ids. On Kubernetes there is none: a browser reaches Flink through a token."""
        if self._settings.platform is not PlatformKind.EMBEDDED:
            return ""
        return read_salt(self._settings.embedded.folder, make=make)

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

    def ended_below(self) -> str:
        """Say which of the processes below a job ended by itself lately, a line each; empty on a platform not made of processes here."""
        if self._settings.platform is not PlatformKind.EMBEDDED:
            return ""
        below = (ServiceName.TASK_MANAGER, ServiceName.JOB_MANAGER)
        found = ended_services(self._settings.embedded, self._jobmanager)
        return "\n".join(str(one) for one in found if one.service in below)

    def jobs_are_gone(self, *, keeping_state: bool) -> bool:
        """Tell whether the JobManager went and took its jobs along.

        The embedded one keeps none of them over a restart. On Kubernetes they come back, as long as the session cluster is wanted there:
        not when the whole stack goes, except for a job whose state is to be kept.
        """
        if self._settings.platform is PlatformKind.KUBERNETES:
            return jobs_went_with_their_cluster(self._settings, goes=not keeping_state and doing() is Doing.DESTROYING)
        return embedded_state(self._settings, ServiceName.JOB_MANAGER) not in {None, ServiceState.RUNNING}


def embedded_state(settings: Settings, service: ServiceName) -> ServiceState | None:
    """Return what a service's process does; None on a platform that is not made of processes here."""
    if settings.platform is not PlatformKind.EMBEDDED:
        return None
    return ServiceControl(settings.embedded).observe(service).state


def _lifecycle_settings(settings: Settings, health: HealthPolicy | None) -> LifecycleSettings:
    if settings.platform is PlatformKind.KUBERNETES:
        return LifecycleSettings(
            health=health or HealthPolicy(deadline_seconds=_POD_SECONDS),
            retry_waits=_POD_WAITS,
            listing=lambda job_ids: written_state(settings, job_ids),
            state_root=FlinkState(object_store=settings.kubernetes.session_cluster.state_uri).root,
        )
    folder = settings.embedded.folder
    return LifecycleSettings(
        health=health or HealthPolicy(),
        checkpoints_folder=folder.checkpoints,
        savepoints_folder=folder.savepoints,
        plans_folder=folder.plans,
    )
