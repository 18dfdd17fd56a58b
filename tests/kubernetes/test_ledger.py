"""The model gateway's image with its ledger on a volume: a pod that is killed costs no answer that was paid for."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from kubernetes.stream import stream

from tests.fakes.model_server import ModelServer, Reply, model_server, summary
from tests.kubernetes.figures import note
from tests.kubernetes.inventory import NAMESPACE
from tests.kubernetes.pods import is_back, kill, pods
from tests.kubernetes.stack import KubernetesStack
from tests.support.flow import SUMMARIES, SUMMARIES_REJECTED, Flow
from tests.support.model_faults import until
from tests.support.samples import review

pytestmark = [pytest.mark.timeout(1800)]

COUNT = 60
LIMIT_SECONDS = 300.0
REWOUND = "-- upgrade_mode: stateless\n-- allow_state_reset: true\n"
"""Read everything again, with a change that makes another job of it."""


@contextmanager
def paid_model(stack: KubernetesStack) -> Iterator[ModelServer]:
    """Put a server that counts in place of the model, on the node's own address, and the model of before back."""
    node = stack.cluster.core.list_node().items[0]
    address = next(one.address for one in node.status.addresses if one.type == "InternalIP")
    file = stack.copy.folder / "Pulumi.dev.yaml"
    before = file.read_text(encoding="utf-8")
    with model_server(lambda _call: Reply(body=summary(), seconds=0.5), host=address) as server:
        stack.copy.configure(model__kind="openai", model__endpoint=server.url, model__name="llama3.1")
        try:
            yield server
        finally:
            file.write_text(before, encoding="utf-8")


def test_what_was_paid_for_is_not_asked_again_after_the_gateway_was_killed(stack: KubernetesStack) -> None:
    with paid_model(stack) as server:
        stack.up()
        stack.wait_for_jobs(stack.job_names())
        with stack.flow() as flow:
            flow.feed([review(f"paid-{number}", f"a good {number} that is paid for once") for number in range(COUNT)])
            until(flow, lambda: len(server.calls) >= COUNT // 3, LIMIT_SECONDS)
            under_way = server.at_once
            killed = kill(stack, "model-gateway")
            until(flow, lambda: len(_products(flow)) >= COUNT, LIMIT_SECONDS)
            calls, asked_twice = len(server.calls), _repeated(server)
            note("gateway killed under load", contexts=COUNT, calls=calls, under_way=under_way, repeated=len(asked_twice))
            assert flow.rows[SUMMARIES_REJECTED] == []
            assert calls <= COUNT + under_way, "only what nobody heard the answer of is asked again"
            stack.wait("the gateway is back", lambda: True if is_back(stack, "model-gateway", killed) else None)
            again = kill(stack, "model-gateway")
            stack.wait("the gateway is back again", lambda: True if is_back(stack, "model-gateway", again) else None)
            _rewind(stack)
            until(flow, lambda: min(_products(flow).values()) >= 2, LIMIT_SECONDS)
            # What another model answered before, in another test, is new to this one.
            paid, asked = ({call.text for call in some} for some in (server.calls[:calls], server.calls[calls:]))
            note("gateway killed, every context asked for again", contexts=COUNT, calls=len(server.calls) - calls, again=len(paid & asked))
            assert not paid & asked
        kept = _kept(stack)
        note("ledger in the pod", said=kept[:600])
        assert str(COUNT) in kept


def _products(flow: Flow) -> Counter[str]:
    return Counter(row["product_id"] for row in flow.rows[SUMMARIES] if row["product_id"].startswith("paid-"))


def _repeated(server: ModelServer) -> dict[str, int]:
    return {text: count for text, count in server.seen.items() if count > 1}


def _rewind(stack: KubernetesStack) -> None:
    file = stack.copy.folder / "sql" / "reviews" / "summaries.sql"
    text = file.read_text(encoding="utf-8")
    assert "'${model_name}'" in text
    try:
        file.write_text(REWOUND + text.replace("'${model_name}'", "CONCAT('${model_name}', '')"), encoding="utf-8")
        stack.up()
    finally:
        file.write_text(text, encoding="utf-8")


def _kept(stack: KubernetesStack) -> str:
    """Return what the way that `answers` names on a cluster prints."""
    advised: dict[str, Any] = {"code": (told := stack.copy.run("answers")).code, "said": told.said}
    assert "python -m modelgateway.answers /ledger/ledger.sqlite" in advised["said"], json.dumps(advised)
    (pod,) = pods(stack, "model-gateway")
    command = ["python", "-m", "modelgateway.answers", "/ledger/ledger.sqlite", "3"]
    execute = stack.cluster.core.connect_get_namespaced_pod_exec
    said: str = stream(execute, pod.metadata.name, NAMESPACE, command=command, stderr=True, stdin=False, stdout=True, tty=False)
    return said
