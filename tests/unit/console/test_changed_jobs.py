"""When an `up` judges every change before the first: when a job that the state knows has another definition now."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from console.checks.changed_jobs import changes_a_job
from console.driver.backend import FileBackend
from console.project import Project, open_project
from flinksql.sql import definition_hash
from flinksql.statement import Kind
from platforms.pipeline import definitions
from platforms.program import checked_bundle


@pytest.fixture(scope="module")
def project() -> Project:
    return open_project("local")


def recorded(project: Project) -> list[dict[str, Any]]:
    """Return the outputs of the bundle's statements as a state holds them."""
    settings = project.settings()
    made = definitions(settings, checked_bundle(settings, project.stack), project.stack)
    return [
        {"job_name": one.job_name, "kind": str(one.statement.kind), "definition_hash": definition_hash(one), "name": one.name}
        for one in made.values()
    ]


def backend(folder: Path, outputs: list[dict[str, Any]]) -> FileBackend:
    found = FileBackend(folder=folder, stack="local")
    found.checkpoint.parent.mkdir(parents=True)
    resources: list[dict[str, Any]] = [{"urn": f"urn:{number}", "outputs": each} for number, each in enumerate(outputs)]
    found.checkpoint.write_text(json.dumps({"checkpoint": {"latest": {"resources": [{"urn": "urn:stack"}, *resources]}}}))
    return found


def test_a_job_of_another_definition_is_a_change(project: Project, tmp_path: Path) -> None:
    outputs = [{**each, "definition_hash": "0" * 64} if each["kind"] == Kind.JOB else each for each in recorded(project)]
    assert changes_a_job(project, backend(tmp_path, outputs))


def test_the_same_jobs_are_no_change(project: Project, tmp_path: Path) -> None:
    assert not changes_a_job(project, backend(tmp_path, recorded(project)))


def test_a_catalog_object_alone_is_judged_with_the_jobs_that_use_it(project: Project, tmp_path: Path) -> None:
    outputs = [{**each, "definition_hash": "0" * 64} if each["kind"] != Kind.JOB else each for each in recorded(project)]
    assert not changes_a_job(project, backend(tmp_path, outputs))


def test_a_first_run_has_nothing_to_judge(project: Project, tmp_path: Path) -> None:
    assert not changes_a_job(project, FileBackend(folder=tmp_path, stack="local"))


def test_a_state_that_lies_elsewhere_may_hold_a_changed_job(project: Project) -> None:
    assert changes_a_job(project, None)


def test_a_mistake_in_the_settings_is_left_to_the_run(project: Project, tmp_path: Path) -> None:
    wrong = replace(project, values={**project.values, "bundle.parameters.window_seconds": "no number"})
    assert not changes_a_job(wrong, backend(tmp_path, recorded(project)))
