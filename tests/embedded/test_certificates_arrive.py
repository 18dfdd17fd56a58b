"""A stack that was started before Flink's ports asked for a certificate goes on with its jobs when they do, and back.

Two restarts of the cluster: set FLINK_REVIEWS_CERTIFICATES=1 to run it.
"""

import os
import resource
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.flink import job_manager_in
from tests.support.project import ProjectCopy, project_copy

pytestmark = [
    pytest.mark.real,
    pytest.mark.timeout(1800),
    pytest.mark.skipif("FLINK_REVIEWS_CERTIFICATES" not in os.environ, reason="set FLINK_REVIEWS_CERTIFICATES=1"),
]


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[ProjectCopy]:
    with project_copy(tmp_path, flink__mutualTls=False, bundle__parameters__window_seconds=5, flink__checkpointIntervalSeconds=2) as copy:
        copy.succeed("up")
        yield copy


def test_jobs_go_on_from_their_checkpoints_when_the_ports_are_closed(stack: ProjectCopy) -> None:
    for mutual_tls, scheme in ((True, "https"), (False, "http")):
        jobs = job_manager_in(stack.outputs())
        running = {job.name: job.job_id for job in jobs.jobs() if not job.state.terminal}
        deadline = time.monotonic() + 120
        while not all(jobs.checkpoints(job_id).counts.completed for job_id in running.values()):
            assert time.monotonic() < deadline
            time.sleep(0.5)
        stack.configure(flink__mutualTls=mutual_tls)
        print(stack.succeed("preview").said)
        print(stack.succeed("up").said)
        outputs = stack.outputs()
        assert str(outputs["jobManagerUrl"]).startswith(f"{scheme}://")
        after = {job.name: job.job_id for job in job_manager_in(outputs).jobs() if not job.state.terminal}
        assert after.keys() == running.keys()
        restored = [job_manager_in(outputs).checkpoints(job_id).counts.restored for job_id in after.values()]
        assert all(restored), restored
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert "nothing changed" in stack.succeed("up").output
        after_it = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = after_it.ru_utime + after_it.ru_stime - before.ru_utime - before.ru_stime
        print(f"flink.mutualTls {mutual_tls}: `up` without a change took {seconds:.2f} s of processor time")
