"""What a look finds before the engine begins is no step of the engine's: the run keeps it, and does not call everything right."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.names import PROJECT_FOLDER
from console.driver import run
from console.driver.progress import Progress, Row
from console.driver.run import Driver
from console.project import open_project
from console.show.run_result import summary
from platforms.drift import NoDrift, Say
from platforms.state import StackState

GONE = "Deployment flink-kubernetes-operator is gone from the cluster: `up` makes it right"


class Silent:
    """Say nothing."""

    def say(self, message: str) -> None:
        pass

    def follow(self, progress: Progress, clock: Callable[[], float]) -> None:
        pass

    def changed(self, row: Row) -> None:
        pass


class Installed(NoDrift):
    """Something that Helm installed is gone: the engine has nothing to read again."""

    def before_preview(self, state: StackState, say: Say) -> list[str]:  # noqa: ARG002
        say(GONE)
        return []


class Engine:
    """Find nothing to do."""

    def preview(self, **_options: object) -> None:
        """Plan nothing."""


def test_a_preview_that_named_something_does_not_end_with_nothing_to_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy2(PROJECT_FOLDER / "Pulumi.yaml", tmp_path / "Pulumi.yaml")
    (tmp_path / "Pulumi.local.yaml").write_text(yaml.safe_dump({"config": {"flink-reviews:data.folder": str(tmp_path / ".data")}}))
    monkeypatch.setattr(run, "read_state", lambda _stack: StackState(outputs={}))
    monkeypatch.setattr(Driver, "_open", lambda *_anything: Engine())
    nothing: Any = None
    driver = Driver(project=open_project("local", tmp_path), toolchain=nothing, program=lambda: None, observer=Silent(), drift=Installed())
    outcome = driver.preview()
    assert outcome.succeeded
    assert outcome.progress.drift == [GONE]
    assert summary(outcome.progress, planned=True) == "nothing else to change (0 resources)"
