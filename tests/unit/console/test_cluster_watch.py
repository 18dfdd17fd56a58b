"""What a run waits for in the cluster is shown, and what is hopeless ends it with the real cause."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pulumi.automation import EngineEvent

from cluster.api_server import connect
from cluster.diagnosis import pods, watch
from cluster.errors import KubeconfigError
from console.driver.events import EventReader
from console.driver.progress import Progress, Row
from console.driver.run_watch import RunHandle
from platforms.kubernetes import run_watch as cluster_watch
from platforms.kubernetes.run_watch import ClusterWatch
from platforms.kubernetes.subjects import IMAGE_TYPE
from tests.fakes.kubernetes_api import CONTEXT, FakeKubernetes, fake_kubernetes
from tests.support.kubernetes_objects import (
    APPS,
    BATCH,
    CORE,
    NAMESPACE,
    crashed,
    deployment,
    event,
    job,
    pod,
    replica_set,
    starting,
    waiting,
)
from tests.unit.console.engine_steps import DEPLOYMENT, GATEWAY, begins, fails, says

NOT_FOUND = 'Failed to pull image "localhost:5001/flink-ai-demo:1": not found'
DEADLINE_SECONDS = 20.0


class Run:
    """A run with a watch on a fake cluster."""

    def __init__(self, watch: ClusterWatch) -> None:
        self.progress = Progress()
        self.said: list[str] = []
        self.shown: list[str] = []
        self.stopped = 0
        self._watch = watch
        self._reader = EventReader(progress=self.progress, clock=lambda: 0.0)
        watch.follow(RunHandle(progress=self.progress, tell=self.said.append, changed=self._changed, stop=self._stop))

    def take(self, event: EngineEvent) -> None:
        self._reader(event)
        self._watch.observe(event)

    def close(self) -> None:
        self._watch.close()

    def problems(self) -> list[str]:
        return [problem.message for problem in self.progress.errors]

    def _changed(self, row: Row) -> None:
        self.shown.append(f"{row.name}: {row.message}")

    def _stop(self) -> None:
        self.stopped += 1


@pytest.fixture
def kubernetes(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeKubernetes]:
    monkeypatch.setattr(watch, "INHERITED_SECONDS", 0.0)
    monkeypatch.setattr(cluster_watch, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(cluster_watch, "PATIENCE_SECONDS", 0.2)
    with fake_kubernetes() as fake:
        yield fake


@pytest.fixture
def run(kubernetes: FakeKubernetes, tmp_path: Path) -> Iterator[Run]:
    kubeconfig = str(kubernetes.kubeconfig(tmp_path))
    with ClusterWatch(lambda: connect(CONTEXT, kubeconfig)) as watch:
        yield Run(watch)


def _until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


def _gateway_with(kubernetes: FakeKubernetes, reason: str, *, pulls: int = 0) -> None:
    kubernetes.put(f"{APPS}/deployments", deployment("gateway"))
    kubernetes.put(f"{APPS}/replicasets", replica_set("gateway-1", "gateway"))
    kubernetes.put(f"{CORE}/pods", pod("gateway-1-a", "gateway-1", containers=[waiting(reason)]))
    if pulls:
        kubernetes.put(f"{CORE}/events", event("Pod", "gateway-1-a", "Failed", NOT_FOUND, count=pulls))


def test_what_is_waited_for_is_shown_while_it_goes_on(kubernetes: FakeKubernetes, run: Run) -> None:
    _gateway_with(kubernetes, "ContainerCreating")
    run.take(GATEWAY)
    _until(lambda: run.shown, "something to be shown")
    assert run.shown == ["gateway: pod gateway-1-a: ContainerCreating"]
    assert run.stopped == 0


def test_an_image_that_is_being_built_is_told_without_asking_the_cluster(kubernetes: FakeKubernetes, run: Run) -> None:
    inputs = {"imageName": "localhost:5001/flink-ai-demo:1", "build": {"dockerfile": "docker/flink/Dockerfile"}}
    run.take(begins(IMAGE_TYPE, "flink-image", inputs))
    assert [line.partition(" and pushes")[0] for line in run.shown] == [
        "flink-image: Docker builds localhost:5001/flink-ai-demo:1 from docker/flink/Dockerfile"
    ]
    assert kubernetes.calls == []


def test_a_hopeless_wait_ends_the_run_once_with_the_cause_and_what_to_do(kubernetes: FakeKubernetes, run: Run) -> None:
    _gateway_with(kubernetes, "ImagePullBackOff", pulls=2)
    run.take(GATEWAY)
    _until(lambda: run.stopped, "the run to be stopped")
    looks = len(kubernetes.calls)
    _until(lambda: len(kubernetes.calls) > looks + 30, "more looks")
    assert run.stopped == 1
    [message] = run.problems()
    assert message.startswith("pod gateway-1-a: image localhost:5001/flink-ai-demo:1 cannot be pulled: the registry does not have it")
    assert "\n  → check name and tag" in message
    assert run.progress.errors[0].resource == "gateway"


@pytest.mark.parametrize("severity", [pytest.param("error", id="error"), pytest.param("warning", id="warning")])
def test_what_the_engine_says_about_being_ended_is_left_out(kubernetes: FakeKubernetes, run: Run, severity: str) -> None:
    _gateway_with(kubernetes, "ImagePullBackOff", pulls=2)
    run.take(GATEWAY)
    run.take(says("warning", "Deployment does not have minimum availability."))
    _until(lambda: run.stopped, "the run to be stopped")
    run.take(says(severity, "Resource operation was cancelled for gateway"))
    run.take(fails(DEPLOYMENT, "gateway"))
    assert len(run.problems()) == 1
    assert run.progress.warnings == []


def test_a_step_that_fails_by_itself_is_explained_by_what_was_seen_last(kubernetes: FakeKubernetes, run: Run) -> None:
    _gateway_with(kubernetes, "ErrImagePull")
    run.take(GATEWAY)
    _until(lambda: run.shown, "a look")
    run.take(fails(DEPLOYMENT, "gateway"))
    _until(run.problems, "an explanation")
    [message] = run.problems()
    assert "localhost:5001/flink-ai-demo:1 cannot be pulled" in message
    assert run.stopped == 0


def test_a_step_that_fails_by_itself_is_explained_by_the_last_lines_of_its_container(kubernetes: FakeKubernetes, run: Run) -> None:
    """It runs again and may stay, so waiting was not hopeless; but the provider's time was over."""
    runs_again = crashed(4) | {"state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}}}
    _gateway_with(kubernetes, "ContainerCreating")
    kubernetes.put(f"{CORE}/pods", pod("gateway-1-a", "gateway-1", phase="Running", containers=[runs_again]))
    kubernetes.logs[("gateway-1-a", True)] = "cannot read /etc/missing.yaml"
    run.take(GATEWAY)
    _until(lambda: run.shown, "a look")
    run.take(fails(DEPLOYMENT, "gateway"))
    run.close()
    [message] = run.problems()
    assert "ended 3 times" in message
    assert "cannot read /etc/missing.yaml" in message
    assert run.stopped == 0


def test_a_step_that_fails_before_anything_was_seen_is_explained_all_the_same(kubernetes: FakeKubernetes, run: Run) -> None:
    _gateway_with(kubernetes, "ErrImagePull")
    run.take(GATEWAY)
    run.take(fails(DEPLOYMENT, "gateway"))
    run.close()
    [message] = run.problems()
    assert "localhost:5001/flink-ai-demo:1 cannot be pulled" in message


JOB = "kubernetes:batch/v1:Job"
PULL = begins(JOB, "model-pull", {"metadata": {"name": "model-pull", "namespace": NAMESPACE}})
NO_MODEL = "pulling the models failed: there is no model 'does-not-exist' (pull model manifest: file does not exist): check `model.name`"
BACKOFF = "[BackoffLimitExceeded] Job has reached the specified backoff limit"
LIVE = "failed to fully initialize or become live"
TOLD = {
    "of a creation": '1 error occurred:\n\t* resource "flink/model-pull" was successfully created, but the Kubernetes API server reported '
    f"that it {LIVE}: {BACKOFF}",
    "of a change": f'1 error occurred:\n\t* the Kubernetes API server reported that "flink/model-pull" {LIVE}: {BACKOFF}',
    "short": f"Resource flink/model-pull was created but failed to initialize: {BACKOFF}",
}


@pytest.mark.parametrize("words", [pytest.param(words, id=name) for name, words in TOLD.items()])
def test_a_model_that_does_not_exist_is_told_once(kubernetes: FakeKubernetes, run: Run, words: str) -> None:
    _pull_that_failed(kubernetes)
    run.take(PULL)
    run.take(says("warning", f"[Job flink/model-pull]: {BACKOFF}", JOB, "model-pull", ephemeral=True))
    run.take(says("error", words, JOB, "model-pull"))
    run.take(fails(JOB, "model-pull"))
    run.close()
    [message] = run.problems()
    assert NO_MODEL in message
    assert "BackoffLimitExceeded" not in message
    assert run.progress.warnings == []


def test_the_words_of_the_provider_stay_when_the_cluster_tells_no_cause(kubernetes: FakeKubernetes, run: Run) -> None:
    kubernetes.put(f"{BATCH}/jobs", job("model-pull"))
    run.take(PULL)
    run.take(says("error", TOLD["of a creation"], JOB, "model-pull"))
    run.take(fails(JOB, "model-pull"))
    run.close()
    assert run.problems()[0] == BACKOFF


def test_what_the_api_server_refuses_stays_beside_what_is_seen(kubernetes: FakeKubernetes, run: Run) -> None:
    _pull_that_failed(kubernetes)
    run.take(PULL)
    run.take(says("error", "1 error occurred:\n\t* .spec.nope: field not declared in schema", JOB, "model-pull"))
    run.take(fails(JOB, "model-pull"))
    run.close()
    refused, seen = run.problems()
    assert ".spec.nope" in refused
    assert NO_MODEL in seen


def _pull_that_failed(kubernetes: FakeKubernetes) -> None:
    ended = {"name": "main", "restartCount": 0, "state": {"terminated": {"exitCode": 1, "reason": "Error"}}}
    kubernetes.put(f"{BATCH}/jobs", job("model-pull", failed="Job has reached the specified backoff limit"))
    kubernetes.put(f"{CORE}/pods", pod("model-pull-a", "model-pull", phase="Failed", containers=[ended]))
    kubernetes.logs[("model-pull-a", False)] = NO_MODEL


def test_nothing_is_asked_when_nothing_is_under_way(kubernetes: FakeKubernetes, run: Run) -> None:
    _gateway_with(kubernetes, "ContainerCreating")
    run.take(GATEWAY)
    _until(lambda: run.shown, "a look")
    run.take(fails(DEPLOYMENT, "gateway"))
    _until(lambda: not _looks_on(kubernetes), "the looks to end")


def _looks_on(kubernetes: FakeKubernetes) -> bool:
    before = len(kubernetes.calls)
    deadline = time.monotonic() + 0.3
    while time.monotonic() < deadline:
        if len(kubernetes.calls) > before:
            return True
        time.sleep(0.01)
    return False


@pytest.mark.parametrize(
    ("code", "words"),
    [pytest.param(403, "forbidden", id="forbidden"), pytest.param(503, "etcdserver: no leader", id="trouble-of-the-server")],
)
def test_a_cluster_that_cannot_be_looked_at_is_said_once_and_ends_nothing(
    kubernetes: FakeKubernetes, run: Run, code: int, words: str
) -> None:
    kubernetes.refuse("/pods", code, "Forbidden", words)
    run.take(GATEWAY)
    _until(lambda: run.said, "a message")
    assert words in run.said[0]
    assert len(run.said) == 1
    assert run.stopped == 0


def test_a_server_that_is_busy_for_a_while_does_not_end_the_watch(kubernetes: FakeKubernetes, run: Run) -> None:
    _gateway_with(kubernetes, "ImagePullBackOff", pulls=2)
    kubernetes.refuse("/flinkdeployments", 429, "TooManyRequests", "storage is (re)initializing")
    run.take(GATEWAY)
    _until(lambda: run.said, "a message")
    assert run.stopped == 0
    kubernetes.refusals.clear()
    _until(lambda: run.stopped, "the run to be stopped")


def test_a_server_that_was_busy_for_a_moment_is_not_worth_a_word(
    kubernetes: FakeKubernetes, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_watch, "PATIENCE_SECONDS", 10 * DEADLINE_SECONDS)
    _gateway_with(kubernetes, "ImagePullBackOff", pulls=2)
    kubernetes.refuse("/flinkdeployments", 429, "TooManyRequests", "storage is (re)initializing")
    run.take(GATEWAY)
    asked = len(kubernetes.calls)
    _until(lambda: len(kubernetes.calls) > asked + 30, "looks in vain")
    kubernetes.refusals.clear()
    _until(lambda: run.stopped, "the run to be stopped")
    assert run.said == []


def test_a_context_that_is_not_there_is_said_and_ends_nothing(kubernetes: FakeKubernetes) -> None:
    def fails() -> Any:  # noqa: ANN401  # never returns
        raise KubeconfigError("there is no context 'x'")

    with ClusterWatch(fails) as watch:
        run = Run(watch)
        run.take(GATEWAY)
        _until(lambda: run.said, "a message")
    assert "there is no context 'x'" in run.said[0]
    assert run.stopped == 0


def test_the_last_lines_of_a_pod_that_does_not_start_are_told_while_it_is_waited_for(
    kubernetes: FakeKubernetes, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pods, "LINES_SECONDS", 0.1)
    kubernetes.put(f"{APPS}/deployments", deployment("gateway"))
    kubernetes.put(f"{APPS}/replicasets", replica_set("gateway-1", "gateway"))
    kubernetes.put(f"{CORE}/pods", pod("gateway-1-a", "gateway-1", phase="Running", containers=[starting()]))
    kubernetes.logs["gateway-1-a", False] = "cannot reach the database"
    run.take(GATEWAY)
    _until(lambda: run.said, "the lines")
    asked = len(kubernetes.calls)
    _until(lambda: len(kubernetes.calls) > asked + 30, "further looks")
    assert len(run.said) == 1
    assert run.said[0].endswith("its last lines:\n    cannot reach the database")
    assert run.stopped == 0
