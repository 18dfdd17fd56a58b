"""The page's sources of a stack in a cluster: through the API server, like every other command."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from console.project import Project
from console.ui.collector import Reading, Source, problem_text
from console.ui.details import details
from console.ui.snapshot import snapshot
from console.ui.sources import CHECKS, DEPLOYMENT, JOBS, KAFKA, MODEL, SERVICES, STACK, sources_of
from console.ui.stack import StackReader
from console.ui.topic_readers import topic_opener
from console.ui.trends import Trends
from tests.fakes.kubernetes_api import CONTEXT, FakeKubernetes
from tests.support.kubernetes_objects import CORE, pod
from tests.support.ports import free_ports
from tests.support.ui import facts_of, many

JOB = "ab" * 16
ANSWERS: dict[str, Any] = {
    "/jobs/overview": {
        "jobs": [
            {
                "jid": JOB,
                "name": "flink-reviews/local/statement_0000",
                "state": "RUNNING",
                "start-time": 1,
                "tasks": {"total": 1, "running": 1},
            }
        ]
    },
    f"/jobs/{JOB}": {"jid": JOB, "name": "x", "state": "RUNNING", "vertices": [{"id": "a", "name": "Source: orders", "metrics": {}}]},
    f"/jobs/{JOB}/checkpoints": {"counts": {}, "latest": {"completed": {"external_path": "file:///c", "trigger_timestamp": 1}}},
    f"/jobs/{JOB}/checkpoints/config": {"mode": "exactly_once", "interval": 10_000},
    f"/jobs/{JOB}/exceptions": {"exceptionHistory": {"entries": []}},
    f"/jobs/{JOB}/metrics": [{"id": "numRestarts", "value": "2"}],
    f"/jobs/{JOB}/vertices/a/subtasks/metrics": [
        {"id": "Source__orders[1].numRecordsOut", "sum": 72.0},
        {"id": "Source__orders[1].numRecordsOutPerSecond", "sum": 7.5},
        {"id": "out[3]__Writer.numRecordsIn", "sum": 70.0},
    ],
}


def jobmanager(_method: str, path: str, _body: bytes) -> tuple[int, bytes]:
    found = ANSWERS.get("/" + path.partition("?")[0].lstrip("/"))
    return (200, json.dumps(found).encode()) if found is not None else (404, b'{"errors": ["no such thing"]}')


@pytest.fixture
def reader(kubeconfig: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StackReader:
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path}/state")
    [port] = free_ports(1)
    values = {
        "platform": "kubernetes",
        "kubernetes.context": CONTEXT,
        "kubernetes.kubeconfig": str(kubeconfig),
        "flink.line": "2.1",
        "model.kind": "ollama",
        "ports.kafka": str(port),
    }
    project = Project(root=tmp_path, stack="local", data_folder=tmp_path / ".data", values=values, secrets=frozenset())
    facts = facts_of(many(1))
    outputs = {
        **facts.outputs,
        "platform": "kubernetes",
        "services": ["flink-sql-session", "kafka"],
        "modelUrl": "http://model-gateway:8000",
        "kafkaBootstrap": f"127.0.0.1:{port}",
    }
    made = StackReader(project)
    made.facts = replace(facts, project=project, outputs=outputs)
    return made


def source(reader: StackReader, name: str) -> Source:
    return next(one for one in sources_of(reader) if one.name == name)


def asked(reader: StackReader, name: str) -> Reading:
    """Return what the collector would make of one answer."""
    one = source(reader, name)
    try:
        value = one.ask()
    except Exception as error:  # noqa: BLE001  # as the collector does
        return Reading(error=problem_text(error))
    return Reading(value=value, at=1.0, error=one.trouble(value))


def test_pods_jobs_and_model_are_asked_through_the_api_server(kubernetes: FakeKubernetes, reader: StackReader) -> None:
    kubernetes.put(
        f"{CORE}/pods", pod("flink-sql-session-0", phase="Running", ready=True, labels={"app.kubernetes.io/name": "flink-sql-session"})
    )
    kubernetes.services["flink-sql-session-rest:8081"] = jobmanager
    health = {
        "upstream": "ok",
        "model": "ok",
        "budget": "ok",
        "today": {"calls": 3, "prompt_tokens": 40, "completion_tokens": 5, "money": 0.5},
    }
    kubernetes.services["model-gateway:8080"] = lambda _method, _path, _body: (200, json.dumps(health).encode())
    readings = {name: asked(reader, name) for name in (SERVICES, JOBS, MODEL, DEPLOYMENT, CHECKS, KAFKA)}
    data = snapshot(reader.facts, {**readings, STACK: Reading(at=1.0)}, Trends())
    assert {one["name"]: one["state"] for one in data["services"]} == {"flink-sql-session": "RUNNING", "kafka": "GONE"}
    [row] = data["statements"]
    assert (row["state"], row["recordsIn"], row["recordsInPerSecond"], row["restarts"]) == ("RUNNING", 72, 7.5, 2)
    assert data["model"]["today"] == "3 calls, 40 + 5 tokens, cost 0.5"
    assert data["platform"] == "kubernetes"
    assert all("/proxy/" in call or "/pods" in call or "127.0.0.1" not in call for call in kubernetes.calls)
    about = details(reader.facts, {**readings, STACK: Reading(at=1.0)}, Trends(), "statement_0000")
    assert about["job"]["jobId"] == JOB


@pytest.mark.parametrize(
    ("name", "words"),
    [
        pytest.param(JOBS, "no endpoints available", id="jobs"),
        pytest.param(KAFKA, "there is no service kafka in namespace flink", id="Kafka"),
    ],
)
def test_what_a_cluster_does_not_have_is_said(kubernetes: FakeKubernetes, reader: StackReader, name: str, words: str) -> None:
    assert words in asked(reader, name).error


def test_rows_of_a_broker_that_is_not_there_say_so(kubernetes: FakeKubernetes, reader: StackReader) -> None:
    with pytest.raises(Exception, match="there is no service kafka in namespace flink"), topic_opener(reader)("orders_0000_0"):
        pass


def test_an_api_server_that_is_away_leaves_reasons_and_no_failure(
    kubernetes: FakeKubernetes, reader: StackReader, settings: Callable[..., object]
) -> None:
    kubernetes.cut(".*")
    found = {name: asked(reader, name) for name in (SERVICES, JOBS, KAFKA)}
    assert all(service.state == "unknown" for service in found[SERVICES].value)
    assert found[JOBS].error
    assert found[KAFKA].error
    assert "bug" not in found[JOBS].error + found[KAFKA].error
