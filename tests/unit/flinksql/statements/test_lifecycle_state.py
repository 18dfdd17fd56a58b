"""Where the state of an ended job is looked for."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from flinksql.errors import JobFailedError
from flinksql.flink.jobmanager import Checkpoints, JobManagerClient
from flinksql.policy import Policy
from flinksql.sql import job_id
from flinksql.statement import Deployed
from flinksql.statements import StatementLifecycle
from flinksql.statements.state import StateFinder
from tests.contract.bench import COPY_SOME, Bench
from tests.fakes.flink import FakeFlink
from tests.fakes.jobs import Fate

JOB = "a" * 32
NAME = "p/s/copy"


def written(folder: Path, *, seconds: int) -> Path:
    """Make a complete checkpoint or savepoint of an age."""
    folder.mkdir(parents=True)
    (folder / "_metadata").write_bytes(b"state")
    os.utime(folder / "_metadata", (seconds, seconds))
    return folder


def finder(bench: Bench, folder: Path) -> StateFinder:
    """Return a finder that can read the platform's folders."""
    settings = replace(bench.settings, checkpoints_folder=folder / "checkpoints", savepoints_folder=folder / "savepoints")
    return StateFinder(jobmanager=bench.jobmanager, settings=settings)


def test_nothing_known_is_empty(bench: Bench, tmp_path: Path) -> None:
    assert finder(bench, tmp_path).latest(NAME, Deployed(definition_hash="d", job_id=JOB)).path == ""


def test_the_newest_complete_checkpoint_of_a_forgotten_job_is_found(bench: Bench, tmp_path: Path) -> None:
    newest = written(tmp_path / "checkpoints" / JOB / "chk-10", seconds=2_000)
    written(tmp_path / "checkpoints" / JOB / "chk-9", seconds=1_000)
    (tmp_path / "checkpoints" / JOB / "chk-11").mkdir()
    written(tmp_path / "checkpoints" / ("b" * 32) / "chk-12", seconds=9_000)
    assert finder(bench, tmp_path).latest(NAME, Deployed(definition_hash="d", job_id=JOB)).path == f"file://{newest}"


@pytest.mark.parametrize(
    ("checkpoint", "savepoint", "found"),
    [pytest.param(1_000, 2_000, "savepoint", id="savepoint is newer"), pytest.param(2_000, 1_000, "chk-1", id="checkpoint is newer")],
)
def test_the_newer_of_checkpoint_and_savepoint_is_taken(bench: Bench, tmp_path: Path, checkpoint: int, savepoint: int, found: str) -> None:
    written(tmp_path / "checkpoints" / JOB / "chk-1", seconds=checkpoint)
    written(tmp_path / "savepoints" / f"savepoint-{JOB[:6]}-0123456789ab", seconds=savepoint)
    assert found in finder(bench, tmp_path).latest(NAME, Deployed(definition_hash="d", job_id=JOB)).path


def test_a_job_that_never_ran_is_passed_over_for_the_one_before(bench: Bench, flink: FakeFlink, tmp_path: Path) -> None:
    lifecycle = bench.lifecycle()
    good = lifecycle.create(bench.job())
    lifecycle.delete(bench.job(), good)
    bad = lifecycle.create(bench.job())
    flink.cluster.end(bad.job_id, "FAILED")
    assert finder(bench, tmp_path).latest(NAME, bad).path == f"file:/checkpoints/{good.job_id}/chk-1"


def test_a_job_without_checkpoints_still_has_what_it_started_from(bench: Bench, flink: FakeFlink, tmp_path: Path) -> None:
    deployed = bench.lifecycle().create(bench.job())
    job = flink.cluster.jobs[deployed.job_id]
    job.fate, job.restored, job.ended_as = Fate.LOOPS, "file:/savepoints/first", "CANCELED"
    assert finder(bench, tmp_path).latest(NAME, deployed).path == "file:/savepoints/first"


def test_a_repair_after_a_jobmanager_restart_goes_on_from_the_folder(bench: Bench, flink: FakeFlink, tmp_path: Path) -> None:
    settings = replace(bench.settings, checkpoints_folder=tmp_path)
    lifecycle = StatementLifecycle(bench.gateway, bench.jobmanager, settings=settings)
    deployed = lifecycle.create(bench.job())
    flink.cluster.forget()
    checkpoint = written(tmp_path / deployed.job_id / "chk-3", seconds=1_000)
    repaired = lifecycle.repair(bench.job(), deployed)
    assert repaired.restored_from == f"file://{checkpoint}"
    assert flink.cluster.submissions[-1]["execution.state-recovery.path"] == f"file://{checkpoint}"


def lifecycle_with_folders(bench: Bench, folder: Path) -> StatementLifecycle:
    """Return a lifecycle that can read the platform's folders."""
    settings = replace(bench.settings, checkpoints_folder=folder / "checkpoints", savepoints_folder=folder / "savepoints")
    return StatementLifecycle(bench.gateway, bench.jobmanager, settings=settings)


def test_a_repair_of_a_job_that_left_no_state_starts_from_zero(bench: Bench, flink: FakeFlink, tmp_path: Path) -> None:
    lifecycle = lifecycle_with_folders(bench, tmp_path)
    deployed = lifecycle.create(bench.job())
    flink.cluster.forget()
    assert lifecycle.repair(bench.job(), deployed).restored_from == ""
    assert "execution.state-recovery.path" not in flink.cluster.submissions[-1]


def test_a_job_whose_state_may_lie_where_nobody_can_look_is_not_started_without_it_unasked(bench: Bench, flink: FakeFlink) -> None:
    deployed = bench.lifecycle().create(bench.job())
    flink.cluster.forget()
    with pytest.raises(JobFailedError, match=r"its last state cannot be found.*allow_state_reset: true"):
        bench.lifecycle().repair(bench.job(), deployed)
    assert bench.jobs() == []
    asked = replace(bench.job(), policy=Policy(allow_state_reset=True))
    assert bench.lifecycle().repair(asked, deployed).restored_from == ""


def test_the_state_of_another_definition_under_the_name_does_not_count(bench: Bench, flink: FakeFlink, tmp_path: Path) -> None:
    lifecycle = bench.lifecycle()
    first = lifecycle.create(bench.job())
    second = lifecycle.update(bench.job(), bench.job(COPY_SOME), first)
    flink.cluster.end(second.job_id, "CANCELED")
    found = finder(bench, tmp_path)
    assert found.latest(NAME, first, {first.definition_hash}).path == second.restored_from
    assert found.latest(NAME, first, {first.definition_hash, second.definition_hash}).path == f"file:/checkpoints/{second.job_id}/chk-1"


def test_a_generation_that_nobody_recorded_is_found_in_the_folder_by_its_derived_id(bench: Bench, tmp_path: Path) -> None:
    unrecorded = job_id(NAME, "d", 3)
    written(tmp_path / "checkpoints" / job_id(NAME, "d", 2) / "chk-8", seconds=1_000)
    newest = written(tmp_path / "checkpoints" / unrecorded / "chk-9", seconds=2_000)
    deployed = Deployed(definition_hash="d", generation=2, job_id=job_id(NAME, "d", 2))
    assert finder(bench, tmp_path).latest(NAME, deployed, {"d"}).path == f"file://{newest}"


def test_creating_does_not_bring_back_the_state_of_a_deleted_job(bench: Bench, flink: FakeFlink) -> None:
    lifecycle = bench.lifecycle()
    lifecycle.delete(bench.job(), lifecycle.create(bench.job()))
    lifecycle.create(bench.job())
    assert "execution.state-recovery.path" not in flink.cluster.submissions[-1]


def test_a_submission_carries_defaults_options_and_tags(bench: Bench, flink: FakeFlink) -> None:
    definition = replace(bench.job(), options={"parallelism.default": "2", "rest.retry.max-attempts": "3"})
    deployed = bench.lifecycle().create(definition)
    (sent,) = flink.cluster.submissions
    assert sent == {
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        "execution.checkpointing.tolerable-failed-checkpoints": "3",
        "parallelism.default": "2",
        "rest.retry.max-attempts": "3",
        "pipeline.name": "p/s/copy",
        "$internal.pipeline.job-id": deployed.job_id,
        "pipeline.global-job-parameters": f"statement:copy,definition:{deployed.definition_hash},generation:1",
    }


def test_a_job_that_completed_checkpoints_of_which_none_is_named_is_not_started_without_state(
    bench: Bench, flink: FakeFlink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen once on a busy machine: the JobManager counted checkpoints of a cancelled job and named none."""
    deployed = bench.lifecycle().create(bench.job())
    flink.cluster.end(deployed.job_id, "CANCELED")
    nameless = Checkpoints.model_validate({"counts": {"completed": 3}, "latest": {}})
    monkeypatch.setattr(JobManagerClient, "checkpoints", lambda _client, _job_id: nameless)
    with pytest.raises(JobFailedError, match="its last state cannot be found"):
        bench.lifecycle().repair(bench.job(), deployed)
    assert not flink.cluster.alive(bench.job().job_name)
