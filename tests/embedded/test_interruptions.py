"""Ctrl-C and kill -9 of `up` at random moments: the next `up` completes, and each statement has one job.

FLINK_REVIEWS_INTERRUPTIONS sets how many moments of each kind are tried (one by default).
"""

import os
import random
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import psutil
import pytest

from tests.support.flink import job_manager_in
from tests.support.project import ProjectCopy, project_copy

pytestmark = [pytest.mark.real, pytest.mark.timeout(3000)]

ROUNDS = int(os.environ.get("FLINK_REVIEWS_INTERRUPTIONS", "1"))
SEED = os.environ["FLINK_REVIEWS_SEED"]
LATEST_SECONDS = 40.0
"""A little more than a warm `up` takes: some moments lie in the download-free start, some in the submissions, some after the end."""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProjectCopy]:
    folder = tmp_path_factory.mktemp("interrupted") / "project"
    folder.mkdir()
    with project_copy(folder, bundle__parameters__window_seconds=5) as project:
        yield project


@pytest.mark.parametrize("round_number", range(ROUNDS))
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["ctrl-c", "kill -9"])
def test_an_interrupted_up_is_finished_by_the_next(copy: ProjectCopy, how: signal.Signals, round_number: int) -> None:
    chance = random.Random(f"{SEED} {how} {round_number}")
    moment = chance.uniform(0.5, LATEST_SECONDS)
    copy.succeed("down")
    code = _interrupted(copy, how, moment)
    told = f"seed {SEED}, {how.name} after {moment:.1f} s (exit code {code})"
    finished = copy.run("up")
    assert finished.code == 0, f"{told}:\n{finished.said}"
    outputs = copy.outputs()
    expected = {one["jobName"]: 1 for one in outputs["statements"].values() if one["kind"] == "job"}
    assert _running(outputs) == expected, told
    # A job that was started a moment ago on a machine this busy may have failed a checkpoint: then one more `up` brings it back.
    assert any("nothing changed" in copy.succeed("up").output for _ in range(2)), told
    assert _drivers_left(copy) == [], told


def _interrupted(copy: ProjectCopy, how: signal.Signals, moment: float) -> int:
    process = copy.start("up")
    try:
        process.communicate(timeout=moment)
    except subprocess.TimeoutExpired:
        if how is signal.SIGINT:
            os.killpg(process.pid, how)
            process.communicate(timeout=600)
        else:
            # Not `communicate`: what survives the driver may hold its standard error open.
            process.kill()
            process.wait(timeout=60)
    return process.returncode


def _running(outputs: Mapping[str, Any]) -> Counter[str]:
    return Counter(job.name for job in job_manager_in(outputs).jobs() if not job.state.terminal)


def _drivers_left(copy: ProjectCopy) -> list[str]:
    """Return the command lines of engines and provider processes that still work in the copy's folder."""
    left = []
    for process in psutil.process_iter(["cmdline", "cwd"]):
        line = " ".join(process.info["cmdline"] or [])
        if process.info["cwd"] == str(copy.folder) and ("pulumi" in line):
            left.append(line)
    return left
