"""How the commands reach what runs: directly on loopback, or into the cluster. One way in for both platforms; nobody else asks which it is.

The client library for clusters takes half a second to load, which the embedded platform is spared.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from cluster import names
from console.health.jobs import SECONDS_TO_ANSWER
from console.health.jobs import job_manager as embedded_job_manager
from console.project import Project
from embedded.errors import EmbeddedError
from embedded.job_id_salt import read_salt
from embedded.settings import LOOPBACK
from flinksql.flink.jobmanager import JobManagerClient
from flinksql.flink.transport import Endpoint
from settings import KafkaKind, PlatformKind

_CONNECT_SECONDS = 4.0
"""A cluster may be far away."""


def is_on_kubernetes(outputs: Mapping[str, Any]) -> bool:
    """Tell where a stack that is up runs."""
    return outputs.get("platform") == PlatformKind.KUBERNETES


@contextmanager
def broker(project: Project, outputs: Mapping[str, Any]) -> Iterator[str]:
    """Give the broker's address as this machine reaches it; into a cluster through a port-forward that lasts as long as the block.

    The port is any free one: a command that only reads or feeds is in nobody's way. Raises ClusterError when no broker is ready there.
    """
    bootstrap = str(outputs["kafkaBootstrap"])
    settings = project.settings() if is_on_kubernetes(outputs) else None
    if settings is None or settings.kubernetes.kafka.kind is KafkaKind.EXTERNAL:
        yield bootstrap
        return
    from cluster.api_server import connect  # noqa: PLC0415
    from cluster.port_forward import forwarded  # noqa: PLC0415
    from cluster.target import ServicePort  # noqa: PLC0415

    where = settings.kubernetes.cluster
    target = ServicePort(namespace=where.namespace, service=names.KAFKA, port=names.KAFKA_FORWARDED_PORT)
    with forwarded(connect(where.context, where.kubeconfig), target, advertised=settings.ports.kafka) as forward:
        forward.require_pod()
        yield f"{LOOPBACK}:{forward.port}"


def model_gateway(project: Project, outputs: Mapping[str, Any]) -> Endpoint:
    """Return the model gateway as this machine reaches it. Raises ClusterError for an unusable kubeconfig."""
    endpoint = Endpoint(name="model gateway", base_url=str(outputs["modelUrl"]))
    if is_on_kubernetes(outputs):
        from components.providers.through_api_server import proxied_endpoint  # noqa: PLC0415

        endpoint = proxied_endpoint(project.settings(), endpoint.name, names.MODEL_GATEWAY, names.MODEL_GATEWAY_PORT)
    return replace(endpoint, connect_seconds=_CONNECT_SECONDS, read_seconds=SECONDS_TO_ANSWER)


def job_manager(project: Project, outputs: Mapping[str, Any]) -> JobManagerClient:
    """Make a client that does not wait long: `status` must answer when nothing runs. Raises ClusterError for an unusable kubeconfig."""
    if is_on_kubernetes(outputs):
        from components.providers.connections import flink_endpoints  # noqa: PLC0415

        _, endpoint = flink_endpoints(project.settings())
        return JobManagerClient(replace(endpoint, connect_seconds=_CONNECT_SECONDS, read_seconds=SECONDS_TO_ANSWER))
    return embedded_job_manager(str(outputs["jobManagerUrl"]), Path(str(outputs["dataFolder"])))


def job_salt(project: Project) -> str:
    """Return the salt of the job ids that the stack's installation derives; empty where there is none or it cannot be read."""
    if project.settings().platform is PlatformKind.KUBERNETES:
        return ""
    try:
        return read_salt(project.settings().embedded.folder)
    except EmbeddedError:
        return ""
