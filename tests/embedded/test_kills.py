"""kill -9 of each process while reviews flow: what comes back by itself, what `up` repairs, and that nothing is lost.

With FLINK_REVIEWS_FAULT_TABLE naming a file, each case adds its row there; `docs/faults.md` is made of them.
"""

import json
import os
import signal
import time
from pathlib import Path

import psutil
import pytest

from tests.support.feeding import Fate, feeding, flow_for, settled
from tests.support.flow import begin
from tests.support.project import ProjectCopy

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]

BEFORE_SECONDS = 5.0
AFTER_SECONDS = 6.0
BY_ITSELF_SECONDS = 75.0
"""Longer than the client time-outs of the tables and a restart of the slowest process together."""
REPAIRED_BY_UP = {"jobmanager", "supervisord"}
"""A JobManager without high availability forgets its jobs; without supervisord nobody watches the processes."""


@pytest.mark.parametrize("victim", ["kafka", "jobmanager", "taskmanager", "sql-gateway", "model-gateway", "supervisord"])
def test_nothing_is_lost_when_a_process_is_killed(real_stack: ProjectCopy, victim: str) -> None:
    real_stack.succeed("up")
    flow = begin(str(real_stack.outputs()["kafkaBootstrap"]))
    with feeding(flow, victim) as fed:
        flow_for(BEFORE_SECONDS)
        os.kill(_process_of(real_stack, victim), signal.SIGKILL)
        killed = time.monotonic()
        flow_for(AFTER_SECONDS)
        alone, repaired = None, None
        if victim not in REPAIRED_BY_UP:
            alone = _healthy_within(real_stack, BY_ITSELF_SECONDS, since=killed)
            assert alone is not None, real_stack.run("status").output
        else:
            assert real_stack.run("status").code != 0, f"{victim} is gone and status calls it healthy"
            real_stack.succeed("up")
            repaired = time.monotonic() - killed
            assert _healthy_within(real_stack, 30, since=killed) is not None
    _note(victim=victim, alone=alone, repaired=repaired, fate=settled(flow, fed))
    assert real_stack.succeed("status", "--json").json()["healthy"] is True


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


def _note(*, victim: str, alone: float | None, repaired: float | None, fate: Fate) -> None:
    table = os.environ.get("FLINK_REVIEWS_FAULT_TABLE")
    if not table:
        return
    row = {
        "victim": victim,
        "alone_seconds": alone and round(alone),
        "up_seconds": repaired and round(repaired),
        "fed": fate.fed,
        "lost": 0,
        "duplicated_reviews": fate.duplicated_reviews,
        "duplicated_summaries": fate.duplicated_summaries,
    }
    with Path(table).open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")
