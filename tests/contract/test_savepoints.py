"""Savepoints of running jobs, and their deletion. Asked of the fake and of a real Flink."""

from flinksql.savepoints import SavepointRequests, is_written_by
from tests.contract.bench import Bench


def test_a_savepoint_is_taken_of_a_job_that_goes_on_and_deleted_once(bench: Bench) -> None:
    requests = SavepointRequests(jobmanager=bench.jobmanager)
    job_id = bench.lifecycle().create(bench.job()).job_id
    trigger = requests.begin(job_id)
    taken = requests.finish(job_id, trigger)
    assert is_written_by(taken.path, [job_id])
    assert requests.finish(job_id, trigger).path == taken.path
    assert [job.job_id for job in bench.alive()] == [job_id]

    assert requests.dispose(taken.path) is True
    assert requests.dispose(taken.path) is False
    # Flink goes on naming it, so whether one is there is not asked of the job.
    named = bench.jobmanager.checkpoints(job_id).latest.savepoint
    assert named is not None
    assert (named.external_path, named.discarded) == (taken.path, False)
