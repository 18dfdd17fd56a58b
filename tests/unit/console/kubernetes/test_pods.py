"""What `status` makes of the pods of a namespace."""

from typing import Any

import pytest
from rich.console import Console

from cluster.api_server import ApiServer
from console.health.report import Report
from console.show.status_table import status_tables
from platforms.health import ServiceHealth
from platforms.kubernetes.health import observe_pods
from tests.fakes.kubernetes_api import FakeKubernetes
from tests.support.kubernetes_objects import CORE, NAMESPACE, crashed, pod

RUNNING = {"name": "main", "ready": True, "restartCount": 2, "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}}}


def _labels(name: str) -> dict[str, str]:
    return {"app.kubernetes.io/name": name}


def _one(api_server: ApiServer, service: str) -> ServiceHealth:
    [found] = observe_pods(api_server, NAMESPACE, [service])
    return found


def test_a_ready_workload_tells_its_pods_restarts_and_how_long_it_is_up(kubernetes: FakeKubernetes, api_server: ApiServer) -> None:
    kubernetes.put(f"{CORE}/pods", pod("kafka-0", phase="Running", ready=True, labels=_labels("kafka"), containers=[RUNNING]))
    found = _one(api_server, "kafka")
    assert (found.healthy, found.state, found.pods, found.restarts, found.reason) == (True, "RUNNING", "1/1", 2, "")
    assert found.uptime_seconds is not None
    assert found.uptime_seconds > 0


def test_one_pod_of_two_is_not_enough_and_the_broken_one_says_why(kubernetes: FakeKubernetes, api_server: ApiServer) -> None:
    kubernetes.put(
        f"{CORE}/pods",
        pod("flink-sql-session-1", phase="Running", ready=True, labels=_labels("flink-sql-session"), containers=[RUNNING]),
        pod("flink-sql-session-2", phase="Running", labels=_labels("flink-sql-session"), containers=[crashed(3)]),
    )
    found = _one(api_server, "flink-sql-session")
    assert (found.healthy, found.pods, found.restarts) == (False, "1/2", 4)
    assert found.reason == "pod flink-sql-session-2: container main ended 3 times (exit code 1)"


@pytest.mark.parametrize(
    ("logs", "told"),
    [
        pytest.param({}, "", id="no log"),
        pytest.param(
            {True: "starting\ncannot read /etc/missing.yaml\n"}, "; it logged last: cannot read /etc/missing.yaml", id="its last line"
        ),
        pytest.param(
            {True: "Exception: Could not parse value 'none' for key 'port'.\n\tat a.B.c(B.java:1)\nCaused by: NumberFormatException\n"},
            "; it logged last: Exception: Could not parse value 'none' for key 'port'. / Caused by: NumberFormatException",
            id="what it threw",
        ),
        pytest.param({False: "no rights on /data\n"}, "; it logged last: no rights on /data", id="of the run that has just begun"),
    ],
)
def test_a_container_that_ended_says_what_it_logged_last(
    kubernetes: FakeKubernetes, api_server: ApiServer, logs: dict[bool, str], told: str
) -> None:
    kubernetes.put(f"{CORE}/pods", pod("p-1", phase="Running", labels=_labels("kafka"), containers=[crashed(4)]))
    kubernetes.logs.update({("p-1", previous): text for previous, text in logs.items()})
    assert _one(api_server, "kafka").reason == f"pod p-1: container main ended 4 times (exit code 1){told}"


def test_what_a_container_logs_while_it_starts_is_not_repeated_with_each_look(kubernetes: FakeKubernetes, api_server: ApiServer) -> None:
    starting = {**RUNNING, "ready": False, "restartCount": 0}
    kubernetes.put(f"{CORE}/pods", pod("p-1", phase="Running", labels=_labels("kafka"), containers=[starting]))
    kubernetes.logs["p-1", False] = "10:00:01 still starting\n"
    assert "still starting" not in _one(api_server, "kafka").reason


@pytest.mark.parametrize(
    ("name", "ended", "told"),
    [
        pytest.param("flink-main-container", (3, "Error"), "its JVM ran out of memory, exit code 3", id="out of heap"),
        pytest.param("flink-sql-gateway", (3, "Error"), "its JVM ran out of memory, exit code 3", id="the gateway out of heap"),
        pytest.param("flink-main-container", (137, "OOMKilled"), "killed because it needs more memory than its limit", id="over its limit"),
        pytest.param("kafka", (137, "Error"), "killed from outside, exit code 137: mostly for want of memory on the node", id="killed"),
        pytest.param("kafka", (3, "Error"), "", id="no JVM of Flink"),
        pytest.param("flink-main-container", (143, "Error"), "", id="ended on purpose"),
    ],
)
def test_a_pod_that_ran_out_of_memory_says_so_after_it_is_back(
    kubernetes: FakeKubernetes, api_server: ApiServer, name: str, ended: tuple[int, str], told: str
) -> None:
    terminated = {"exitCode": ended[0], "reason": ended[1], "finishedAt": "2026-01-01T00:00:09Z"}
    container = {**RUNNING, "name": name, "lastState": {"terminated": terminated}}
    kubernetes.put(f"{CORE}/pods", pod("p-1", phase="Running", ready=True, labels=_labels("p"), containers=[container]))
    found = _one(api_server, "p")
    assert found.healthy
    assert found.ended == (f"pod p-1: container {name} ended 2 times, last at 2026-01-01T00:00:09Z: {told}" if told else "")


def test_a_pod_that_is_ending_does_not_count(kubernetes: FakeKubernetes, api_server: ApiServer) -> None:
    kubernetes.put(
        f"{CORE}/pods",
        pod("akhq-1", labels=_labels("akhq"), deletionTimestamp="2026-01-01T00:00:00Z"),
        pod("akhq-2", phase="Running", ready=True, labels=_labels("akhq"), containers=[RUNNING]),
    )
    assert _one(api_server, "akhq").pods == "1/1"


def test_a_workload_without_a_pod_is_gone(api_server: ApiServer) -> None:
    found = _one(api_server, "kafka")
    assert (found.healthy, found.state, found.pods, found.reason) == (False, "GONE", "0/0", "no pod of kafka is there: run `up`")


def test_an_api_server_that_refuses_is_in_the_rows(kubernetes: FakeKubernetes, api_server: ApiServer) -> None:
    kubernetes.refuse("/pods", 403, "Forbidden", "pods is forbidden")
    found = _one(api_server, "kafka")
    assert (found.healthy, found.state) == (False, "unknown")
    assert "pods is forbidden" in found.reason


def test_the_table_of_a_cluster_has_pods_and_no_process_ids(kubernetes: FakeKubernetes, api_server: ApiServer) -> None:
    kubernetes.put(f"{CORE}/pods", pod("kafka-0", phase="Running", ready=True, labels=_labels("kafka"), containers=[RUNNING]))
    report = Report(stack="dev", services=observe_pods(api_server, NAMESPACE, ["kafka"]), topics=(), jobs=())
    console = Console(width=140, record=True)
    console.print(status_tables(report))
    title, heads, row, *_ = console.export_text().splitlines()
    assert title.strip() == "Pods"
    assert heads.split() == ["workload", "state", "pods", "restarts", "up", "what", "is", "missing"]
    assert row.split()[:5] == ["✓", "kafka", "RUNNING", "1/1", "2"]
    [service] = _services(report)
    assert (service["pods"], service["restarts"], service["processId"]) == ("1/1", 2, None)


def _services(report: Report) -> list[dict[str, Any]]:
    services: list[dict[str, Any]] = report.to_json()["services"]
    return services


def test_a_volume_claim_of_the_stack_that_is_being_deleted_is_told(kubernetes: FakeKubernetes, api_server: ApiServer) -> None:
    ours = {"app.kubernetes.io/part-of": "flink-reviews"}
    for name, labels, going in (("flink-state", ours, True), ("data-kafka-0", ours, False), ("somebody-elses", {}, True)):
        metadata = {"name": name, "labels": labels, **({"deletionTimestamp": "2026-11-28T12:00:00Z"} if going else {})}
        kubernetes.put(f"{CORE}/persistentvolumeclaims", {"metadata": metadata, "spec": {"volumeName": f"of-{name}"}})
    [found] = observe_pods(api_server, NAMESPACE, [])
    assert (found.name, found.state, found.healthy) == ("volume claim flink-state", "TERMINATING", False)
    assert """kubectl patch pv of-flink-state -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'""" in found.reason
