"""What `doctor` says of quotas, limits and the Pod Security level of a namespace, for the stack as its manifests have it."""

from collections.abc import Callable

import pytest

from cluster.api_server import ApiServer
from platforms.kubernetes.inventory import demand
from platforms.kubernetes.limits import check_limits, security_finding
from settings import Settings
from tests.fakes.kubernetes_api import FakeKubernetes

Make = Callable[..., Settings]
CORE = "/api/v1/namespaces/flink"
GIBIBYTE = 2**30


def test_the_demand_is_that_of_the_manifests(settings: Make) -> None:
    told = demand(settings(model__kind="offline"))
    names = {"kafka", "akhq", "model-gateway", "flink-sql-gateway", "flink-kubernetes-operator"}
    assert told.pods.keys() == {*names, "flink-sql-session, jobmanager", "flink-sql-session, taskmanager"}
    assert told.claims.keys() == {"data-kafka-0", "flink-state"}
    assert told.amounts["requests.storage"] == 10 * GIBIBYTE
    without = demand(settings(model__kind="offline", operator__install="false", akhq__enabled="false"))
    assert told.pods.keys() - without.pods.keys() == {"akhq", "flink-kubernetes-operator"}


def test_the_demand_of_strimzis_kafka_is_that_of_its_nodes_and_operators(settings: Make) -> None:
    told = demand(settings(model__kind="offline", kafka__kind="strimzi", strimzi__nodes="3"))
    assert {"kafka-node-0", "kafka-node-1", "kafka-node-2", "entity-operator"} <= told.pods.keys()
    assert "kafka" not in told.pods
    assert told.claims.keys() == {"data-0-kafka-node-0", "data-0-kafka-node-1", "data-0-kafka-node-2", "flink-state"}
    assert told.amounts["requests.storage"] == 20 * GIBIBYTE


@pytest.mark.parametrize(("kafka", "counted"), [pytest.param("kafka", True, id="its own"), pytest.param("theirs", False, id="another's")])
def test_what_strimzi_made_for_the_stack_is_what_the_quota_counts_already(
    api_server: ApiServer, kubernetes: FakeKubernetes, settings: Make, kafka: str, *, counted: bool
) -> None:
    """Strimzi labels its pods itself, as part of `strimzi-kafka`."""
    given = settings(kafka__kind="strimzi", strimzi__nodes="3")
    count = len(demand(given).pods)
    labels = {"app.kubernetes.io/part-of": "strimzi-kafka", "strimzi.io/cluster": kafka}
    pods = [{"metadata": {"name": f"p{number}", "labels": labels}, "spec": {}, "status": {}} for number in range(count)]
    full = {"metadata": {"name": "full"}, "spec": {"hard": {"pods": str(count)}}, "status": {"used": {"pods": str(count)}}}
    kubernetes.put(f"{CORE}/resourcequotas", full)
    kubernetes.put(f"{CORE}/pods", *pods)
    [found] = check_limits(api_server, given)
    assert found.ok is counted


def test_a_quota_that_cannot_hold_the_stack_stops_up(api_server: ApiServer, kubernetes: FakeKubernetes, settings: Make) -> None:
    kubernetes.put(f"{CORE}/resourcequotas", {"metadata": {"name": "small"}, "spec": {"hard": {"memory": "1Gi"}}})
    [finding] = check_limits(api_server, settings())
    assert finding.stops_up
    assert "ResourceQuota small allows memory 1Gi, and the stack needs" in finding.what
    assert "`kafka.memory`" in finding.fix


def test_a_stack_that_runs_fits_into_what_it_fills(api_server: ApiServer, kubernetes: FakeKubernetes, settings: Make) -> None:
    """A quota that was met on the way up must not be told as broken afterwards."""
    count = len(demand(settings()).pods)
    pods = [
        {"metadata": {"name": f"p{number}", "labels": {"app.kubernetes.io/part-of": "flink-reviews"}}, "spec": {}, "status": {}}
        for number in range(count)
    ]
    full = {"metadata": {"name": "full"}, "spec": {"hard": {"pods": str(count)}}, "status": {"used": {"pods": str(count)}}}
    kubernetes.put(f"{CORE}/resourcequotas", full)
    [before] = check_limits(api_server, settings())
    assert before.stops_up
    kubernetes.put(f"{CORE}/pods", *pods)
    [after] = check_limits(api_server, settings())
    assert (after.ok, after.what) == (True, "the stack fits into quota full of namespace flink")


@pytest.mark.parametrize(
    ("labels", "words", "ok"),
    [
        pytest.param({"pod-security.kubernetes.io/enforce": "restricted"}, "enforces Pod Security level restricted", True, id="restricted"),
        pytest.param({}, "enforces no Pod Security level", False, id="none"),
        pytest.param({"pod-security.kubernetes.io/enforce": "strict"}, "which is none of restricted", False, id="a mistake"),
    ],
)
def test_the_pod_security_level_is_told(labels: dict[str, str], words: str, *, ok: bool) -> None:
    finding = security_finding({"metadata": {"name": "team", "labels": labels}})
    assert words in finding.what
    assert (finding.ok, finding.stops_up) == (ok, False)
