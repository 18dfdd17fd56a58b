"""What the article's own way does, Flink straight at the model server: one refused context stops everything and all is paid for again.

`test_model_faults` shows the same context behind the model gateway: five summaries, one rejected row, six calls.
"""

import json
import time
from collections.abc import Iterator

import pytest

from tests.fakes.model_server import Call, ModelServer, Reply, error, model_server, summary
from tests.support.kafka import send
from tests.support.project import ProjectCopy, project_copy

pytestmark = [pytest.mark.real, pytest.mark.timeout(1200)]


def behave(call: Call) -> Reply:
    """Refuse one product."""
    return Reply(status=400, body=error("content policy")) if "refused" in call.text else Reply(body=summary())


@pytest.fixture
def straight(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ProjectCopy, ModelServer]]:
    folder = tmp_path_factory.mktemp("article-way") / "project"
    folder.mkdir()
    with model_server(behave) as server, project_copy(folder, bundle="article") as copy:
        file = folder / "sql" / "article" / "product_review_summarizer.sql"
        plain = file.read_text(encoding="utf-8")
        file.write_text(plain.replace("${model_endpoint}", f"{server.url}/chat/completions"), encoding="utf-8")
        copy.succeed("up")
        yield copy, server


def test_without_the_gateway_one_refused_context_restarts_the_job_for_ever_and_pays_again(
    straight: tuple[ProjectCopy, ModelServer],
) -> None:
    copy, server = straight
    texts = ["refused" if number == 3 else f"good {number}" for number in range(6)]
    reviews = [
        {"review_id": f"r{number}", "product_id": f"p{number}", "product_name": "x", "rating": 4, "review_text": text}
        for number, text in enumerate(texts)
    ]
    send(str(copy.outputs()["kafkaBootstrap"]), [json.dumps(review).encode() for review in reviews])
    deadline = time.monotonic() + 400
    while max((count for text, count in server.seen.items() if "refused" in text), default=0) < 3:
        assert time.monotonic() < deadline, f"calls: {dict(server.seen)}"
        time.sleep(0.5)
    jobs = {job["statement"]: job for job in copy.run("status", "--json").json()["jobs"]}
    print(f"{len(server.calls)} calls for 6 contexts, {jobs['summarize_contexts']['restarts']} restarts")
    assert jobs["summarize_contexts"]["restarts"] >= 2
    assert "400" in jobs["summarize_contexts"]["lastError"]
    assert len(server.calls) > 6
