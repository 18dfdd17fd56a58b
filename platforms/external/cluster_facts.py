"""What a Flink that somebody else runs says of itself, asked once."""

from collections.abc import Mapping
from dataclasses import dataclass

from components.access import Access
from flinksql.flink.gateway import GatewayClient
from flinksql.flink.jobmanager import JobManagerClient, Overview
from flinksql.statements.state import CHECKPOINTS_KEYS

_SAVEPOINTS = ("execution.checkpointing.savepoint-dir", "state.savepoints.dir")
_ON_DEMAND = ("kubernetes.cluster-id", "yarn.application.id")
"""Keys of a cluster whose TaskManagers come when there is a job for them."""


@dataclass(frozen=True, kw_only=True)
class ClusterFacts:
    """Versions as `2.2.1`; `configuration` is the JobManager's own."""

    overview: Overview
    gateway_version: str
    configuration: Mapping[str, str]

    @property
    def checkpoints(self) -> str:
        """Where checkpoints go unless a job says otherwise; empty for the JobManager's memory."""
        return _first(self.configuration, CHECKPOINTS_KEYS)

    @property
    def savepoints(self) -> str:
        """Where savepoints go unless a request says otherwise; empty for nowhere."""
        return _first(self.configuration, _SAVEPOINTS)

    @property
    def brings_task_managers(self) -> bool:
        """Whether TaskManagers come on demand."""
        return bool(_first(self.configuration, _ON_DEMAND))


def ask(access: Access) -> ClusterFacts:
    """Ask SQL Gateway and JobManager. Raises FlinkSqlError naming the one that does not answer."""
    gateway = GatewayClient(access.gateway).information()
    jobmanager = JobManagerClient(access.jobmanager)
    return ClusterFacts(overview=jobmanager.overview(), gateway_version=gateway.version, configuration=jobmanager.configuration())


def _first(configuration: Mapping[str, str], keys: tuple[str, ...]) -> str:
    return next((configuration[key] for key in keys if configuration.get(key)), "")
