"""A person with the stack's addresses behind the API server, who does things to its jobs that nobody told Pulumi of."""

from cluster.service_proxy import service_proxy
from flinksql.gateway import GatewayClient
from flinksql.jobmanager import JobManagerClient
from flinksql.transport import Endpoint
from tests.kubernetes.inventory import NAMESPACE
from tests.kubernetes.stack import JOB_MANAGER, SQL_GATEWAY, KubernetesStack
from tests.support.by_hand import ByHand


def hands(stack: KubernetesStack) -> ByHand:
    """Give the person the jobs of the last `up`."""
    return ByHand(
        gateway=GatewayClient(_endpoint(stack, "SQL Gateway", SQL_GATEWAY)),
        jobmanager=JobManagerClient(_endpoint(stack, "JobManager", JOB_MANAGER)),
        statements=stack.copy.outputs()["statements"],
    )


def _endpoint(stack: KubernetesStack, name: str, service: tuple[str, int]) -> Endpoint:
    proxy = service_proxy(stack.api_server, namespace=NAMESPACE, service=service[0], port=service[1])
    return Endpoint(
        name=name,
        base_url=proxy.base_url,
        verify=proxy.verify,
        session_factory=proxy.session_factory,
        intermediary=proxy.intervention,
    )
