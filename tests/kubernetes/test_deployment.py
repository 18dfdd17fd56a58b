"""The whole stack on a cluster: from nothing to summaries, once more without a change, and back to nothing."""

import psutil
import pytest

from tests.kubernetes.figures import note
from tests.kubernetes.inventory import NAMESPACE
from tests.kubernetes.pods import SELECTORS, has_part, pods
from tests.kubernetes.stack import KubernetesStack
from tests.support.flow import CONTEXTS, SUMMARIES
from tests.support.samples import MALFORMED, PLAIN

pytestmark = [pytest.mark.timeout(2400)]

SHOWN_SECONDS = 3.0


def test_from_an_empty_cluster_to_summaries_and_back_to_an_empty_one(stack: KubernetesStack) -> None:
    stack.down()
    stack.wait_until_nothing_is_left()
    first = stack.up()
    for name, seconds in sorted(first.seconds.items(), key=lambda one: -one[1]):
        if seconds >= SHOWN_SECONDS:
            note("deployed", part=name, seconds=seconds)
    note("deployed from nothing", seconds=first.end["seconds"], resources=len(first.seconds))
    with stack.flow() as flow:
        flow.feed([*PLAIN, *MALFORMED])
        flow.settle()
    assert flow.totals(CONTEXTS) == flow.expected_totals()
    assert flow.totals(SUMMARIES) == flow.expected_totals()
    last = stack.down()
    note("destroyed while jobs run", seconds=last.end["seconds"])
    stack.wait_until_nothing_is_left()
    assert not list(stack.temporary.iterdir()), "a run left something in the temporary folder"


def test_a_second_up_changes_nothing(deployed: KubernetesStack) -> None:
    jobs = deployed.running()
    cpu_before = _children_seconds()
    again = deployed.up()
    note("up without a change", seconds=again.end["seconds"], cpu_seconds=_children_seconds() - cpu_before)
    assert again.changed == {}
    assert deployed.running() == jobs


def test_status_knows_every_part(deployed: KubernetesStack) -> None:
    """The operator's double is no workload, and that it is missing is seen."""
    status = deployed.copy.run("status", "--json").json()
    parts = [*status["services"], *status["topics"], *status["jobs"]]
    missing = set() if deployed.parts.operator else {"flink-kubernetes-operator"}
    assert {part.get("name") for part in parts if not part["healthy"]} == missing
    assert {job["statement"] for job in status["jobs"]} == {"contexts", "summaries"}


def test_every_pod_was_let_in_under_the_restricted_standard(deployed: KubernetesStack) -> None:
    namespace = deployed.cluster.core.read_namespace(NAMESPACE)
    assert namespace.metadata.labels["pod-security.kubernetes.io/enforce"] == "restricted"
    for part in SELECTORS:
        assert pods(deployed, part) or not has_part(deployed, part), f"no pod of {part} was let in"


def _children_seconds() -> float:
    """Return the CPU seconds of this process's finished children, theirs included."""
    times = psutil.Process().cpu_times()
    return float(times.children_user + times.children_system)
