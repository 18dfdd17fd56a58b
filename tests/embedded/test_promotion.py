"""`staging` takes over what `dev` runs, with a window of five minutes open across the upgrade, and goes back; both on this machine.

Two stacks take three minutes, so it is run with FLINK_REVIEWS_PROMOTION=1 only. Refusals are tested in tests/program, without them.
The job counts in windows of event time, so its right results follow from what was sent, whenever they are read.
"""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.bench import until
from tests.support.flink import job_manager_in
from tests.support.project import Finished
from tests.support.two_stages import JOB, SECOND, TwoStages, two_stages

pytestmark = [
    pytest.mark.real,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not os.environ.get("FLINK_REVIEWS_PROMOTION"), reason="FLINK_REVIEWS_PROMOTION is not set: two stacks take minutes"),
]


@pytest.fixture
def stages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoStages]:
    folder = tmp_path_factory.mktemp("stages") / "project"
    folder.mkdir()
    with two_stages(folder) as made:
        yield made


def test_a_version_goes_from_dev_to_staging_with_open_windows_and_back(stages: TwoStages) -> None:
    dev, staging = stages.dev, stages.staging
    early = staging.run("preview")
    assert (early.code, "stack dev is not up" in early.said) == (1, True), early.said
    dev.succeed("up")
    dev.succeed("promote", "dev", "staging", "--yes")
    stages.send(0, rows=20)

    stages.write(SECOND)
    ahead = staging.run("preview")
    assert (ahead.code, f"Different: {JOB}." in ahead.said) == (1, True), ahead.said
    dev.succeed("up")
    cancel(stages)
    unwell = dev.run("promote", "dev", "staging", "--yes")
    assert (unwell.code, f"stack dev is not well: {JOB} is cancelled" in unwell.said) == (1, True), unwell.said
    dev.succeed("up")

    shown = events(dev.run("promote", "dev", "staging", "--preview", "--json"))
    [diff] = [one for one in shown if one["event"] == "diff"]
    assert (diff["added"], diff["removed"]) == (1, 1)
    verdicts = {one["name"]: one["verdict"] for one in shown if one["event"] == "resource" and one["verdict"]}
    assert verdicts == {JOB: verdicts[JOB]}
    assert verdicts[JOB].startswith("keeps state")
    promoted = dev.succeed("promote", "dev", "staging", "--yes")
    assert "staging runs what dev runs: visits (" in promoted.said
    stages.send(0, rows=10)
    stages.send(1, rows=6)
    until(lambda: stages.results("second") == [30], seconds=120)

    staging.succeed("undo", JOB, "--yes")
    stages.send(1, rows=4)
    stages.send(2, rows=2)
    until(lambda: len(stages.results("first")) == 2, seconds=120)
    assert stages.results("first") == [stages.sent[0], stages.sent[1]] == [30, 10]
    behind = dev.run("promote", "dev", "staging", "--yes")
    assert (behind.code, "and dev runs visits (" in behind.said, f"Different: {JOB}" in behind.said) == (1, True, True), behind.said
    history(staging.succeed("log", "--json").json())


def history(found: dict[str, Any]) -> None:
    first, second, back = found["promotions"]
    assert [one["stack"] for one in (first, second, back)] == ["dev"] * 3
    assert (first["bundleHash"] == back["bundleHash"], first["bundleHash"] == second["bundleHash"], back["goesBack"]) == (True, False, True)
    entries = [one for one in found["statements"] if one["statement"] == JOB]
    assert [one["action"] for one in entries] == ["created", "changed", "undone"]
    assert [one["promotion"].startswith("promoted from dev at visits (") for one in entries] == [True, True, False]
    assert entries[2]["promotion"].startswith("back to what was promoted from dev at visits (")
    assert entries[2]["restored_from"] == entries[1]["left_at"] != ""


def cancel(stages: TwoStages) -> None:
    """Cancel dev's job by hand, and wait until it is."""
    jobmanager = job_manager_in(stages.dev.outputs())
    [job] = [one for one in jobmanager.jobs() if not one.state.terminal]
    jobmanager.cancel(job.job_id)
    until(lambda: all(one.state.terminal for one in jobmanager.jobs()), seconds=60)


def events(run: Finished) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run.output.splitlines()]
