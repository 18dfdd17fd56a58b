"""A statement's file is renamed while its job runs: nothing is lost unasked, and the job is not touched when the header says so."""

import pytest

from tests.support.project import ProjectCopy

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

FORMER, NEW, NEWER = "summaries", "written_answers", "final_answers"


def test_a_renamed_job_is_refused_then_goes_on_untouched_and_back_again(real_stack: ProjectCopy) -> None:
    real_stack.succeed("up")
    before = job_ids(real_stack)
    folder = real_stack.folder / "sql" / "reviews"
    original = (folder / f"{FORMER}.sql").read_text(encoding="utf-8")
    line = f"-- renamed_from: {FORMER}\n"

    (folder / f"{FORMER}.sql").rename(folder / f"{NEW}.sql")
    refused = real_stack.run("up")
    assert refused.code == 1
    assert f"write `-- renamed_from: {FORMER}` at the top of sql/reviews/{NEW}.sql" in refused.said
    assert job_ids(real_stack) == before, "nothing was touched"

    (folder / f"{NEW}.sql").write_text(line + original, encoding="utf-8")
    real_stack.succeed("up")
    assert job_ids(real_stack) == {**without(before, FORMER), NEW: before[FORMER]}
    (folder / f"{NEW}.sql").rename(folder / f"{NEWER}.sql")
    real_stack.succeed("up")
    assert job_ids(real_stack) == {**without(before, FORMER), NEWER: before[FORMER]}

    (folder / f"{NEWER}.sql").unlink()
    (folder / f"{FORMER}.sql").write_text(original, encoding="utf-8")
    real_stack.succeed("up")
    assert job_ids(real_stack) == before


def job_ids(stack: ProjectCopy) -> dict[str, str]:
    """Return the id of each statement's job; each must run and be well."""
    jobs = stack.succeed("status", "--json").json()["jobs"]
    assert all(job["healthy"] for job in jobs), jobs
    return {str(job["statement"]): str(job["jobId"]) for job in jobs}


def without(jobs: dict[str, str], statement: str) -> dict[str, str]:
    return {name: job for name, job in jobs.items() if name != statement}
