"""Two stages on one broker of somebody else's, in transactions: what one suffers, and its end, is nothing to the other."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from components.kubernetes.kafka import KafkaArgs, kafka_manifests
from flinksql.kafka.admin import TopicAdmin
from flinksql.kafka.errors import TopicError
from tests.kubernetes.figures import note
from tests.kubernetes.pods import kill
from tests.kubernetes.stack import KubernetesStack
from tests.kubernetes.staging import Stage, last, restarts, stage
from tests.support.flow import CONTEXTS, SUMMARIES, begin
from tests.support.ports import free_ports
from tests.support.samples import PLAIN

pytestmark = [pytest.mark.timeout(2400)]

SHARED = "shared-broker"
REVIEWS = PLAIN * 3


@contextmanager
def broker(stack: KubernetesStack) -> Iterator[str]:
    """Run a broker beside the stacks, on the node's own address: pods and this machine reach it under one name."""
    address = next(one.address for one in stack.cluster.core.list_node().items[0].status.addresses if one.type == "InternalIP")
    port, forwarded = free_ports(2)
    bootstrap = f"{address}:{port}"
    _, workload = kafka_manifests(KafkaArgs(namespace=SHARED, forwarded_port=forwarded))
    pod: dict[str, Any] = workload["spec"]["template"]["spec"]
    pod |= {"hostNetwork": True, "dnsPolicy": "ClusterFirstWithHostNet"}
    changed = {
        "KAFKA_LISTENERS": f"INTERNAL://{bootstrap},CONTROLLER://127.0.0.1:{forwarded}",
        "KAFKA_ADVERTISED_LISTENERS": f"INTERNAL://{bootstrap}",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": f"1@127.0.0.1:{forwarded}",
    }
    container = pod["containers"][0]
    for variable in container["env"]:
        variable["value"] = changed.get(variable["name"], variable["value"])
    for name in ("ports", "startupProbe", "readinessProbe", "livenessProbe"):
        container.pop(name)
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SHARED}}
    stack.cluster.apply(namespace)
    stack.cluster.apply(workload)
    try:
        stack.wait("the shared broker answers", lambda: True if _answers(bootstrap) else None)
        yield bootstrap
    finally:
        stack.cluster.delete(namespace)
        # The next broker of this name would begin in a namespace that ends.
        path = f"/api/v1/namespaces/{SHARED}"
        stack.wait(f"namespace {SHARED} is gone", lambda: True if stack.api_server.find_metadata(path) is None else None)


def _answers(bootstrap: str) -> bool:
    try:
        TopicAdmin(bootstrap).describe("any")
    except TopicError:
        return False
    return True


@contextmanager
def side_by_side(stack: KubernetesStack) -> Iterator[tuple[str, Stage]]:
    """Have both up on one broker, and whatever happens both down at the end."""
    stack.down()
    with broker(stack) as bootstrap:
        shared: dict[str, str | int | bool] = {
            "kafka__kind": "external",
            "kafka__bootstrap": bootstrap,
            "bundle__deliveryGuarantee": "exactly-once",
            "topics__deleteOnDestroy": True,
        }
        stack.copy.configure(**shared)
        try:
            stack.up()
            with stage(stack, **shared) as staging:
                _refused_without_a_prefix(staging)
                staging.copy.configure(topics__prefix="staging.")
                staging.up()
                staging.wait()
                yield bootstrap, staging
        finally:
            stack.copy.run("down")
            stack.copy.configure(kafka__kind="single", kafka__bootstrap="", bundle__deliveryGuarantee="at-least-once")


def test_a_change_and_a_kill_in_one_stack_are_nothing_to_the_other(stack: KubernetesStack) -> None:
    with side_by_side(stack) as (bootstrap, staging):
        _a_killed_task_manager(stack, staging, bootstrap)
        _a_changed_prompt(stack, staging, bootstrap)


def test_the_end_of_either_stack_is_nothing_to_the_other(stack: KubernetesStack) -> None:
    with side_by_side(stack) as (bootstrap, staging):
        topics, jobs = _topics(bootstrap), stack.wait_for_jobs(stack.job_names())
        note("staging down beside dev on one broker", said=last(staging.down()))
        assert set(_topics(bootstrap, "staging.").values()) == {None}
        assert _topics(bootstrap) == topics
        _feed_and_count(bootstrap, "")
        assert stack.running() == jobs
        staging.up()
        jobs, topics = staging.wait(), _topics(bootstrap, "staging.")
        note("dev down beside staging on one broker", said=stack.down().told)
        assert set(_topics(bootstrap).values()) == {None}
        assert _topics(bootstrap, "staging.") == topics
        _feed_and_count(bootstrap, "staging.")
        assert staging.running() == jobs


def _topics(bootstrap: str, prefix: str = "") -> dict[str, object]:
    """Describe the topics that a stack writes, ids included; None for one that is not there."""
    return {name: TopicAdmin(bootstrap).describe(f"{prefix}{name}") for name in (CONTEXTS, SUMMARIES)}


def _a_changed_prompt(dev: KubernetesStack, staging: Stage, bootstrap: str) -> None:
    """Change and upgrade a job of `dev`; what is fed to the other meanwhile comes out once."""
    jobs, calm = staging.running(), restarts(staging.proxy())
    prompt = dev.copy.folder / "sql" / "reviews" / "prompts" / "summary.md"
    text = prompt.read_text(encoding="utf-8")
    theirs = begin(bootstrap, "staging.")
    theirs.feed(REVIEWS)
    try:
        prompt.write_text(f"{text}\nBe brief.\n", encoding="utf-8")
        changed = dev.up()
        dev.wait_for_jobs(dev.job_names())
    finally:
        prompt.write_text(text, encoding="utf-8")
    theirs.settle()
    assert theirs.totals(SUMMARIES) == theirs.expected_totals()
    assert (staging.running(), restarts(staging.proxy())) == (jobs, calm)
    note("prompt of dev changed beside staging on one broker", seconds=changed.end["seconds"], changed=changed.changed)
    dev.up()


def _refused_without_a_prefix(staging: Stage) -> None:
    refused = staging.copy.run("preview")
    note("staging on the broker of dev without a prefix", code=refused.code, said=last(refused))
    assert refused.code != 0
    assert "belongs to stack flink-reviews/dev" in " ".join(refused.said.split())


def _a_killed_task_manager(dev: KubernetesStack, staging: Stage, bootstrap: str) -> None:
    calm = restarts(staging.proxy())
    ours, theirs = begin(bootstrap), begin(bootstrap, "staging.")
    ours.feed(REVIEWS)
    theirs.feed(REVIEWS)
    kill(dev, "taskmanager")
    for flow in (ours, theirs):
        flow.settle()
        assert flow.totals(CONTEXTS) == flow.expected_totals()
        assert flow.totals(SUMMARIES) == flow.expected_totals()
    after = restarts(staging.proxy())
    note("TaskManager of dev killed beside staging", reviews=len(REVIEWS), restarts=json.dumps({"before": calm, "after": after}))
    assert after == calm


def _feed_and_count(bootstrap: str, prefix: str) -> None:
    flow = begin(bootstrap, prefix)
    flow.feed(REVIEWS)
    flow.settle()
    assert flow.totals(SUMMARIES) == flow.expected_totals()
