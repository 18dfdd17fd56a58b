"""State on an object store: no volume, credentials from a Secret, and jobs that outlive their JobManager by what lies in the bucket."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from components.kubernetes.flink_configuration import ACCESS_KEY, SECRET_KEY
from tests.kubernetes.double.objects import Manifest
from tests.kubernetes.figures import note
from tests.kubernetes.inventory import NAMESPACE
from tests.kubernetes.pods import kill, pods
from tests.kubernetes.stack import KubernetesStack
from tests.support.flow import CONTEXTS, SUMMARIES
from tests.support.object_store import ObjectStore, object_store
from tests.support.samples import review

pytestmark = [pytest.mark.timeout(1800)]

LOGIN = "state-store"
SPACE: Manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}


@dataclass(frozen=True, kw_only=True)
class Stored:
    """The stack, not up, in a namespace with the Secret, and the store that it is set to."""

    stack: KubernetesStack
    store: ObjectStore


@pytest.fixture
def stored(stack: KubernetesStack) -> Iterator[Stored]:
    stack.down()
    stack.wait_until_nothing_is_left()
    file = stack.copy.folder / "Pulumi.dev.yaml"
    before = file.read_text(encoding="utf-8")
    node = stack.cluster.core.list_node().items[0]
    address = next(one.address for one in node.status.addresses if one.type == "InternalIP")
    with object_store(address) as store:
        stack.copy.configure(
            flink__stateUri=store.root, objectStore__endpoint=store.endpoint, objectStore__credentials=LOGIN, topics__deleteOnDestroy=True
        )
        keys = dict(zip((ACCESS_KEY, SECRET_KEY), store.environment.values(), strict=True))
        stack.cluster.apply(SPACE)
        refused = stack.run("up")
        assert refused.finished.code != 0
        assert f"objectStore.credentials names Secret {LOGIN}" in refused.told, refused.told
        metadata = {"name": LOGIN, "namespace": NAMESPACE}
        stack.cluster.apply({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": keys})
        try:
            yield Stored(stack=stack, store=store)
        finally:
            stack.down()
            stack.cluster.delete(SPACE)
            stack.wait_until_nothing_is_left()
            file.write_text(before, encoding="utf-8")


def test_jobs_come_back_from_the_bucket(stored: Stored) -> None:
    stack, store = stored.stack, stored.store
    run = stack.up()
    jobs = stack.wait_for_jobs(stack.job_names())
    claims = stack.cluster.core.list_namespaced_persistent_volume_claim(NAMESPACE).items
    assert "flink-state" not in {one.metadata.name for one in claims}
    with stack.flow() as flow:
        flow.feed([review(f"first {number}", "Great sound.") for number in range(40)])
        flow.settle()
        stack.wait("both jobs have a checkpoint", lambda: len({_job_of(one) for one in store.objects("checkpoints")}) >= len(jobs) or None)
        kill(stack, "jobmanager")
        stack.wait("another JobManager runs the same jobs", lambda: jobs if stack.running() == jobs else None)
        flow.feed([review(f"second {number}", "Great sound.") for number in range(40)])
        flow.settle()
        assert flow.totals(CONTEXTS) == flow.expected_totals()
        assert flow.totals(SUMMARIES) == flow.expected_totals()
    shown = str([one.to_dict() for part in ("jobmanager", "taskmanager") for one in pods(stack, part)]) + str(
        stack.get(("flink-sql-session-rest", 8081), "/jobmanager/config")
    )
    assert not [one for one in store.environment.values() if one in shown]
    note("state on an object store", up_seconds=run.end["seconds"], objects=len(store.objects("checkpoints")))
    assert stack.up().changed == {}


def _job_of(uri: str) -> str:
    return uri.partition("/checkpoints/")[2].partition("/")[0]
