"""How a service that ended by itself is told, and whose job is named."""

import pytest

from components.ended_services import Blame, described, owners
from embedded.service_exits import RecentExits
from embedded.specification import ServiceName

NOON = 43_200.0
HEAP = "OutOfMemoryError: Java heap space"
THREAD = "WindowAggregate[60] -> sink[62]: Writer (1/1)#2"


def endings(count: int = 4, memory: str = HEAP, thread: str = THREAD) -> RecentExits:
    return RecentExits(
        service=ServiceName.TASK_MANAGER,
        count=count,
        first=NOON,
        last=NOON + 120,
        how="exit status 1",
        out_of_memory=memory,
        thread=thread,
        again=count > 2,
    )


@pytest.mark.parametrize(
    ("ended", "blame", "line"),
    [
        pytest.param(
            endings(),
            Blame(met=("zoned",), largest=("hungry", 95 * 2**20)),
            f"ended by itself 4 times since 12:00 UTC, last at 12:02 UTC: {HEAP}; the limit was met in {THREAD} of job zoned; "
            "the most state is that of job hungry: 95 MiB",
            id="a bystander met the limit",
        ),
        pytest.param(endings(1, thread=""), Blame(), f"ended by itself once at 12:02 UTC: {HEAP}", id="nothing but the error is known"),
        pytest.param(endings(1, memory="", thread=""), Blame(), "ended by itself once at 12:02 UTC: exit status 1", id="something else"),
        pytest.param(
            endings(),
            Blame(met=("a", "b")),
            f"ended by itself 4 times since 12:00 UTC, last at 12:02 UTC: {HEAP}; the limit was met in {THREAD} of job a or b",
            id="two jobs with such a task",
        ),
    ],
)
def test_it_says_how_often_when_why_and_where(ended: RecentExits, blame: Blame, line: str) -> None:
    assert described(ended, blame) == line


@pytest.mark.parametrize(
    ("thread", "jobs"),
    [
        pytest.param(THREAD, ("zoned",), id="a task's own thread"),
        pytest.param("Source Data Fetcher for Source: orders[1] (1/1)#0", ("archived",), id="a thread beside the task"),
        pytest.param("pekko.actor.default-dispatcher-3", (), id="nobody's"),
        pytest.param("", (), id="none"),
    ],
)
def test_threads_are_named_after_tasks(thread: str, jobs: tuple[str, ...]) -> None:
    tasks = [("zoned", "WindowAggregate[60] -> sink[62]: Writer"), ("archived", "Source: orders[1]"), ("odd", "")]
    assert owners(thread, tasks) == jobs
