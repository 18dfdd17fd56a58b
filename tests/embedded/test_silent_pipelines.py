"""Pipelines that write nothing, all at once on a real Flink and Kafka: `why` finds the reason of each."""

import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from flinksql.diagnosis import Diagnosis, diagnose
from flinksql.flink.transport import Endpoint
from tests.support.pipeline_runs import PipelineRuns, SilentModel, wait_running
from tests.support.silent_pipelines import QUIET, SILENT, Pipeline

pytestmark = pytest.mark.real

TRIED = [
    one
    for one in (*SILENT, *QUIET)
    if one.name
    in {
        *("idle-partition", "late", "filter", "empty-join-input", "temporal", "from-the-end", "skipped", "hidden", "poison", "model"),
        *("open-window", "few", "none-rejected", "flows"),
    }
]
"""What differs most in where its figures come from; the others are tried on what was recorded of them."""
SECONDS = 180.0


@pytest.fixture
def runs(embedded_endpoints: tuple[Endpoint, Endpoint], embedded_kafka: str, tmp_path: Path) -> Iterator[PipelineRuns]:
    gateway, jobmanager = embedded_endpoints
    model = SilentModel()
    made = PipelineRuns(
        run=f"why-{uuid.uuid4().hex[:8]}",
        folder=tmp_path,
        gateway=gateway,
        jobmanager=jobmanager,
        bootstrap=embedded_kafka,
        model_url=model.url,
    )
    yield made
    made.cancel()
    model.close()


def test_the_reason_of_each_is_found(runs: PipelineRuns) -> None:
    runs.start(TRIED)
    wait_running(runs, [one.name for one in TRIED if one.expected != "job_fails"])
    runs.send_rest(TRIED)
    found = found_in_time(runs, TRIED)
    assert {name: one.kinds[:1] for name, one in found.items()} == {one.name: (one.expected,) for one in TRIED}
    assert not [name for name, one in found.items() if one.has_problem and name in {quiet.name for quiet in QUIET}]


def found_in_time(runs: PipelineRuns, pipelines: list[Pipeline]) -> dict[str, Diagnosis]:
    """Return what is said of each, asked until it is what is expected or the time is over: figures arrive seconds later."""
    found: dict[str, Diagnosis] = {}
    waiting = list(pipelines)
    deadline = time.monotonic() + SECONDS
    while waiting and time.monotonic() < deadline:
        for one in list(waiting):
            found[one.name] = diagnose(runs.definition(one), runs.snapshot(one))
            if found[one.name].kinds[:1] == (one.expected,):
                waiting.remove(one)
    return found
