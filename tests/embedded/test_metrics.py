"""Panels and alerts of docs/monitoring on a real stack with a real Prometheus: each gives a number, fires on its fault and ends with it.

FLINK_REVIEWS_METRICS=2.2 (or 2.1) names the Flink line; without it nothing here runs. Some twenty minutes. Times in the rules are shorter
than in the file (tests.support.prometheus.SHORTER). The last lines of the output are the table of docs/monitoring.md.
"""

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

import pytest

from embedded.metrics import configuration_file
from embedded.settings import EmbeddedSettings
from tests.contract.bench import until
from tests.fakes.model_server import model_server
from tests.support import metric_faults as faults
from tests.support.flink import gateway_in, job_manager_in
from tests.support.metric_faults import Watched
from tests.support.project import REPOSITORY, project_copy
from tests.support.prometheus import PROMETHEUS, Prometheus, prometheus, seconds_until

LINE = os.environ.get("FLINK_REVIEWS_METRICS", "")
pytestmark = [
    pytest.mark.real,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not LINE, reason="long: FLINK_REVIEWS_METRICS=2.2 runs Prometheus over a stack on this Flink line"),
    pytest.mark.skipif(PROMETHEUS is None, reason="prometheus is not installed (Debian and Ubuntu: apt-get install prometheus)"),
]
DASHBOARD = json.loads((REPOSITORY / "docs" / "monitoring" / "dashboard.json").read_text(encoding="utf-8"))
HANG_SECONDS = 300.0
Fault = Callable[[Watched], AbstractContextManager[None]]

FAULTS: dict[str, tuple[Fault, str]] = {
    "ProcessDown": (faults.process_hangs, "model gateway stopped with SIGSTOP"),
    "JobManagerGone": (faults.job_manager_hangs, "JobManager stopped with SIGSTOP"),
    "NoTaskManager": (faults.task_manager_hangs, "TaskManager stopped with SIGSTOP"),
    "JobGone": (faults.job_is_cancelled, "job cancelled by hand; `up` repairs it"),
    "JobNotRunning": (faults.job_has_no_slots, "a job that asks for 100 slots"),
    "JobRestarting": (faults.job_loops, "a job that fails at its first row"),
    "CheckpointTooOld": (faults.checkpoints_cannot_be_written, "a file in place of the folder of checkpoints"),
    "CheckpointsFailing": (faults.checkpoints_cannot_be_written, "the same"),
    "Backpressure": (faults.task_is_held_up, "a job whose last task is slower than its source"),
    "LagGrowing": (faults.lag_grows, "a job that is slower than its topic grows"),
    "NoOutput": (faults.nothing_comes_out, "a job that lets no row through"),
    "ModelRejecting": (faults.model_refuses, "the model server answers 400"),
    "ModelCircuitOpen": (faults.model_server_is_away, "the model server refuses connections"),
    "ModelBudgetNearlySpent": (faults.budget_is_spent, "one answer of 850,000 of 1,000,000 tokens; the limit is raised"),
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("metrics") / "project"
    folder.mkdir()
    values: dict[str, str | int | bool] = {
        "bundle__parameters__window_seconds": 5,
        "flink__line": LINE,
        "flink__checkpointIntervalSeconds": 5,
        "flink__taskSlots": 12,
        "metrics__enabled": True,
        "model__kind": "openai",
        "model__tokensPerDay": 1_000_000,
        "model__inputPrice": "0.1",
        "model__outputPrice": "0.1",
    }
    with model_server() as server, project_copy(folder, model__endpoint=server.url, **values) as copy:
        copy.succeed("up")
        outputs = copy.outputs()
        yield Watched(
            copy=copy,
            server=server,
            settings=EmbeddedSettings(data_folder=copy.data),
            gateway=gateway_in(outputs),
            jobmanager=job_manager_in(outputs),
            bootstrap=str(outputs["kafkaBootstrap"]),
        )


@pytest.fixture(scope="module")
def watching(stack: Watched, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """Prometheus over the stack, once every target answers."""
    configuration = configuration_file(stack.settings.folder)
    with prometheus(configuration, tmp_path_factory.mktemp("prometheus")) as running:
        until(lambda: running.targets() == dict.fromkeys(("jobmanager", "taskmanager", "model-gateway"), "up"), seconds=120)
        yield running


@pytest.fixture(scope="module")
def table() -> Iterator[list[str]]:
    rows: list[str] = []
    yield rows
    print("\n".join(["", f"Flink {LINE}, load {os.getloadavg()[0]:.1f}", *sorted(rows)]))


def query_of(expression: str) -> str:
    """Return a panel's query with its variables as `All` sets them."""
    for name, value in {"$stack": ".*", "$statement": ".*", "$__rate_interval": "1m"}.items():
        expression = expression.replace(name, value)
    return expression


PANELS = [
    pytest.param(target["expr"], id=f"{panel['title']} {target['refId']}")
    for panel in DASHBOARD["panels"]
    if panel["type"] != "row"
    for target in panel["targets"]
]


def is_of_a_test(alert: Mapping[str, Any]) -> bool:
    """Tell whether an alert is about a job that a test ran and ended: it is gone, as it should be."""
    return alert["labels"]["alertname"] == "FlinkReviewsJobGone" and alert["labels"]["statement"] not in {"contexts", "summaries"}


@pytest.mark.parametrize("expression", PANELS)
def test_each_panel_gives_a_number(stack: Watched, watching: Prometheus, table: list[str], expression: str, request: Any) -> None:  # noqa: ANN401 - as pytest gives it
    with stack.feeding(lambda: stack.feed(3), pause=1.0):
        until(lambda: watching.numbers(query_of(expression)), seconds=HANG_SECONDS)
    samples = watching.numbers(query_of(expression))
    assert samples
    told = ", ".join(f"{number:.4g}" for _, number in samples[:4])
    title = request.node.callspec.id
    table.append(f"| {title[:-2] if title.endswith(' A') else title} | {len(samples)} | {told} |")


def test_metrics_bear_the_stack_and_the_statement(stack: Watched, watching: Prometheus) -> None:
    found = {(labels.get("stack"), labels.get("statement")) for labels, _ in watching.numbers("flink_jobmanager_job_numRestarts")}
    assert {("local", "contexts"), ("local", "summaries")} <= found


def test_no_alert_fires_on_a_stack_that_is_well(stack: Watched, watching: Prometheus) -> None:
    with stack.feeding(lambda: stack.feed(3), pause=1.0):
        until(lambda: len(watching.numbers("sum(rate(modelgateway_requests_total[40s]))")) == 1, seconds=HANG_SECONDS)
        until(lambda: all(is_of_a_test(one) for one in watching.firing()), seconds=HANG_SECONDS)


@pytest.mark.parametrize("name", FAULTS)
def test_each_alert_fires_on_its_fault_and_ends_with_it(stack: Watched, watching: Prometheus, table: list[str], name: str) -> None:
    alert = f"FlinkReviews{name}"
    inject, what = FAULTS[name]

    def found() -> list[Mapping[str, Any]]:
        return [one for one in watching.firing() if one["labels"]["alertname"] == alert and not is_of_a_test(one)]

    def fires() -> bool:
        return bool(found())

    seconds_until(lambda: not fires(), seconds=HANG_SECONDS, what=f"{alert} is silent before its fault")
    with stack.after:
        with inject(stack):
            fired = seconds_until(fires, seconds=HANG_SECONDS, what=f"{alert} fires")
            [told, *_] = found()
            assert told["labels"]["stack"] == "local"
            assert "error" not in told["annotations"]["summary"] + told["annotations"]["description"]
            ended = time.monotonic()
        seconds_until(lambda: not fires(), seconds=HANG_SECONDS, what=f"{alert} ends")
        # With the repair itself, where that takes time.
        cleared = time.monotonic() - ended
    table.append(f"| `{alert}` | {what} | {fired:.0f} | {cleared:.0f} | {told['annotations']['summary']} |")
