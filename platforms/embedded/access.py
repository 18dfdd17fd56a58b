"""How a process of this machine reaches Flink and Kafka of the embedded platform, and what their processes do."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.access import Access
from components.ended_services import ended_services
from components.endpoints import embedded_endpoints
from components.flink_endpoint import GATEWAY, JOB_MANAGER, flink_endpoint
from embedded.control import ServiceControl, ServiceState
from embedded.job_id_salt import read_salt
from embedded.specification import ServiceName
from flinksql.flink.jobmanager import JobManagerClient
from flinksql.flink.transport import Endpoint
from flinksql.savepoints import SavepointFolder, read_savepoint_folder
from flinksql.statements import HealthPolicy, LifecycleSettings, ModelProbe, probe_directly
from settings import Settings

_SUPERVISED = {ServiceState.RUNNING, ServiceState.STARTING, ServiceState.FAILED}
_CONNECT_SECONDS = 1.0
"""A process of this machine accepts a connection at once, or does not run."""


class EmbeddedAccess(Access):
    """Addresses are those of the settings; of a stack that is up, those that its `outputs` name."""

    def __init__(self, settings: Settings, outputs: Mapping[str, Any] | None = None) -> None:
        self._settings = settings
        where = embedded_endpoints(settings)
        running = outputs or {}
        self._kafka = str(running.get("kafkaBootstrap") or where.kafka_from_here)
        self._jobmanager = str(running.get("jobManagerUrl") or where.jobmanager_url)
        self._gateway = str(running.get("gatewayUrl") or where.gateway_url)
        self._model = str(running.get("modelUrl") or where.model_url)
        self._folder = Path(str(running.get("dataFolder") or settings.data_folder))

    @property
    def gateway(self) -> Endpoint:
        """The SQL Gateway."""
        return flink_endpoint(GATEWAY, self._gateway, self._folder)

    @property
    def jobmanager(self) -> Endpoint:
        """The JobManager."""
        return flink_endpoint(JOB_MANAGER, self._jobmanager, self._folder)

    @property
    def connect_seconds(self) -> float:
        """How long a look waits for a connection."""
        return _CONNECT_SECONDS

    @property
    def kafka_bootstrap(self) -> str:
        """The broker, which listens on the loopback address."""
        return self._kafka

    @property
    def is_own_broker(self) -> bool:
        """The broker is a process of the stack."""
        return True

    def model_gateway(self) -> Endpoint:
        """Return the model gateway."""
        return Endpoint(name="model gateway", base_url=self._model)

    def model_probe(self) -> ModelProbe:
        """Return what asks a model's endpoint: Flink's processes see what this machine sees."""
        return probe_directly

    def lifecycle_settings(self, health: HealthPolicy | None = None) -> LifecycleSettings:
        """Return the folders that Flink's processes write to, which are of this machine."""
        folder = self._settings.embedded.folder
        return LifecycleSettings(
            health=health or HealthPolicy(),
            checkpoints_folder=folder.checkpoints,
            savepoints_folder=folder.savepoints,
            plans_folder=folder.plans,
        )

    def savepoint_folder(self) -> SavepointFolder | None:
        """Return what lies in the data folder: Flink's processes and this machine name it alike."""
        folder = self._settings.embedded.folder.savepoints
        return read_savepoint_folder(folder, root=f"file:{folder}")

    def salt(self, *, make: bool = False) -> str:
        """Return the salt in the data folder. Raises EmbeddedError for one that cannot be read."""
        return read_salt(self._settings.embedded.folder, make=make)

    def ended_below(self, jobmanager: JobManagerClient) -> str:
        """Name the processes of Flink that ended by themselves lately."""
        below = (ServiceName.TASK_MANAGER, ServiceName.JOB_MANAGER)
        found = ended_services(self._settings.embedded, jobmanager)
        return "\n".join(str(one) for one in found if one.service in below)

    def jobs_are_gone(self, *, goes: bool) -> bool:  # noqa: ARG002
        """Tell whether the JobManager does not run: it keeps no job over a restart."""
        return self._state(ServiceName.JOB_MANAGER) is not ServiceState.RUNNING

    def broker_comes_back(self) -> bool:
        """Tell whether the supervisor starts the broker again."""
        return self._state(ServiceName.KAFKA) in _SUPERVISED

    def _state(self, service: ServiceName) -> ServiceState:
        return ServiceControl(self._settings.embedded).observe(service).state


def quick_job_manager(settings: Settings) -> JobManagerClient:
    """Make a client that does not wait long for a JobManager that does not run."""
    return EmbeddedAccess(settings).quick_jobmanager()
