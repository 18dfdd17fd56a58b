"""The same commands reach Kafka and Flink on both platforms."""

import json
import socket
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from cluster.errors import PortForwardError
from cluster.forward_lock import ForwardLock
from console.health.collect import collect
from console.project import Project
from console.reach import broker, job_manager
from platforms.kubernetes.forward import pages
from settings import Settings
from tests.fakes.kubernetes_api import CONTEXT, FakeKubernetes
from tests.support.kubernetes_objects import CORE, metadata, pod
from tests.support.ports import free_ports


def _project(tmp_path: Path, kubeconfig: Path, port: int) -> Project:
    values = {
        "platform": "kubernetes",
        "kubernetes.context": CONTEXT,
        "kubernetes.kubeconfig": str(kubeconfig),
        "flink.line": "2.1",
        "ports.kafka": str(port),
    }
    return Project(root=tmp_path, stack="dev", data_folder=tmp_path / ".data", values=values, secrets=frozenset())


def _outputs(port: int) -> Mapping[str, Any]:
    return {
        "platform": "kubernetes",
        "kafkaBootstrap": f"127.0.0.1:{port}",
        "services": ["kafka"],
        "topics": {"product_reviews": {}},
        "statements": {"contexts": {"kind": "job", "jobName": "flink-reviews/dev/contexts"}},
    }


def _kafka(kubernetes: FakeKubernetes, *, ready: bool = True) -> None:
    kubernetes.put(f"{CORE}/services", {"metadata": metadata("kafka"), "spec": {"selector": {"app": "kafka"}, "ports": [{"port": 9092}]}})
    kubernetes.put(f"{CORE}/pods", pod("kafka-0", phase="Running", ready=ready, labels={"app": "kafka"}))


def test_the_broker_is_reached_on_a_free_port_also_while_another_stack_has_its_own(
    kubernetes: FakeKubernetes, kubeconfig: Path, tmp_path: Path
) -> None:
    _kafka(kubernetes)
    [port] = free_ports(1)
    here = b"127.0.0.1"
    answer = (13).to_bytes(4, "big") + here + port.to_bytes(4, "big")
    with socket.create_server(("127.0.0.1", 0)) as listener, ForwardLock(port, "another stack's broker") as taken:
        assert taken.acquire()
        kubernetes.pods["kafka-0"] = ("127.0.0.1", listener.getsockname()[1])
        threading.Thread(target=lambda: listener.accept()[0].sendall(answer), daemon=True).start()
        with broker(_project(tmp_path, kubeconfig, port), _outputs(port)) as bootstrap:
            host, _, reached = bootstrap.rpartition(":")
            assert reached != str(port)
            with socket.create_connection((host, int(reached)), timeout=10) as connection:
                assert connection.recv(100) == answer[:13] + int(reached).to_bytes(4, "big")
    assert any("portforward?ports=9094" in call for call in kubernetes.calls)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(reached)), timeout=10)


def test_a_broker_that_is_not_ready_is_told_before_anything_waits(kubernetes: FakeKubernetes, kubeconfig: Path, tmp_path: Path) -> None:
    _kafka(kubernetes, ready=False)
    [port] = free_ports(1)
    with pytest.raises(PortForwardError, match="no pod of service kafka"), broker(_project(tmp_path, kubeconfig, port), _outputs(port)):
        pass


def test_the_jobmanager_is_asked_through_the_service_proxy(kubernetes: FakeKubernetes, kubeconfig: Path, tmp_path: Path) -> None:
    kubernetes.services["flink-sql-session-rest:8081"] = lambda _method, _path, _body: (200, json.dumps({"jobs": []}).encode())
    assert job_manager(_project(tmp_path, kubeconfig, 19092), _outputs(19092)).jobs() == ()
    assert "GET /api/v1/namespaces/flink/services/http:flink-sql-session-rest:8081/proxy/jobs/overview" in kubernetes.calls


def test_a_report_of_a_cluster_that_has_nothing_says_so_in_every_row(kubernetes: FakeKubernetes, kubeconfig: Path, tmp_path: Path) -> None:
    [port] = free_ports(1)
    report = collect(_project(tmp_path, kubeconfig, port), _outputs(port))
    assert not report.healthy
    assert [service.state for service in report.services] == ["GONE"]
    assert report.topics[0].reason == "there is no service kafka in namespace flink"
    assert "no endpoints available" in report.jobs[0].last_error


@pytest.mark.parametrize(
    ("given", "titles"),
    [
        pytest.param({}, ["Flink", "SQL Gateway", "model gateway", "AKHQ", "Kafka"], id="all"),
        pytest.param({"akhq__enabled": "false"}, ["Flink", "SQL Gateway", "model gateway", "Kafka"], id="no-akhq"),
        pytest.param(
            {"kafka__kind": "external", "kafka__bootstrap": "broker.example.com:9092"},
            ["Flink", "SQL Gateway", "model gateway", "AKHQ"],
            id="another-broker",
        ),
    ],
)
def test_pages_are_forwarded_for_what_is_deployed(settings: Callable[..., Settings], given: dict[str, str], titles: list[str]) -> None:
    assert list(pages(settings(**given))) == titles
