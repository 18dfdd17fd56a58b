"""Processes of Flink beside those of a stack: with a data folder and ports of their own, and the stack's downloads."""

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from components.flink_endpoint import GATEWAY, flink_endpoint
from embedded.artifacts import fetch_jars, missing_jars
from embedded.control import ServiceControl
from embedded.data_folder import DataFolder, write_atomically
from embedded.jars import Jar
from embedded.java import ensure_java
from embedded.locks import file_lock
from embedded.ports import is_free, unused_ports
from embedded.services import jars_for
from embedded.settings import EmbeddedSettings
from embedded.specification import ServiceName
from flinksql.flink.gateway import GatewayClient
from options.infrastructure import FlinkOptions, Ports

FLINK_PORTS = ("job_manager", "job_manager_rpc", "job_manager_blob", "task_manager_rpc", "task_manager_data", "sql_gateway")
PLANNERS = "planners"
"""Below the stack's data folder."""
_LOCK_SECONDS = 600.0

Say = Callable[[str], None]


def share_downloads(data_folder: Path, root: Path) -> None:
    """Give the data folder `root` the jars and the Java of the stack's."""
    root.mkdir(parents=True, exist_ok=True)
    shared, own = DataFolder(root=data_folder), DataFolder(root=root)
    for source, link in ((shared.artifacts, own.artifacts), (shared.java, own.java)):
        source.mkdir(parents=True, exist_ok=True)
        if not link.is_symlink():
            link.symlink_to(source.resolve(), target_is_directory=True)


def separate_ports(root: Path) -> Ports:
    """Return the ports of a folder's Flink: those of before, or others where nothing runs and somebody else has taken one."""
    file = root / "ports.json"
    try:
        known = {str(name): int(port) for name, port in json.loads(file.read_text()).items()}
    except (OSError, ValueError, AttributeError):
        known = {}
    runs = DataFolder(root=root).run.exists()
    if set(known) != set(FLINK_PORTS) or (not runs and not all(map(is_free, known.values()))):
        known = dict(zip(FLINK_PORTS, unused_ports(len(FLINK_PORTS)), strict=True))
        write_atomically(file, json.dumps(known))
    return Ports(**known)


def install_missing(settings: EmbeddedSettings, services: Collection[ServiceName], say: Say = lambda _: None) -> None:
    """Fetch what services need and is not there, and say so before. Raises ArtifactError or JavaError."""
    ensure_java(settings.folder)
    jars = tuple(dict.fromkeys(jar for one in services for jar in jars_for(one, settings)))
    artifacts = settings.folder.artifacts.resolve()
    if missing := missing_jars(artifacts, jars):
        say(f"fetching {sum(jar.size for jar in missing) / 1e6:.0f} MB of jars")
        fetch_jars(artifacts, jars)


@contextmanager
def planner_of(data_folder: Path, line: str, jars: Sequence[Jar]) -> Iterator[GatewayClient]:
    """Run a SQL Gateway of a Flink line, without a cluster, as long as the block lasts: it plans, and runs nothing.

    Raises ArtifactError, JavaError or ServiceFailedError.
    """
    root = data_folder / PLANNERS / line
    with file_lock(data_folder / PLANNERS / f"{line}.lock", timeout_seconds=_LOCK_SECONDS):
        share_downloads(data_folder, root)
        settings = EmbeddedSettings(
            data_folder=root, flink=FlinkOptions(line=line), ports=separate_ports(root), jars=tuple(jars), class_archives=False
        )
        control = ServiceControl(settings)
        install_missing(settings, (ServiceName.SQL_GATEWAY,))
        try:
            control.start(ServiceName.SQL_GATEWAY)
            yield GatewayClient(flink_endpoint(GATEWAY, settings.sql_gateway_url, root))
        finally:
            control.shutdown()
