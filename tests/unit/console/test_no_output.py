"""What `status` says in one line of a job that runs and writes nothing, and when it asks for it."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from console.diagnosing.ask import concealed
from console.health.no_output import no_output
from flinksql.diagnosis import Diagnosis, Finding, Kind, Verdict
from flinksql.flink.jobmanager import JobDetails, JobManagerClient
from flinksql.flink.jobmanager.wire import MetricRange
from flinksql.flink.transport import Endpoint
from tests.support.pipeline_runs import definition_of, recorded
from tests.support.silent_pipelines import QUIET, SILENT

RECORDED = json.loads((Path(__file__).parents[2] / "cases" / "diagnosis" / "recorded-2.2.json").read_text(encoding="utf-8"))
VALUES = {"run": "r", "kafka_bootstrap": "broker:9092", "model_url": "http://model"}


class RecordedJobManager(JobManagerClient):
    """Gives the metrics of a recorded pipeline."""

    def __init__(self, metrics: Mapping[str, Mapping[str, MetricRange]]) -> None:
        super().__init__(Endpoint(name="JobManager", base_url="http://127.0.0.1:1"))
        self.recorded = metrics

    def metrics(self, job_id: str, vertex_id: str, wanted: Callable[[str], bool]) -> dict[str, MetricRange]:  # noqa: ARG002  # there is one job
        return {name: one for name, one in self.recorded[vertex_id].items() if wanted(name)}


def line(name: str, folder: Path) -> str:
    snapshot = recorded(RECORDED[name])
    pipeline = next(one for one in (*SILENT, *QUIET) if one.name == name)
    assert isinstance(snapshot.job, JobDetails)
    client = RecordedJobManager(snapshot.metrics)
    return no_output(client, definition_of(pipeline, folder, VALUES), snapshot.job, {"checkpoints": snapshot.checkpoints})


@pytest.mark.parametrize(
    ("name", "said"),
    [
        pytest.param("filter", "nothing comes out: WHERE amount > 1000 let none of 120 rows through; see `why totals`", id="condition"),
        pytest.param("flows", "", id="rows flow"),
        pytest.param("new-topic", "nothing comes out: see `why totals`", id="only the broker knows"),
    ],
)
def test_the_line(name: str, said: str, tmp_path: Path) -> None:
    assert line(name, tmp_path) == said


def test_what_is_not_in_the_state_is_not_asked_for() -> None:
    client = RecordedJobManager({})
    details = JobDetails.model_validate({"jid": "a", "name": "b", "state": "RUNNING", "vertices": [{"id": "v"}]})
    assert no_output(client, None, details, {}) == ""


def test_no_secret_is_shown_that_flinks_plan_quotes() -> None:
    finding = Finding(kind=Kind.NOTHING_PASSES, verdict=Verdict.PROBLEM, what="WHERE k = 's3'", figures=("(k = 's3')",), advice="not s3")
    shown = concealed(Diagnosis(statement="a", findings=(finding,)), lambda text: text.replace("s3", "***"))
    assert "s3" not in json.dumps(shown.to_json())
