"""How a provider process reaches the parts of a stack in a cluster: through the API server, with the kubeconfig's own credentials.

Imported on that platform only: the library that reads credentials takes most of a second to load.
"""

from cluster import names
from cluster.api_server import ApiServer, connect
from cluster.errors import ApiServerRefusedError, ApiServerUnreachableError
from cluster.service_proxy import ServiceProxy, service_proxy
from components.endpoints import kubernetes_endpoints
from flinksql.errors import FlinkSqlError
from flinksql.flink.transport import Endpoint, Transport
from flinksql.statements import ModelProbe
from settings import Settings

_HEALTH = "/health?only=process"


def api_server_of(settings: Settings) -> ApiServer:
    """Return the API server of the stack's cluster. Nothing is sent yet. Raises ClusterError for a kubeconfig that cannot be used."""
    where = settings.kubernetes.cluster
    return connect(where.context, where.kubeconfig)


def proxied_endpoint(settings: Settings, name: str, service: str, port: int) -> Endpoint:
    """Return a Flink REST server behind the API server. Raises ClusterError for a kubeconfig that cannot be used."""
    proxy = service_proxy(api_server_of(settings), namespace=settings.kubernetes.cluster.namespace, service=service, port=port)
    return endpoint_behind(proxy, name)


def endpoint_behind(proxy: ServiceProxy, name: str) -> Endpoint:
    """Return the Flink REST server that a service proxy leads to. `name` is for people."""
    return Endpoint(
        name=name,
        base_url=proxy.base_url,
        verify=proxy.verify,
        session_factory=proxy.session_factory,
        intermediary=ServiceProxy.intervention,
        behind=proxy.through,
    )


def probe_in_cluster(settings: Settings) -> ModelProbe:
    """Return a probe that asks the stack's model gateway through the API server; what else answers in the cluster is not known here."""
    own = kubernetes_endpoints(settings).model_url
    transport = Transport(proxied_endpoint(settings, "model gateway", names.MODEL_GATEWAY, names.MODEL_GATEWAY_PORT))

    def probe(url: str) -> str:
        if not url.startswith(f"{own}/"):
            return ""
        try:
            transport.get(_HEALTH)
        except FlinkSqlError as error:
            return str(error).rstrip(".")
        return ""

    return probe


def session_cluster_is_gone(settings: Settings, *, goes: bool) -> bool:
    """Tell whether the namespace has no session cluster any more; with it went its jobs, and high availability brings none back.

    `goes`: one that is there counts as gone, because it is removed next. False when the API server does not tell.
    """
    namespace = settings.kubernetes.cluster.namespace
    path = f"/apis/flink.apache.org/v1beta1/namespaces/{namespace}/flinkdeployments/{names.SESSION_CLUSTER}"
    try:
        return api_server_of(settings).find_metadata(path) is None or goes
    except (ApiServerRefusedError, ApiServerUnreachableError):
        return False
