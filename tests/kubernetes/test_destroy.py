"""`down` comes to its end whatever state the stack is in, and leaves nothing."""

import pytest

from components.names import job_name
from tests.kubernetes.figures import note
from tests.kubernetes.hands import hands
from tests.kubernetes.pods import scale
from tests.kubernetes.stack import STACK, KubernetesStack

pytestmark = [pytest.mark.timeout(2400)]


def test_while_a_job_is_failed_down_leaves_nothing(deployed: KubernetesStack) -> None:
    statement = "contexts"
    person = hands(deployed)
    person.cancel(statement)
    person.fail_under_the_name_of(statement)
    name = job_name(STACK, statement)
    deployed.wait("the job is failed", lambda: True if deployed.jobs()[name]["state"] == "FAILED" else None)
    _gone(deployed, "a job is failed")


def test_while_the_gateway_is_down_down_leaves_nothing(deployed: KubernetesStack) -> None:
    scale(deployed, "flink-sql-gateway", 0)
    _gone(deployed, "the gateway is down")


def test_while_the_operator_is_down_down_says_why_it_cannot_end_and_ends_when_it_is_back(deployed: KubernetesStack) -> None:
    if not deployed.parts.operator:
        pytest.skip("the operator is a double in the process of the tests: it has no Deployment")
    scale(deployed, "flink-kubernetes-operator", 0)
    stuck = deployed.run("down")
    note("destroy ends without the operator", seconds=stuck.end["seconds"], said=stuck.told)
    assert stuck.finished.code != 0
    assert "operator" in stuck.told
    scale(deployed, "flink-kubernetes-operator", 1)
    _gone(deployed, "the operator was down before")


def _gone(stack: KubernetesStack, what: str) -> None:
    run = stack.down()
    note(f"destroyed while {what}", seconds=run.end["seconds"], said=run.told)
    stack.wait_until_nothing_is_left()
