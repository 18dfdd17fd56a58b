"""Two stages in one cluster, and a namespace of somebody else: what is not the stack's own stays as it is."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from kubernetes import client

from cluster.drift import object_path
from tests.kubernetes.double.operator import Operator
from tests.kubernetes.figures import note
from tests.kubernetes.inventory import NAMESPACE, inventory
from tests.kubernetes.pods import kill
from tests.kubernetes.stack import STACK, KubernetesStack
from tests.kubernetes.staging import STAGING, Stage, last, restarts, stage
from tests.support.plain import in_the_environment_of

pytestmark = [pytest.mark.timeout(2400)]

SHARED = "quota"
CRDS = 4


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
        staging.up()
        jobs = staging.wait()
        down = deployed.down()
        note("dev down while staging runs", said=down.told, events=[one.get("text") for one in down.events if one["event"] == "say"])
        assert len(definitions(deployed)) == CRDS
        assert staging.running() == jobs
        note("staging without dev", said=last(staging.up()))
        removed = in_the_environment_of(deployed.copy, "stack", "rm", "--preserve-config", "-s", STACK, "--yes")
        assert removed.code == 0, removed.said
        note("staging where no stack dev is known", said=last(staging.up()))
        _repaired_resized_and_restarted(staging, jobs)
        note("staging down after dev", said=last(staging.down()))
    deployed.wait_until_nothing_is_left()
    assert STAGING not in {one.metadata.name for one in deployed.cluster.core.list_namespace().items}


def test_a_change_a_kill_and_the_end_of_one_stage_are_nothing_to_the_other(deployed: KubernetesStack) -> None:
    """The two share a folder: what `dev` is ahead by is edited for its run and taken back for the other's."""
    prompt = deployed.copy.folder / "sql" / "reviews" / "prompts" / "summary.md"
    text = prompt.read_text(encoding="utf-8")
    with stage(deployed, ports__kafka=deployed.kafka_port) as staging:
        staging.up()
        jobs, calm = staging.wait(), restarts(staging.proxy())
        _asked_beside_a_forward_of_its_port(staging)
        try:
            prompt.write_text(f"{text}\nBe brief.\n", encoding="utf-8")
            changed = deployed.up()
            assert staging.running() == jobs
            note("dev changed beside staging", changed=changed.changed, seconds=changed.end["seconds"])
            prompt.write_text(f"{text}\nBe very brief.\n", encoding="utf-8")
            refused = staging.copy.run("up")
            note("a prompt that dev never ran", code=refused.code, said=last(refused))
            assert refused.code != 0
            assert "was not run on stack dev" in " ".join(refused.said.split())
        finally:
            prompt.write_text(text, encoding="utf-8")
        kill(deployed, "taskmanager")
        ours = deployed.wait_for_jobs(deployed.job_names())
        assert (staging.running(), restarts(staging.proxy())) == (jobs, calm)
        _repaired_resized_and_restarted(staging, jobs)
        kill(deployed, "taskmanager", STAGING)
        staging.wait()
        down = staging.down()
        note("staging down beside dev", said=last(down))
        assert deployed.running() == ours
        assert len(definitions(deployed)) == CRDS


def _asked_beside_a_forward_of_its_port(staging: Stage) -> None:
    """What only reads or feeds takes any free port."""
    with staging.dev.kafka() as bootstrap:
        status = staging.copy.run("status")
        note("status beside a forward of the same port", forwarded=bootstrap, code=status.code)
        assert status.code == 0, status.said[-3000:]


def _repaired_resized_and_restarted(staging: Stage, jobs: Mapping[str, str]) -> None:
    """Stand for `dev` gone or ahead: the stage goes on with what it accepted before."""
    staging.dev.api_server.delete(object_path("v1", "Service", STAGING, "akhq"))
    seen = staging.copy.run("preview")
    assert "Service akhq is gone from the cluster" in seen.said, seen.said[-3000:]
    repaired = staging.up()
    assert "This stack keeps what it accepted before" in " ".join(repaired.said.split())
    staging.copy.configure(akhq__enabled=False, flink__taskManagerMemory="1800m")
    resized = staging.up()
    note("staging repaired and resized", repaired=last(repaired), resized=last(resized))
    assert staging.wait() == jobs, "a job came back under another id"


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
