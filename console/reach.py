"""How the commands reach a stack that is up: through its platform, at the addresses that its outputs name."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from console.project import Project
from embedded.errors import EmbeddedError
from platforms.registry import platform_running

if TYPE_CHECKING:
    from components.access import Access
    from flinksql.flink.jobmanager import JobManagerClient
    from flinksql.flink.transport import Endpoint


def access(project: Project, outputs: Mapping[str, Any]) -> "Access":
    """Return the access to a stack that is up. Raises SettingsError."""
    return platform_running(outputs, project.settings()).connect(outputs)


@contextmanager
def broker(project: Project, outputs: Mapping[str, Any]) -> Iterator[str]:
    """Give the broker's address as this machine reaches it, within the block. Raises ClusterError when no broker is ready there."""
    with access(project, outputs).broker() as bootstrap:
        yield bootstrap


def model_gateway(project: Project, outputs: Mapping[str, Any]) -> "Endpoint | None":
    """Return the model gateway as this machine reaches it, None where there is none. Raises ClusterError for an unusable kubeconfig."""
    way = access(project, outputs)
    gateway = way.model_gateway()
    return gateway and replace(gateway, connect_seconds=way.connect_seconds, read_seconds=way.read_seconds)


def job_manager(project: Project, outputs: Mapping[str, Any]) -> "JobManagerClient":
    """Make a client that does not wait long: `status` must answer when nothing runs. Raises ClusterError for an unusable kubeconfig."""
    return access(project, outputs).quick_jobmanager()


def job_salt(project: Project, outputs: Mapping[str, Any]) -> str:
    """Return the salt of the job ids that the stack's installation derives; empty where there is none or it cannot be read."""
    try:
        return access(project, outputs).salt()
    except EmbeddedError:
        return ""
