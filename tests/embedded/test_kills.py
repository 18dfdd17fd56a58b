"""kill -9 of each process while reviews flow: what comes back by itself, what `up` repairs, and that nothing is lost.

With FLINK_REVIEWS_FAULT_TABLE naming a file, each case adds its row there; `docs/faults.md` is made of them.
"""

import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.support.flow import CONTEXTS, SUMMARIES, SUMMARIES_REJECTED, Flow, begin
from tests.support.kafka import send
from tests.support.project import ProjectCopy

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]

RATE = 25
"""Reviews a second."""
BEFORE_SECONDS = 5.0
AFTER_SECONDS = 6.0
BY_ITSELF_SECONDS = 75.0
"""Longer than the client time-outs of the tables and a restart of the slowest process together."""
HANG_SECONDS = 240.0
REPAIRED_BY_UP = {"jobmanager", "supervisord"}
"""A JobManager without high availability forgets its jobs; without supervisord nobody watches the processes."""


@pytest.mark.parametrize("victim", ["kafka", "jobmanager", "taskmanager", "sql-gateway", "model-gateway", "supervisord"])
def test_nothing_is_lost_when_a_process_is_killed(real_stack: ProjectCopy, victim: str) -> None:
    real_stack.succeed("up")
    flow = begin(str(real_stack.outputs()["kafkaBootstrap"]))
    with _feeding(flow, victim) as fed:
        _for(BEFORE_SECONDS)
        os.kill(_process_of(real_stack, victim), signal.SIGKILL)
        killed = time.monotonic()
        _for(AFTER_SECONDS)
        alone, repaired = None, None
        if victim not in REPAIRED_BY_UP:
            alone = _healthy_within(real_stack, BY_ITSELF_SECONDS, since=killed)
            assert alone is not None, real_stack.run("status").output
        else:
            assert real_stack.run("status").code != 0, f"{victim} is gone and status calls it healthy"
            real_stack.succeed("up")
            repaired = time.monotonic() - killed
            assert _healthy_within(real_stack, 30, since=killed) is not None
    contexts, summaries = _settled(flow, fed)
    _note(victim=victim, alone=alone, repaired=repaired, fed=len(fed), contexts=contexts, summaries=summaries)
    assert real_stack.succeed("status", "--json").json()["healthy"] is True


@contextmanager
def _feeding(flow: Flow, victim: str) -> Iterator[list[str]]:
    """Send reviews, each of a product of its own, until the end of the block; the list grows with what the broker has taken."""
    fed: list[str] = []
    stop = threading.Event()
    run = f"{victim}-{time.time_ns()}"

    def feed() -> None:
        while not stop.wait(1.0):
            products = [f"{run}-{len(fed) + index}" for index in range(RATE)]
            send(flow.bootstrap, [_review(product) for product in products])
            fed.extend(products)

    thread = threading.Thread(target=feed)
    thread.start()
    try:
        yield fed
    finally:
        stop.set()
        thread.join()


def _review(product: str) -> bytes:
    fields = {"review_id": f"r-{product}", "product_id": product, "product_name": "N", "rating": 4, "review_text": "Great sound."}
    return json.dumps(fields).encode()


def _settled(flow: Flow, fed: list[str]) -> tuple[Counter[str], Counter[str]]:
    """Wait until each product that was fed has a context and a summary; return how often each has one."""
    deadline = time.monotonic() + HANG_SECONDS
    while True:
        flow.look()
        contexts = Counter[str]()
        for row in flow.rows[CONTEXTS]:
            contexts[row["product_id"]] += row["review_count"]
        summaries = Counter(row["product_id"] for row in flow.rows[SUMMARIES])
        missing = {stage: [name for name in fed if not seen[name]] for stage, seen in (("contexts", contexts), ("summaries", summaries))}
        if not any(missing.values()):
            assert not flow.rows[SUMMARIES_REJECTED]
            return contexts, summaries
        lost = {stage: (len(names), names[:3]) for stage, names in missing.items()}
        assert time.monotonic() < deadline, f"of {len(fed)} reviews these did not come out: {lost}"
        time.sleep(1)


def _process_of(stack: ProjectCopy, name: str) -> int:
    if name == "supervisord":
        [process] = [
            process.info["pid"]
            for process in psutil.process_iter(["pid", "cmdline"])
            if any("supervisord" in part for part in process.info["cmdline"] or []) and str(stack.data) in " ".join(process.info["cmdline"])
        ]
        return int(process)
    services = stack.run("status", "--json").json()["services"]
    return next(int(service["processId"]) for service in services if service["name"] == name)


def _healthy_within(stack: ProjectCopy, seconds: float, *, since: float) -> float | None:
    """Return the seconds since the kill after which `status` called everything healthy twice in a row, or None."""
    deadline = time.monotonic() + seconds
    well = 0
    while time.monotonic() < deadline:
        well = well + 1 if stack.run("status", "--json").json()["healthy"] else 0
        if well > 1:
            return time.monotonic() - since
        time.sleep(0.5)
    return None


def _for(seconds: float) -> None:
    """Let reviews flow. Not a wait for something: the time is the point."""
    threading.Event().wait(seconds)


def _note(*, victim: str, alone: float | None, repaired: float | None, fed: int, contexts: Counter[str], summaries: Counter[str]) -> None:
    table = os.environ.get("FLINK_REVIEWS_FAULT_TABLE")
    if not table:
        return
    row = {
        "victim": victim,
        "alone_seconds": alone and round(alone),
        "up_seconds": repaired and round(repaired),
        "fed": fed,
        "lost": 0,
        "duplicated_reviews": contexts.total() - fed,
        "duplicated_summaries": summaries.total() - len(summaries),
    }
    with Path(table).open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")
