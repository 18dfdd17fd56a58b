"""The outputs of a stack that is not up: because nobody started it, or because a run is about to."""

import json
import os
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.default_stack import LOCAL
from console.driver.backend import file_backend
from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.project import Project
from console.stack_outputs import outputs


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path}/state")
    return Project(root=tmp_path, stack=LOCAL, data_folder=tmp_path / "data", values={}, secrets=frozenset())


def _lock(project: Project, process: int) -> None:
    backend = file_backend(os.environ["PULUMI_BACKEND_URL"], project.stack)
    assert backend is not None
    backend.locks.mkdir(parents=True)
    content = {"pid": process, "username": "jane", "hostname": socket.gethostname(), "timestamp": datetime.now(UTC).isoformat()}
    (backend.locks / "a.json").write_text(json.dumps(content), encoding="utf-8")


def test_a_first_up_that_is_under_way_is_named(project: Project) -> None:
    _lock(project, os.getpid())
    with pytest.raises(ConsoleError, match=f"is not up yet: a run works on it \\(process {os.getpid()} of jane") as caught:
        outputs(project)
    assert caught.value.exit_code is ExitCode.LOCKED


@pytest.mark.parametrize("process", [pytest.param(0, id="never locked"), pytest.param(2**22 + 1, id="lock of a killed run")])
def test_without_a_run_the_way_to_start_is_named(project: Project, process: int) -> None:
    if process:
        _lock(project, process)
    with pytest.raises(ConsoleError, match="is not up: it has no outputs") as caught:
        outputs(project)
    assert "up`" in caught.value.advice
