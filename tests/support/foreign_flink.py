"""A Flink and a Kafka as somebody else runs them: started by hand, without this project's stacks, settings or certificates."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from embedded.control import ServiceControl
from embedded.settings import EmbeddedSettings
from embedded.specification import ServiceName
from flinksql.flink.gateway import GatewayClient
from flinksql.flink.jobmanager import JobManagerClient
from flinksql.flink.transport import Endpoint
from options.infrastructure import FlinkOptions, Ports
from tests.support.ports import free_ports
from tests.support.project import take_downloads

_SERVICES = (ServiceName.KAFKA, ServiceName.JOB_MANAGER, ServiceName.SQL_GATEWAY, ServiceName.TASK_MANAGER)
_HANG_SECONDS = 600.0
_NAMES = ("kafka", "kafka_controller", "job_manager", "job_manager_rpc", "job_manager_blob", "task_manager_rpc", "task_manager_data")


@dataclass(frozen=True, kw_only=True)
class ForeignFlink:
    """Its addresses without any proxy, and what a person with a SQL client may do there."""

    settings: EmbeddedSettings

    @property
    def gateway_url(self) -> str:
        """The SQL Gateway."""
        return self.settings.sql_gateway_url

    @property
    def jobmanager_url(self) -> str:
        """The JobManager."""
        return self.settings.job_manager_url

    @property
    def kafka(self) -> str:
        """The broker."""
        return f"127.0.0.1:{self.settings.ports.kafka}"

    @property
    def jobmanager(self) -> JobManagerClient:
        """A client of the JobManager."""
        return JobManagerClient(Endpoint(name="JobManager", base_url=self.jobmanager_url))

    def alive(self) -> dict[str, str]:
        """Return the ids of the jobs that run, by their names."""
        return {job.name: job.job_id for job in self.jobmanager.jobs() if not job.state.terminal}

    def start_by_hand(self, name: str) -> str:
        """Run a job as a colleague does, under a name; return its id."""
        client = GatewayClient(Endpoint(name="SQL Gateway", base_url=self.gateway_url))
        with client.session() as session:
            session.configure("CREATE TABLE theirs (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1')")
            session.configure("CREATE TABLE nowhere (id BIGINT) WITH ('connector' = 'blackhole')")
            return session.execute("INSERT INTO nowhere SELECT id FROM theirs", {"pipeline.name": name}).job_id


@contextmanager
def foreign_flink(folder: Path, *, slots: int = 6, kafka: bool = True) -> Iterator[ForeignFlink]:
    """Run one for a while, with a Kafka unless somebody else's is used. Its ports ask for no certificate."""
    take_downloads(folder)
    ports = Ports(**dict(zip((*_NAMES, "sql_gateway"), free_ports(len(_NAMES) + 1), strict=True)))
    flink = FlinkOptions(mutual_tls=False, task_slots=slots, checkpoint_interval_seconds=2)
    settings = EmbeddedSettings(data_folder=folder, ports=ports, flink=flink, class_archives=False)
    control = ServiceControl(settings)
    try:
        for service in _SERVICES if kafka else _SERVICES[1:]:
            control.start(service, ready_seconds=_HANG_SECONDS)
        yield ForeignFlink(settings=settings)
    finally:
        control.shutdown()
