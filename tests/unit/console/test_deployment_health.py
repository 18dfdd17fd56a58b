"""What `status` says of a run that failed: a cluster in which every job runs can run something else than the files say."""

import json
from pathlib import Path

import pytest

from components.parameters import load_bundle
from console.driver.backend import FileBackend
from console.health.deployment import observe_deployment
from console.health.report import Report
from console.project import Project, open_project
from flinksql.sql import definition_hash
from platforms.health import ServiceHealth
from platforms.pipeline import definitions
from platforms.registry import endpoints_of

ROOT = Path(__file__).parents[3]
WELL = ServiceHealth(name="kafka", state="running", process_id=1, uptime_seconds=1.0, ready=True)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("PULUMI_BACKEND_URL", tmp_path.as_uri())
    return open_project("local", ROOT)


def backend(folder: Path) -> FileBackend:
    return FileBackend(folder=folder, stack="local")


def record(folder: Path, result: str, *, kind: str = "update", nanoseconds: int = 1) -> None:
    history = backend(folder).history
    history.mkdir(parents=True, exist_ok=True)
    content = {"kind": kind, "result": result, "endTime": 1_795_867_631}
    (history / f"local-{nanoseconds:019}.history.json").write_text(json.dumps(content))


def deployed(folder: Path, project: Project, *, without: str = "", changed: str = "") -> None:
    """Write a state in which all statements of the bundle are deployed but one, and one is still as it was."""
    settings = project.settings()
    made = definitions(settings, load_bundle(settings, endpoints_of(settings)), "local")
    resources = [
        {
            "urn": f"urn:pulumi:local::flink-reviews::pulumi-python:dynamic/flinksql:Statement::{name}",
            "type": "pulumi-python:dynamic/flinksql:Statement",
            "custom": True,
            "outputs": {"definition_hash": "0" * 64 if name == changed else definition_hash(one)},
        }
        for name, one in made.items()
        if name != without
    ]
    checkpoint = backend(folder).checkpoint
    checkpoint.parent.mkdir(parents=True)
    checkpoint.write_text(json.dumps({"checkpoint": {"latest": {"resources": resources}}}))


def test_after_a_failed_up_the_statements_that_are_not_deployed_are_named(project: Project, tmp_path: Path) -> None:
    record(tmp_path, "failed")
    deployed(tmp_path, project, without="summaries", changed="contexts")
    found = observe_deployment(project)
    assert (found.missing, found.outdated) == (("sql/reviews/summaries.sql",), ("sql/reviews/contexts.sql",))
    report = Report(stack="local", services=(WELL,), topics=(), jobs=(), deployment=found)
    assert not report.healthy
    (problem,) = report.problems()
    assert problem.startswith("the last `up` failed (2026-11-28T")
    assert "not deployed: sql/reviews/summaries.sql; changed and still as before: sql/reviews/contexts.sql" in problem
    assert report.to_json()["deployment"]["healthy"] is False


@pytest.mark.parametrize(
    ("results", "healthy"),
    [
        pytest.param(["succeeded"], True, id="a run that succeeded"),
        pytest.param([], True, id="no record"),
        pytest.param(["failed", "succeeded"], True, id="repaired by a later run"),
        pytest.param(["succeeded", "failed"], False, id="failed after one that succeeded"),
    ],
)
def test_the_newest_run_decides(project: Project, tmp_path: Path, results: list[str], *, healthy: bool) -> None:
    for number, result in enumerate(results):
        record(tmp_path, result, nanoseconds=number)
    deployed(tmp_path, project)
    assert observe_deployment(project).healthy is healthy


def test_a_down_that_failed_says_so(project: Project, tmp_path: Path) -> None:
    record(tmp_path, "failed", kind="destroy")
    assert observe_deployment(project).reason.startswith("the last `down` failed")


def test_a_damaged_record_is_passed_over(project: Project, tmp_path: Path) -> None:
    record(tmp_path, "failed", nanoseconds=1)
    (backend(tmp_path).history / "local-0000000000000000002.history.json").write_text("{")
    assert backend(tmp_path).last_run()["result"] == "failed"
