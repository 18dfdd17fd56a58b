"""A statement's file is renamed while its job runs: nothing is lost unasked, and the job is not touched when the header says so."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.project import ProjectCopy

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

FORMER, NEW, NEWER = "summaries", "written_answers", "final_answers"


@pytest.fixture
def folder(real_stack: ProjectCopy) -> Iterator[Path]:
    """Give the bundle's folder, as it was at the end: the stack is shared."""
    place = real_stack.folder / "sql" / "reviews"
    original = (place / f"{FORMER}.sql").read_text(encoding="utf-8")
    yield place
    for name in (NEW, NEWER):
        (place / f"{name}.sql").unlink(missing_ok=True)
    (place / f"{FORMER}.sql").write_text(original, encoding="utf-8")


def test_a_renamed_job_is_refused_then_goes_on_untouched_and_back_again(real_stack: ProjectCopy, folder: Path) -> None:
    real_stack.succeed("up")
    before = job_ids(real_stack)
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
    # After a refused run `status` ends with 3, and the jobs are well.
    jobs = stack.run("status", "--json").json()["jobs"]
    assert all(job["healthy"] for job in jobs), jobs
    return {str(job["statement"]): str(job["jobId"]) for job in jobs}


def without(jobs: dict[str, str], statement: str) -> dict[str, str]:
    return {name: job for name, job in jobs.items() if name != statement}
