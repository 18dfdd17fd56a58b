"""The page of a stack that really runs: what its server says of it, and that Flink is asked no more often for many pages."""

import json
import signal
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.contract.bench import until
from tests.support.project import ProjectCopy

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]
TOPIC = "product_review_context"


@pytest.fixture
def page(real_stack: ProjectCopy) -> Iterator[httpx.Client]:
    """Ask the page's server of the shared stack, which ends quietly with Ctrl-C."""
    real_stack.succeed("up")
    process = real_stack.start("ui", "--json")
    assert process.stdout is not None
    link = json.loads(process.stdout.readline())["link"]
    base, _, token = link.partition("#token=")
    with httpx.Client(base_url=base, headers={"authorization": f"Bearer {token}"}, timeout=30) as client:
        yield client
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130


def snapshot(page: httpx.Client) -> dict[str, Any]:
    answer = page.get("/api/snapshot")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_a_real_stack_is_shown_with_its_jobs_topics_and_rows(real_stack: ProjectCopy, page: httpx.Client) -> None:
    until(lambda: all(one["at"] for one in snapshot(page)["sources"]), seconds=120)
    found = snapshot(page)
    assert [one["error"] for one in found["sources"]] == [""] * len(found["sources"])
    rows = {row["statement"]: row for row in found["statements"]}
    assert rows.keys() == {"contexts", "summaries"}
    assert all(row["state"] == "RUNNING" and row["healthy"] for row in rows.values())
    nodes = {node["id"]: node for node in found["graph"]["nodes"]}
    assert nodes["topic:product_reviews"]["layer"] < nodes["statement:contexts"]["layer"] < nodes["statement:summaries"]["layer"]
    assert ["statement:contexts", f"topic:{TOPIC}"] in found["graph"]["edges"]
    assert any(node.startswith("model:") for node in nodes)
    assert {one["name"] for one in found["topics"]} >= {"product_reviews", TOPIC}
    assert all(service["healthy"] for service in found["services"])
    about = page.get("/api/statements/contexts").json()
    assert about["job"]["jobId"] == rows["contexts"]["jobId"]
    assert "INSERT INTO" in about["sql"]["text"]
    assert "created" in {one["action"] for one in about["history"]}, "other tests of the stack may have changed it since"
    real_stack.succeed("feed")
    until(lambda: page.get(f"/api/topics/{TOPIC}/rows").json()["rows"], seconds=120)
    row = page.get(f"/api/topics/{TOPIC}/rows").json()["rows"][-1]
    assert "average_rating" in row["value"]
    assert page.get("/api/statements/contexts/why").json()["findings"]


def test_it_changes_nothing(page: httpx.Client) -> None:
    assert page.post("/api/actions/up", json={}).status_code == 404
    assert snapshot(page)["actions"] == []
