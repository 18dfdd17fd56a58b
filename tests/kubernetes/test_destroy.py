"""`down` comes to its end whatever state the stack is in, and leaves nothing."""

import pytest
import requests

from cluster.service_proxy import service_proxy
from tests.kubernetes.figures import note
from tests.kubernetes.inventory import NAMESPACE
from tests.kubernetes.pods import scale
from tests.kubernetes.stack import JOB_MANAGER, KubernetesStack

pytestmark = [pytest.mark.timeout(2400)]


def test_while_a_job_is_failed_down_leaves_nothing(deployed: KubernetesStack) -> None:
    name = min(deployed.job_names())
    _cancel(deployed, deployed.running()[name])
    deployed.wait("the job has ended", lambda: True if name not in deployed.running() else None)
    _gone(deployed, "a job has ended")


def test_while_the_gateway_is_down_down_leaves_nothing(deployed: KubernetesStack) -> None:
    scale(deployed, "flink-sql-gateway", 0)
    _gone(deployed, "the gateway is down")


def test_while_the_operator_is_down_down_says_why_it_cannot_end_and_ends_when_it_is_back(deployed: KubernetesStack) -> None:
    if not deployed.parts.operator:
        pytest.skip("the operator is a double in the process of the tests: it has no Deployment")
    scale(deployed, "flink-kubernetes-operator", 0)
    stuck = deployed.run("down")
    note("destroy ends without the operator", seconds=stuck.end["seconds"], said=stuck.told[:300])
    assert stuck.finished.code != 0
    assert "operator" in stuck.told
    scale(deployed, "flink-kubernetes-operator", 1)
    _gone(deployed, "the operator was down before")


def _gone(stack: KubernetesStack, what: str) -> None:
    run = stack.down()
    note(f"destroyed while {what}", seconds=run.end["seconds"])
    stack.wait_until_nothing_is_left()


def _cancel(stack: KubernetesStack, job: str) -> None:
    proxy = service_proxy(stack.api_server, namespace=NAMESPACE, service=JOB_MANAGER[0], port=JOB_MANAGER[1])
    with proxy.session_factory() as session:
        reply: requests.Response = session.patch(f"{proxy.base_url}/jobs/{job}?mode=cancel", timeout=10)
        reply.raise_for_status()
