"""Two stages in one cluster, and a namespace of somebody else: what is not the stack's own stays as it is."""

import copy as copying
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import requests
import yaml
from kubernetes import client

from cluster.service_proxy import ServiceProxy, service_proxy
from tests.kubernetes.double.operator import Operator
from tests.kubernetes.figures import note
from tests.kubernetes.inventory import NAMESPACE, inventory
from tests.kubernetes.preparing import SMALL
from tests.kubernetes.stack import JOB_MANAGER, JOBS, KubernetesStack
from tests.support.ports import free_ports
from tests.support.project import NAMESPACE as CONFIG
from tests.support.project import Finished, ProjectCopy

pytestmark = [pytest.mark.timeout(2400)]

STAGING = "flink-staging"
SHARED = "quota"
CRDS = 4


@dataclass(frozen=True, kw_only=True)
class Stage:
    """`staging` beside `dev`: the same folder, backend and cluster."""

    copy: ProjectCopy
    dev: KubernetesStack

    def proxy(self) -> ServiceProxy:
        """Return the way to its JobManager."""
        return service_proxy(self.dev.api_server, namespace=STAGING, service=JOB_MANAGER[0], port=JOB_MANAGER[1])

    def running(self) -> set[str]:
        """Return the names of its jobs that run with all tasks; none while nobody answers."""
        proxy = self.proxy()
        try:
            with proxy.session_factory() as session:
                jobs = session.get(f"{proxy.base_url}/jobs/overview", timeout=10).json()["jobs"]
        except (requests.RequestException, ValueError, KeyError):
            return set()
        return {job["name"] for job in jobs if job["state"] == "RUNNING" and 0 < job["tasks"]["total"] == job["tasks"]["running"]}

    def wait(self) -> None:
        """Wait until its jobs run."""
        names = {f"flink-reviews/staging/{name}" for name in JOBS}
        self.dev.wait("the jobs of staging run", lambda: True if names <= self.running() else None)


@contextmanager
def stage(dev: KubernetesStack, **values: str | int | bool) -> Iterator[Stage]:
    """Give `staging`, not yet up; at the end it is down."""
    one = copying.copy(dev.copy)
    one.stack = "staging"
    chosen: dict[str, str | int | bool] = {
        **SMALL,
        "kubernetes__context": dev.given.context,
        "kubernetes__kubeconfig": dev.given.kubeconfig,
        "kubernetes__namespace": STAGING,
        "image__repository": "localhost:5001/flink-ai-demo",
        "image__modelGatewayRepository": "localhost:5001/model-gateway",
        "topics__deleteOnDestroy": True,
        "crds__retain": False,
        "ports__kafka": free_ports(1)[0],
        "flink__line": dev.given.flink_line,
        "model__kind": dev.given.model_kind,
        "bundle__windowSeconds": 5,
        "flink__checkpointIntervalSeconds": 5,
    }
    one.configure(**{**_chart_of(dev), **chosen, **values})
    operator = None if dev.parts.operator else Operator(dev.cluster, STAGING, lambda _deployment: [])
    if operator:
        operator.start()
    try:
        yield Stage(copy=one, dev=dev)
    finally:
        one.run("down")
        if operator:
            operator.stop()


def _chart_of(dev: KubernetesStack) -> dict[str, str]:
    """Return the operator's chart that dev was given, if any: the pinned release is out of reach on some machines."""
    config = yaml.safe_load((dev.copy.folder / "Pulumi.dev.yaml").read_text(encoding="utf-8"))["config"]
    chart = config.get(f"{CONFIG}operator.chart")
    return {"operator__chart": str(chart)} if chart else {}


def definitions(stack: KubernetesStack) -> set[str]:
    return {one for one in inventory(stack.cluster) if one.startswith("CustomResourceDefinition") and "flink.apache.org" in one}


def versions(stack: KubernetesStack) -> dict[str, str]:
    """Return the generation of each of dev's workloads, and the passwords and configurations beside them."""
    api = stack.cluster.dynamic.client
    apps, core = client.AppsV1Api(api), client.CoreV1Api(api)
    found: list[Any] = [*apps.list_namespaced_deployment(NAMESPACE).items, *apps.list_namespaced_stateful_set(NAMESPACE).items]
    told = {one.metadata.name: str(one.metadata.generation) for one in found}
    services: list[Any] = core.list_namespaced_service(NAMESPACE).items
    return told | {f"service {one.metadata.name}": str(one.metadata.uid) for one in services}


def last(finished: Finished) -> str:
    return " / ".join(line.strip() for line in finished.said.splitlines() if line.strip())[-1500:]


def test_another_stack_in_the_namespace_of_dev_is_refused_with_nothing_changed(deployed: KubernetesStack) -> None:
    before, there = versions(deployed), inventory(deployed.cluster)
    with stage(deployed, kubernetes__namespace=NAMESPACE) as staging:
        for command in ("doctor", "preview", "up"):
            refused = staging.copy.run(command)
            note("staging in the namespace of dev", command=command, code=refused.code, said=last(refused))
            assert refused.code != 0
            assert "belongs to stack flink-reviews/dev" in refused.said.replace("\n", " ")
        staging.copy.run("down")
    assert versions(deployed) == before
    assert there <= inventory(deployed.cluster)


def test_dev_may_go_while_staging_runs_and_staging_is_repaired_and_resized_without_it(deployed: KubernetesStack) -> None:
    with stage(deployed) as staging:
        up = staging.copy.run("up", "--json")
        assert up.code == 0, up.said[-5000:]
        staging.wait()
        down = deployed.down()
        note("dev down while staging runs", said=down.told, events=[one.get("text") for one in down.events if one["event"] == "say"])
        assert len(definitions(deployed)) == CRDS
        assert staging.running() == {f"flink-reviews/staging/{name}" for name in JOBS}
        again = staging.copy.run("up")
        note("staging without dev", code=again.code, said=last(again))
        assert again.code == 0, again.said[-5000:]
        staging.copy.configure(akhq__enabled=False)
        resized = staging.copy.run("up")
        assert resized.code == 0, resized.said[-5000:]
        end = staging.copy.run("down")
        note("staging down after dev", code=end.code, said=last(end))
        assert end.code == 0
    deployed.wait_until_nothing_is_left()
    assert STAGING not in {one.metadata.name for one in deployed.cluster.core.list_namespace().items}


def test_a_namespace_of_somebody_else_is_used_and_left(deployed: KubernetesStack) -> None:
    deployed.down()
    cluster = deployed.cluster
    owned: list[Mapping[str, Any]] = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SHARED, "labels": {"team": "a"}}},
        {
            "apiVersion": "v1",
            "kind": "ResourceQuota",
            "metadata": {"name": "limit", "namespace": SHARED},
            "spec": {"hard": {"pods": "50"}},
        },
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "theirs", "namespace": SHARED}, "data": {"a": "b"}},
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "theirs", "namespace": SHARED},
            "spec": {
                "replicas": 0,
                "selector": {"matchLabels": {"app": "theirs"}},
                "template": {"metadata": {"labels": {"app": "theirs"}}, "spec": {"containers": [{"name": "c", "image": "none"}]}},
            },
        },
    ]
    for one in owned:
        cluster.apply(one)
    before = [_plain(cluster.read(one)) for one in owned]
    operator = None if deployed.parts.operator else Operator(cluster, SHARED, lambda _deployment: [])
    if operator:
        operator.start()
    deployed.copy.configure(kubernetes__namespace=SHARED)
    try:
        up = deployed.copy.run("up")
        note("up in a namespace of somebody else", code=up.code, said=last(up))
        assert up.code == 0, up.said[-5000:]
        assert [_plain(cluster.read(one)) for one in owned] == before
        down = deployed.copy.run("down")
        note("down in a namespace of somebody else", code=down.code, said=last(down))
        assert down.code == 0, down.said[-5000:]
        assert [_plain(cluster.read(one)) for one in owned] == before
    finally:
        deployed.copy.run("down")
        deployed.copy.configure(kubernetes__namespace=NAMESPACE)
        if operator:
            operator.stop()
        for one in reversed(owned):
            cluster.delete(one)


def _plain(found: Mapping[str, Any] | None) -> str:
    """Return what somebody made of an object: its labels, annotations, data and spec."""
    assert found is not None
    metadata = found["metadata"]
    annotations = {key: value for key, value in (metadata.get("annotations") or {}).items() if key != "deployment.kubernetes.io/revision"}
    told = {"uid": metadata["uid"], "labels": metadata.get("labels"), "annotations": annotations}
    return json.dumps({**told, "spec": found.get("spec"), "data": found.get("data")}, sort_keys=True)
