"""Deleting a statement leaves no job, whatever state the job, the gateway and the cluster are in."""

from dataclasses import replace

import pytest

from flinksql.errors import JobFailedError, UnreachableError
from flinksql.policy import DeleteMode, Policy
from flinksql.statement import Definition
from tests.contract.bench import Bench
from tests.fakes.faults import Fault
from tests.fakes.flink import FakeFlink
from tests.fakes.jobs import Fate

MODES = [pytest.param(mode, id=str(mode)) for mode in DeleteMode]


def deleted_as(definition: Definition, mode: DeleteMode) -> Definition:
    return replace(definition, policy=Policy(delete_mode=mode))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("fate", [pytest.param(fate, id=str(fate)) for fate in Fate])
def test_a_job_in_any_state_is_gone_afterwards(bench: Bench, flink: FakeFlink, mode: DeleteMode, fate: Fate) -> None:
    definition = deleted_as(bench.job(), mode)
    deployed = bench.lifecycle().create(definition)
    job = flink.cluster.jobs[deployed.job_id]
    job.fate, job.started = fate, job.started - 1
    bench.lifecycle().delete(definition, deployed)
    assert bench.alive() == []


@pytest.mark.parametrize("mode", MODES)
def test_a_gateway_is_not_needed(bench: Bench, flink: FakeFlink, mode: DeleteMode) -> None:
    definition = deleted_as(bench.job(), mode)
    deployed = bench.lifecycle().create(definition)
    flink.gateway_server.faults.arm(Fault.RESET, ".", times=999)
    bench.lifecycle().delete(definition, deployed)
    assert bench.alive() == []


@pytest.mark.parametrize("mode", MODES)
def test_a_cluster_that_went_with_its_jobs_needs_nothing(bench: Bench, flink: FakeFlink, mode: DeleteMode) -> None:
    definition = deleted_as(bench.job(), mode)
    deployed = bench.lifecycle().create(definition)
    flink.jobmanager_server.faults.arm(Fault.RESET, ".", times=999)
    with pytest.raises(UnreachableError):
        bench.lifecycle().delete(definition, deployed)
    assert bench.lifecycle().delete(definition, deployed, platform_gone=True) == ""


def test_a_job_whose_savepoint_cannot_be_written_is_kept_rather_than_lost(bench: Bench, flink: FakeFlink) -> None:
    definition = deleted_as(bench.job(), DeleteMode.SAVEPOINT)
    deployed = bench.lifecycle().create(definition)
    flink.cluster.savepoint_failures = 99
    with pytest.raises(JobFailedError, match="goes on running"):
        bench.lifecycle().delete(definition, deployed)
    assert [job.job_id for job in bench.alive()] == [deployed.job_id]
    flink.cluster.savepoint_failures = 0
    assert "savepoint" in bench.lifecycle().delete(definition, deployed)


def test_a_failing_job_that_was_to_leave_a_savepoint_tells_its_last_checkpoint(bench: Bench, flink: FakeFlink) -> None:
    definition = deleted_as(bench.job(), DeleteMode.SAVEPOINT)
    deployed = bench.lifecycle().create(definition)
    flink.cluster.end(deployed.job_id, "CANCELED")
    assert bench.lifecycle().delete(definition, deployed) == f"file:/checkpoints/{deployed.job_id}/chk-1"
