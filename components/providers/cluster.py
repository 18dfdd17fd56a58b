"""The cluster as the statements' provider meets it: clients for one process, whose looks at all jobs many statements share."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from components.access import Access
from components.providers.engine import Doing, doing
from components.providers.failure_hook import failure_hook
from components.providers.shared_observation import WATCH_SECONDS, ConcurrentObservation, SharedObservation
from flinksql.errors import JobFailedError
from flinksql.flink.gateway import GatewayClient, SharedSessions
from flinksql.statements import HealthPolicy, LifecycleSettings, StatementLifecycle


class Cluster:
    """SQL Gateway and JobManager of a stack. Safe to share between threads."""

    def __init__(self, access: Access, health: HealthPolicy | None = None) -> None:
        self._access = access
        endpoint = access.jobmanager
        self._gateway = GatewayClient(access.gateway)
        # What is done waits for a JobManager that is on its way, as a start does; what is only looked at does not.
        waits = access.jobmanager_waits if access.jobmanager_waits and doing() is Doing.UPDATING else ()
        view = access.jobs_view()
        self._jobmanager = ConcurrentObservation(replace(endpoint, waits=waits), view=view)
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
