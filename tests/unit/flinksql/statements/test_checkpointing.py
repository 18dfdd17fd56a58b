"""When missing checkpoints are trouble."""

import pytest

from flinksql.flink.jobmanager import Checkpoints, JobDetails
from flinksql.statements.checkpointing import checkpoint_trouble

MINUTE = 60_000
NOW = 100 * MINUTE


def details(state: str = "RUNNING", running_since: int = 0) -> JobDetails:
    return JobDetails.model_validate({"jid": "a", "name": "n", "state": state, "now": NOW, "timestamps": {"RUNNING": running_since}})


def checkpoints(completed: int | None = None, failed: int = 0) -> Checkpoints:
    newest = None if completed is None else {"trigger_timestamp": completed, "external_path": "file:/c"}
    return Checkpoints.model_validate({"counts": {"failed": failed}, "latest": {"completed": newest}})


@pytest.mark.parametrize(
    ("interval", "completed", "running_since"),
    [
        pytest.param(10.0, NOW - MINUTE, 0, id="just within a minute"),
        pytest.param(60.0, NOW - 5 * MINUTE, 0, id="just within five intervals"),
        pytest.param(10.0, 0, NOW - MINUTE, id="runs again since a minute"),
        pytest.param(10.0, None, NOW - MINUTE, id="runs for the first time"),
        pytest.param(None, None, 0, id="makes no checkpoints"),
    ],
)
def test_checkpoints_that_come_are_no_trouble(interval: float | None, completed: int | None, running_since: int) -> None:
    assert checkpoint_trouble(details(running_since=running_since), checkpoints(completed), interval) == ""


@pytest.mark.parametrize(
    ("interval", "completed", "words"),
    [
        pytest.param(10.0, NOW - MINUTE - 1, "completed for 60 s, and one is due every 10 s", id="more than a minute ago"),
        pytest.param(60.0, NOW - 6 * MINUTE, "completed for 360 s, and one is due every 60 s", id="six intervals ago"),
        pytest.param(10.0, None, "completed for 6000 s, and one is due every 10 s: after a failure", id="never"),
    ],
)
def test_checkpoints_that_do_not_come_are_told(interval: float, completed: int | None, words: str) -> None:
    assert words in checkpoint_trouble(details(), checkpoints(completed), interval)


def test_failed_checkpoints_are_counted() -> None:
    assert "10 s, 7 have failed" in checkpoint_trouble(details(), checkpoints(failed=7), 10.0)


def test_a_job_that_does_not_run_has_other_trouble() -> None:
    assert checkpoint_trouble(details("RESTARTING"), checkpoints(), 10.0) == ""
