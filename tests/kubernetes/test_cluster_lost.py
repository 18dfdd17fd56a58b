"""The whole cluster is lost and made anew under a stack whose state remains: nothing is taken for lost, and the way out that is told works.

Only where the program is named that wipes and starts a cluster: everything on it goes.
"""

import os
import subprocess

import pytest

from tests.kubernetes.figures import note
from tests.kubernetes.stack import KubernetesStack
from tests.support.flow import SUMMARIES
from tests.support.plain import in_the_environment_of
from tests.support.samples import PLAIN

PROGRAM = "FLINK_REVIEWS_TESTBED"
"""A program that takes `down`, `down --wipe` and `up`, and keeps the registry's images."""

pytestmark = [
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not os.environ.get(PROGRAM), reason=f"name a program that wipes and starts the cluster in {PROGRAM}"),
]


def _testbed(*arguments: str) -> None:
    subprocess.run([os.environ[PROGRAM], *arguments], check=True, capture_output=True)


def test_a_cluster_that_was_made_anew_is_deployed_to_anew(deployed: KubernetesStack) -> None:
    _testbed("down")
    try:
        _away(deployed)
    finally:
        _testbed("down", "--wipe")
        _testbed("up")
    for command in ("preview", "up", "down"):
        refused = deployed.copy.run(command)
        note("another cluster under the same name", command=command, code=refused.code, said=refused.said.strip()[-900:])
        assert refused.code != 0
        assert "is not the one that stack dev was deployed to: nothing was changed" in refused.said
        assert "`pulumi stack rm --force --preserve-config -s dev`" in refused.said
    forgotten = in_the_environment_of(deployed.copy, "stack", "rm", "--force", "--preserve-config", "-s", "dev", "--yes")
    assert forgotten.code == 0, forgotten.said
    run = deployed.up()
    deployed.wait_for_jobs(deployed.job_names())
    with deployed.flow() as flow:
        flow.feed(PLAIN)
        flow.settle()
        assert flow.totals(SUMMARIES) == flow.expected_totals()
    note("up on the new cluster", seconds=run.end["seconds"], resources=len(run.seconds))


def _away(stack: KubernetesStack) -> None:
    for command in ("preview", "up", "down", "status"):
        told = stack.copy.run(command)
        note("the cluster is away", command=command, code=told.code, said=told.said.strip()[-900:])
        assert told.code != 0
        assert "Traceback" not in told.said
        assert "cannot be reached" in told.said, told.said[-3000:]
        assert "PULUMI_K8S" not in told.said, "the Kubernetes provider's words"
