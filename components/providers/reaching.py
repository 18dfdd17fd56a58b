"""How a provider process reaches the parts of its platform: directly on loopback, or through the API server of the stack's cluster."""

from collections.abc import Callable

from cluster.api_server import ApiServer, connect
from cluster.errors import ApiServerRefusedError, ApiServerUnreachableError
from cluster.port_forward import PortForward
from cluster.service_proxy import ServiceProxy, service_proxy
from cluster.target import ServicePort
from components.endpoints import embedded_endpoints
from components.settings import PlatformKind, Settings
from components.settings_kubernetes import KafkaKind
from flinksql.transport import Endpoint
from manifests import names

_GATEWAY = "SQL Gateway"
_JOB_MANAGER = "JobManager"


def api_server_of(settings: Settings) -> ApiServer:
    """Return the API server of the stack's cluster. Nothing is sent yet. Raises ClusterError for a kubeconfig that cannot be used."""
    where = settings.kubernetes.cluster
    return connect(where.context, where.kubeconfig)


def flink_endpoints(settings: Settings) -> tuple[Endpoint, Endpoint]:
    """Return SQL Gateway and JobManager. Raises ClusterError for a kubeconfig that cannot be used."""
    if settings.platform is PlatformKind.EMBEDDED:
        where = embedded_endpoints(settings)
        return Endpoint(name=_GATEWAY, base_url=where.gateway_url), Endpoint(name=_JOB_MANAGER, base_url=where.jobmanager_url)
    server, namespace = api_server_of(settings), settings.kubernetes.cluster.namespace
    gateway = service_proxy(server, namespace=namespace, service=names.SQL_GATEWAY, port=names.SQL_GATEWAY_PORT)
    jobmanager = service_proxy(server, namespace=namespace, service=names.REST_SERVICE, port=names.JOB_MANAGER_PORT)
    return _through(_GATEWAY, gateway), _through(_JOB_MANAGER, jobmanager)


def open_kafka(settings: Settings, complain: Callable[[str], None]) -> PortForward | None:
    """Forward the port on which this machine reaches the stack's own broker; None where it needs no forward.

    `complain` hears why a connection could not be carried. Raises ClusterError when the port is taken.
    """
    if settings.platform is PlatformKind.EMBEDDED or settings.kubernetes.kafka.kind is KafkaKind.EXTERNAL:
        return None
    target = ServicePort(namespace=settings.kubernetes.cluster.namespace, service=names.KAFKA, port=names.KAFKA_FORWARDED_PORT)
    forward = PortForward(api_server_of(settings), target, settings.ports.kafka, complain)
    forward.start()
    return forward


def session_cluster_is_gone(settings: Settings) -> bool:
    """Tell whether the namespace has no session cluster any more; with it went its jobs, and high availability brings none back."""
    namespace = settings.kubernetes.cluster.namespace
    path = f"/apis/flink.apache.org/v1beta1/namespaces/{namespace}/flinkdeployments/{names.SESSION_CLUSTER}"
    try:
        return api_server_of(settings).find_metadata(path) is None
    except (ApiServerRefusedError, ApiServerUnreachableError):
        return False


def _through(name: str, proxy: ServiceProxy) -> Endpoint:
    return Endpoint(
        name=name,
        base_url=proxy.base_url,
        verify=proxy.verify,
        session_factory=proxy.session_factory,
        intermediary=ServiceProxy.intervention,
    )
