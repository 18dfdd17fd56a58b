"""Changes of a running stack: the prompt touches one job, the image the whole cluster, and neither loses a review."""

import time
from pathlib import Path

import pytest

from tests.kubernetes.figures import note
from tests.kubernetes.pods import found_in
from tests.kubernetes.stack import KubernetesStack
from tests.support.feeding import feeding, flow_for, settled

pytestmark = [pytest.mark.timeout(1800)]

AROUND_SECONDS = 6.0


def test_a_changed_prompt_upgrades_the_job_that_asks_the_model_and_no_other(deployed: KubernetesStack) -> None:
    contexts, summaries = sorted(deployed.job_names())
    before = deployed.running()
    with deployed.flow() as flow:
        with feeding(flow, "prompt") as fed:
            flow_for(AROUND_SECONDS)
            _edit(deployed.copy.folder / "sql" / "reviews" / "product_review_summarizer.sql", "You are", "You are truly")
            run = deployed.up()
            flow_for(AROUND_SECONDS)
        fate = settled(flow, fed)
    after = deployed.running()
    assert after[contexts] == before[contexts]
    assert after[summaries] != before[summaries]
    gap = _gap_seconds(deployed, before[summaries], after[summaries])
    note("prompt edited", seconds=run.end["seconds"], gap_seconds=gap, fed=fate.fed, lost=0, duplicated_summaries=fate.duplicated_summaries)
    assert fate.duplicated_reviews == 0
    left = found_in(deployed, "sql-gateway", "/tmp/flinksql-plans")
    assert left, "the gateway compiled no plan: nothing was judged by one"
    assert [each for each in left if not each.startswith("d ")] == [], "no plan is left where the gateway runs"


def test_a_changed_image_redeploys_the_cluster_and_its_jobs_come_back(deployed: KubernetesStack) -> None:
    before = deployed.running()
    with deployed.flow() as flow:
        with feeding(flow, "image") as fed:
            flow_for(AROUND_SECONDS)
            dockerfile = deployed.copy.folder / "docker" / "flink" / "Dockerfile"
            dockerfile.write_text(f'{dockerfile.read_text(encoding="utf-8")}\nLABEL edited="{time.time_ns()}"\n', encoding="utf-8")
            run = deployed.up()
            deployed.wait_for_jobs(deployed.job_names())
            flow_for(AROUND_SECONDS)
        fate = settled(flow, fed)
    note(
        "image edited",
        seconds=run.end["seconds"],
        fed=fate.fed,
        lost=0,
        duplicated_reviews=fate.duplicated_reviews,
        duplicated_summaries=fate.duplicated_summaries,
    )
    assert deployed.running() == before, "a job came back under another id"


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def _gap_seconds(stack: KubernetesStack, old: str, new: str) -> float:
    """Return the time in which no job read, between the end of the old one and the last task of the new one to run."""
    service = ("flink-sql-session-rest", 8081)
    ended = stack.get(service, f"/jobs/{old}")["end-time"]
    began = max(vertex["start-time"] for vertex in stack.get(service, f"/jobs/{new}")["vertices"])
    return float(began - ended) / 1000
