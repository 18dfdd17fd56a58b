"""Both bundles on every Flink line: the article's six statements word for word, then the production form in its place."""

import time
from collections.abc import Iterator

import pytest

from options.flink_lines import FLINK_LINES
from tests.oracle.totals import expect
from tests.support.flow import CONTEXTS, SUMMARIES, begin
from tests.support.kafka import read_json, send
from tests.support.project import ProjectCopy, project_copy
from tests.support.samples import MALFORMED, PLAIN

pytestmark = [pytest.mark.real, pytest.mark.timeout(1500)]

HANG_SECONDS = 240.0
ARTICLE = ["product_reviews", "product_review_context", "aggregate_reviews", "product_review_summarizer", "product_review_summary"]


@pytest.fixture(scope="module", params=[pytest.param(line, id=f"line {line}") for line in sorted(FLINK_LINES)])
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProjectCopy]:
    folder = tmp_path_factory.mktemp("line") / "project"
    folder.mkdir()
    line = str(request.param)
    with project_copy(
        folder, flink__line=line, bundle="article", bundle__parameters__window_seconds=5, flink__checkpointIntervalSeconds=5
    ) as copy:
        copy.succeed("up")
        assert copy.outputs()["flinkLine"] == line
        yield copy


def test_the_article_runs_word_for_word_and_cuts_averages_and_the_production_form_does_not(stack: ProjectCopy) -> None:
    outputs = stack.outputs()
    assert {*ARTICLE, "summarize_contexts"} == outputs["statements"].keys()
    bootstrap = str(outputs["kafkaBootstrap"])
    send(bootstrap, PLAIN)
    rows = _wait_for(bootstrap, SUMMARIES, len(PLAIN))
    averages = {row["product_id"]: row["average_rating"] for row in read_json(bootstrap, CONTEXTS)}
    assert rows
    assert all(average == int(average) for average in averages.values()), "AVG over INT is cut to a whole number in Flink"

    # Written in transactions: what a reader of committed records sees is what is counted.
    stack.configure(bundle="reviews", bundle__deliveryGuarantee="exactly-once")
    flow = begin(bootstrap)
    stack.succeed("up")
    # The production form reads both topics from their beginning: the article's reviews come once more, and its contexts too.
    flow.values += PLAIN
    flow.feed(MALFORMED)
    flow.settle(second_stage=False)
    assert flow.totals(CONTEXTS) == flow.expected_totals()
    assert flow.reasons() == flow.expected.rejected
    exact = {name: product.average for name, product in expect(PLAIN).products.items()}
    assert any(average != int(average) for average in exact.values())
    ours = _averages(flow.totals(CONTEXTS))
    assert ours == pytest.approx({name: product.average for name, product in flow.expected.products.items()})


def _averages(totals: dict[str, tuple[int, int, int, int]]) -> dict[str, float]:
    return {name: ratings / count for name, (count, ratings, _, _) in totals.items()}


def _wait_for(bootstrap: str, topic: str, reviews: int) -> list[dict[str, object]]:
    deadline = time.monotonic() + HANG_SECONDS
    while True:
        rows = read_json(bootstrap, topic)
        if sum(int(row["review_count"]) for row in rows) >= reviews:
            return rows
        assert time.monotonic() < deadline, f"{topic}: {rows}"
        time.sleep(0.5)
