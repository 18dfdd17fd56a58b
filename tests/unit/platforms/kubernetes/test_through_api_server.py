"""Statements and topics of a stack in a cluster: everything goes through the API server, and the guarantees stay the same."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from components.providers.cluster import Cluster
from components.providers.definitions import plain_definition
from components.providers.engine import Doing
from components.providers.reporting import Once, ProviderError
from components.providers.statement import StatementProvider
from flinksql.statement import Definition, Kind, Statement
from platforms.registry import platform_of
from settings import parse_settings
from tests.fakes.flink import FakeFlink, fake_flink
from tests.fakes.kubernetes_api import CONTEXT, FakeKubernetes, fake_kubernetes
from tests.support.kubernetes_objects import FLINK, flink_deployment
from tests.unit.components.statement_bench import HEALTH, SINK, SOURCE, configuration

GATEWAY, JOB_MANAGER = "flink-sql-gateway:8083", "flink-sql-session-rest:8081"
Answer = Callable[[str, str, bytes], tuple[int, object]]


@dataclass(frozen=True, kw_only=True)
class Bench:
    provider: StatementProvider
    kubernetes: FakeKubernetes
    flink: FakeFlink


def passes_on_to(url: str) -> Answer:
    def answer(method: str, path: str, body: bytes) -> tuple[int, object]:
        reply = requests.request(method, url + path, data=body, headers={"Content-Type": "application/json"}, timeout=10)
        return reply.status_code, reply.content

    return answer


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with fake_kubernetes() as kubernetes, fake_flink() as flink:
        kubernetes.services = {GATEWAY: passes_on_to(flink.gateway_server.url), JOB_MANAGER: passes_on_to(flink.jobmanager_server.url)}
        kubernetes.put(f"{FLINK}/flinkdeployments", flink_deployment(state="READY"))
        values = {
            "platform": "kubernetes",
            "kubernetes.context": CONTEXT,
            "kubernetes.kubeconfig": str(kubernetes.kubeconfig(tmp_path)),
            "data.folder": str(tmp_path / "data"),
        }
        provider = StatementProvider()
        provider.configure(configuration(values))
        own = provider.at({})
        own.remark = Once(lambda _remark: None)
        own.cluster = Cluster(platform_of(parse_settings(values)).connect(), health=HEALTH)
        yield Bench(provider=provider, kubernetes=kubernetes, flink=flink)


def job(text: str = "INSERT INTO sink SELECT a FROM source") -> dict[str, Any]:
    closure = tuple(
        Statement(name=name, kind=Kind.CATALOG_OBJECT, text=sql, file=f"sql/{name}.sql")
        for name, sql in (("source", SOURCE), ("sink", SINK))
    )
    statement = Statement(name="copy", kind=Kind.JOB, text=text, file="sql/copy.sql")
    return plain_definition(Definition(statement=statement, closure=closure, job_name="p/s/copy"))


def test_a_job_lives_its_life_through_the_service_proxy(bench: Bench) -> None:
    state = dict(bench.provider.create(job()).outs or {})
    assert len(bench.flink.cluster.alive("p/s/copy")) == 1
    assert not bench.provider.diff("p/s/copy", state, job()).changes
    bench.provider.delete("p/s/copy", state)
    assert bench.flink.cluster.alive("p/s/copy") == []
    called = {call.split("/proxy")[0] for call in bench.kubernetes.calls if "/proxy/" in call}
    assert {call.rpartition("http:")[2] for call in called} == {GATEWAY, JOB_MANAGER}


MODEL = (
    "CREATE MODEL m INPUT (a STRING) OUTPUT (b STRING) WITH ('provider' = 'openai', 'endpoint' = "
    "'http://model-gateway.flink.svc:8080/v1/chat/completions', 'api-key' = '-', 'model' = 'm')"
)


def calling_a_model() -> dict[str, Any]:
    """Return the inputs of a job whose model's endpoint only the cluster knows."""
    inputs = job()
    return {**inputs, "closure": [*inputs["closure"], {"name": "m", "kind": "catalog object", "text": MODEL, "file": "sql/m.sql"}]}


def test_a_model_in_the_cluster_is_asked_there_and_not_from_this_machine(bench: Bench) -> None:
    bench.kubernetes.services["model-gateway:8080"] = lambda _method, _path, _body: (200, {"status": "ok"})
    bench.provider.create(calling_a_model())
    assert any("http:model-gateway:8080/proxy/health?only=process" in call for call in bench.kubernetes.calls)
    assert len(bench.flink.cluster.alive("p/s/copy")) == 1


def test_a_model_that_nobody_answers_for_is_told_before_a_job_is_touched(bench: Bench) -> None:
    with pytest.raises(ProviderError, match=r"sql/m\.sql.*no endpoints available for service .*model-gateway"):
        bench.provider.create(calling_a_model())
    assert bench.flink.cluster.alive("p/s/copy") == []


def test_a_job_of_a_cluster_that_is_gone_counts_as_deleted(bench: Bench) -> None:
    state = dict(bench.provider.create(job()).outs or {})
    bench.kubernetes.services.clear()
    bench.kubernetes.collections[f"{FLINK}/flinkdeployments"].clear()
    bench.provider.delete("p/s/copy", state)


def test_a_job_of_a_cluster_that_only_does_not_answer_is_not_given_up(bench: Bench) -> None:
    state = dict(bench.provider.create(job()).outs or {})
    bench.kubernetes.services.clear()
    with pytest.raises(ProviderError, match="no endpoints available"):
        bench.provider.delete("p/s/copy", state)


def test_a_job_that_goes_with_its_whole_stack_is_not_waited_for(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session cluster whose image cannot be pulled must not keep anybody from taking the stack down."""
    state = dict(bench.provider.create(job()).outs or {})
    bench.kubernetes.services.clear()
    monkeypatch.setattr("components.providers.cluster.doing", lambda: Doing.DESTROYING)
    bench.provider.delete("p/s/copy", state)


def test_not_even_then_a_job_whose_state_is_to_be_kept_is_given_up(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {**job(), "policy": {"delete_mode": "savepoint"}}
    state = dict(bench.provider.create(kept).outs or {})
    bench.kubernetes.services.clear()
    monkeypatch.setattr("components.providers.cluster.doing", lambda: Doing.DESTROYING)
    with pytest.raises(ProviderError, match="no endpoints available"):
        bench.provider.delete("p/s/copy", state)


def test_nor_one_of_a_cluster_of_which_nothing_can_be_known(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    state = dict(bench.provider.create(job()).outs or {})
    bench.kubernetes.services.clear()
    bench.kubernetes.refuse("/flinkdeployments", 500, "InternalError", "etcdserver: no leader")
    monkeypatch.setattr("components.providers.cluster.doing", lambda: Doing.DESTROYING)
    with pytest.raises(ProviderError, match="no endpoints available"):
        bench.provider.delete("p/s/copy", state)


def test_a_right_that_is_missing_is_told(bench: Bench) -> None:
    bench.kubernetes.refuse("/proxy/", 403, "Forbidden", 'services "http:flink-sql-gateway:8083" is forbidden')
    with pytest.raises(ProviderError, match="services/proxy"):
        bench.provider.create(job())
