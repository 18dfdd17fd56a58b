"""What is written again is what was written before, byte by byte: after a killed TaskManager, and after a rewind to the earliest offset."""

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.oracle.records import generate
from tests.support.flow import CONTEXTS, HANG_SECONDS, Flow, begin
from tests.support.kafka import read
from tests.support.project import ProjectCopy, project_copy

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]

WINDOW_SECONDS = 5
Written = dict[tuple[str, str], set[bytes]]
"""Product and window to the records that stand for them."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProjectCopy]:
    folder = tmp_path_factory.mktemp("replay") / "project"
    folder.mkdir()
    with project_copy(folder, bundle__parameters__window_seconds=WINDOW_SECONDS, flink__checkpointIntervalSeconds=2) as copy:
        copy.succeed("up")
        yield copy


def test_a_killed_task_manager_and_a_rewind_give_the_same_contexts(stack: ProjectCopy) -> None:
    flow = begin(str(stack.outputs()["kafkaBootstrap"]))
    values = [record.value for record in generate(20_262, 3_000, 0.01)]
    flow.feed(values[:1_500])
    _kill_task_manager(stack)
    flow.feed(values[1_500:])
    before = _all_written(flow)
    assert all(len(records) == 1 for records in before.values()), "a context was written again with other bytes"
    assert _reviews(before) == flow.expected.accepted_count

    count = len(read(flow.bootstrap, CONTEXTS, flow.before[CONTEXTS]))
    _rewind(stack)
    _wait_for_contexts(flow, count + len(before))
    assert _written(flow) == before


def _kill_task_manager(stack: ProjectCopy) -> None:
    services = stack.run("status", "--json").json()["services"]
    os.kill(next(int(one["processId"]) for one in services if one["name"] == "taskmanager"), signal.SIGKILL)


def _rewind(stack: ProjectCopy) -> None:
    """Let stage one start without its state: it reads the topic from its beginning."""
    file: Path = stack.folder / "sql" / "reviews" / "contexts.sql"
    header = "-- allow_state_reset: true\n-- upgrade_mode: stateless\n-- checkpoint_interval_seconds: 3\n"
    file.write_text(header + file.read_text(encoding="utf-8"), encoding="utf-8")
    stack.succeed("up")


def _written(flow: Flow) -> Written:
    found: Written = {}
    for record in read(flow.bootstrap, CONTEXTS, flow.before[CONTEXTS]):
        row = json.loads(record)
        found.setdefault((row["product_id"], row["window_start"]), set()).add(record)
    return found


def _all_written(flow: Flow) -> Written:
    """Wait until every review is in a context. After a kill both stages may write again what they wrote, so rows are no sign of the end."""
    wanted, deadline = flow.expected.accepted_count, time.monotonic() + HANG_SECONDS
    while _reviews(written := _written(flow)) < wanted:
        assert time.monotonic() < deadline, f"{_reviews(written)} of {wanted} reviews are in contexts"
        time.sleep(0.5)
    return written


def _reviews(written: Written) -> int:
    """Return the reviews in all contexts, each context counted once."""
    return sum(json.loads(next(iter(one)))["review_count"] for one in written.values())


def _wait_for_contexts(flow: Flow, count: int) -> None:
    deadline = time.monotonic() + HANG_SECONDS
    while len(read(flow.bootstrap, CONTEXTS, flow.before[CONTEXTS])) < count:
        assert time.monotonic() < deadline, f"{count} contexts did not come"
        time.sleep(0.5)
