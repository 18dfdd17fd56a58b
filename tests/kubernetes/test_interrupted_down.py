"""`down` is killed after it ended the jobs, with reviews in the topics: `up` lets the jobs go on, and nothing is counted or asked twice."""

import pytest

from flinksql.kafka.admin import TopicAdmin
from tests.kubernetes.figures import note
from tests.kubernetes.interrupting import begun, kill
from tests.kubernetes.stack import JOBS, KubernetesStack
from tests.support.flow import CONTEXTS, SUMMARIES, Flow
from tests.support.samples import review

pytestmark = [pytest.mark.timeout(1800)]

FED = 40


@pytest.mark.parametrize(
    ("resource", "kind"),
    [
        pytest.param("orphaned-jobs", "", id="all jobs have ended"),
        pytest.param("flink-sql-session", "flinkdeployment", id="the JobManager goes"),
    ],
)
def test_jobs_go_on_where_they_ended(deployed: KubernetesStack, resource: str, kind: str) -> None:
    with deployed.flow() as flow:
        flow.feed([review(f"before {resource} {number}", "Great sound.") for number in range(FED)])
        flow.settle()
        topics = _topic_ids(flow.bootstrap)
    with begun(deployed, "down", resource=resource, kind=kind) as process:
        kill(process)
    run = deployed.up()
    deployed.wait_for_jobs(deployed.job_names())
    said = "\n".join(str(one["message"]) for one in run.events if one["event"] == "say")
    with deployed.flow() as later:
        kept = _topic_ids(later.bootstrap) == topics
        later.feed([review(f"after {resource} {number}", "Great sound.") for number in range(FED)])
        later.settle()
        if kept:
            for name in JOBS:
                assert f"Statement {name} goes on from file:/flink-data/" in said, said
            whole = Flow(bootstrap=later.bootstrap, prefix=later.prefix, before=flow.before, values=[*flow.values, *later.values])
            whole.look()
        else:
            whole = later
        assert whole.totals(CONTEXTS) == whole.expected_totals(), "each review is counted once"
        assert whole.totals(SUMMARIES) == whole.expected_totals(), "and summarised once"
    note("down killed with reviews in the topics, then up", deleting=resource, kept=kept, seconds=run.end["seconds"], said=said[-1500:])
    assert deployed.up().changed == {}


def _topic_ids(bootstrap: str) -> dict[str, str]:
    admin = TopicAdmin(bootstrap)
    found = {name: admin.describe(name) for name in ("product_reviews", "product_review_context", "product_review_summary")}
    return {name: topic.topic_id for name, topic in found.items() if topic}
