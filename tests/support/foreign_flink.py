"""A Flink and a Kafka as somebody else runs them: started by hand, without this project's stacks, settings or certificates."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from unittest import mock

import yaml

from embedded.artifacts import fetch_jars
from embedded.control import ServiceControl
from embedded.jars import locked_jars
from embedded.services import specification
from embedded.settings import EmbeddedSettings
from embedded.specification import ServiceName, Specification
from flinksql.flink.gateway import GatewayClient
from flinksql.flink.jobmanager import JobManagerClient
from flinksql.flink.transport import Endpoint
from options.flink_lines import flink_line
from options.infrastructure import FlinkOptions, Ports
from tests.support.object_store import ObjectStore
from tests.support.ports import free_ports
from tests.support.project import take_downloads

_SERVICES = (ServiceName.KAFKA, ServiceName.JOB_MANAGER, ServiceName.SQL_GATEWAY, ServiceName.TASK_MANAGER)
_OF_FLINK = _SERVICES[1:]
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
def foreign_flink(
    folder: Path, *, slots: int = 6, kafka: bool = True, flink: bool = True, store: ObjectStore | None = None
) -> Iterator[ForeignFlink]:
    """Run one for a while, with a Kafka unless somebody else's is used, or that alone. Its ports ask for no certificate.

    With a `store`, its state lies there.
    """
    take_downloads(folder)
    ports = Ports(**dict(zip((*_NAMES, "sql_gateway"), free_ports(len(_NAMES) + 1), strict=True)))
    options = FlinkOptions(mutual_tls=False, task_slots=slots, checkpoint_interval_seconds=2)
    settings = EmbeddedSettings(data_folder=folder, ports=ports, flink=options, class_archives=False)
    services = (*(_SERVICES[:1] if kafka else ()), *(_SERVICES[1:] if flink else ()))
    control = ServiceControl(settings)
    try:
        with _state_on(store, settings) if store else nullcontext():
            for service in services:
                control.start(service, ready_seconds=_HANG_SECONDS)
        yield ForeignFlink(settings=settings)
    finally:
        control.shutdown()


@contextmanager
def _state_on(store: ObjectStore, settings: EmbeddedSettings) -> Iterator[None]:
    """Have processes that start within the block keep their state in the store: the plugin, the options, the credentials."""
    [jar] = locked_jars(flink_line(settings.flink.line).object_store_set)
    fetch_jars(settings.folder.jars, [jar])
    plugins = settings.folder.root / "plugins"
    (plugins / "s3").mkdir(parents=True)
    (plugins / "s3" / jar.file_name).symlink_to(settings.folder.jars / jar.path)

    def specified(service: ServiceName, given: EmbeddedSettings) -> Specification:
        found = specification(service, given)
        if service not in _OF_FLINK:
            return found
        environment = {**found.environment, **store.environment, "FLINK_PLUGINS_DIR": str(plugins)}
        return replace(found, environment=environment, files={path: _with(text, path, store) for path, text in found.files.items()})

    with mock.patch("embedded.control.specification", specified):
        yield


def _with(text: str, file: Path, store: ObjectStore) -> str:
    if file.name != "config.yaml":
        return text
    return yaml.safe_dump({**yaml.safe_load(text), **store.options})
