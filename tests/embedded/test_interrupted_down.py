"""`down` ends early, or as it should, and leaves topics: `up` lets jobs go on where they ended, and nothing is counted or asked twice."""

import json
import os
import signal
from collections.abc import Iterator

import pytest

from tests.support.flow import CONTEXTS, SUMMARIES, Flow, begin
from tests.support.project import ProjectCopy, project_copy
from tests.support.samples import review

pytestmark = [pytest.mark.real, pytest.mark.timeout(1800)]

STOPS = [
    pytest.param("product_reviews", id="all jobs have ended, and the first topic is looked at"),
    pytest.param("jobmanager", id="topics were left, and processes end"),
    pytest.param("", id="not interrupted"),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProjectCopy]:
    folder = tmp_path_factory.mktemp("interrupted-down") / "project"
    folder.mkdir()
    with project_copy(folder, bundle__parameters__window_seconds=2, topics__deleteOnDestroy=False) as project:
        yield project


@pytest.fixture(scope="module")
def flow(copy: ProjectCopy) -> Flow:
    copy.succeed("up")
    return begin(copy.outputs()["kafkaBootstrap"])


@pytest.mark.parametrize("stop", STOPS)
def test_jobs_go_on_where_they_ended(copy: ProjectCopy, flow: Flow, stop: str) -> None:
    _feed(flow, f"before {stop or 'the end'}")
    jobs = _jobs(copy)
    if stop:
        _killed_at(copy, stop)
    else:
        copy.succeed("down")
    finished = copy.succeed("up")
    for name, job_id in jobs.items():
        assert f"Statement {name} goes on from file:" in finished.said
        assert f"Job {job_id} of statement {name} was ended by a `down` that " in finished.said
    _feed(flow, f"after {stop or 'the end'}")
    assert flow.totals(CONTEXTS) == flow.expected_totals(), "each review is counted once"
    assert flow.totals(SUMMARIES) == flow.expected_totals(), "and summarised once"
    assert "nothing changed" in copy.succeed("up").said


def _feed(flow: Flow, run: str) -> None:
    flow.feed([review(f"{run} {number}", "Great sound.") for number in range(50)])
    flow.settle()


def _jobs(copy: ProjectCopy) -> dict[str, str]:
    return {name: str(one["jobId"]) for name, one in copy.outputs()["statements"].items() if one["kind"] == "job"}


def _killed_at(copy: ProjectCopy, resource: str) -> None:
    """Begin `down`, and kill it with all that it started when it begins with a resource."""
    process = copy.start("down", "--json")
    assert process.stdout is not None
    begun = False
    for line in process.stdout:
        event = json.loads(line) if line.startswith("{") else {}
        begun = event.get("event") == "resource" and event["name"] == resource and event["state"] == "running"
        if begun:
            break
    assert begun, f"down never came to {resource}"
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
