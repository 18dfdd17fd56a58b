"""How a provider process reaches the parts of its platform: directly on loopback, or through the API server of the stack's cluster."""

from collections.abc import Callable, Collection, Sequence

from cluster import names
from components.endpoints import embedded_endpoints
from components.flink_endpoint import GATEWAY, JOB_MANAGER, flink_endpoint
from flinksql.flink.transport import Endpoint
from flinksql.statements import ModelProbe, WrittenState, probe_directly
from settings import KafkaKind, PlatformKind, Settings


def flink_endpoints(settings: Settings) -> tuple[Endpoint, Endpoint]:
    """Return SQL Gateway and JobManager. Raises ClusterError for a kubeconfig that cannot be used."""
    if settings.platform is PlatformKind.EMBEDDED:
        where = embedded_endpoints(settings)
        return (
            flink_endpoint(GATEWAY, where.gateway_url, settings.data_folder),
            flink_endpoint(JOB_MANAGER, where.jobmanager_url, settings.data_folder),
        )
    from components.providers.through_api_server import proxied_endpoint  # noqa: PLC0415  # slow to load; see there

    return (
        proxied_endpoint(settings, GATEWAY, names.SQL_GATEWAY, names.SQL_GATEWAY_PORT),
        proxied_endpoint(settings, JOB_MANAGER, names.REST_SERVICE, names.JOB_MANAGER_PORT),
    )


def model_probe(settings: Settings) -> ModelProbe:
    """Return what asks a model's endpoint, as Flink's processes see it. Raises ClusterError for a kubeconfig that cannot be used."""
    if settings.platform is PlatformKind.EMBEDDED:
        return probe_directly
    from components.providers.through_api_server import probe_in_cluster  # noqa: PLC0415  # slow to load; see there

    return probe_in_cluster(settings)


def reach_kafka(settings: Settings, complain: Callable[[str], None]) -> None:
    """Make the stack's broker reachable from this process. Raises ClusterError when the port for that is taken.

    `complain` hears why a connection could not be carried.
    """
    if settings.platform is PlatformKind.EMBEDDED or not reaches_own_broker(settings):
        return
    from components.providers.through_api_server import forward_kafka  # noqa: PLC0415  # slow to load; see there

    forward_kafka(settings, complain)


def reaches_own_broker(settings: Settings) -> bool:
    """Tell whether the broker is the stack's own: made with it, and for nobody else."""
    return settings.platform is PlatformKind.EMBEDDED or settings.kubernetes.kafka.kind is not KafkaKind.EXTERNAL


def jobs_went_with_their_cluster(settings: Settings, *, goes: bool) -> bool:
    """Tell whether the session cluster is gone from the namespace. Raises ClusterError for a kubeconfig that cannot be used."""
    from components.providers.through_api_server import session_cluster_is_gone  # noqa: PLC0415  # slow to load; see there

    return session_cluster_is_gone(settings, goes=goes)


def written_state(settings: Settings, job_ids: Collection[str]) -> Sequence[WrittenState] | None:
    """Return what jobs left on the volume of a session cluster in the stack's cluster; None when it cannot be looked at."""
    from components.providers.written_state import listing  # noqa: PLC0415  # slow to load; see there

    return listing(settings, job_ids)
