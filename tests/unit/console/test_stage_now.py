"""The stage before as it is now: asked where the program could not, told where nobody can."""

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import console.promotion.stage_now as command
from components.names import STATEMENT_TYPE
from console.errors import ConsoleError
from console.project import Project
from platforms.errors import PlatformError
from platforms.state import Resource, StackState

STATE = StackState(
    outputs={"platform": "kubernetes"},
    resources=(Resource(urn="u::copy", kind=STATEMENT_TYPE, custom=True, outputs={"name": "copy", "text": "INSERT ..."}),),
)


class Platform:
    """One that the program cannot ask. `away` is why its cluster is not reached, `found` what is not well there."""

    def __init__(self, *, away: str = "", found: Mapping[str, str] | None = None, asked: bool = False) -> None:
        self.away, self.found, self.asked = away, found or {}, asked

    def connect_to_stage(self, _outputs: object) -> object:
        return SimpleNamespace() if self.asked else None

    def obstacles(self) -> list[object]:
        if self.away:
            raise PlatformError(f"{self.away}; nothing was started or changed")
        return []

    def connect(self, _outputs: object) -> "Platform":
        return self


@pytest.fixture
def source(tmp_path: Path) -> Project:
    return Project(root=tmp_path, stack="dev", data_folder=tmp_path, values={}, secrets=frozenset())


def look(monkeypatch: pytest.MonkeyPatch, source: Project, platform: Platform, state: StackState | None = STATE) -> list[str]:
    def unwell(access: Platform, statements: Mapping[str, Any]) -> Mapping[str, str]:
        assert list(statements) == ["copy"]
        return access.found

    monkeypatch.setattr(command, "platform_running", lambda _outputs, _settings: platform)
    monkeypatch.setattr(command, "unwell", unwell)
    said: list[str] = []
    command.require_well_now(source, state, said.append)
    return said


def test_a_stage_that_is_well_is_passed_in_silence(monkeypatch: pytest.MonkeyPatch, source: Project) -> None:
    assert look(monkeypatch, source, Platform()) == []
    assert look(monkeypatch, source, Platform(found={"copy": "failed"}), None) == []


def test_a_job_that_died_since_the_last_up_is_refused(monkeypatch: pytest.MonkeyPatch, source: Project) -> None:
    with pytest.raises(ConsoleError, match="stack dev is not well: copy is cancelled") as caught:
        look(monkeypatch, source, Platform(found={"copy": "cancelled"}))
    assert "`pulumi refresh -s dev`, then `promote --override REASON`" in caught.value.advice


def test_a_cluster_out_of_reach_is_told_and_what_was_recorded_counts(monkeypatch: pytest.MonkeyPatch, source: Project) -> None:
    said = look(monkeypatch, source, Platform(away="the API server of context a cannot be reached"))
    words = "Whether dev is well now is not known from here: the API server of context a cannot be reached."
    assert said == [f"{words} What its last `up` or `refresh` recorded counts."]


def test_what_the_program_asks_itself_is_not_asked_twice(monkeypatch: pytest.MonkeyPatch, source: Project) -> None:
    assert look(monkeypatch, source, Platform(asked=True, found={"copy": "failed"})) == []
