"""A person with the stack's addresses behind the API server, who does things to its jobs that nobody told Pulumi of."""

from flinksql.flink.gateway import GatewayClient
from flinksql.flink.jobmanager import JobManagerClient
from platforms.kubernetes.through_api_server import endpoint_behind
from tests.kubernetes.stack import JOB_MANAGER, SQL_GATEWAY, KubernetesStack
from tests.support.by_hand import ByHand


def hands(stack: KubernetesStack) -> ByHand:
    """Give the person the jobs of the last `up`."""
    return ByHand(
        gateway=GatewayClient(endpoint_behind(stack.proxy(SQL_GATEWAY), "SQL Gateway")),
        jobmanager=JobManagerClient(endpoint_behind(stack.proxy(JOB_MANAGER), "JobManager")),
        statements=stack.copy.outputs()["statements"],
    )
