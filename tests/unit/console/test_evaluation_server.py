"""A model server for an evaluation: started where none runs, and ended only then."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from console.errors import ConsoleError
from console.evaluation import server
from console.evaluation.server import served
from embedded.errors import ServiceFailedError
from embedded.llamacpp import ensure_key, key_file
from embedded.processes import Leftover
from embedded.settings import EmbeddedSettings
from embedded.specification import ServiceName
from options.model import ModelKind, ModelSettings


class FakeControl:
    """Remembers what it was told."""

    done: list[str]
    ready: bool
    error: Exception | None

    def __init__(self, settings: EmbeddedSettings) -> None:
        self.settings = settings

    def observe(self, _service: ServiceName) -> SimpleNamespace:
        return SimpleNamespace(ready=FakeControl.ready)

    def start(self, service: ServiceName) -> None:
        if FakeControl.error:
            raise FakeControl.error
        ensure_key(self.settings.folder)
        FakeControl.done.append(f"start {service}")

    def shutdown(self) -> None:
        FakeControl.done.append("shutdown")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EmbeddedSettings:
    FakeControl.done, FakeControl.ready, FakeControl.error = [], False, None
    monkeypatch.setattr(server, "ServiceControl", FakeControl)
    monkeypatch.setattr(server, "marked", lambda _folder: [])
    monkeypatch.setattr(server, "ensure_packages", lambda _settings: FakeControl.done.append("packages"))
    monkeypatch.setattr(server, "ensure_java", lambda _folder: None)
    return EmbeddedSettings(data_folder=tmp_path / "data", model=ModelSettings(kind=ModelKind.LLAMACPP))


def test_a_server_is_started_for_the_evaluation_and_ended_with_it(settings: EmbeddedSettings) -> None:
    with served(settings):
        assert FakeControl.done == ["packages", "start model-server"]
    assert FakeControl.done[2:] == ["shutdown"]
    assert not key_file(settings.folder).exists()


def test_it_is_ended_when_the_evaluation_fails_too(settings: EmbeddedSettings) -> None:
    with pytest.raises(ZeroDivisionError), served(settings):
        raise ZeroDivisionError
    assert FakeControl.done[-1] == "shutdown"


def test_the_stacks_own_server_is_used_and_left_alone(settings: EmbeddedSettings) -> None:
    FakeControl.ready = True
    with served(settings):
        pass
    assert FakeControl.done == []


def test_a_stack_whose_server_is_down_keeps_its_other_services(settings: EmbeddedSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "marked", lambda _folder: [Leftover(pid=1, service="kafka")])
    with served(settings):
        pass
    assert "shutdown" not in FakeControl.done


def test_another_kind_needs_no_server(settings: EmbeddedSettings) -> None:
    with served(replace(settings, model=ModelSettings())):
        pass
    assert FakeControl.done == []


def test_a_server_that_does_not_start_is_told_without_a_traceback(settings: EmbeddedSettings) -> None:
    FakeControl.error = ServiceFailedError("model-server ended while it started: out of memory")
    with pytest.raises(ConsoleError, match="out of memory"), served(settings):
        pass
