"""A real language model in the stream: llama.cpp's server with SmolLM2 behind the gateway, Flink and Kafka."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded.data_folder import DataFolder
from embedded.llamacpp import key_file
from embedded.processes import marked
from tests.support.flow import SUMMARIES, SUMMARIES_REJECTED, begin
from tests.support.llamacpp import take_over
from tests.support.model_gateway import until
from tests.support.project import ProjectCopy, project_copy
from tests.support.samples import review

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]

MODEL = "smollm2-135m-instruct"
PRODUCTS = {"p-1": "Great sound, and it is light.", "p-2": "It broke after two days.", "p-3": "The battery lasts a week."}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProjectCopy]:
    folder = tmp_path_factory.mktemp("llamacpp") / "project"
    folder.mkdir()
    settings = {"bundle__parameters__window_seconds": 5, "flink__checkpointIntervalSeconds": 5}
    with project_copy(folder, model__kind="llamacpp", **settings) as copy:
        take_over(DataFolder(root=copy.data))
        copy.succeed("up")
        yield copy
        copy.succeed("down")
        assert not marked(DataFolder(root=copy.data))
        assert not key_file(DataFolder(root=copy.data)).exists()


def model_server(copy: ProjectCopy) -> int:
    """Return the process of the model server; 0 when it is not ready."""
    services = {one["name"]: one for one in copy.run("status", "--json").json()["services"]}
    return int(services["model-server"]["processId"] or 0) if services["model-server"]["ready"] else 0


def test_real_tokens_come_out_of_kafka_also_after_the_server_was_killed(stack: ProjectCopy) -> None:
    flow = begin(str(stack.outputs()["kafkaBootstrap"]))
    killed = model_server(stack)
    assert killed
    flow.feed([review(product, text) for product, text in PRODUCTS.items()])
    flow.settle(second_stage=False)
    # While it is asked, or has just been.
    os.kill(killed, signal.SIGKILL)
    flow.settle()
    until(lambda: model_server(stack) not in (0, killed), 60.0)
    answers = flow.rows[SUMMARIES] + flow.rows[SUMMARIES_REJECTED]
    assert len(answers) == len(flow.rows["product_review_context"]) == len(PRODUCTS)
    assert flow.rows[SUMMARIES], flow.rows[SUMMARIES_REJECTED]
    for row in answers:
        assert row["model"] == MODEL
    assert {row["reason"] for row in flow.rows[SUMMARIES_REJECTED]} <= {"truncated_answer", "no_summary"}
    told = stack.succeed("status", "--json").json()
    assert told["model"]["state"] == "answers"
    assert {job["restarts"] for job in told["jobs"]} == {0}
    ledger = stack.succeed("answers", "--json").json()
    assert MODEL in str(ledger)


def test_the_logs_of_the_model_server_are_shown_and_hold_no_text_and_no_key(stack: ProjectCopy) -> None:
    said = stack.succeed("logs", "model-server", "--lines", "1000").output
    assert "llama_server: " in said
    assert not [text for text in PRODUCTS.values() if text in said]
    assert key_file(DataFolder(root=stack.data)).read_text(encoding="utf-8").strip() not in said


def test_a_start_without_a_change_changes_nothing(stack: ProjectCopy) -> None:
    assert "nothing changed" in stack.succeed("up").said
    assert Path(stack.data / "model-server").is_dir()
