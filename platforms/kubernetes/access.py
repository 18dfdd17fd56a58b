"""How a process of this machine reaches Flink and Kafka in a cluster: through its API server, with the kubeconfig's own credentials.

Imported on this platform only: the library that reads credentials takes most of a second to load.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from cluster import names
from cluster.brokers_forward import brokers_forwarded, require_any_pod
from cluster.errors import ClusterError
from cluster.port_forward import PortForward
from cluster.target import ServicePort
from components.access import Access, Complain
from components.endpoints import Endpoints, kubernetes_endpoints
from components.flink_endpoint import GATEWAY, JOB_MANAGER
from components.kubernetes.flink_configuration import FlinkState
from components.providers.engine import Doing, doing
from flinksql.errors import PermanentError
from flinksql.flink.transport import Endpoint
from flinksql.savepoints import SavepointFolder
from flinksql.statements import HealthPolicy, LifecycleSettings, ModelProbe
from options.infrastructure import LOOPBACK
from platforms.kubernetes.broker_login import client_options, let_in
from platforms.kubernetes.broker_targets import broker_targets
from platforms.kubernetes.kept_secrets import KeptSecrets
from platforms.kubernetes.through_api_server import api_server_of, probe_in_cluster, proxied_endpoint, session_cluster_is_gone
from platforms.kubernetes.written_state import listing, savepoints_on_volume
from settings import Settings

_POD_SECONDS = 240.0
"""A job waits until its TaskManagers are pods, on a node that may have to pull the image first."""
_POD_WAITS = (0.5, 1.0, 2.0, 4.0, 8.0, 8.0)
"""A gateway's pod that was killed is back within about twenty seconds."""
_JOB_MANAGER_WAITS = (1.0, 2.0, *(4.0,) * 22)
"""A JobManager that lost the API server ends, and its next pod is ready after up to a minute and a half on a busy node."""


class KubernetesAccess(Access):
    """Of a stack that is up, an external broker is the one that its `outputs` name."""

    def __init__(self, settings: Settings, outputs: Mapping[str, Any] | None = None) -> None:
        self._settings = settings
        self._outputs = outputs or {}
        self._kept = KeptSecrets(settings)

    @property
    def gateway(self) -> Endpoint:
        """The SQL Gateway's service."""
        return proxied_endpoint(self._settings, GATEWAY, names.SQL_GATEWAY, names.SQL_GATEWAY_PORT)

    @property
    def jobmanager(self) -> Endpoint:
        """The JobManager's service."""
        return proxied_endpoint(self._settings, JOB_MANAGER, names.REST_SERVICE, names.JOB_MANAGER_PORT)

    @property
    def kafka_bootstrap(self) -> str:
        """The forwarded ports of this machine, or the external broker; with the options of its clients."""
        return let_in(self._settings, self._where.kafka_from_here)

    @property
    def kafka_options(self) -> Mapping[str, str]:
        """What the settings say of a broker that asks for a login, with the passwords."""
        return client_options(self._settings)

    @property
    def flink_kafka_bootstrap(self) -> str:
        """The broker's service, or the external broker."""
        return self._where.kafka_bootstrap

    @property
    def is_own_broker(self) -> bool:
        """A broker in the namespace is the stack's own."""
        return self._settings.kubernetes.kafka.is_own

    @property
    def adopted_stacks(self) -> frozenset[str]:
        """What the settings name."""
        return frozenset(self._settings.kubernetes.cluster.taken_over)

    @property
    def jobmanager_waits(self) -> tuple[float, ...]:
        """A JobManager is a pod that comes back."""
        return _JOB_MANAGER_WAITS

    def hold_broker(self, complain: Complain) -> None:
        """Forward the port on which this machine reaches the stack's broker, as long as this process runs."""
        if self.is_own_broker:
            for port, node in self._nodes.items():
                PortForward(api_server_of(self._settings), node, port, complain).start()

    @contextmanager
    def broker(self) -> Iterator[str]:
        """Forward any free port within the block: whoever only reads or feeds is in nobody's way."""
        if not self.is_own_broker:
            yield let_in(self._settings, str(self._outputs.get("kafkaBootstrap") or self._where.kafka_from_here))
            return
        with brokers_forwarded(api_server_of(self._settings), self._nodes) as forwards:
            require_any_pod(forwards)
            yield let_in(self._settings, ",".join(f"{LOOPBACK}:{one.port}" for one in forwards))

    def kept_secrets(self, sources: Mapping[str, str]) -> Mapping[str, str]:
        """Return what lies in Secrets of the namespace. Raises PermanentError for one that is not there, or may not be read."""
        try:
            return self._kept.values(sources, api_server_of(self._settings)) if sources else {}
        except ClusterError as error:
            raise PermanentError(f"secrets that lie in the cluster cannot be read: {error}") from None

    def model_gateway(self) -> Endpoint:
        """Return the model gateway's service."""
        return proxied_endpoint(self._settings, "model gateway", names.MODEL_GATEWAY, names.MODEL_GATEWAY_PORT)

    def model_probe(self) -> ModelProbe:
        """Return a probe that asks the stack's model gateway; what else answers in the cluster is not known here."""
        return probe_in_cluster(self._settings)

    def lifecycle_settings(self, health: HealthPolicy | None = None) -> LifecycleSettings:
        """Return longer waits than for processes, and what asks the JobManager's pod for files."""
        settings = self._settings
        return LifecycleSettings(
            health=health or HealthPolicy(deadline_seconds=_POD_SECONDS),
            retry_waits=_POD_WAITS,
            listing=lambda job_ids: listing(settings, job_ids),
            state_root=FlinkState(object_store=settings.kubernetes.session_cluster.state_uri).root,
            full_state=self._full_state,
        )

    def _full_state(self) -> str:
        """Say that the volume of Flink's state is full. Where the whole stack goes, so does what a JobManager could not write."""
        if doing() is Doing.DESTROYING:
            return ""
        from platforms.kubernetes.state_volume import check_state_volume  # noqa: PLC0415  # it loads what declares the cluster

        return next((f"{finding.what}; {finding.fix}" for finding in check_state_volume(self._settings)), "")

    def savepoint_folder(self) -> SavepointFolder | None:
        """Return what the volume has, as the JobManager's pod sees it."""
        return savepoints_on_volume(self._settings)

    def jobs_are_gone(self, *, goes: bool) -> bool:
        """Tell whether the session cluster is gone: as long as it is wanted there, its jobs come back."""
        return session_cluster_is_gone(self._settings, goes=goes)

    @cached_property
    def _where(self) -> Endpoints:
        return kubernetes_endpoints(self._settings)

    @property
    def _nodes(self) -> dict[int, ServicePort]:
        return broker_targets(self._settings)
