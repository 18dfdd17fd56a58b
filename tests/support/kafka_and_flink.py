"""A Kafka and a Flink of a test's own, without Pulumi: for what reads and writes topics by the SQL Gateway."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from components.flink_endpoint import GATEWAY, JOB_MANAGER, flink_endpoint
from embedded.artifacts import fetch_jars, missing_jars
from embedded.control import ServiceControl
from embedded.java import ensure_java
from embedded.services import jars_for
from embedded.settings import EmbeddedSettings
from embedded.specification import ServiceName
from flinksql.flink.transport import Endpoint
from flinksql.testing import TestFlink
from options.flink_lines import flink_line
from options.infrastructure import LOOPBACK, FlinkOptions, Ports
from tests.support.ports import free_ports
from tests.support.project import REPOSITORY

_SERVICES = (ServiceName.KAFKA, ServiceName.JOB_MANAGER, ServiceName.TASK_MANAGER, ServiceName.SQL_GATEWAY)


@dataclass(frozen=True, kw_only=True)
class KafkaAndFlink:
    """What runs. `flink` can run tests of SQL, too."""

    bootstrap: str
    gateway: Endpoint
    jobmanager: Endpoint
    flink: TestFlink


@contextmanager
def kafka_and_flink(folder: Path, line: str = "2.2") -> Iterator[KafkaAndFlink]:
    """Run them in a folder as long as the block lasts. Their jars are those of the repository's data folder."""
    (folder / "artifacts").symlink_to((REPOSITORY / ".data" / "artifacts").resolve())
    names = tuple(name for name in Ports.__dataclass_fields__ if name != "noun")
    ports = Ports(**dict(zip(names, free_ports(len(names)), strict=True)))
    sets = (flink_line(line).testing_set,)
    settings = EmbeddedSettings(
        data_folder=folder, flink=FlinkOptions(line=line, task_slots=16), ports=ports, extra_sets=sets, class_archives=False
    )
    control = ServiceControl(settings)
    ensure_java(settings.folder)
    jars = tuple(dict.fromkeys(jar for one in _SERVICES for jar in jars_for(one, settings)))
    artifacts = settings.folder.artifacts.resolve()
    if missing_jars(artifacts, jars):
        fetch_jars(artifacts, jars)
    try:
        with ThreadPoolExecutor(len(_SERVICES)) as pool:
            list(pool.map(control.start, _SERVICES))
        gateway = flink_endpoint(GATEWAY, settings.sql_gateway_url, folder)
        jobmanager = flink_endpoint(JOB_MANAGER, settings.job_manager_url, folder)
        yield KafkaAndFlink(
            bootstrap=f"{LOOPBACK}:{ports.kafka}",
            gateway=gateway,
            jobmanager=jobmanager,
            flink=TestFlink(gateway=gateway, jobmanager=jobmanager, folder=folder / "rows"),
        )
    finally:
        control.shutdown()
