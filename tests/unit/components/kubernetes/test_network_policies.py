"""The few edges that exist, each way round: what is not in the list is closed."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from components.kubernetes.manifest import Manifest, labels
from components.kubernetes.network_policies import network_policy_manifests
from components.kubernetes.strimzi import listeners
from tests.support.manifests import POLICIES, STRIMZI, all_manifests, pod_specs
from tests.support.policies import may_leave, may_reach

PODS = {
    "job manager": labels("flink-sql-session", "jobmanager"),
    "task manager": labels("flink-sql-session", "taskmanager"),
    "sql gateway": labels("flink-sql-gateway"),
    "kafka": labels("kafka"),
    "akhq": labels("akhq"),
    "ollama": labels("ollama"),
    "model gateway": labels("model-gateway"),
    "model pull": labels("model-pull"),
    "operator": {"app.kubernetes.io/name": "flink-kubernetes-operator"},
    "stray pod": {"run": "shell"},
    "stray pod that says it belongs here": {"app.kubernetes.io/part-of": "flink-reviews"},
}

DOORS = {
    "JobManager REST": ("job manager", 8081),
    "JobManager RPC": ("job manager", 6123),
    "TaskManager data": ("task manager", 40123),
    "SQL Gateway": ("sql gateway", 8083),
    "Kafka": ("kafka", 9092),
    "Kafka, forwarded": ("kafka", 9094),
    "AKHQ": ("akhq", 8080),
    "Ollama": ("ollama", 11434),
    "model gateway": ("model gateway", 8080),
}

FLINK = {"job manager", "task manager"}
OPEN_TO = {
    "JobManager REST": {*FLINK, "sql gateway", "operator"},
    "JobManager RPC": FLINK,
    "TaskManager data": FLINK,
    "SQL Gateway": set(),
    "Kafka": {*FLINK, "akhq", "kafka"},
    "Kafka, forwarded": set(),
    "AKHQ": set(),
    "Ollama": {"model gateway", "model pull"},
    "model gateway": {"task manager"},
}


@pytest.mark.parametrize(("door", "pod"), [pytest.param(door, pod, id=f"{pod} to {door}") for door, pod in product(DOORS, PODS)])
def test_a_door_is_open_to_those_who_need_it_and_to_nobody_else(door: str, pod: str) -> None:
    target, port = DOORS[door]
    # JobManager and TaskManagers are one peer: the model gateway sees only the latter come.
    assert may_reach(network_policy_manifests(POLICIES), PODS[pod], PODS[target], port) is (pod in OPEN_TO[door])


@pytest.mark.parametrize(
    ("pod", "port", "open_"),
    [
        pytest.param("ollama", 443, True, id="Ollama fetches models"),
        pytest.param("job manager", 6443, True, id="JobManager reaches the API server"),
        pytest.param("operator", 443, True, id="operator reaches the API server"),
        pytest.param("sql gateway", 443, False, id="SQL Gateway stays inside"),
        pytest.param("model gateway", 443, False, id="model gateway stays inside"),
        pytest.param("kafka", 443, False, id="Kafka stays inside"),
        pytest.param("akhq", 443, False, id="AKHQ stays inside"),
        pytest.param("stray pod", 443, False, id="stray pod stays inside"),
    ],
)
def test_the_outside_is_open_only_where_it_is_needed(pod: str, port: int, *, open_: bool) -> None:
    assert may_leave(network_policy_manifests(POLICIES), PODS[pod], port) is open_


def test_a_known_address_of_the_api_server_closes_the_rest_of_the_outside() -> None:
    policies = network_policy_manifests(replace(POLICIES, api_server=("10.0.0.1/32",)))
    assert not may_leave(policies, PODS["job manager"], 6443)
    assert {"ipBlock": {"cidr": "10.0.0.1/32"}} in policy(policies, "flink-sql-gateway")["ingress"][0]["from"]


def test_an_upstream_model_and_a_kafka_elsewhere_are_reached_on_their_ports() -> None:
    outside = replace(POLICIES, kafka=False, model_server=False, external_kafka_ports=(9093,), model_upstream_ports=(8443,))
    policies = network_policy_manifests(outside)
    assert may_leave(policies, PODS["task manager"], 9093)
    assert may_leave(policies, PODS["akhq"], 9093)
    assert may_leave(policies, PODS["model gateway"], 8443)
    assert not may_leave(policies, PODS["model gateway"], 443)
    assert {"kafka", "ollama", "model-pull"} & {one["metadata"]["name"] for one in policies} == set()


def test_prometheus_is_let_in_by_its_namespace_where_there_are_metrics() -> None:
    policies = network_policy_manifests(replace(POLICIES, metrics_namespaces=("monitoring",)))
    prometheus = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
    asked = {
        one["metadata"]["name"]: [
            port["port"] for rule in one["spec"].get("ingress", ()) if prometheus in rule["from"] for port in rule["ports"]
        ]
        for one in policies
    }
    assert {name: ports for name, ports in asked.items() if ports} == {"flink-sql-session": [9249], "model-gateway": [8080]}
    assert str(prometheus) not in str(network_policy_manifests(POLICIES))


def test_an_operator_elsewhere_is_known_by_its_namespace() -> None:
    policies = network_policy_manifests(replace(POLICIES, operator_here=False, operator_namespace="operators"))
    peers = [peer for rule in policy(policies, "flink-sql-session")["ingress"] for peer in rule["from"]]
    expected = {"matchLabels": {"kubernetes.io/metadata.name": "operators"}}
    assert [peer["namespaceSelector"] for peer in peers if "namespaceSelector" in peer] == [expected]
    assert "flink-kubernetes-operator" not in {one["metadata"]["name"] for one in policies}


def test_every_pod_may_resolve_names_and_nothing_more_by_default() -> None:
    deny, names = network_policy_manifests(POLICIES)[:2]
    assert deny["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert names["spec"]["podSelector"] == {}
    (rule,) = names["spec"]["egress"]
    assert {(one["protocol"], one["port"]) for one in rule["ports"]} == {("UDP", 53), ("TCP", 53)}


@pytest.mark.parametrize("pod", [pytest.param(pod, id=pod) for pod in PODS])
def test_in_a_shared_namespace_only_the_stacks_own_pods_are_shut_in(pod: str) -> None:
    policies = network_policy_manifests(replace(POLICIES, only_ours=True))
    is_ours = not pod.startswith("stray")
    assert may_leave(policies, PODS[pod], 4444) is not is_ours
    assert may_reach(policies, PODS["stray pod"], PODS[pod], 4444) is not is_ours
    doors = DOORS.items() if is_ours else ()
    assert all(may_reach(policies, PODS[pod], PODS[target], port) is (pod in OPEN_TO[door]) for door, (target, port) in doors)


def test_an_operator_of_somebody_else_is_not_shut_in() -> None:
    policies = network_policy_manifests(replace(POLICIES, only_ours=True, operator_here=False, operator_namespace="flink"))
    assert may_leave(policies, PODS["operator"], 4444)
    [peer] = [one for rule in policy(policies, "flink-sql-session")["ingress"] for one in rule["from"] if "namespaceSelector" in one]
    assert peer["podSelector"] == {"matchLabels": PODS["operator"]}


def test_every_workload_has_a_policy() -> None:
    named = {one["metadata"]["name"] for one in network_policy_manifests(POLICIES)}
    assert {manifest["metadata"]["labels"]["app.kubernetes.io/name"] for _, manifest in all_manifests() if pod_specs(manifest)} <= named


def policy(policies: list[Manifest], name: str) -> dict[str, Any]:
    """Return the rules of a workload's policy."""
    (found,) = [one["spec"] for one in policies if one["metadata"]["name"] == name]
    return dict(found)


STRIMZI_PODS = {
    "broker": {"app.kubernetes.io/name": "kafka", "strimzi.io/cluster": "kafka"},
    "its operators": {"app.kubernetes.io/name": "entity-operator", "strimzi.io/cluster": "kafka"},
    "broker of another Kafka": {"app.kubernetes.io/name": "kafka", "strimzi.io/cluster": "theirs"},
}


def policy_of_strimzi() -> Manifest:
    """Return what Strimzi makes itself for a Kafka: the ports between nodes and operators, and each listener for its peers."""
    broker, operators = ({"podSelector": {"matchLabels": STRIMZI_PODS[name]}} for name in ("broker", "its operators"))
    doors = [(9090, [broker]), (9091, [broker, operators]), *((one["port"], one["networkPolicyPeers"]) for one in listeners(STRIMZI))]
    ingress = [{"from": peers, "ports": [{"protocol": "TCP", "port": port}]} for port, peers in doors]
    return {"spec": {**broker, "policyTypes": ["Ingress"], "ingress": ingress}}


@pytest.mark.parametrize("only_ours", [pytest.param(False, id="own namespace"), pytest.param(True, id="namespace of others")])
@pytest.mark.parametrize(
    ("pod", "ports"),
    [
        pytest.param("broker", {9090, 9091}, id="the other nodes"),
        pytest.param("its operators", {9091}, id="its operators"),
        pytest.param("task manager", {9092}, id="Flink"),
        pytest.param("akhq", {9092}, id="AKHQ"),
        pytest.param("model gateway", set(), id="another part of the stack"),
    ],
)
def test_who_reaches_a_broker_of_strimzis(pod: str, ports: set[int], only_ours: bool) -> None:
    """Strimzi's policies are about who comes in; the stack's about who goes out."""
    policies = [*network_policy_manifests(replace(POLICIES, strimzi=True, only_ours=only_ours)), policy_of_strimzi()]
    source = {**PODS, **STRIMZI_PODS}[pod]
    doors = (9090, 9091, 9092, 9094)
    assert {port for port in doors if may_reach(policies, source, STRIMZI_PODS["broker"], port)} == ports


@pytest.mark.parametrize("pod", ["broker", "its operators"])
def test_what_strimzi_makes_reads_certificates_from_the_api_server_and_calls_nobody_else(pod: str) -> None:
    policies = network_policy_manifests(replace(POLICIES, strimzi=True))
    assert [may_leave(policies, STRIMZI_PODS[pod], port) for port in (443, 6443, 80, 9092)] == [True, True, False, False]


def test_brokers_of_another_kafka_in_the_namespace_are_not_closed() -> None:
    policies = network_policy_manifests(replace(POLICIES, strimzi=True, only_ours=True))
    theirs = STRIMZI_PODS["broker of another Kafka"]
    for one in policies:
        chosen = one["spec"]["podSelector"]
        assert not _chooses(chosen, theirs), one["metadata"]["name"]


def _chooses(selector: dict[str, Any], pod: dict[str, str]) -> bool:
    listed = [one for one in selector.get("matchExpressions") or () if pod.get(one["key"]) not in one["values"]]
    return not listed and (selector.get("matchLabels") or {}).items() <= pod.items()
