"""A plain `pulumi destroy`, which no check of the console precedes: what another stack has by now stays, and everything else with it."""

import pytest

from cluster.ownership import STACK, STACK_ID, ObjectName
from tests.kubernetes.figures import note
from tests.kubernetes.inventory import NAMESPACE
from tests.kubernetes.stack import KubernetesStack
from tests.support.plain import in_the_environment_of

pytestmark = [pytest.mark.timeout(1200)]

SHARED = ObjectName(kind="Service", namespace=NAMESPACE, name="kafka")


def test_a_plain_destroy_leaves_what_another_stack_has_and_goes_when_it_is_its_own(deployed: KubernetesStack) -> None:
    jobs = deployed.running()
    mark = dict((deployed.api_server.find_metadata(SHARED.path) or {})["annotations"])
    deployed.api_server.annotate(SHARED.path, {STACK: "flink-reviews/staging", STACK_ID: "fedcba9876543210"})
    refused = in_the_environment_of(deployed.copy, "destroy", "--yes")
    note("plain destroy of what another stack has", code=refused.code, said=refused.said[-900:])
    assert refused.code != 0
    assert f"belong to stack flink-reviews/staging (id fedcba9876543210) by now: Service/kafka in namespace {NAMESPACE}" in refused.said
    assert "Traceback" not in refused.said
    assert deployed.running() == jobs, "nothing was deleted"
    deployed.api_server.annotate(SHARED.path, {STACK: mark[STACK], STACK_ID: mark[STACK_ID]})
    gone = in_the_environment_of(deployed.copy, "destroy", "--yes")
    note("plain destroy", code=gone.code, said=gone.said[-400:])
    assert gone.code == 0, gone.said
    deployed.wait_until_nothing_is_left()
